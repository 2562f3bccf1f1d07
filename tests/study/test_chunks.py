import numpy as np
import pytest

from premortem.errors import DataError
from premortem.model.units import FUTURES_PER_CHUNK
from premortem.study.cases import cases
from premortem.study.chunks import Chunk, Result, batches, chunks, known, run, run_together, summarise
from tests.study.toy_recipe import FUTURES, ToySource


def test_chunks_cover_every_future_of_every_plan_once() -> None:
    seen = [(chunk.case, future) for chunk in chunks(3, FUTURES) for future in chunk.rows(FUTURES)]
    assert sorted(seen) == [(plan, future) for plan in range(3) for future in range(FUTURES)]


def test_a_unit_is_found_again_by_its_name() -> None:
    assert all(Chunk.of(chunk.name) == chunk for chunk in chunks(3, FUTURES))


@pytest.mark.parametrize(("kind", "value"), [("total", 208.0), ("yearly", 104.0), ("mean", 2.0), ("end", 4.0)])
def test_a_trajectory_becomes_one_number(kind: str, value: float) -> None:
    weekly = np.concatenate([np.zeros((1, 52)), np.full((1, 52), 4.0)], axis=1)
    assert summarise(kind, weekly).tolist() == [value]


def test_summaries_are_those_of_the_trajectories() -> None:
    result = run(ToySource(), Chunk(0, 1))
    assert result.table["members"].to_list() == result.weekly["members"][:, -1].tolist()
    assert np.allclose(result.table["homicides_mx"], result.weekly["homicides_mx"].sum(axis=1))
    assert np.allclose(result.regional["homicides_mx"].sum(axis=(1, 2)), result.table["homicides_mx"])
    assert result.table["account.killed_by_rivals"].to_list() == pytest.approx(
        result.table["homicides_mx"].to_list(), rel=1e-4
    )


def test_a_future_with_a_fault_keeps_its_row_with_the_cause_and_no_numbers() -> None:
    result = run(ToySource(poison=FUTURES_PER_CHUNK + 2), Chunk(1, 0))
    assert (result.failed, len(result.table)) == (1, FUTURES_PER_CHUNK)
    bad = result.table.row(2, named=True)
    assert bad["fault"] == "week 0: a number stopped being finite in fight"
    assert bad["members"] is None
    assert np.isnan(result.weekly["members"][2]).all()
    others = result.table.filter(result.table["fault"].is_null())
    assert others.drop("fault", "stop_week").null_count().sum_horizontal().item() == 0
    assert others.equals(run(ToySource(), Chunk(1, 0)).table.filter(result.table["fault"].is_null()))


def test_the_draws_are_recorded_beside_the_results() -> None:
    source, chunk = ToySource(), Chunk(2, 0)
    draws = run(source, chunk).draws
    assert draws["future"].to_list() == list(range(2 * FUTURES_PER_CHUNK, FUTURES))
    expected = source.inputs(0, chunk.rows(FUTURES)).draws["fight.loss"]
    assert draws["fight.loss"].to_list() == expected.tolist()


def test_what_a_plan_leaves_open_is_recorded_with_its_results() -> None:
    source = ToySource(plans=("arrest_1", "arrest_open"))
    stated, opened = (run(source, Chunk(0, plan)).table for plan in (0, 1))
    assert not [name for name in stated.columns if name.startswith("open.")]
    expected = source.inputs(1, np.arange(FUTURES_PER_CHUNK)).left_open["arrest"]
    assert opened["open.arrest"].to_list() == expected.tolist()
    assert set(opened["open.word"]) == {"left", "right"}


def test_cases_are_every_plan_as_likely_and_then_those_that_could_be_stopped_as_carried_out() -> None:
    source = ToySource(stoppable=("arrest_5",))
    assert [(one.plan, one.reading) for one in cases(source.plans, source.stoppable)] == [
        ("arrest_1", "as_likely"),
        ("arrest_5", "as_likely"),
        ("arrest_5", "carried_out"),
    ]
    likely, carried_out = (run(source, Chunk(0, case)).table for case in (1, 2))
    assert set(carried_out["plan"]) == {"arrest_5"}
    assert (set(likely["reading"]), set(carried_out["reading"])) == ({"as_likely"}, {"carried_out"})


def test_small_chunks_that_follow_each_other_are_run_together() -> None:
    few = chunks(100, 1)
    assert [len(batch) for batch in batches(few, 1)] == [FUTURES_PER_CHUNK, FUTURES_PER_CHUNK, 20]
    assert [chunk for batch in batches(few, 1) for chunk in batch] == few
    assert [len(batch) for batch in batches(chunks(3, FUTURES), FUTURES)] == [1] * 6 + [2, 1]


def same_bits(one: Result, other: Result) -> bool:
    arrays = zip(*[(*r.weekly.values(), *r.regional.values(), *r.mapped.values()) for r in (one, other)], strict=True)
    return one.table.equals(other.table) and all(np.array_equal(a, b, equal_nan=True) for a, b in arrays)


def test_a_chunk_gives_the_same_bits_among_others_as_alone_and_a_fault_stays_where_it_is() -> None:
    source = ToySource(plans=("arrest_1", "arrest_open", "arrest_5"), stoppable=("arrest_5",), futures=3, poison=1)
    (batch,) = batches(chunks(4, 3), 3)
    together = run_together(source, batch)
    assert all(same_bits(one, run(source, chunk)) for one, chunk in zip(together, batch, strict=True))
    assert [one.table["fault"].is_not_null().to_list() for one in together] == [[False, True, False]] * 4
    assert len({one.table["members"][0] for one in together}) > 1


def test_an_outcome_without_an_entry_is_a_fault_of_the_project() -> None:
    with pytest.raises(DataError, match=r"no entry in outcomes\.toml for: nonsense"):
        known(["members", "nonsense"])
