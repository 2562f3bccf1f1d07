"""The short answer in words: a table that fits a screen, with one row for each finding, and the few lines around it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from premortem.analysis.compare import Comparison, OutcomeComparison
from premortem.analysis.short_answer import ShortAnswer
from premortem.analysis.unfolding import Unfolding
from premortem.evidence import confidence, outcomes
from premortem.evidence.outcomes import OutcomeInfo
from premortem.study.provenance import Provenance
from premortem.wording.inputs import input_words
from premortem.wording.languages import Messages
from premortem.wording.numbers import Scale, per_cent
from premortem.wording.sentences import (
    Statement,
    counted,
    in_language,
    outcome_title,
    plan_titles,
    statements,
    unfolding_sentence,
)
from premortem.wording.tables import Cell, Row, Shares, Table, behind, way_and_confidence

YEAR = 4  # digits of a date


@dataclass(frozen=True)
class ShortWords:
    """The short answer of one plan as text.

    ``decides``: id and meaning of each input that decides most; ``undecided``: that none stands out from chance.
    ``example``: the outcome that a reader would ask about first.
    """

    plan: str
    under: str
    unfolds: str
    table: Table
    together: str
    decides: tuple[tuple[str, str], ...]
    undecided: str
    rests: str
    example: str


def short_words(answer: ShortAnswer, about: Provenance, t: Messages) -> ShortWords:
    """Return the short answer in words."""
    titles = plan_titles({plan.id: plan.title for plan in about.recipe.plans}, t)
    apart = any(one.carried_out is not None for one in answer.findings)
    rows: list[Row] = []
    for kind, found in groupby(answer.findings, key=lambda one: one.kind):
        rows.append(Row((Cell(t(f"short.{kind}")),)))
        for one in found:
            readings = [line for line in (one.carried_out, one.as_likely) if line is not None]
            said, shares = statements(readings, t), Shares.of(one.as_likely)
            name = Cell(_measured(said[0], t), to=f"outcome-{said[0].id}")
            why = behind(answer.plan, said[0].id)
            amounts = (Cell(_amount(line, each, t), why=why) for line, each in zip(readings, said, strict=True))
            ways = Cell(_ways(shares), why=why)
            rows.append(Row((name, *amounts, ways), shares=shares))
    heads = (t("readings.carried_out"), t("short.as_likely")) if apart else (t("outcomes.change"),)
    over = t("short.name", years=t.count("year", about.years))
    table = Table((over, *heads, t("short.ways")), tuple(rows), t("short.note"))
    together = [outcome_title(other.outcome, t) for one in answer.findings for other in one.with_it]
    return ShortWords(
        plan=titles.get(answer.plan, answer.plan),
        under=t(
            "short.under",
            baseline=titles.get(answer.baseline, answer.baseline),
            span=_span(about),
            futures=t.count("future", answer.futures),
        ),
        unfolds="" if answer.unfolding is None else unfolds_in_short(answer.unfolding, t),
        table=table,
        together=t("short.together", outcomes="; ".join(together)) if together else "",
        decides=tuple((name, input_words(name, t)) for name in answer.decides),
        undecided=t("short.undecided", futures=t.count("future", answer.futures))
        if answer.screened and not answer.decides
        else "",
        rests=f"{_rests(answer.plan, about, t)} {_believed([one.as_likely.outcome for one in answer.findings], t)}".strip(),
        example=next((one.as_likely.outcome.id for one in answer.findings if one.kind in {"open", "helps"}), "members"),
    )


PLANS_ABREAST = 4


@dataclass(frozen=True)
class Abreast:
    """One plan of several side by side: ``name`` heads its column; ``readings`` are one, or two: carried out, then as likely to unfold."""

    plan: str
    name: str
    readings: tuple[Comparison, ...]

    @classmethod
    def of(cls, name: str, as_likely: Comparison, carried_out: Comparison | None) -> Abreast:
        """Return a plan that somebody could stop, or one with a single reading."""
        return cls(as_likely.plan, name, ((carried_out,) if carried_out else ()) + (as_likely,))


def abreast_tables(
    ids: Sequence[str],
    plans: Sequence[Abreast],
    years: int,
    t: Messages,
    *,
    most: int = PLANS_ABREAST,
    whole: bool = False,
    short: bool = False,
) -> tuple[Table, ...]:
    """Return several plans side by side, at ``most`` so many to a table: a row an outcome, in each cell both readings with their ranges.

    Parameters
    ----------
    ids : outcomes that every plan has; of none there is no table.
    years : length of each future.
    whole : say of each outcome which way is better, and how much confidence a comparison of it deserves.
    short : for a terminal: be short on how often nothing changes.
    """
    tables, head = [], t("short.name", years=t.count("year", years))
    believed = "" if whole else _believed([outcomes.load()[id_] for id_ in ids], t)
    note = " ".join(filter(None, (t("short.abreast"), t("short.same_means") * short, believed)))
    for start in range(0, len(plans) if ids else 0, most):
        some, rows = plans[start : start + most], []
        for id_ in ids:
            lines = [[_line(reading, id_) for reading in one.readings] for one in some]
            words = iter(statements([line for both in lines for line in both], t))
            said = [[next(words) for _ in both] for both in lines]
            cells = []
            for one, both, spoken in zip(some, lines, said, strict=True):
                first, *rest = (_amount(*one_reading, t, short=short) for one_reading in zip(both, spoken, strict=True))
                cells.append(Cell(first, "".join(rest), why=behind(one.plan, id_)))
            about = said[0][0]
            way = way_and_confidence(about, t) if whole else t("better_up") * (about.outcome.direction == "up")
            rows.append(Row((Cell(_measured(about, t), way, to=f"outcome-{id_}"), *cells)))
        tables.append(Table((head, *(one.name for one in some)), tuple(rows), note))
    return tuple(tables)


def _line(comparison: Comparison, outcome: str) -> OutcomeComparison:
    return next(line for line in comparison.lines if line.outcome.id == outcome)


CAUSES = 3
"""Causes named of those that cut a campaign short: the most frequent."""


def unfolds_in_short(unfolding: Unfolding, t: Messages) -> str:
    """Return in one line in what share of futures a campaign starts, how long it lasts, and who cuts it short."""
    if unfolding.weeks is None or not unfolding.sends_force:
        return unfolding_sentence(unfolding, t)
    median, span = Scale("week", whole=True).interval(unfolding.weeks)
    stops = sorted(unfolding.stopped_by.items(), key=lambda one: -one[1].share)
    every = [t("short.cause", by=t(f"readings.by_{by}"), share=per_cent(one.share)) for by, one in stops if one.share]
    causes = every[:CAUSES] + [t("short.causes")] * (len(every) > CAUSES)
    return t(
        "short.unfolds",
        share=per_cent(unfolding.starts),
        length=counted(median, "week", t),
        range=in_language(span, t),
        cut=per_cent(unfolding.cut_short),
        causes=f": {', '.join(causes)}" if causes else "",
    )


def _rests(plan: str, about: Provenance, t: Messages) -> str:
    counts, recorded = about.recipe.rests_on, about.recipe.plan(plan)
    if counts is None or recorded is None:
        return ""
    rests = t(
        "short.rests",
        parameters=f"{counts.parameters:,}",
        calibrated=counts.calibrated,
        sourced=counts.sourced,
        assumed=counts.assumed,
        open=t("short.field", n=len(recorded.open_fields)),
    )
    ours, theatre = about.recipe.own, about.recipe.theatre
    if theatre is not None and theatre.newest:
        rests += f" {t('short.newest', start=about.recipe.begins, newest=theatre.newest)}"
    return f"{rests} {t('short.own', n=len(ours), entries=', '.join(ours))}" if ours else rests


def _believed(shown: Iterable[OutcomeInfo], t: Messages) -> str:
    """Return how much confidence a comparison of each outcome that is shown deserves, the highest first; of none nothing."""
    by_word: dict[str, list[str]] = {word: [] for word in confidence.WORDS}
    for outcome in shown:
        by_word[confidence.of(outcome.id).word].append(outcome_title(outcome, t))
    said = {t(f"confidence.word.{word}"): titles for word, titles in by_word.items() if titles}
    if not said:
        return ""
    if len(said) == 1:
        return t("short.believed", words=t("short.believed_all", word=next(iter(said))))
    most = max(said, key=lambda word: len(said[word]))
    named = [
        t("short.believed_some", word=word, outcomes=", ".join(titles))
        for word, titles in reversed(said.items())
        if word != most
    ]
    return t("short.believed", words="; ".join((*named, t("short.believed_others", word=most))))


def _amount(line: OutcomeComparison, words: Statement, t: Messages, *, short: bool = False) -> str:
    """Return the average change with its range, or in how many futures it is about the same where that is nearly all."""
    if line.verdict != "same":
        return str(words.difference)
    share = per_cent(line.about_same)
    return t("outcomes.same_short", share=share) if short else t("short.same_in", same=share)


def _ways(shares: Shares) -> str:
    """Return in how many of a hundred futures the outcome is lower, about the same and higher."""
    return " / ".join(_of_hundred(share) for share in (shares.lower, shares.same, shares.higher))


def _of_hundred(share: float) -> str:
    """Return a share without its sign, which the head of the column has."""
    return per_cent(share).removesuffix(" %")


def _measured(one: Statement, t: Messages) -> str:
    """Return the title with the unit of the change in few words, where the title does not say what is counted."""
    return one.title if one.scale.whole else f"{one.title}, {t.texts.get(f'short.unit.{one.scale.unit}', one.change)}"


def _span(about: Provenance) -> str:
    begins = about.recipe.begins
    return f"{begins[:YEAR]}\N{EN DASH}{int(begins[:YEAR]) + about.years}" if begins else f"{about.years}"
