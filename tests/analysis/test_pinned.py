"""Runs anew are in the futures of the study: its start, depth and fit, also where other plans, or a newer fit, would give others."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from premortem.analysis import answers, responses, wedges
from premortem.api import searching
from premortem.plan.language.load import load
from premortem.study.executors import Threads
from premortem.study.experiment import Experiment
from premortem.study.provenance import FitRecord, RecipeRecord, TheatreRecord
from premortem.study.spec import StudySpec, make
from tests.provenance import provenance

FIT = FitRecord(cut="2025-01", digest="", informed=())
START, DEPTH = "2026-04-06", 20.0


class SeenError(Exception):
    """What would have been run."""


def seen(*arguments: Any, **_: Any) -> None:
    raise SeenError(next(one for one in arguments if isinstance(one, StudySpec)))


def about(*, fit: FitRecord | None = FIT, **asked: Any) -> Any:
    theatre = TheatreRecord.model_construct(name="", digest="", start=START, depth_miles=DEPTH)
    spec = make(plans=("status_quo", "border_task_forces"), futures=40, years=1, **asked)
    made = provenance()
    return made.model_copy(update={"recipe": RecipeRecord.model_construct(spec=spec, theatre=theatre, posterior=fit)})


@pytest.mark.parametrize(
    ("fit", "asked", "pinned"),
    [
        (FIT, {}, "2025-01"),
        (None, {}, "none"),
        (None, {"posterior": "none"}, "none"),
        (FIT, {"posterior": "my.json"}, "my.json"),
    ],
)
def test_the_fit_is_that_of_the_study(fit: FitRecord | None, asked: dict[str, Any], pinned: str) -> None:
    spec = about(fit=fit, **asked).recipe.pinned
    assert (spec.start, spec.depth_miles, spec.posterior) == (START, DEPTH, pinned)
    assert RecipeRecord().pinned is None


def _answers(made: Any) -> None:
    answers.simulate(
        [(load("status_quo"), ())], made, ["us_killed"],
        sides=[], freedom=0.5, reading="as_likely", futures=20, executor=Threads(1),
    )  # fmt: skip


def _wedges(made: Any) -> None:
    plans = load("border_task_forces"), load("status_quo")
    wedges.simulate(*plans, made, [], ["us_killed"], reading="as_likely", futures=20, executor=Threads(1))


def _responses(made: Any) -> None:
    store: Any = SimpleNamespace(provenance=made)
    responses.of_study(store, "border_task_forces", "status_quo", "as_likely", np.arange(2))


def _search(made: Any) -> None:
    from premortem.api.decisions import Decisions

    store: Any = SimpleNamespace(provenance=made)
    study: Any = SimpleNamespace(store=store)
    seen(searching._given(Decisions(study, "border_task_forces", "status_quo", ("as_likely",)), "", 1, 1)[2])


@pytest.mark.parametrize("run", [_answers, _wedges, _responses, _search])
def test_every_method_that_runs_anew_is_in_the_futures_of_the_study(
    run: Callable[[Any], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "evaluate", seen)
    monkeypatch.setattr(wedges, "evaluate", seen)
    monkeypatch.setattr(Experiment, "of", seen)
    for module in (wedges, responses):
        monkeypatch.setattr(module, "plan_of", lambda _, name: load(name))
    with pytest.raises(SeenError) as stopped:
        run(about())
    spec: StudySpec = stopped.value.args[0]
    assert (spec.start, spec.depth_miles, spec.posterior) == (START, DEPTH, FIT.cut)
