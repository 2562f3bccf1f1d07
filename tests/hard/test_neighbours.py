"""The same bits whoever a future's neighbours in a call of the engine are: what small chunks, run together, rest on."""

import numpy as np
import pytest

from premortem.study.chunks import Chunk, Result, batches, run, run_together
from premortem.study.experiment import Experiment
from premortem.study.spec import make


def bits(result: Result) -> dict[str, bytes]:
    weeks = {name: array.tobytes() for name, array in result.weekly.items()}
    regions = {f"{name} by region": array.tobytes() for name, array in (result.regional | result.mapped).items()}
    return weeks | regions | {"table": result.table.write_csv().encode()}


@pytest.mark.slow
def test_futures_of_the_whole_model_do_not_feel_their_neighbours() -> None:
    plans = ["border_task_forces", "status_quo", "civil_combination", "kingpin"]
    few, many = (Experiment.of(make(plans=plans, futures=count, years=1, seed=1)) for count in (3, 40))
    (batch,) = batches([Chunk(0, case) for case in range(len(plans))], 3)
    for chunk, result in zip(batch, run_together(few, batch), strict=True):
        alone = run(few, chunk)
        assert bits(result) == bits(alone)
        if chunk.case == 0:
            among_forty = run(many, chunk)
            assert result.table.equals(among_forty.table.head(3))
            assert all(np.array_equal(rows, among_forty.weekly[name][:3]) for name, rows in result.weekly.items())
