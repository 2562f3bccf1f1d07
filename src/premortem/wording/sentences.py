"""Statements made of numbers: every one with its range and its share of futures, none that says more than the numbers do.

A statement is what every face of a result shows: terminal, page, Markdown, workbook, notebook. None of them formats a number again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from premortem.analysis.aftermath import Aftermath, Lasting, Reading
from premortem.analysis.compare import CLEAR, Comparison, OutcomeComparison, Verdict, headlines
from premortem.analysis.unfolding import Unfolding
from premortem.evidence.outcomes import OutcomeInfo
from premortem.wording.languages import Messages
from premortem.wording.numbers import Scale, least, per_cent, scale


@dataclass(frozen=True)
class Shown:
    """An average over futures and the range that holds nine in ten of them, as text; no range where there is but one number."""

    average: str
    range: str = ""

    def __str__(self) -> str:
        return f"{self.average} ({self.range})" if self.range else self.average


@dataclass(frozen=True)
class Statement:
    """Numbers of one outcome as text.

    ``unit`` is in words, ``change`` the unit of the difference, ``measure`` both where they are not the same. ``levels`` are the baseline
    and the plan as a reader says them: number, unit and range. ``better``, ``same`` (about the same) and ``worse`` are shares of futures,
    ``better`` and ``worse`` empty where there is no direction.
    """

    line: OutcomeComparison
    title: str
    unit: str
    change: str
    measure: str
    scale: Scale
    baseline: Shown
    plan: Shown
    difference: Shown
    levels: tuple[str, str]
    better: str
    same: str
    worse: str
    sentence: str

    @property
    def outcome(self) -> OutcomeInfo:
        """The outcome."""
        return self.line.outcome

    @property
    def id(self) -> str:
        """Id of the outcome."""
        return self.outcome.id

    @property
    def verdict(self) -> Verdict | None:
        """How the futures fall."""
        return self.line.verdict

    @property
    def numbers(self) -> tuple[Shown, Shown, Shown]:
        """What stands in a row of a table: baseline, plan, difference."""
        return self.baseline, self.plan, self.difference


def statements(readings: Sequence[OutcomeComparison], t: Messages) -> list[Statement]:
    """Return the numbers of one outcome in several readings in words, all on one scale."""
    every = [values for line in readings for values in (line.baseline, line.plan, line.difference)]
    how = scale(readings[0].outcome.unit, every)
    return [statement(line, t, how) for line in readings]


def statement(line: OutcomeComparison, t: Messages, how: Scale | None = None) -> Statement:
    """Return the numbers of an outcome in words, on the scale that suits them unless one is given."""
    how = how or scale(line.outcome.unit, (line.baseline, line.plan, line.difference))
    unit, change = unit_words(how.unit, t), unit_words(how.unit, t, change=True)
    if line.true_in is None:
        baseline, plan, difference = (
            Shown(average, in_language(how.range(values, signed=signed, least=least(line) if signed else 0.0), t))
            for average, values, signed in zip(
                how.row(line), (line.baseline, line.plan, line.difference), (False, False, True), strict=True
            )
        )
    else:
        before, after = line.true_in
        baseline, plan = Shown(how.exact(before)), Shown(how.exact(after))
        difference = Shown(how.exact(after - before, signed=True))
    sentence = ""
    if line.share_better is not None:
        sentence = t(
            "answer.item",
            better=_share(line.share_better),
            same=per_cent(line.about_same),
            worse=_share(line.share_worse),
            amount=counted(difference.average, how.unit, t, change=True),
            range=difference.range,
        )
    return Statement(
        line=line,
        title=outcome_title(line.outcome, t),
        unit=unit,
        change=change,
        measure=unit if change == unit else t("outcomes.measured", unit=unit, change=change),
        scale=how,
        baseline=baseline,
        plan=plan,
        difference=difference,
        levels=(_level(baseline, how, t), _level(plan, how, t)),
        better=_share(line.share_better),
        same=per_cent(line.about_same),
        worse=_share(line.share_worse),
        sentence=sentence,
    )


def plan_titles(titles: Mapping[str, str], t: Messages) -> dict[str, str]:
    """Return the titles of plans (id -> title) in a language, with its id behind a title that another plan has too."""
    ours = {id_: t.translated(title) for id_, title in titles.items()}
    said = list(ours.values())
    return {id_: f"{title} ({id_})" if said.count(title) > 1 else title for id_, title in ours.items()}


def outcome_title(outcome: OutcomeInfo, t: Messages) -> str:
    """Return the name of an outcome in a language."""
    return t.texts.get(f"outcome.{outcome.id}", outcome.title)


def finding(one: Statement, t: Messages) -> str:
    """Return what an outcome does under the plan, in a sentence without a verb: the title of its picture."""
    line = one.line
    amount = counted(one.difference.average, one.scale.unit, t, change=True)
    if line.share_better is None or one.verdict is None:
        return t("finding.moves", title=one.title, amount=amount)
    if one.verdict == "same":
        return t("finding.same", title=one.title, share=one.same)
    lower, higher = line.share_better, line.share_worse or 0.0
    if line.outcome.direction == "up":
        lower, higher = higher, lower
    shares = {"lower": lower, "alike": line.about_same, "higher": higher}
    parts = [
        t(f"finding.{way}", share=per_cent(share))
        for way, share in sorted(shares.items(), key=lambda each: -each[1])
        if share > 0
    ]
    if one.verdict == "open":
        return t("finding.open", title=one.title, parts=", ".join(parts))
    agreed = parts[:1] if max(shares.values()) >= CLEAR else parts
    return t("finding.clear", title=one.title, amount=amount, parts=", ".join(agreed))


def grouped(statements: tuple[Statement, ...]) -> tuple[tuple[str, tuple[Statement, ...]], ...]:
    """Return statements under the groups of their outcomes, in order."""
    return tuple((group, tuple(found)) for group, found in groupby(statements, key=lambda one: one.outcome.group))


def _share(share: float | None) -> str:
    return "" if share is None else per_cent(share)


def _level(shown: Shown, how: Scale, t: Messages) -> str:
    amount = counted(shown.average, how.unit, t)
    return t("range_words", amount=amount, range=shown.range) if shown.range else amount


def counted(number: str, unit: str, t: Messages, *, change: bool = False) -> str:
    """Return a number, as it is shown, with its unit: one attack, two attacks; a ``change`` of a share in percentage points."""
    if f"unit.{unit}.other" in t.texts:
        return f"{number} {t.of(f'unit.{unit}', number)}"
    return f"{number} {unit_words(unit, t, change=change)}"


def unit_words(unit: str, t: Messages, *, change: bool = False) -> str:
    """Return a unit in words of a language, with its multiplier ("billion USD"); ``change``: of a difference."""
    if change and f"change.{unit}" in t.texts:
        return t(f"change.{unit}")
    first, _, rest = unit.partition(" ")
    if rest and first in {"million", "billion"}:
        return f"{t.named('unit', first)} {t.named('unit', rest)}"
    return t.named("unit", unit)


def in_language(span: str, t: Messages) -> str:
    """Return a range ("1 to 3") in a language."""
    return span.replace(" to ", f" {t('to')} ")


@dataclass(frozen=True)
class Answer:
    """The answer for one plan: its headline outcomes, to be sorted by how the futures fall."""

    plan: str
    lead: str
    statements: tuple[Statement, ...]

    def of(self, verdict: Verdict) -> tuple[Statement, ...]:
        """Return the outcomes of a verdict."""
        return tuple(one for one in self.statements if one.verdict == verdict)


def answer(comparison: Comparison, plan: str, baseline: str, t: Messages) -> Answer:
    """Return the answer of a comparison; ``plan`` and ``baseline`` are titles."""
    directed = tuple(statement(line, t) for line in headlines(comparison.lines) if line.verdict is not None)
    found = [one.verdict for one in directed]
    better, worse = found.count("better"), found.count("worse")
    same = found.count("same")
    counts = {"total": len(found), "better": better, "worse": worse, "same": same}
    counts["open"] = len(found) - better - worse - same
    return Answer(comparison.plan, t("answer.lead", plan=plan, baseline=baseline, **counts), directed)


def unfolding_sentence(unfolding: Unfolding, t: Messages) -> str:
    """Return in what share of futures a campaign starts, for how long it goes on, and who cuts it short when."""
    weeks = Scale("week", whole=True)
    if not unfolding.sends_force:
        return t("readings.courts")
    if unfolding.weeks is None:
        return t("readings.never")
    median, span = weeks.interval(unfolding.weeks)
    length = counted(median, "week", t)
    begins = t("readings.starts", share=per_cent(unfolding.starts), length=length, range=in_language(span, t))
    causes = [
        t("readings.cause", by=t(f"readings.by_{cause}"), share=per_cent(stop.share), week=weeks.interval(stop.week)[0])
        for cause, stop in sorted(unfolding.stopped_by.items(), key=lambda one: -one[1].share)
        if stop.week is not None
    ]
    if not causes:
        return f"{begins} {t('readings.uncut')}"
    return f"{begins} {t('readings.cut', share=per_cent(unfolding.cut_short), causes='; '.join(causes))}"


@dataclass(frozen=True)
class LastingStatement:
    """One outcome in a year after the campaign, as text.

    ``during``: share of futures better over the campaign. ``lasts`` and ``debt``: of the futures better, or worse, how many still are.
    """

    statement: Statement
    during: str
    lasts: str
    debt: str


@dataclass(frozen=True)
class YearAfter:
    """A year after the campaign: its name, in which futures the run holds it, and what is left in them."""

    title: str
    held: str
    lines: tuple[LastingStatement, ...]


@dataclass(frozen=True)
class AftermathStatement:
    """What is left after a plan's campaign: when it ends, and each year after that."""

    title: str
    ends: str
    years: tuple[YearAfter, ...]


