"""The queue, in SQLite and in PostgreSQL."""

from pathlib import Path

import alembic.command
import alembic.config
import pytest
from sqlalchemy import Engine

from premortem.errors import Problem
from premortem.web import database
from premortem.web.database import connect
from premortem.web.questions import Question
from premortem.web.queue import MOST_ATTEMPTS, FullError, Queue
from premortem.web.settings import MOST_OPEN, MOST_OPEN_FROM


def asked(seed: int) -> Question:
    return Question.model_validate({"plans": [{"name": "kingpin"}], "seed": seed})


def test_the_same_question_is_computed_once_and_both_who_ask_have_it(engine: Engine) -> None:
    queue = Queue(engine)
    run, there = queue.ask(asked(1), "ana")
    assert not there
    assert queue.ask(asked(1), "ben") == (run, True)
    assert queue.ask(asked(1).model_copy(update={"first": "carried_out"}), "ben") == (
        run,
        True,
    )  # the results are the same
    assert [seen.id for seen in queue.history("ben")] == [run]
    assert queue.ask(asked(2), "ben") != (run, True)


def test_whoever_waited_longest_for_a_turn_is_next_however_many_runs_another_has(engine: Engine) -> None:
    queue = Queue(engine)
    first, second, third = (queue.ask(asked(seed), "ana")[0] for seed in (1, 2, 3))
    taken = queue.take()
    assert taken is not None
    assert taken.id == first
    late, _ = queue.ask(asked(4), "ben")
    assert queue.others_wait(first)
    order = []
    queue.done(first, "d" * 64)
    while (taken := queue.take()) is not None:
        order.append(taken.id)
        queue.done(taken.id, "d" * 64)
    assert order == [late, second, third]


def test_a_turn_that_is_over_leaves_the_run_waiting_with_its_progress(engine: Engine) -> None:
    queue = Queue(engine)
    run, _ = queue.ask(asked(1), "ana")
    queue.take()
    assert queue.progress(run, 40, 400, 40)
    queue.give_back(run)
    seen = queue.see(run)
    assert seen is not None
    assert (seen.state, seen.runs_done, seen.paired) == ("waiting", 40, 40)


def test_only_who_asked_alone_can_cancel_and_a_cancelled_run_is_not_wanted(engine: Engine) -> None:
    queue = Queue(engine)
    run, _ = queue.ask(asked(1), "ana")
    assert not queue.cancel(run, "ben")
    queue.ask(asked(1), "ben")
    assert not queue.cancel(run, "ana")
    other, _ = queue.ask(asked(2), "ana")
    queue.take()
    assert queue.cancel(other, "ana")
    assert not queue.progress(other, 1, 2, 0)
    assert queue.ask(asked(2), "ana") != (other, True)


def test_a_run_over_which_workers_died_waits_again_and_fails_in_the_end(engine: Engine) -> None:
    queue = Queue(engine)
    run, _ = queue.ask(asked(1), "ana")
    states, seen = list[str](), None
    for _ in range(MOST_ATTEMPTS):
        queue.take()
        queue.reclaim()
        seen = queue.see(run)
        assert seen is not None
        states.append(seen.state)
    assert seen is not None
    assert states == ["waiting"] * (MOST_ATTEMPTS - 1) + ["failed"]
    assert "ended" in seen.problems[0]["message"]


def test_nobody_fills_the_queue_alone(engine: Engine) -> None:
    queue = Queue(engine)
    for seed in range(MOST_OPEN):
        queue.ask(asked(seed), "ana")
    with pytest.raises(FullError, match=f"{MOST_OPEN} runs open"):
        queue.ask(asked(99), "ana")
    queue.ask(asked(99), "ben")


def test_all_of_one_address_have_so_many_runs_open_until_some_end(engine: Engine) -> None:
    queue = Queue(engine)
    for seed in range(MOST_OPEN_FROM):
        queue.ask(asked(seed), f"cookie {seed}", "192.0.2.1")
    with pytest.raises(FullError, match="from your address"):
        queue.ask(asked(99), "another cookie", "192.0.2.1")
    queue.ask(asked(99), "ben", "192.0.2.2")
    taken = queue.take()
    assert taken is not None
    queue.done(taken.id, "d" * 64)
    queue.ask(asked(100), "another cookie", "192.0.2.1")


def test_a_database_made_before_addresses_were_noted_keeps_its_runs(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'base.sqlite'}"
    engine = connect(url)
    run, _ = Queue(engine).ask(asked(1), "ana")
    config = alembic.config.Config()
    config.set_main_option("script_location", str(Path(database.__file__).with_name("migrations")))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        alembic.command.downgrade(config, "0001")
    engine.dispose()
    queue = Queue(connect(url))
    assert [seen.id for seen in queue.history("ana")] == [run]
    queue.ask(asked(2), "ana", "192.0.2.1")


def test_what_failed_says_why_and_cannot_be_shared(engine: Engine) -> None:
    queue = Queue(engine)
    run, _ = queue.ask(asked(1), "ana")
    queue.take()
    queue.fail(run, [Problem("theatres", "plans can be compared in one theatre only", found="two")])
    seen = queue.see(run)
    assert seen is not None
    assert seen.problems[0]["found"] == "two"
    assert queue.share(run, "") is None


def test_a_share_keeps_digest_and_view_and_the_same_view_has_one(engine: Engine) -> None:
    queue = Queue(engine)
    run, _ = queue.ask(asked(1), "ana")
    queue.take()
    queue.done(run, "e" * 64)
    one, same, other = queue.share(run, "#maps"), queue.share(run, "#maps"), queue.share(run, "")
    assert one is not None
    assert same is not None
    assert other is not None
    assert one.key == same.key != other.key
    kept = queue.shared(one.key)
    assert kept is not None
    assert (kept.run, kept.view, kept.digest) == (run, "#maps", "e" * 64)
