"""A measure of several outcomes in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from premortem.analysis.weights import FACTORS, Measure, Part, Weighed
from premortem.wording.languages import Messages
from premortem.wording.numbers import MINUS, per_cent
from premortem.wording.quantities import number
from premortem.wording.sentences import outcome_title, unit_words
from premortem.wording.tables import Cell, Row, Table

DIGITS = 3


def weighed_table(found: Weighed, t: Messages, name: str = "") -> tuple[str, Table]:
    """Return the answer by a measure in a sentence, and a row for each weight with how the answer changes with it.

    Parameters
    ----------
    name : of the measure, where the reader gave it one.
    """
    low, high = (_signed(value) for value in (found.range.low, found.range.high))
    title = t(
        "weights.answer_named" if name else "weights.answer",
        name=name,
        plan=found.plan,
        baseline=found.baseline,
        futures=t.count("future", found.futures),
        share=per_cent(found.better),
        average=_signed(found.average),
        range=f"{low} {t('to')} {high}",
    )
    rows = tuple(
        Row((
            Cell(outcome_title(part.outcome, t), _weight(part, t)),
            Cell(_signed(part.average)),
            *(Cell(per_cent(share)) for share in part.better),
            Cell(t("weights.never") if part.turns_at is None else t("weights.times", n=f"{part.turns_at:.2g}")),
        ))
        for part in found.parts
    )  # fmt: skip
    factors = (t("weights.times", n=f"{factor:g}") for factor in FACTORS)
    heads = (t("outcomes.name"), t("weights.adds"), *factors, t("weights.turns"))
    return title, Table(heads, rows, t("weights.note"))


def _signed(value: float) -> str:
    """Return points with their sign: above zero for the plan, below it against it."""
    text = number(abs(value), DIGITS)
    return text if not value else f"{'+' if value > 0 else MINUS}{text}"


def _weight(part: Part, t: Messages) -> str:
    """Return what one unit of an outcome is worth, and which way counts for the plan."""
    return t(
        f"weights.weight_{part.outcome.direction}", weight=f"{part.weight:g}", unit=unit_words(part.outcome.unit, t)
    )


def own_tables(found: Iterable[tuple[Measure, Weighed]], t: Messages) -> Iterator[tuple[str, Table]]:
    """Yield the answer by each measure of the reader's own data, as `weighed_table` does."""
    for measure, one in found:
        yield weighed_table(one, t, measure.spanish if t.language == "es" else measure.title)
