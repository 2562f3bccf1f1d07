"""Sentences made of numbers: every one with its range and its share of futures, none that says more than the numbers do."""

from __future__ import annotations

from dataclasses import dataclass

from premortem.analysis.aftermath import Aftermath, Lasting, Reading
from premortem.analysis.compare import Comparison, Interval, OutcomeComparison, headlines
from premortem.wording.languages import Messages
from premortem.wording.numbers import MINUS, Scale, per_cent, scale

MOST = 0.75  # of futures: what the report calls clear


@dataclass(frozen=True)
class Said:
    """Numbers of one outcome as text: ``baseline``, ``plan``, ``difference`` are (median, range).

    ``unit`` is in words, ``change`` the unit of the difference, ``measure`` both where they are not the same. ``levels`` are the baseline
    and the plan as a reader says them: number, unit and range.
    """

    line: OutcomeComparison
    title: str
    unit: str
    change: str
    measure: str
    scale: Scale
    baseline: tuple[str, str]
    plan: tuple[str, str]
    difference: tuple[str, str]
    levels: tuple[str, str]
    better: str
    same: str
    worse: str
    sentence: str

    @property
    def id(self) -> str:
        """Id of the outcome."""
        return self.line.outcome.id


def said(line: OutcomeComparison, t: Messages) -> Said:
    """Return the numbers of an outcome in words."""
    how = scale(line.outcome.unit, (line.baseline, line.plan, line.difference))
    unit, change = unit_words(how.unit, t), unit_words(how.unit, t, change=True)
    measure = unit if change == unit else t("outcomes.measured", unit=unit, change=change)
    baseline, plan = (_text(how, values, t) for values in (line.baseline, line.plan))
    difference = _text(how, line.difference, t, signed=True)
    if line.true_in is not None:
        shown = [
            how.exact(x, signed=s)
            for x, s in zip((*line.true_in, line.true_in[1] - line.true_in[0]), (False, False, True), strict=True)
        ]
        baseline, plan, difference = ((text, "") for text in shown)
    before, after = (_level(counted(pair[0], how.unit, t), pair[1], t) for pair in (baseline, plan))
    if line.share_better is None:
        better = worse = sentence = ""
    else:
        better, worse = per_cent(line.share_better), per_cent(worse_share(line))
        small = not difference[0].strip("0.") and line.difference.median != 0
        amount = f"{t('about_zero')} {change}" if small else counted(difference[0], how.unit, t, change=True)
        sentence = t("answer.item", better=better, worse=worse, amount=amount, range=difference[1])
    title = t.named("outcome", line.outcome.id)
    title = line.outcome.title if title == line.outcome.id else title
    return Said(
        line,
        title,
        unit,
        change,
        measure,
        how,
        baseline,
        plan,
        difference,
        (before, after),
        better,
        per_cent(line.share_same),
        worse,
        sentence,
    )


def _level(amount: str, span: str, t: Messages) -> str:
    return t("range_words", amount=amount, range=span) if span else amount


def counted(number: str, unit: str, t: Messages, *, change: bool = False) -> str:
    """Return a number with its unit: one attack, two attacks; a ``change`` of a share in percentage points."""
    alone = t.texts.get(f"one.{unit}") if number.lstrip(f"+{MINUS}") == "1" else None
    return f"{number} {alone or unit_words(unit, t, change=change)}"


def unit_words(unit: str, t: Messages, *, change: bool = False) -> str:
    """Return a unit in words of a language, with its multiplier ("billion USD"); ``change``: of a difference."""
    if change and f"change.{unit}" in t.texts:
        return t(f"change.{unit}")
    first, _, rest = unit.partition(" ")
    if rest and first in {"million", "billion"}:
        return f"{t.named('unit', first)} {t.named('unit', rest)}"
    return t.named("unit", unit)


def worse_share(line: OutcomeComparison) -> float:
    """Return the share of futures in which the plan is strictly worse."""
    assert line.share_better is not None
    return max(0.0, 1.0 - line.share_better - line.share_same)


def _text(how: Scale, values: Interval, t: Messages, *, signed: bool = False) -> tuple[str, str]:
    median, span = how.interval(values, signed=signed)
    return median, in_language(span, t)


def in_language(span: str, t: Messages) -> str:
    """Return a range ("1 to 3") in a language."""
    return span.replace(" to ", f" {t('to')} ")


@dataclass(frozen=True)
class Answer:
    """The answer for one plan: its headline outcomes by how the futures fall."""

    comparison: Comparison
    lead: str
    better: tuple[Said, ...]
    worse: tuple[Said, ...]
    open: tuple[Said, ...]
    same: tuple[Said, ...]


def answer(comparison: Comparison, plan: str, baseline: str, t: Messages) -> Answer:
    """Sort the headline outcomes of a comparison: clear only where three futures in four agree."""
    lines = [said(line, t) for line in headlines(comparison.lines) if line.share_better is not None]
    better = tuple(s for s in lines if (s.line.share_better or 0) >= MOST)
    worse = tuple(s for s in lines if worse_share(s.line) >= MOST)
    same = tuple(s for s in lines if s.line.share_same >= MOST)
    rest = tuple(s for s in lines if s not in (*better, *worse, *same))
    counts = {"total": len(lines), "better": len(better), "worse": len(worse), "open": len(rest) + len(same)}
    lead = t("answer.lead", plan=plan, baseline=baseline, **counts)
    return Answer(comparison, lead, better, worse, rest, same)


@dataclass(frozen=True)
class Left:
    """One outcome in a year after the campaign, as text; ``lasts`` and ``debt``: of the futures better, or worse, how many still are."""

    said: Said
    during: str
    lasts: str
    debt: str


@dataclass(frozen=True)
class After:
    """What the page says of a plan's aftermath: when its campaign ends, and by year after it which futures are held and what is left."""

    title: str
    ends: str
    years: tuple[tuple[str, str, tuple[Left, ...]], ...]


def after(result: Aftermath, plan: str, t: Messages) -> After:
    """Return the aftermath of a plan in words."""
    counts = {"plan": plan, "ended": f"{result.ended:,}", "futures": f"{result.futures:,}", "years": result.years}
    needed = result.years_for(result.readings[0].year)[0]
    kind = "idle" if not result.acts else "ends" if result.ended else "never"
    years = tuple(
        (
            t("aftermath.year", year=reading.year),
            _held(result, reading, t),
            tuple(_left(line, t) for line in reading.lines),
        )
        for reading in result.readings
        if result.ended
    )
    return After(plan, t(f"aftermath.{kind}", needed=needed, **counts), years)


def _held(result: Aftermath, reading: Reading, t: Messages) -> str:
    kind = "all" if reading.futures == result.futures else "some" if reading.futures else "no"
    needed = max(result.years_for(reading.year)[0], result.years + 1)
    return t(f"aftermath.held_{kind}", held=f"{reading.futures:,}", futures=f"{result.futures:,}", needed=needed)


def _left(line: Lasting, t: Messages) -> Left:
    during = line.during.share_better
    assert during is not None
    kept = (
        t("aftermath.kept", kept=f"{round((share or 0.0) * count):,}", count=f"{count:,}")
        for share, count in ((line.still_better, line.improved), (line.still_worse, line.worsened))
    )
    return Left(said(line.after, t), per_cent(during), *kept)
