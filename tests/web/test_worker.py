"""What the worker does with a run: to its end, in turns, cancelled, taken up after its death. With a part of the model."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import premortem as pm
from premortem.study.chunks import run_together as simulate
from premortem.study.store import Store
from premortem.web import worker
from premortem.web.database import connect
from premortem.web.questions import Question
from premortem.web.queue import Queue
from premortem.web.settings import Settings
from tests.small_model import SMALL_MODEL, simulating

COMPUTE = "premortem.study.executors.base.run_together"
OWN = 'schema = 1\nid = "mine"\nextends = "kingpin"\ntitle = "Mine"\nsource = ["project"]\n'
ASKED = {"plans": [{"text": OWN}], "futures": 80, "years": 1}


@pytest.fixture(scope="module", autouse=True)
def small_model() -> Iterator[None]:
    with simulating(SMALL_MODEL):
        yield


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path)


@pytest.fixture
def queue(settings: Settings) -> Queue:
    return Queue(connect(settings.url))


@pytest.fixture(scope="module")
def digest(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Digest of the same run at the command line."""
    folder = tmp_path_factory.mktemp("direct")
    file = folder / "mine.toml"
    file.write_text(OWN, encoding="utf-8")
    return pm.run("status_quo", file, futures=80, years=1, out=folder / "run").digest()


def attend(settings: Settings, queue: Queue) -> None:
    taken = queue.take()
    assert taken is not None
    worker.attend(settings, queue, taken)


def test_a_run_gives_what_the_command_line_gives_and_is_an_ordinary_run_folder(
    settings: Settings, queue: Queue, digest: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(settings.folder)
    run, _ = queue.ask(Question.model_validate(ASKED), "ana")
    attend(settings, queue)
    seen = queue.see(run)
    assert seen is not None
    assert (seen.state, seen.digest, seen.paired) == ("done", digest, 80)
    opened = pm.study(settings.runs / run)
    assert opened.plans == ("status_quo", "mine")
    assert opened.material.plans[1].title == "Mine"
    assert pm.Study(Store.open(settings.runs / run)).compare().futures == 80


@pytest.mark.slow
def test_a_run_in_turns_and_after_a_death_gives_the_same(
    settings: Settings, queue: Queue, digest: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(settings.folder)
    run, _ = queue.ask(Question.model_validate(ASKED), "ana")
    queue.ask(Question.model_validate({**ASKED, "seed": 2}), "ben")
    monkeypatch.setattr(worker, "TURN", 0.0)
    attend(settings, queue)  # ben waits: the turn ends with the first chunk
    seen = queue.see(run)
    assert seen is not None
    assert seen.state == "waiting"
    assert 0 < seen.runs_done < seen.runs
    monkeypatch.setattr(worker, "TURN", 60.0)
    attend(settings, queue)  # ben's
    monkeypatch.setattr(COMPUTE, lambda *_: (_ for _ in ()).throw(SystemExit))  # the process dies over it
    with pytest.raises(SystemExit):
        attend(settings, queue)
    queue.reclaim()
    monkeypatch.setattr(COMPUTE, simulate)
    attend(settings, queue)
    seen = queue.see(run)
    assert seen is not None
    assert (seen.state, seen.digest) == ("done", digest)


def test_a_worker_that_warms_up_simulates_without_a_run_and_takes_no_harm_from_a_fault(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = list[int]()

    def counting(*given: object) -> object:
        made.append(1)
        if len(made) == 2:
            raise MemoryError
        return simulate(*given)  # type: ignore[arg-type]

    monkeypatch.setattr("premortem.study.chunks.run_together", counting)
    worker.warm()
    worker.warm()
    assert len(made) == 2


def test_a_run_that_is_cancelled_in_between_stops_and_stays_cancelled(
    settings: Settings, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(settings.folder)
    run, _ = queue.ask(Question.model_validate(ASKED), "ana")
    made = list[bool]()

    def cancelling(*given: object) -> object:
        made.append(queue.cancel(run, "ana"))
        return simulate(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(COMPUTE, cancelling)
    attend(settings, queue)
    seen = queue.see(run)
    assert seen is not None
    assert seen.state == "cancelled"
    assert made[0] is True


def test_a_plan_that_cannot_run_says_what_and_the_next_one_is_computed(
    settings: Settings, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(settings.folder)
    late = OWN + "start = 2044-01-04\n"
    run, _ = queue.ask(Question.model_validate({**ASKED, "plans": [{"text": late}]}), "ana")
    attend(settings, queue)
    seen = queue.see(run)
    assert seen is not None
    assert seen.state == "failed"
    assert seen.problems[0]["key"] == "start"
    assert str(settings.folder) not in str(seen.problems)
