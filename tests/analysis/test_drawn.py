from pathlib import Path

import numpy as np
import polars as pl

from premortem.analysis.decisive import rank
from premortem.analysis.drawn import drawn
from premortem.study.chunks import run
from premortem.study.store import Store
from tests.study.toy_recipe import ToySource


def test_an_open_field_that_decides_by_construction_is_ranked_first(tmp_path: Path) -> None:
    source = ToySource(plans=("arrest_1", "arrest_open"), futures=64)
    store = Store.create(tmp_path / "study", source)
    for chunk in store.chunks():
        store.write(run(source, chunk))
    store.finish()
    found = rank(store, "arrest_open", "arrest_1")
    assert found.ranked[0].parameter == "open.arrest"
    assert dict(found.ranked[0].decides)["members"] < -0.9
    assert "open.word=right" not in {one.parameter for one in found.clear}
    assert "open.word=right" in {one.parameter for one in found.ranked}


def test_words_become_a_column_each_and_what_is_stated_none() -> None:
    draws = pl.DataFrame({"future": [0, 1, 2], "luck": [0, 1, 2], "p.x": [0.1, 0.2, 0.3]})
    table = pl.DataFrame(
        {
            "plan": ["a", "a", "a", "b", "b", "b"],
            "future": [0, 1, 2, 0, 1, 2],
            "open.ports": [None, None, None, "open", "closed", "inspected"],
            "open.warned": [True, False, True, None, None, None],
            "open.weeks": [5.0, 6.0, 7.0, 5.0, 6.0, 7.0],
            "open.who": [None, None, None, "x", "y", "x"],
        }
    )
    found = drawn(draws, table, "b", "a")
    assert set(found) == {"p.x", "open.warned", "open.weeks", "open.who=y",
                                  *(f"open.ports={word}" for word in ("open", "closed", "inspected"))}  # fmt: skip
    assert found["open.ports=closed"].tolist() == [0.0, 1.0, 0.0]
    assert np.array_equal(found["open.warned"], [1.0, 0.0, 1.0])


def test_only_futures_in_which_all_is_known_are_given_in_their_order() -> None:
    draws = pl.DataFrame({"future": [3, 0, 2, 1], "luck": [3, 0, 2, 1], "p.x": [0.3, 0.0, 0.2, None]})
    table = pl.DataFrame({"plan": ["b", "b", "b"], "future": [0, 1, 3], "open.weeks": [5.0, 6.0, 7.0]})
    found = drawn(draws, table, "b", "a")  # future 2 failed, of future 1 a parameter is not known
    assert found.futures.tolist() == [0, 3]
    assert (found["p.x"].tolist(), found["open.weeks"].tolist()) == ([0.0, 0.3], [5.0, 7.0])
    assert found.among(np.array([3, 9]))["open.weeks"].tolist() == [7.0]
