"""A plan on a page: law and command, order of battle, map, zone, measures, timeline, ends, and what is left open."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from premortem.model.units import WEEKS_PER_YEAR
from premortem.plan.language import catalogue, readers
from premortem.plan.language.catalogue import Lever
from premortem.plan.language.elements import Measure
from premortem.plan.language.fields import fields
from premortem.plan.language.load import LoadedPlan
from premortem.plan.language.refused import refused
from premortem.plan.language.schema import Plan
from premortem.plan.language.table import Table
from premortem.plan.language.words import UNSPECIFIED, Unspecified
from premortem.plan.telling.difference import in_words
from premortem.plan.telling.gallery import cannot_say
from premortem.plan.telling.left_open import OpenField, left_open
from premortem.plan.telling.overview import bars, base_state, count, people
from premortem.wording.languages import spoken

BAR = 40
SECTIONS = {
    "Law and command": ("authority", "authority.congress", "consent", "command", "status"),
    "Force, civilians, people held": ("roe", "civilians", "detention", "retaliation"),
    "Zone": ("zone",),
    "Trade and money": ("trade", "budget"),
}


def sheet(loaded: LoadedPlan) -> RenderableType:
    """Return the whole page."""
    plan = loaded.plan
    parts: list[RenderableType] = [_head(loaded)]
    parts += _section("Order of battle", _forces(plan))
    parts += _section("Where: the line from west to east", _map(plan))
    for title, paths in SECTIONS.items():
        parts += _section(title, _facts(plan, paths))
    parts += _section("In the United States", _elements("domestic", plan.domestic))
    parts += _section("At sea", _elements("sea", plan.sea))
    parts += _section("Mexican partners", _elements("partner", plan.partner))
    parts += _section("Emergency powers in Mexico", _facts(plan, ("emergency",)))
    parts += _section("Deals with organisations", _elements("deal", plan.deal))
    parts += _section("Bargains", _elements("bargain", plan.bargain))
    parts += _section("Assumed: every result is under it", _elements("event_assumed", plan.event_assumed))
    parts += _section("Measures", _measures(plan.measure))
    parts += _section("Timeline, in weeks from the start", _timeline(plan))
    parts += _section("Ends", _ends(plan))
    parts += _section("Left open: drawn once per future", _open(plan))
    parts += _section("Named, and changes no result", _refused(plan))
    parts += _section("Stated, and not simulated", _unsimulated(plan))
    parts += _section("What its text says and the language cannot say yet", _unsaid(loaded))
    return Group(*parts)


def _section(title: str, body: RenderableType | None) -> Iterator[RenderableType]:
    if body is not None:
        yield Text(f"\n{title}", style="bold")
        yield Padding(body, (0, 0, 0, 2))


def _grid(*headers: str) -> Grid:
    grid = Grid(box=None, show_header=bool(headers), pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for header in headers:
        grid.add_column(header, overflow="fold", no_wrap=not grid.columns)  # a name is never broken
    return grid


def _head(loaded: LoadedPlan) -> RenderableType:
    plan = loaded.plan
    lines = [Text(plan.title, style="bold"), Text(f"{plan.id} ({loaded.file})", style="dim")]
    if plan.summary:
        lines.append(Text(plan.summary))
    lines.append(Text(f"From: {'; '.join(plan.source_titles.values())}{', ' * bool(plan.locator)}{plan.locator}"))
    if plan.extends:
        lines.append(Text(f"Variant of {plan.extends}"))
    length = _span(plan.duration_weeks) if isinstance(plan.duration_weeks, int) else in_words(plan.duration_weeks)
    looks = _span(plan.horizon_weeks)
    lines.append(Text(f"Start: {in_words(plan.start)}. Length: {length}. Looks ahead at most: {looks}."))
    return Group(*lines)


def _span(weeks: int) -> str:
    """Return a number of weeks as people say it.

    >>> _span(520), _span(1), _span(30)
    ('10 years (520 weeks)', '1 week', '30 weeks')
    """
    years, rest = divmod(weeks, int(WEEKS_PER_YEAR))
    said = f"{weeks} {'week' if weeks == 1 else 'weeks'}"
    return said if rest or not years else f"{years} {'year' if years == 1 else 'years'} ({said})"


def _forces(plan: Plan) -> RenderableType:
    if not plan.task_force:
        return Text("No task force.")
    grid = _grid("task force", "base", "people", "units", "reach", "work")
    for force in plan.task_force:
        base = plan.glossary.bases[force.base].name if not isinstance(force.base, Unspecified) else "open"
        units = "\n".join(f"{count(number)} {plan.glossary.units[unit].name}" for unit, number in force.units.items())
        effort = "open" if isinstance(force.effort, Unspecified) else in_words(force.effort)
        grid.add_row(
            force.id,
            f"{base}, {base_state(plan, force)}",
            people(plan, force),
            units or "none named",
            in_words(force.reach),
            effort,
        )
    return grid


def _map(plan: Plan) -> RenderableType | None:
    if not plan.task_force and plan.zone is None:
        return None
    border, facing = plan.glossary.border, plan.glossary.facing
    grid = _grid("", *border)
    across = [[side for side, states in facing.items() if state in states] for state in border]
    grid.add_row("across the line", *map(", ".join, across))
    beyond: list[str] = []
    for force in plan.task_force:
        stated = force.regions
        states = facing.get(base_state(plan, force), ()) if isinstance(stated, Unspecified) else stated
        mark = "may act" if isinstance(stated, Unspecified) else "acts"
        grid.add_row(force.id, *(mark if state in states else "" for state in border))
        if far := [state for state in states if state not in border]:
            beyond.append(f"{force.id} also in {', '.join(far)}")
    if plan.zone is not None:
        zone, depth = plan.zone, plan.zone.depth_miles
        deep = "depth open" if isinstance(depth, Unspecified) else f"{depth:g} miles"
        somewhere = isinstance(zone.states, Unspecified)
        held = [deep if somewhere or state in zone.states else "" for state in border]  # type: ignore[operator]
        grid.add_row("zone" + ("\n(stretches open)" if somewhere else ""), *held)
    return Group(grid, *map(Text, beyond))


def _facts(plan: Plan, paths: Iterable[str]) -> RenderableType | None:
    grid = _grid()
    for path in paths:
        table: Table | None = plan
        for name in path.split("."):
            table = getattr(table, name)
        for name in type(table).model_fields if table is not None else ():
            value = getattr(table, name)
            if table is not None and table.stated(name) and value is not UNSPECIFIED and f"{path}.{name}" in fields():
                grid.add_row(fields()[f"{path}.{name}"].meaning, in_words(value))
    return grid if grid.row_count else None


def _elements(array: str, elements: tuple[Table, ...]) -> RenderableType | None:
    grid = _grid()
    for element in elements:
        facts = []
        for name in type(element).model_fields:
            if name != "id" and element.stated(name) and getattr(element, name) is not UNSPECIFIED:
                facts.append(f"{fields()[f'{array}[].{name}'].name} {in_words(getattr(element, name))}")
        grid.add_row(str(getattr(element, "id", "")), "; ".join(facts))
    return grid if elements else None


def _measures(measures: tuple[Measure, ...]) -> RenderableType | None:
    grid = _grid(
        "measure", "what it moves", "level", "now", "unit", "million USD a year, stated", "at the ledger's prices"
    )
    for measure in measures:
        lever = catalogue.levers()[measure.lever]
        cost = in_words(measure.cost_musd_per_year) if measure.stated("cost_musd_per_year") else "not stated"
        name = measure.id or measure.lever
        grid.add_row(
            name,
            lever.meaning,
            in_words(measure.level),
            f"{lever.status_quo:g}",
            lever.unit,
            cost,
            _priced(lever, measure.level),
        )
    return grid if measures else None


def _priced(lever: Lever, level: float | Unspecified) -> str:
    """Return what a level costs in a year by the prices of the ledger: median and 5 to 95 percent."""
    cost = None if isinstance(level, Unspecified) else lever.yearly_cost(level)
    if cost is None:
        return "unpriced" if lever.price is None else "level open"
    low, middle, high = cost
    return f"{middle:,.3g} ({low:,.3g} to {high:,.3g})"


def _timeline(plan: Plan) -> RenderableType:
    grid = _grid("", "from", "to", "")
    for name, first, last, note in bars(plan):
        start = min(round(BAR * first / plan.horizon_weeks), BAR - 1)
        stop = BAR if last is None else max(round(BAR * min(last, plan.horizon_weeks) / plan.horizon_weeks), start + 1)
        bar = " " * start + ("░" if last is None else "█") * (stop - start) + " " * (BAR - stop)
        grid.add_row(name, str(first), "open" if last is None else str(last), f"{bar} {note}".rstrip())
    return grid


def _ends(plan: Plan) -> RenderableType:
    grid = _grid()
    of_forces = set() if plan.task_force else {"after", "withdrawal_weeks", "residual_share"}
    for name in [name for name in type(plan.exit).model_fields if name not in of_forces]:
        grid.add_row(fields()[f"exit.{name}"].meaning, in_words(getattr(plan.exit, name)))
    for branch in plan.branch:
        act = "the campaign stops" if branch.then.stop else f"phase {branch.then.phase}"
        delay = f" {branch.delay_weeks} weeks later" if branch.delay_weeks else ""
        grid.add_row("tripwire", f"{branch.when}: {act}{delay}")
    for success in plan.success:
        grid.add_row("success", f"{success.outcome} {success.op} {success.level:g} by week {success.by_week}")
    for expect in plan.expect:
        grid.add_row("the authors expect", f"{expect.outcome} {expect.direction}")
    return grid


def _unsaid(loaded: LoadedPlan) -> RenderableType | None:
    entries = cannot_say(loaded.source)
    return Group(*(Text(f"- {entry}") for entry in entries)) if entries else None


def _open(plan: Plan) -> RenderableType:
    rows = left_open(plan)
    by_field: dict[str, list[OpenField]] = {}
    for row in rows:
        if row.stated:
            by_field.setdefault(row.row, []).append(row)
    grid = _grid("field", "what it is", "law")
    for name, same in by_field.items():
        owners = ", ".join(dict.fromkeys(_owner(row) for row in same))
        law = same[0].law
        said = law.text.replace(law.note, spoken().translated(law.note)) if law.note else law.text
        grid.add_row(f"{name}\n  {owners}" if owners else name, fields()[name].meaning, said)
    silent = [row for row in rows if not row.stated]
    tables = ", ".join(dict.fromkeys(row.row.partition(".")[0].removesuffix("[]") for row in silent))
    more = f" {len(silent)} more are not mentioned, in: {tables}." if silent else ""
    said_so = Text(f"{len(rows) - len(silent)} fields say so.{more}")
    return Group(grid, said_so) if grid.row_count else said_so


def _refused(plan: Plan) -> RenderableType | None:
    grid = _grid("field", "word", "why")
    for word in refused(plan):
        grid.add_row(word.path, word.word, word.why)
    return grid if grid.row_count else None


def _unsimulated(plan: Plan) -> RenderableType | None:
    """Return the fields that it states and that no result of a simulation depends on, with the lint rules that check them."""
    grid = _grid("field", "what it is", "read by the linter alone", "checked by")
    for row in dict.fromkeys(row for _, row in readers.unsimulated(plan)):
        why = readers.linted_only().get(row, "")
        grid.add_row(row, fields()[row].meaning, why, ", ".join(readers.of(row).rules) or "nothing")
    return grid if grid.row_count else None


def _owner(row: OpenField) -> str:
    """Return the element that an open field belongs to, if it belongs to one."""
    return row.path.split(".")[1] if "[]" in row.row else ""
