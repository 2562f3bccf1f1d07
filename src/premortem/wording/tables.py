"""Tables of statements, the same for every face: terminal, page, Markdown and workbook only lay them out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from premortem.analysis.compare import OutcomeComparison
from premortem.evidence import confidence
from premortem.frames import pl
from premortem.wording.languages import Messages
from premortem.wording.sentences import Shown, Statement, YearAfter, grouped


@dataclass(frozen=True)
class Link:
    """Words that lead to a place of the same document."""

    text: str
    to: str


@dataclass(frozen=True)
class Cell:
    """A text and what stands below it in small.

    ``to``: the place that the text leads to; ``link``: another place, after the small text; ``why``: the card that opens behind the text.
    """

    text: str
    below: str = ""
    to: str = ""
    link: Link | None = None
    why: str = ""


def behind(plan: str, outcome: str) -> str:
    """Return the place of the card that says what stands behind the numbers of an outcome under a plan."""
    return f"why-{plan}-{outcome}"


@dataclass(frozen=True)
class Shares:
    """In what share of futures an outcome is lower, about the same and higher under a plan. ``better``: which of the two ways it is."""

    lower: float
    same: float
    higher: float
    better: Literal["lower", "higher"]

    @classmethod
    def of(cls, line: OutcomeComparison) -> Shares:
        """Return the shares of an outcome that has a better and a worse."""
        better, worse = line.share_better or 0.0, line.share_worse or 0.0
        if line.outcome.direction == "up":
            return cls(worse, line.about_same, better, "higher")
        return cls(better, line.about_same, worse, "lower")


@dataclass(frozen=True)
class Row:
    """Cells, the first of which names the row; ``anchor``: its place in the document. A row of one cell is the name of a group.

    ``shares``: in what share of futures the outcome is lower, about the same and higher, of which a terminal draws the last cell.
    """

    cells: tuple[Cell, ...]
    anchor: str = ""
    shares: Shares | None = None

    @property
    def group(self) -> bool:
        """Whether it is the name of a group."""
        return len(self.cells) == 1


@dataclass(frozen=True)
class Table:
    """Columns, of which all but the first hold numbers, and rows; ``note`` says how to read it."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    note: str = ""


def outcome_table(
    statements: Sequence[Statement],
    t: Messages,
    *,
    mechanism_of: Mapping[str, str] | None = None,
    anchored: bool = False,
    short: bool = False,
) -> Table:
    """Return outcomes under a plan and its baseline, by group.

    Parameters
    ----------
    mechanism_of : outcome -> mechanism, to which its row then leads.
    anchored : whether rows can be led to.
    short : for a terminal: leave out how a trajectory became one number, and be short on how often nothing changes.
    """
    rows: list[Row] = []
    for group, found in grouped(tuple(statements)):
        rows.append(Row((Cell(t.named("group", group)),)))
        for one in found:
            mechanism = (mechanism_of or {}).get(one.id)
            name = Cell(
                one.title,
                _about(one, "" if short else t(f"outcomes.{one.outcome.summary}"), t),
                link=Link(t("based_on"), f"mechanism-{mechanism}") if mechanism else None,
            )
            words = "outcomes.same_short" if short else "outcomes.same_in"
            same = t(words, share=one.same) if one.line.about_same and one.better else ""
            rows.append(Row((name, *_numbers(one), Cell(one.better, same)), f"row-{one.id}" if anchored else ""))
    return Table(_heads(t), tuple(rows), t("outcomes.note"))


def readings_table(
    carried_out: Sequence[Statement], as_likely: Sequence[Statement], t: Messages, *, baseline: str
) -> Table:
    """Return the change of the same outcomes in both readings, side by side; ``baseline`` is a title."""
    rows: list[Row] = []
    likely = {one.id: one for one in as_likely}
    for group, found in grouped(tuple(one for one in carried_out if one.id in likely)):
        rows.append(Row((Cell(t.named("group", group)),)))
        for one in found:
            both = (one, likely[one.id])
            cells = (cell for each in both for cell in (_change(each, one.change), Cell(each.better)))
            rows.append(Row((Cell(one.title, f"{one.change}; {way_and_confidence(one, t)}"), *cells)))
    heads = (
        t("outcomes.name"),
        t("readings.carried_out"),
        t("readings.better"),
        t("readings.as_likely"),
        t("readings.better"),
    )
    return Table(heads, tuple(rows), t("readings.note", baseline=baseline))