def aftermath_statement(result: Aftermath, plan: str, t: Messages) -> AftermathStatement:
    """Return the aftermath of a plan, by its title, in words."""
    kind = "idle" if not result.acts else "ends" if result.ended else "never"
    ends = t(
        f"aftermath.{kind}",
        plan=plan,
        ended=f"{result.ended:,}",
        futures=t.count("future", result.futures),
        years=t.count("year", result.years),
        needed=t.count("year", result.years_for(result.readings[0].year)[0]),
    )
    years = (year_after(result, reading, t) for reading in result.readings if result.ended)
    return AftermathStatement(plan, ends, tuple(years))


def year_after(result: Aftermath, reading: Reading, t: Messages) -> YearAfter:
    """Return a year after the campaign in words."""
    kind = "all" if reading.futures == result.futures else "some" if reading.futures else "no"
    held = t(
        f"aftermath.held_{kind}",
        held=f"{reading.futures:,}",
        futures=t.count("future", result.futures),
        needed=t.count("year", max(result.years_for(reading.year)[0], result.years + 1)),
    )
    lines = tuple(_lasting(line, t) for line in reading.lines)
    return YearAfter(t("aftermath.year", year=reading.year), held, lines)


def _lasting(line: Lasting, t: Messages) -> LastingStatement:
    kept = (
        t("aftermath.kept", kept=f"{round((share or 0.0) * count):,}", count=f"{count:,}")
        for share, count in ((line.still_better, line.improved), (line.still_worse, line.worsened))
    )
    return LastingStatement(statement(line.after, t), _share(line.during.share_better), *kept)
