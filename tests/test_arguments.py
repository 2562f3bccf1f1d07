"""The surface refuses arguments of the wrong type, each by its name, before it does anything."""

from __future__ import annotations

import datetime
import decimal
import inspect
import re
from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

import premortem
from premortem.api.arguments import plain
from premortem.errors import InputError
from premortem.report.deciding_figures import require_target

pm: Any = premortem  # calls that a type checker would refuse
NOTHING = object()
CLASSES = ("Comparison", "Decisions", "Explanation", "Plan", "Study")


def surface() -> dict[str, Callable[..., Any]]:
    """Return every function of the surface, and every method with an instance that has nothing in it."""
    found = {name: getattr(pm, name) for name in pm.__all__ if not inspect.isclass(getattr(pm, name))}
    for name in CLASSES:
        kind = getattr(pm, name)
        methods = (member for member in dir(kind) if inspect.isfunction(getattr(kind, member)) and member[0] != "_")
        found |= {f"{name}.{method}": getattr(object.__new__(kind), method) for method in methods}
    return {name: function for name, function in found.items() if inspect.signature(function).parameters}


@pytest.mark.parametrize("name", surface())
def test_every_argument_of_the_wrong_type_is_refused_by_name(name: str) -> None:
    function = surface()[name]
    parameters = inspect.signature(function).parameters.values()
    several = [one.name for one in parameters if one.kind is one.VAR_POSITIONAL]
    options = {one.name: NOTHING for one in parameters if one.name not in several}
    with pytest.raises(InputError) as refused:
        function(*(NOTHING for _ in several), **options)
    assert sorted(p.where.key.split()[0] for p in refused.value.problems) == sorted(
        f"{name}({key})" for key in [*several, *options]
    )
    assert all(p.found and p.allowed for p in refused.value.problems)


PLAN = pm.plan("border_task_forces")
DECISIONS = object.__new__(pm.Decisions)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: PLAN.replace({5: 5}), r"Plan\.replace\(changes\) 5: "),
        (lambda: PLAN.replace({"zone.depth_miles": None}), "zone.depth_miles: no value that a plan can hold"),
        (lambda: PLAN.replace({"authority.theories": [None]}), "authority.theories: no value that a plan can hold"),
        (lambda: pm.evidence(5), "found:   5"),
        (lambda: pm.lint("kingpin", "arrow"), "allowed: polars, pandas"),
        (lambda: pm.plans(gallery="x"), r"plans\(gallery\)"),
        (lambda: pm.run("kingpin", futures=True), r"run\(futures\)"),
        (lambda: pm.run("kingpin", futures="20"), r"run\(futures\)"),
        (lambda: pm.run("kingpin", 5), r"run\(plans\)"),
        (lambda: pm.compare("kingpin", workers=-1), "found:   -1"),
        (lambda: pm.search("kingpin", "out", objectives="us_killed"), r"search\(objectives\)"),
        (lambda: DECISIONS.attribute("us_killed"), r"Decisions\.attribute\(outcomes\)"),
        (lambda: DECISIONS.robustness(thresholds={"us_killed": "x"}), r"robustness\(thresholds\) us_killed"),
    ],
)  # fmt: skip
def test_what_is_not_meant_is_refused_in_words(call: Callable[[], object], words: str) -> None:
    with pytest.raises(InputError, match=words):
        call()


def test_what_is_meant_is_taken() -> None:
    changes = {"zone.depth_miles": 5}
    assert PLAN.replace(MappingProxyType(changes)) == PLAN.replace(changes)
    with pytest.raises(
        InputError, match="allowed: at least 1"
    ):  # NumPy's whole number is one: what is refused is its size
        pm.run("kingpin", futures=np.int64(0))
    with pytest.raises(TypeError, match="unexpected keyword"):
        pm.plan("kingpin", colour="red")


ODD = [
    np.array([5]),
    np.array([[1.0, 2.0]]),
    np.array([]),
    np.array(["a", "b"]),
    {1, 2},
    frozenset({3}),
    [np.array([1])],
]


@pytest.mark.parametrize("name", surface())
def test_arrays_and_sets_are_refused_everywhere_as_what_they_are(name: str) -> None:
    function = surface()[name]
    parameters = inspect.signature(function).parameters.values()
    several = [one.name for one in parameters if one.kind is one.VAR_POSITIONAL]
    for odd in ODD:
        options = {one.name: odd for one in parameters if one.name not in several}
        with pytest.raises(InputError, match="not of the type asked for"):
            function(*(odd for _ in several), **options)


@pytest.mark.parametrize("value", [*ODD, decimal.Decimal("5"), 5j, None, b"5", 2**63, -(2**63) - 1, {"a": {1}}])
def test_what_no_plan_holds_is_refused_as_a_value(value: Any) -> None:
    with pytest.raises(InputError, match=r"zone\.depth_miles[a.]*: no value that a plan can hold"):
        PLAN.replace({"zone.depth_miles": value})


def test_values_of_numpy_are_those_of_python() -> None:
    first = np.datetime64("2027-01-01")
    for numpys, python in (
        ({"zone.depth_miles": np.int64(5)}, {"zone.depth_miles": 5}),
        ({"zone.depth_miles": np.float32(5.5)}, {"zone.depth_miles": 5.5}),
        ({"title": np.str_("Another")}, {"title": "Another"}),
        ({"authority.theories": [np.str_("self_defense")]}, {"authority.theories": ["self_defense"]}),
    ):
        try:
            expected = PLAN.replace(python)
        except InputError as error:
            with pytest.raises(InputError, match=re.escape(error.problems[0].message)):
                PLAN.replace(numpys)
        else:
            assert PLAN.replace(numpys).text == expected.text
    assert plain(first) == datetime.date(2027, 1, 1)
    assert plain(first.astype("datetime64[ns]")) == datetime.datetime(2027, 1, 1)  # noqa: DTZ001
    assert plain(np.True_) is True


NAMES = ["\0", "x\0.html", "a" * 5000, "a" * 240 + ".html", "/".join(["a" * 100] * 60) + "/x.html", "\ud800.html"]


@pytest.mark.parametrize("path", NAMES)
def test_a_name_that_no_file_can_have_is_refused_before_any_work(path: str) -> None:
    study, comparison = object.__new__(pm.Study), object.__new__(pm.Comparison)
    object.__setattr__(comparison, "study", study)
    for call in (
        lambda: PLAN.save(path),
        lambda: study.report(path),
        lambda: study.export(path),
        lambda: comparison.report(path),
        lambda: pm.hindcast(export=path),
        lambda: pm.calibrate("2026-04", path),
        lambda: pm.calibrate("2026-04", runs=path),
        lambda: pm.hindcast(runs=path),
        lambda: pm.hindcast(fits=path),
        lambda: pm.search(PLAN, path),
        lambda: require_target(f"{path}.svg"),
    ):
        with pytest.raises(InputError, match=r"no file can have|no such folder"):
            call()
