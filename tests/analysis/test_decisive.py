from typing import Any

import numpy as np
import polars as pl
import pytest

from premortem.analysis.decisive import rank, turns
from premortem.errors import InputError
from premortem.study.store import Store
from tests.provenance import provenance

FUTURES = 200


class Made:
    """A study whose difference in members is one parameter, and in overdose deaths another and luck."""

    def __init__(self, futures: int = FUTURES, *, keep: bool = True) -> None:
        random = np.random.default_rng(1)
        self.provenance = provenance(plans=["a", "b"], outcomes=["members", "overdose_deaths", "exposed_share"])
        x, y, z, noise = random.normal(size=(4, futures))
        base = {"future": range(futures), "fault": pl.Series([None] * futures, dtype=pl.String)}
        zero = dict.fromkeys(self.provenance.outcomes, np.zeros(futures))
        moved = {"members": x**3, "overdose_deaths": y + 0.5 * noise, "exposed_share": z}
        self.frame = pl.concat(
            [
                pl.DataFrame({"plan": ["a"] * futures, **base, **zero}),
                pl.DataFrame({"plan": ["b"] * futures, **base, **moved}),
            ]
        )
        drawn = {"p.x": x, "p.y": y, "p.z": z, "p.idle": noise[::-1].copy(), "p.point": np.ones(futures)}
        self.drawn = pl.DataFrame({"future": range(futures), "luck": range(futures), **(drawn if keep else {})})

    def table(self) -> pl.LazyFrame:
        return self.frame.lazy()

    def draws(self) -> pl.LazyFrame:
        return self.drawn.lazy()


def made(futures: int = FUTURES, *, keep: bool = True) -> Store:
    store: Store = Made(futures, keep=keep)  # type: ignore[assignment]
    return store


def test_parameters_are_ranked_by_their_mean_squared_rank_correlation_over_headline_outcomes() -> None:
    found = rank(made(), "b", "a")
    assert set(found.screens) == {"members", "overdose_deaths"}  # exposed_share is no headline
    assert [one.parameter for one in found.clear] == ["p.x", "p.y"]
    first = found.clear[0]
    assert [id_ for id_, _ in first.decides] == ["members"]
    assert first.decides[0][1] == pytest.approx(1.0)
    assert first.score == pytest.approx(0.5, abs=0.02)
    assert found.as_json()["outcomes"]["members"]["tried"] == 4  # the point does not vary


def test_one_half_of_the_futures_is_the_futures_of_its_numbers() -> None:
    store = made()
    whole, odd = rank(store, "b", "a"), rank(store, "b", "a", "odd")
    assert (whole.futures, odd.futures) == (FUTURES, FUTURES // 2)
    only: Any = Made()
    only.frame = only.frame.filter(pl.col("future") % 2 == 1)
    assert odd.ranked == rank(only, "b", "a").ranked
    assert odd.ranked != rank(store, "b", "a", "even").ranked


def test_without_draws_or_with_too_few_futures_there_is_no_screen() -> None:
    with pytest.raises(InputError, match="no draws"):
        rank(made(keep=False), "b", "a")
    with pytest.raises(InputError, match="too few"):
        rank(made(futures=5), "b", "a")
    with pytest.raises(InputError, match="not a plan"):
        rank(made(), "c", "a")


def test_an_input_that_alone_decides_much_is_named_with_the_difference_at_both_of_its_ends() -> None:
    found = turns(made(), "b", "a")
    assert [(one.input, one.outcome.id) for one in found] == [("p.x", "members"), ("p.y", "overdose_deaths")]
    first = found[0]
    assert first.share == pytest.approx(1.0)
    x = np.random.default_rng(1).normal(size=(4, FUTURES))[0]
    low, high = np.quantile(x, [0.2, 0.8])
    assert first.low.median == pytest.approx(np.median(x[x <= low] ** 3))
    assert first.high.median == pytest.approx(np.median(x[x >= high] ** 3))
    assert first.as_json()["outcome"] == "members"


def test_without_draws_or_with_too_few_futures_nothing_is_named() -> None:
    assert turns(made(keep=False), "b", "a") == ()
    assert turns(made(futures=5), "b", "a") == ()