def through_table(lines: Sequence[tuple[Statement, Statement, Statement]], t: Messages) -> Table:
    """Return outcomes as they come about, with Mexico's own effort held at the baseline's path, and the part that ran through it."""
    rows: list[Row] = []
    for group, found in grouped(tuple(whole for whole, _, _ in lines)):
        rows.append(Row((Cell(t.named("group", group)),)))
        for whole, held, part in (line for line in lines if line[0] in found):
            cells = (
                Cell(f"{one.difference.average}{f' {one.change}' if one.change != whole.change else ''}", below)
                for one, below in (
                    (whole, t("through.better", share=whole.better) if whole.better else ""),
                    (held, t("through.better", share=held.better) if held.better else ""),
                    (part, part.difference.range),
                )
            )
            rows.append(Row((Cell(whole.title, f"{whole.change}; {way_and_confidence(whole, t)}"), *cells)))
    heads = tuple(t(f"through.{key}") for key in ("whole", "held", "part"))
    return Table((t("outcomes.name"), *heads), tuple(rows), t("through.note"))


def year_table(year: YearAfter, t: Messages) -> Table:
    """Return what is left in a year after the campaign."""
    rows = [
        Row((
            Cell(one.title, _about(one, t(f"aftermath.{one.outcome.summary}"), t), to=f"outcome-{one.id}"),
            *_numbers(one),
            Cell(one.better, t("aftermath.during", share=lasting.during)),
            Cell(lasting.lasts, t("aftermath.debt", kept=lasting.debt)),
        ))
        for lasting, one in ((lasting, lasting.statement) for lasting in year.lines)
    ]  # fmt: skip
    return Table((*_heads(t), t("aftermath.lasts")), tuple(rows), t("aftermath.note"))


def _heads(t: Messages) -> tuple[str, ...]:
    return tuple(t(f"outcomes.{key}") for key in ("name", "baseline", "plan", "change", "share"))


def _about(one: Statement, when: str, t: Messages) -> str:
    """Return in what an outcome is measured, when it is read, and which way is better."""
    return f"{', '.join(filter(None, (one.measure, when)))}; {way_and_confidence(one, t)}"


def way_and_confidence(one: Statement, t: Messages) -> str:
    """Return which way is better, and how much confidence a comparison of it deserves."""
    return f"{t('better_' + one.outcome.direction)}; {t('confidence.' + confidence.of(one.id).word)}"


def _numbers(one: Statement) -> tuple[Cell, ...]:
    return tuple(shown(number) for number in one.numbers)


def shown(number: Shown) -> Cell:
    """Return a cell with an average and, below it, its range."""
    return Cell(number.average, number.range)


def _change(one: Statement, unit: str) -> Cell:
    """Return a difference with its range, and its unit where the row is in another."""
    return Cell(one.difference.average + (f" {one.change}" if one.change != unit else ""), one.difference.range)


def unrounded(statements: Sequence[Statement]) -> pl.DataFrame:
    """Return the numbers behind statements for programs, in the units of the data: a row an outcome."""
    rows = []
    for one in statements:
        entry = one.line.as_json()
        row = {"id": one.id, "title": one.title, "unit": entry["unit"], "direction": entry["direction"]}
        for name in ("baseline", "plan", "difference"):
            row |= {f"{name}_{key}": value for key, value in entry[name].items()}
            row[f"{name}_expected"] = entry["expected"][name]
        rows.append(
            row
            | {key: entry[key] for key in ("tail", "share_better", "about_same", "share_same")}
            | {"confidence": entry["confidence"]["word"]}
        )
    return pl.DataFrame(rows, infer_schema_length=None)
