import dataclasses
from pathlib import Path

import pytest

from premortem.errors import InputError, RunError
from premortem.evidence import ledger
from premortem.model.units import FUTURES_PER_CHUNK
from premortem.plan.language import packaged
from premortem.study.chunks import Chunk
from premortem.study.executors import Work
from premortem.study.provenance import Environment
from premortem.study.resume import begin, require_reproducible, resume
from premortem.study.spec import StudySpec, make
from premortem.study.store import Store
from tests.study.toy_recipe import ToySource


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    path = tmp_path / "mine.toml"
    path.write_text(packaged.text("status_quo").replace("Status quo carried on", "Mine"), encoding="utf-8")
    return path


@pytest.fixture
def spec(plan: Path) -> StudySpec:
    return make(plans=("status_quo", str(plan)), futures=FUTURES_PER_CHUNK + 4, years=1, seed=3)


def test_a_study_keeps_its_plans_and_is_taken_up_as_it_was(tmp_path: Path, plan: Path, spec: StudySpec) -> None:
    store, experiment = begin(spec, tmp_path / "s")
    assert store.folder.names("plans") == ["mine"]
    _, same = resume(tmp_path / "s")
    assert same.provenance() == experiment.provenance()
    plan.unlink()
    _, from_copy = resume(tmp_path / "s")
    assert [p.content_hash for p in from_copy.loaded] == [p.content_hash for p in experiment.loaded]


def test_a_plan_that_has_changed_stops_the_study_and_the_error_says_how_to_go_on(
    tmp_path: Path, plan: Path, spec: StudySpec
) -> None:
    begin(spec, tmp_path / "s")
    text = plan.read_text(encoding="utf-8")
    plan.write_text(text + "\n# only a comment\n", encoding="utf-8")
    resume(tmp_path / "s")
    plan.write_text(text.replace("personnel = 8500", "personnel = 9500"), encoding="utf-8")
    with pytest.raises(InputError, match=r"(?s)0 of 4 chunks .* stay valid.*plans/ of the folder.*found: +plan mine"):
        resume(tmp_path / "s")


def test_evidence_that_has_changed_stops_the_study(
    tmp_path: Path, spec: StudySpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(spec, tmp_path / "s")
    changed = dataclasses.replace(ledger.load(), digest="0" * 64)
    monkeypatch.setattr(ledger, "load", lambda: changed)
    with pytest.raises(InputError, match=r"(?s)put back what has changed.*found: +evidence"):
        resume(tmp_path / "s")


def test_a_study_is_not_continued_where_its_results_are_not_reproduced(tmp_path: Path) -> None:
    source = ToySource()
    store = Store.create(tmp_path / "s", source, environment=Environment.here())
    require_reproducible(store, source)
    Work(source, store.folder.url)((Chunk(0, 0),))
    require_reproducible(store, source)
    older = store.provenance.model_copy(update={"versions": {**store.provenance.versions, "jax": "0.0.1"}})
    with pytest.raises(RunError, match=r"(?s)bit by bit.*found: +jax 0\.0\.1 -> "):
        require_reproducible(Store(store.folder, older), ToySource(seed=2))
