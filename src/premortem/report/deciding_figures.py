"""The picture of a decision: what of a `Result` goes into which figure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import altair as alt
import numpy as np

from premortem.decisions.attribute import KINDS
from premortem.decisions.frame import sign
from premortem.decisions.metrics import METRICS
from premortem.decisions.result import READING_WORDS, Result
from premortem.decisions.saying import plain, title
from premortem.decisions.voi import group_words
from premortem.errors import InputError, Problem, RunError
from premortem.evidence import outcomes
from premortem.report.figures import decisions, style
from premortem.report.figures.decisions import Mark
from premortem.report.pictures import Figure
from premortem.study.recipes import WEEKS_PER_YEAR
from premortem.text import target
from premortem.wording.languages import messages
from premortem.wording.numbers import per_cent
from premortem.wording.sentences import outcome_title, unit_words

SHOWN = 10  # rows
QUARTERS = 4  # in a year
MOST_PARTS = 15  # of what contributes to a difference
PLACES = {"as_likely": 1, "carried_out": 2}
ENDINGS = (".svg", ".png")


def figure(result: Result) -> Figure:
    """Return the picture of a result, with a sentence that says what it shows."""
    draw = {
        "robustness": _robustness,
        "conditions": _conditions,
        "discover": _discover,
        "voi": _voi,
        "sensitivity": _sensitivity,
        "pathways": _pathways,
        "attribute": _attribute,
        "timeline": _timeline,
        "trace": _trace,
        "redteam": _redteam,
        "search": _search,
    }[result.method]
    return Figure(result.method, draw(result), result.words[0])


def require_target(path: str | Path) -> Path:
    """Check where a picture is to be written, before anything is computed.

    Raises
    ------
    InputError : neither ``.svg`` nor ``.png``, no name of a file, or in no folder.
    """
    path = Path(path)
    if path.suffix not in ENDINGS:
        raise InputError(Problem("format", "no such format of a picture", found=path.name, allowed=", ".join(ENDINGS)))
    return target(path)


def save(result: Result, path: str | Path) -> Path:
    """Write the picture of a result as ``.svg`` or ``.png``.

    Raises
    ------
    InputError : another ending, or no such folder.
    RunError : the file cannot be written.
    """
    path = require_target(path)
    chart = figure(result).chart
    content = style.svg(chart).encode() if path.suffix == ".svg" else style.png(chart)
    try:
        path.write_bytes(content)
    except OSError as error:
        raise RunError(Problem("unwritable", f"cannot write {path}: {error.strerror or error}")) from None
    return path


def _by_reading(result: Result) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield from result.result.items()


def _stacked(parts: Mapping[str, Any]) -> Any:
    """Return a picture a reading, one under the other."""
    titled = [chart.properties(title=READING_WORDS[name]) for name, chart in parts.items()]
    return alt.vconcat(*titled).resolve_scale(color="independent", shape="independent")


def _unit(result: Result) -> str:
    info = outcomes.load()[str(result.inputs["outcome"])]
    return f"{title(info)}, {unit_words(info.unit, messages('en'))}"


def _conditions(result: Result) -> Any:
    marks = [
        Mark(leaf["words"], one["average"], one["average_low"], one["average_high"], READING_WORDS[name], PLACES[name])
        for leaf in result.result["leaves"]
        for name, one in leaf["readings"].items()
    ]
    return decisions.intervals(marks, f"average change in {_unit(result)}")


def _voi(result: Result) -> Any:
    marks = []
    for name, one in _by_reading(result):
        worthy = [(group_words(group), worth) for group, worth in one["evppi"].items() if worth["value"] > 0]
        for row, worth in [("everything, luck too", one["evpi"]), *worthy[:SHOWN]]:
            marks.append(Mark(row, worth["value"], worth["low"], worth["high"], READING_WORDS[name], PLACES[name]))
    return decisions.intervals(
        marks, f"worth of knowing, {_unit(result) if 'outcome' in result.inputs else result.inputs['unit']}"
    )


def _sensitivity(result: Result) -> Any:
    marks = []
    for name, one in _by_reading(result):
        if "groups" in one:
            rows = [(group_words(group), share, "share") for group, share in one["groups"].items()]
        else:
            key = "total" if "total" in one["inputs"][0] else "size"
            rows = [(entry["meaning"], entry[key], key) for entry in one["inputs"]]
        for row, share, _ in [row for row in rows if row[1]["low"] > 0][:SHOWN] or rows[:1]:
            marks.append(Mark(row, share["share"], share["low"], share["high"], READING_WORDS[name], PLACES[name]))
    return decisions.intervals(marks, "share of how the difference varies")


def _attribute(result: Result) -> Any:
    pictures, words = [], KINDS[result.inputs["parts"]].words
    for name, by_outcome in _by_reading(result):
        for outcome, one in by_outcome.items():
            shown = [pair for pair in one["wedges"].items() if any(pair[1].values())][:MOST_PARTS]
            marks = [Mark(words(name), w["average"], w["low"], w["high"]) for name, w in shown]
            info = outcomes.load()[outcome]
            chart = decisions.intervals(
                marks, f"contribution to {title(info)}, {unit_words(info.unit, messages('en'))}"
            )
            pictures.append(chart.properties(title=f"{READING_WORDS[name]}: {info.title}"))
    return alt.vconcat(*pictures).resolve_scale(color="independent", shape="independent")


def _trace(result: Result) -> Any:
    t = messages(result.inputs["language"])
    pictures = []
    for outcome, one in result.result["by_quarter"].items():
        info = outcomes.load()[outcome]
        series = [(result.inputs["baseline"], one["baseline"]), (result.inputs["plan"], one["plan"])]
        series += [
            (t("trace.without_line", mechanism=t.named("mechanism", name)), values)
            for name, values in one["without"].items()
        ]
        lines = [
            (name, place, [(quarter / QUARTERS, value) for quarter, value in enumerate(values, 1)])
            for place, (name, values) in enumerate(series)
        ]
        name = outcome_title(info, t)
        chart = decisions.courses(lines, t("trace.axis", unit=unit_words(info.unit, t)), t("trace.years"))
        pictures.append(chart.properties(title=name))
    return alt.vconcat(*pictures).resolve_scale(color="independent", strokeDash="independent")


def _pathways(result: Result) -> Any:
    plans = list(result.inputs["plans"])
    parts = {}
    for name, one in _by_reading(result):
        courses = [
            (
                plan,
                plans.index(plan),
                [(0.0, 1.0), *((i, 1 - year["share"]) for i, year in enumerate(found["passed_by_year"], 1))],
            )
            for plan, found in one["plans"].items()
        ]
        lasting = decisions.lasting(courses, "futures in which it still meets the target", "years")
        parts[name] = alt.vconcat(lasting, _map(result, one))
    return _stacked(parts)


def _map(result: Result, one: Mapping[str, Any]) -> Any:
    """Return the map of pathways of the plan that is judged, from the year by which half of its failures have come."""
    plan, years = str(result.inputs["plan"]), 1 + len(next(iter(one["plans"].values()))["passed_by_year"])
    passed = {name: [year["share"] for year in found["passed_by_year"]] for name, found in one["plans"].items()}
    shares = [(name, [1 - share for share in row]) for name, row in passed.items()]
    half = passed[plan][-1] / 2
    leaves = float(np.interp(half, [0.0, *passed[plan]], range(years))) if half else 0.0
    onward = {
        name: f"good a year later: {per_cent(other['share'])}"
        for name, other in one["plans"][plan]["then_still_meet"].items()
    }
    axis = f"years; darker: good in more futures, at the end in so many; ways on, once {plan} is not"
    return decisions.pathways(shares, plan, leaves, onward if half else {}, axis)


def _timeline(result: Result) -> Any:
    marks = []
    for name, one in _by_reading(result):
        horizon = result.inputs["years"] * WEEKS_PER_YEAR
        for id_, parts in one.items():
            week = {key: horizon if value is None else value for key, value in parts["week"].items()}
            if week["median"] < horizon:
                row = outcomes.load()[id_].title
                marks.append(Mark(row, week["median"], week["low"], week["high"], READING_WORDS[name], PLACES[name]))
    return decisions.intervals(
        marks or [Mark("nothing parts in half of the futures", 0, 0, 0)],
        "week from which it differs (to the edge: later, or never)",
    )


def _discover(result: Result) -> Any:
    parts = {}
    for name, one in _by_reading(result):
        path = [(step["fresh"]["coverage"], step["fresh"]["density"]) for step in one["path"]]
        boxes = [
            (box["fresh"]["coverage"], box["fresh"]["density"], f"box {i}") for i, box in enumerate(one["boxes"], 1)
        ]
        parts[name] = decisions.peeling(path, boxes, ("coverage in fresh futures", "density in fresh futures"))
    return _stacked(parts)


def _redteam(result: Result) -> Any:
    parts = {}
    for name, one in _by_reading(result):
        marks = []
        for id_, found in one["survival"][result.inputs["plan"]].items():
            widest = max(abs(found[key][end]) for key in ("unanswered", "answered") for end in ("low", "high"))
            for place, key in enumerate(("unanswered", "answered"), 1):
                at = {end: value / (widest or 1.0) for end, value in found[key].items()}
                if widest:
                    marks.append(Mark(outcomes.load()[id_].title, at["average"], at["low"], at["high"], key, place))
        parts[name] = decisions.intervals(
            marks or [Mark("nothing differs", 0, 0, 0)], "change against the baseline, each row on a scale of its own"
        )
    return _stacked(parts)


def _robustness(result: Result) -> Any:
    parts = {}
    for name, one in _by_reading(result):
        cells = [
            (
                outcomes.load()[id_].title,
                plan,
                sum(int(scores[plan]["rank"] == 1) for scores in found["metrics"].values()),
            )
            for id_, found in one["outcomes"].items()
            for plan in result.inputs["plans"]
        ]
        parts[name] = decisions.firsts(
            cells, len(METRICS), f"first, alone or tied, in so many of {len(METRICS)} metrics"
        )
    return _stacked(parts)


def _search(result: Result) -> Any:
    given, baseline = result.inputs["plan"], result.inputs["baseline"]
    infos = [outcomes.load()[id_] for id_ in result.inputs["objectives"]]
    found = [(one["plan"], one["dominates"], one["gain_in_differences_that_matter"]) for one in result.result["found"]]
    averages = [result.result["averages"][info.id] for info in infos]
    base = [
        sign(info) * (one["baseline"] - one["given"]) / one["matters"]
        for info, one in zip(infos, averages, strict=True)
    ]
    lines = [(baseline, baseline, base)]
    for wanted, kind in ((True, f"dominates {given}"), (False, f"does not dominate {given}")):
        lines += [(id_, kind, [gains[info.id] for info in infos]) for id_, holds, gains in found if holds is wanted]
    most = [max(abs(row[i]) for _, _, row in lines) for i in range(len(infos))]
    sizes = (size * one["matters"] for size, one in zip(most, averages, strict=True))
    ends = [plain(info, size) for info, size in zip(infos, sizes, strict=True)]
    return decisions.parallel(
        lines, [info.title for info in infos], ends, f"Above the dashed line: better than {given}"
    )
