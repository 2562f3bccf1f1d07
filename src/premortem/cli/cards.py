"""Cards and lists of evidence: one entry with its sources and users, or many in a line each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from premortem.evidence import Claim, Fact, Parameter, Record, Rule, Source, Table, links
from premortem.evidence.ledger import Side
from premortem.wording.quantities import number

Entry = Record | Parameter

GRADES = {
    "A": "official or peer-reviewed",
    "B": "published estimate",
    "C": "judgement or analogy",
    "M": "from memory, not verified: nothing may rest on it",
    "assumption": "no fact fixes the size; the prior is wide on purpose",
}


def quantity(fact: Fact) -> str:
    """Return value and unit of a fact in a few words."""
    if fact.value is None:
        return fact.finding
    if fact.unit == "sign":
        return {-1: "falls", 0: "no effect", 1: "rises"}[round(fact.value)]
    return f"{number(fact.value)} {fact.unit}"


def title_of(entry: Entry) -> str:
    """Return the sentence that says what an entry is."""
    match entry:
        case Fact():
            return entry.statement
        case Claim():
            return entry.paraphrase
        case Rule():
            return entry.finding
        case Parameter():
            return entry.meaning
        case Source() | Table():
            return entry.title


def amount_of(entry: Entry) -> str:
    """Return the number, verdict or severity of an entry, if it has one."""
    match entry:
        case Fact():
            return quantity(entry)
        case Claim():
            return entry.verdict
        case Rule():
            return entry.severity
        case Parameter():
            return "solved at the start" if entry.derived else f"{entry.prior} {entry.unit}"
        case Source():
            return str(entry.year or "")
        case Table():
            return f"{len(entry.rows)} rows" if entry.file else "not shipped"


def summary(entry: Entry) -> dict[str, Any]:
    """Return one line of a list as JSON."""
    line = {"kind": links.kind_of(entry), "id": entry.id, "title": title_of(entry), "amount": amount_of(entry)}
    return line | {"grade": getattr(entry, "grade", "")}


def listing(entries: Sequence[Entry]) -> RenderableType:
    """Return many entries: id, grade and amount on one line, the sentence below."""
    return Group(
        *(part for entry in entries for part in (_headline(entry), Padding(Text(title_of(entry)), (0, 0, 0, 4))))
    )


def _headline(entry: Entry) -> Text:
    details = [links.kind_of(entry), str(getattr(entry, "grade", "")), amount_of(entry)]
    return Text.assemble((entry.id, "bold"), "  ", "  ".join(filter(None, details)))


def document(entry: Entry) -> dict[str, Any]:
    """Return a whole entry as JSON, with its sources and what uses it."""
    result: dict[str, Any] = {"kind": links.kind_of(entry), "id": entry.id} | entry.model_dump(mode="json")
    everything = links.everything()
    if "sources" in result:
        result["sources"] = [everything[key].model_dump(mode="json") for key in result["sources"]]
    if isinstance(entry, Parameter) and not entry.derived:
        result["quantiles"] = {name: value.tolist() for name, value in _quantiles(entry)}
    result["used_by"] = [{"kind": links.kind_of(user), "id": user.id} for user in links.users_of(entry.id)]
    return result


def card(entry: Entry) -> RenderableType:
    """Return a whole entry for people."""
    parts: list[RenderableType] = [
        Text.assemble((entry.id, "bold"), "  ", (_kind(entry), "dim")),
        Text(title_of(entry)),
        Text(),
        _fields(_lines(entry)),
    ]
    for heading, entries in _sections(entry):
        if entries:
            parts += [Text(), Text(heading, "bold"), Padding(_references(entries), (0, 0, 0, 2))]
    return Group(*parts)


def _kind(entry: Entry) -> str:
    topic = getattr(entry, "topic", "") or getattr(entry, "domain", "")
    return f"{links.kind_of(entry)}{f', {topic}' if topic else ''}"


def _fields(lines: Iterable[tuple[str, str]]) -> Grid:
    grid = Grid.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in lines:
        if value:
            grid.add_row(name, Text(value))
    return grid


def _graded(grade: str) -> str:
    return f"{grade}: {GRADES[grade]}"


def _lines(entry: Entry) -> list[tuple[str, str]]:
    match entry:
        case Fact():
            span = "" if entry.value is None or entry.unit == "sign" else "no range published"
            if entry.has_range and entry.low is not None and entry.high is not None:
                span = f"{number(entry.low)} to {number(entry.high)}"
            secondhand = "; the figure was read through a press account" if entry.secondhand else ""
            return [
                ("value", quantity(entry)),
                ("range", span),
                ("period", entry.period),
                ("place", entry.place),
                ("grade", _graded(entry.grade) + secondhand),
                ("where", entry.locator),
                ("use", entry.use),
                ("note", entry.note),
            ]
        case Parameter():
            return [
                ("symbol", entry.symbol),
                ("unit", entry.unit),
                ("shape", entry.shape or "one number"),
                ("prior", entry.prior or "none: solved at the start from other draws"),
                *([] if entry.derived else [(name, _numbers(value)) for name, value in _quantiles(entry)]),
                ("grade", _graded(entry.grade)),
                ("note", entry.note),
            ]
        case Claim():
            return [
                ("verdict", entry.verdict),
                ("finding", entry.finding),
                ("its authors", _side(entry.authors)),
                ("its critics", _side(entry.critics)),
                ("kind", f"{entry.kind}, {'explicit' if entry.explicit else 'implied'}"),
                ("paragraph", str(entry.paragraph) if entry.paragraph else "left out by the text"),
                ("left open", ", ".join(entry.unspecified)),
            ]
        case Rule():
            return [
                ("applies when", entry.applies_when),
                ("severity", entry.severity),
                ("citation", entry.citation),
                ("dispute", entry.dispute),
                ("cures", entry.cures),
                ("test", entry.test),
                ("grade", _graded(entry.grade)),
                ("link", entry.url),
            ]
        case Table():
            return [
                ("file", entry.file or f"not shipped: {entry.external}"),
                ("rows", str(len(entry.rows)) if entry.file else ""),
                (
                    "columns",
                    "\n".join(f"{name}: {meaning}" if meaning else name for name, meaning in entry.columns.items()),
                ),
                ("grade", _graded(entry.grade)),
                ("use", entry.use),
                ("note", entry.note),
            ]
        case Source():
            return [
                ("authors", entry.authors),
                ("published", ", ".join(filter(None, [entry.publisher, str(entry.year or "")]))),
                ("link", entry.url),
                ("seen", entry.seen),
                ("note", entry.note),
            ]


def _side(side: Side) -> str:
    return "\n".join(filter(None, [side.says, ", ".join(side.facts)]))


def _quantiles(parameter: Parameter) -> list[tuple[str, Any]]:
    prior = parameter.distribution
    low, high = prior.interval()
    return [("5 %", low), ("median", prior.median()), ("95 %", high), ("mean", prior.mean())]


def _numbers(values: Any) -> str:
    return ", ".join(number(value) for value in values.reshape(-1).tolist())


def _sections(entry: Entry) -> list[tuple[str, list[Entry]]]:
    everything = links.everything()
    named = [everything[ident] for _, ident in links.named_by(entry) if ident in everything]
    return [
        ("Rests on", [other for other in named if not isinstance(other, Source)]),
        ("Sources", [other for other in named if isinstance(other, Source)]),
        ("Used by", links.users_of(entry.id)),
    ]


def _references(entries: Iterable[Entry]) -> Grid:
    grid = Grid.grid(padding=(0, 2))
    grid.add_column(overflow="fold", max_width=44)
    grid.add_column(overflow="fold")
    for entry in entries:
        if isinstance(entry, Source):
            title = Text.assemble(entry.title, f" ({entry.year})" if entry.year else "", f", {entry.publisher}")
            grid.add_row(entry.id, Group(title, Text(entry.url, "dim")) if entry.url else title)
        else:
            amount = amount_of(entry)
            grid.add_row(
                Text.assemble((f"{links.kind_of(entry)} ", "dim"), entry.id),
                Text.assemble((f"{amount}  ", "bold"), title_of(entry)),
            )
    return grid
