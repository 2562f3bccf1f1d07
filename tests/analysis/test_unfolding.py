"""How a campaign unfolds, read from a folder with invented numbers."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest

from premortem.analysis.unfolding import STOPPED, WEEKS, unfolding
from premortem.study.chunks import Chunk, Result
from premortem.study.provenance import RecipeRecord
from premortem.study.store import Store
from premortem.wording.languages import messages
from premortem.wording.sentences import unfolding_sentence

LENGTHS = [0.0, 5.0, 10.0, 20.0, 30.0]
BY = ["", "", "clock", "support", "support"]


class Written:
    """Five futures of a campaign that starts in week 2: one without force, one as planned, the clock ends one and lost support two."""

    plans = ("status_quo", "campaign")
    stoppable: tuple[str, ...] = ("campaign",)
    futures, years, seed, regions = len(LENGTHS), 1, 1, ()
    kept: tuple[str, ...] = (WEEKS, *STOPPED.values())

    def model(self) -> Any:
        made = {id_: ("washington", SimpleNamespace(labels="")) for id_ in self.kept}
        return SimpleNamespace(outcomes=made, accounts=dict[str, Any](), mapped=())

    def inputs(self, plan: int, futures: Any) -> Any:
        raise NotImplementedError

    def provenance(self) -> RecipeRecord:
        return RecipeRecord()

    def store(self, folder: Path, fault: int = -1, unended: int = -1) -> Store:
        made = Store.create(folder, self, keep=())
        numbers = np.arange(self.futures)
        for case, (name, reading) in enumerate(
            [("status_quo", "as_likely"), ("campaign", "as_likely"), ("campaign", "carried_out")]
        ):
            acts = case == 1
            table = pl.DataFrame({
                "plan": [name] * len(numbers),
                "reading": [reading] * len(numbers),
                "future": numbers,
                "luck": numbers,
                "fault": pl.Series(["broken" if acts and future == fault else None for future in numbers], dtype=pl.String),
                WEEKS: LENGTHS if acts else [0.0] * len(numbers),
                **{id_: [float(acts and by == cause) for by in BY] for cause, id_ in STOPPED.items()},
                "start_week": [2.0] * len(numbers),
                "stop_week": [None if future == unended else 2.0 + length for future, length in enumerate(LENGTHS)],
            })  # fmt: skip
            made.write(Result(Chunk(0, case), table, pl.DataFrame({"future": numbers, "luck": numbers}), {}, {}, {}))
        return made


def test_who_cuts_a_campaign_short_when_and_how_long_it_lasts(tmp_path: Path) -> None:
    found = unfolding(Written().store(tmp_path / "s"), "campaign")
    assert found is not None
    assert (found.futures, found.starts) == (5, 0.8)
    assert found.cut_short == pytest.approx(0.6)
    assert found.weeks is not None
    assert found.weeks.median == 15
    clock, support = found.stopped_by["clock"], found.stopped_by["support"]
    assert (clock.share, support.share, found.stopped_by["congress"].share) == (0.2, 0.4, 0.0)
    assert clock.week is not None
    assert support.week is not None
    assert (clock.week.median, support.week.median, found.stopped_by["congress"].week) == (10, 25, None)
    document = found.as_json()
    assert document["stopped_by"]["congress"] == {"share": 0.0, "week": None}
    assert document["weeks"]["median"] == 15


def test_a_future_that_failed_does_not_count(tmp_path: Path) -> None:
    found = unfolding(Written().store(tmp_path / "s", fault=0), "campaign")
    assert found is not None
    assert (found.futures, found.starts) == (4, 1.0)


def test_a_stop_that_ends_nothing_within_the_run_counts_and_has_no_week(tmp_path: Path) -> None:
    found = unfolding(Written().store(tmp_path / "s", unended=2), "campaign")
    assert found is not None
    assert (found.stopped_by["clock"].share, found.stopped_by["clock"].week) == (0.2, None)


def test_a_plan_that_nobody_could_stop_has_no_unfolding(tmp_path: Path) -> None:
    assert unfolding(Written().store(tmp_path / "s"), "status_quo") is None


def test_the_sentence_names_those_who_cut_it_short_the_most_frequent_first(tmp_path: Path) -> None:
    found = unfolding(Written().store(tmp_path / "s"), "campaign")
    assert found is not None
    words = unfolding_sentence(found, messages("en"))
    assert "80%" in words.replace(" %", "%")
    assert words.index("lost public support") < words.index("War Powers clock")
    assert "Congress" not in words
    for language in ("en", "es"):
        assert "{" not in unfolding_sentence(found, messages(language))
