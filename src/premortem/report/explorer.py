"""The map with a slider: what each week or quarter looks like, state by state, for the script of the page."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from premortem.analysis.compare import SHARE, Interval
from premortem.model.units import WEEKS_PER_QUARTER
from premortem.report import pictures
from premortem.report.brief import Material
from premortem.report.figures import maps, spread
from premortem.report.figures.places import COARSE, outlines
from premortem.report.states import Course, States
from premortem.wording.languages import Messages
from premortem.wording.numbers import MINUS, per_cent, scale
from premortem.wording.sentences import Said, counted, in_language, unit_words

NAMED = 3  # states with the greatest change, told in words
SHADES = 63  # of each colour: a value takes six bits and its sign, the agreement of futures one more
THREADS = 2  # each holds an outcome of a plan in all futures
PLACES = {name: f"{{{name}}}" for name in ("n", "first", "last", "date", "country", "more", "less", "states")}
"""What the script fills in its sentences."""


def explorer(material: Material, told: Sequence[tuple[str, Sequence[Said]]], t: Messages) -> dict[str, Any] | None:
    """Return the medians by week and state of the mapped outcomes, with each step in words; None where nothing is mapped.

    Of many plans, and where the study keeps no weeks, by quarter.

    Parameters
    ----------
    told : the outcomes of each plan.
    """
    states, alone = States(material), len(material.comparisons) == 1
    few = len(material.comparisons) <= spread.ABREAST
    shown = [(next(one for one in lines if one.id == id_), plan) for id_ in states.outcomes() for plan, lines in told]

    def one(pair: tuple[Said, str]) -> dict[str, Any] | None:
        about, plan = pair
        title = about.title if alone else f"{about.title}: {pictures.part_of(material, plan).title}"
        course = states.course(plan, about.id, by_week=few)
        return None if course is None else _entry(title, course, about, t)

    with ThreadPoolExecutor(THREADS) as pool:
        outcomes = [entry for entry in pool.map(one, shown) if entry is not None]
    if not outcomes:
        return None
    names = {f["properties"]["iso"]: f["properties"]["name"] for f in outlines("mx_states", COARSE)}
    begins = material.provenance.recipe.begins
    weekly = len(outcomes[0]["told"]) > material.provenance.years * pictures.QUARTERS_PER_YEAR
    step = "week" if weekly else "quarter"
    document = {
        "states": states.codes,
        "names": [names.get(code, code) for code in states.codes],
        "visible": maps.VISIBLE,
        "weeks": 1 if weekly else WEEKS_PER_QUARTER,
        "page": WEEKS_PER_QUARTER if weekly else pictures.QUARTERS_PER_YEAR,
        "begins": begins,
        "when": t(f"maps.{step}_dated" if begins else f"maps.{step}_undated", **PLACES),
        "sentence": t("maps.told", **PLACES),
        "none": t("none_word"),
        "play": [t("maps.play"), t("maps.pause")],
        "outcomes": outcomes,
    }
    return {
        "outcomes": outcomes,
        "steps": len(outcomes[0]["told"]),
        "title": t(f"maps.explore_{step}"),
        "label": t(f"maps.{step}"),
        "help": t(f"maps.keys_{step}"),
        "json": json.dumps(document, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c"),
        "map": pictures.Figure("explorer", maps.blank(states.codes), t(f"maps.explore_{step}")).inline(),
    }


def _entry(title: str, course: Course, about: Said, t: Messages) -> dict[str, Any] | None:
    """Return an outcome under a plan, None where it never changes."""
    medians = course.medians()
    limit = float(np.abs(medians).max())
    if not limit:
        return None
    return {
        "title": title,
        "first": int(np.abs(medians).sum(axis=1).argmax()),
        "scale": _scale(limit, about, t),
        "values": _packed(medians / limit, course.agreed()),
        "told": list(_told(course, medians, about, t)),
    }


def _packed(parts: NDArray[np.float64], agreed: NDArray[np.bool]) -> str:
    """Return values from -1 to 1 and whether futures agree, [step, state], as one byte each in base 64."""
    whole = np.rint(parts * SHADES).astype(np.int8) * 2 + agreed.astype(np.int8)
    return base64.b64encode(whole.tobytes()).decode()


def _scale(limit: float, about: Said, t: Messages) -> list[str]:
    """Return what stands at the two ends of the colours."""
    how = scale(about.line.outcome.unit, ())
    most = f"{float(f'{limit / how.divisor:.2g}'):,g}"
    return [f"{MINUS}{most}", f"+{most} {unit_words(how.unit, t, change=True)}"]


def _told(course: Course, medians: NDArray[np.float64], about: Said, t: Messages) -> Iterator[list[Any]]:
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
        how = scale(about.line.outcome.unit, (interval,))
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
