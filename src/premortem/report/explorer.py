"""The map with a slider: what each week or quarter looks like, state by state, for the script of the page."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from premortem.analysis.compare import SHARE, Interval
from premortem.model.units import WEEKS_PER_QUARTER
from premortem.report import pictures, state_maps
from premortem.report.figures import maps, spread
from premortem.report.figures.places import COARSE, outlines
from premortem.report.material import Material
from premortem.report.states import Course, States
from premortem.study.recipes import WEEKS_PER_YEAR
from premortem.wording.languages import Messages
from premortem.wording.numbers import MINUS, per_cent, scale
from premortem.wording.quantities import number
from premortem.wording.sentences import Statement, counted, in_language, unit_words

NAMED = 3  # states with the greatest change, told in words
SHADES = 63  # of each colour: a value takes six bits and its sign, the agreement of futures one more
LARGE = 1 << 28  # bytes of an outcome by region and week in all futures, of which each thread holds several
THREADS = 2  # each holds an outcome of a plan in all futures
PLACES = {name: f"{{{name}}}" for name in ("n", "first", "last", "date", "country", "more", "less", "states")}
"""What the script fills in its sentences."""


@dataclass(frozen=True)
class Explored:
    """An outcome under a plan: ``first`` is the step shown first, ``document`` what the script reads of it."""

    title: str
    first: int
    steps: int
    document: Mapping[str, Any]


@dataclass(frozen=True)
class Explorer:
    """The map that moves: its words, its outcomes, and what the script reads."""

    title: str
    label: str
    help: str
    steps: int
    outcomes: tuple[Explored, ...]
    map: str
    json: str


def explorer(material: Material, statements: Mapping[str, Sequence[Statement]], t: Messages) -> Explorer | None:
    """Return the medians by week and state of the mapped outcomes, with each step in words; None where nothing is mapped.

    Of many plans, of very many futures, and where the study keeps no weeks, by quarter.

    Parameters
    ----------
    statements : the outcomes of each plan.
    """
    states, alone = States(material), len(material.comparisons) == 1
    about = material.provenance
    large = 4 * about.futures * about.years * WEEKS_PER_YEAR * len(about.regions) > LARGE
    few = len(material.comparisons) <= spread.ABREAST and not large
    shown = [
        (next(one for one in found if one.id == id_), plan)
        for id_ in states.outcomes()
        for plan, found in statements.items()
    ]

    def one(pair: tuple[Statement, str]) -> Explored | None:
        about, plan = pair
        title = about.title if alone else f"{about.title}: {pictures.part_of(material, plan).title}"
        course = states.course(plan, about.id, by_week=few)
        unit = state_maps.rate_words(states, unit_words(scale(about.outcome.unit, ()).unit, t, change=True), t)
        return None if course is None else _entry(title, course, about, unit, t)

    with ThreadPoolExecutor(1 if large else THREADS) as pool:
        outcomes = tuple(entry for entry in pool.map(one, shown) if entry is not None)
    if not outcomes:
        return None
    names = {f["properties"]["iso"]: f["properties"]["name"] for f in outlines("mx_states", COARSE)}
    begins = material.provenance.recipe.begins
    steps = outcomes[0].steps
    weekly = steps > material.provenance.years * pictures.QUARTERS_PER_YEAR
    step = "week" if weekly else "quarter"
    document = {
        "states": states.codes,
        "names": [names.get(code, code) for code in states.codes],
        "visible": maps.VISIBLE,
        "weeks": 1 if weekly else WEEKS_PER_QUARTER,
        "page": WEEKS_PER_QUARTER if weekly else pictures.QUARTERS_PER_YEAR,
        "begins": begins,
        "when": t(f"maps.{step}_dated" if begins else f"maps.{step}_undated", **PLACES),
        "sentence": t("maps.week_text", **PLACES),
        "none": t("none_word"),
        "play": [t("maps.play"), t("maps.pause")],
        "outcomes": [one.document for one in outcomes],
    }
    return Explorer(
        title=t(f"maps.explore_{step}"),
        label=t(f"maps.{step}"),
        help=t(f"maps.keys_{step}"),
        steps=steps,
        outcomes=outcomes,
        map=pictures.Figure("explorer", maps.blank(states.codes), t(f"maps.explore_{step}")).inline(),
        json=json.dumps(document, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c"),
    )


def _entry(title: str, course: Course, about: Statement, unit: str, t: Messages) -> Explored | None:
    """Return an outcome under a plan, None where it never changes."""
    medians = course.medians()
    rates = medians * course.rate
    limit = float(np.abs(rates).max())
    if not limit:
        return None
    first, steps = int(np.abs(rates).sum(axis=1).argmax()), list(_steps(course, medians, about, t))
    document = {
        "title": title,
        "first": first,
        "scale": _scale(limit, about, unit),
        "values": _packed(rates / limit, course.agreed()),
        "steps": steps,
    }
    return Explored(title, first, len(steps), document)


def _packed(parts: NDArray[np.float64], agreed: NDArray[np.bool]) -> str:
    """Return values from -1 to 1 and whether futures agree, [step, state], as one byte each in base 64."""
    whole = np.rint(parts * SHADES).astype(np.int8) * 2 + agreed.astype(np.int8)
    return base64.b64encode(whole.tobytes()).decode()


def _scale(limit: float, about: Statement, unit: str) -> list[str]:
    """Return what stands at the two ends of the colours."""
    how = scale(about.outcome.unit, ())
    most = number(limit / how.divisor, 2)
    return [f"{MINUS}{most}", f"+{most} {unit}"]


def _steps(course: Course, medians: NDArray[np.float64], about: Statement, t: Messages) -> Iterator[list[Any]]:
    """Yield each step as what fills its sentence.

    That is: all states together with their range, the shares of futures in which they are more and less, and the states that change
    most, each as its number and amount.
    """
    country, every = course.country(), np.arange(course.steps)
    most = np.argsort(-np.abs(medians), axis=1, kind="stable")[:, :NAMED]
    greatest = _intervals(course.values[:, most, every[:, None]])
    shares = ((country > 0).mean(axis=0).tolist(), (country < 0).mean(axis=0).tolist())
    for interval, more, less, places, changes in zip(
        _intervals(country), *shares, most.tolist(), greatest, strict=True
    ):
        how = scale(about.outcome.unit, (interval,))
        median, span = (in_language(text, t) for text in how.interval(interval, signed=True))
        words = t("range_words", amount=counted(median, how.unit, t, change=True), range=span)
        amounts = [how.interval(change, signed=True)[0] for change in changes]
        named = [pair for pair in zip(places, amounts, strict=True) if pair[1].strip("0.")]
        yield [words, per_cent(more), per_cent(less), named]


def _intervals(values: NDArray[Any]) -> Any:
    """Return the interval over futures, the first axis, of each entry, nested as the other axes are."""
    columns = np.ascontiguousarray(np.moveaxis(values, 0, -1))  # as rows they sort faster
    tail = (1 - SHARE) / 2
    levels = np.moveaxis(np.quantile(columns, [0.5, tail, 1 - tail], axis=-1), 0, -1)
    return _nested(levels.tolist())


def _nested(levels: Any) -> Any:
    return Interval(*levels) if isinstance(levels[0], float) else [_nested(one) for one in levels]
