"""Naive rivals: known answers, and nothing of what comes after the origin."""

from __future__ import annotations

import numpy as np
import pytest

from premortem.calibration.baselines import ANNUAL, BASELINES, MONTH, YEAR, Floats, Span, joined
from premortem.calibration.hindcast import Forecast, forecasts
from premortem.calibration.targets import TARGETS, Target
from premortem.evidence import ledger, months
from premortem.evidence.vintages import MONTHS, Vintage, rule_of
from premortem.theatre.nowcast import first_monday

AHEAD = np.array([1, 6, 24])


def drawn(name: str, past: Floats, span: Span = MONTH, samples: int = 4000) -> Floats:
    return BASELINES[name](past, AHEAD, span, np.random.default_rng(1), samples)


@pytest.mark.parametrize("name", BASELINES)
@pytest.mark.parametrize("span", [MONTH, YEAR])
def test_what_never_changes_is_forecast_to_go_on(name: str, span: Span) -> None:
    past = np.tile([[100.0], [9.0]], (1, 84))
    samples = drawn(name, past, span)
    assert samples.shape == (2, 3, 4000)
    expected = np.broadcast_to(past[:, :1] * span.long, (2, 3))
    np.testing.assert_allclose(samples.mean(2), expected, rtol=0.02)
    assert samples.var(2).max() <= 1.1 * expected.max()


@pytest.mark.parametrize("name", BASELINES)
def test_a_year_ahead_is_on_the_scale_of_a_year(name: str) -> None:
    past = np.random.default_rng(2).poisson(50.0, (3, 120)).astype(float)
    medians = np.median(drawn(name, past, YEAR), axis=2)
    assert (np.abs(medians / 600.0 - 1) < 0.25).all()


def test_counts_about_the_newest_value_have_its_variance() -> None:
    samples = drawn("last_value", np.array([[3.0, 70.0, 40.0] * 10]))
    np.testing.assert_allclose(samples.mean(), 40.0, rtol=0.02)
    np.testing.assert_allclose(samples.var(), 40.0, rtol=0.05)


def test_the_negative_binomial_has_the_moments_of_the_last_twelve_months() -> None:
    recent = np.random.default_rng(5).negative_binomial(4, 0.1, 12).astype(float)
    samples = drawn("negative_binomial", np.concatenate([np.full(24, 900.0), recent])[None], samples=40_000)
    np.testing.assert_allclose(samples[0, 0].mean(), recent.mean(), rtol=0.03)
    np.testing.assert_allclose(samples[0, 0].var(), recent.var(ddof=1), rtol=0.06)


def test_conflictology_draws_the_last_twelve_months_and_no_others() -> None:
    samples = drawn("conflictology", np.arange(1.0, 61.0)[None])
    assert set(np.unique(samples)) == set(range(49, 61))


def test_climatology_draws_the_same_month_of_every_year() -> None:
    samples = drawn("climatology", (np.arange(60.0) % 12 + 100 * (np.arange(60) // 12))[None])
    for step, times in enumerate(AHEAD):
        assert set(np.unique(samples[0, step])) == {(59 + times) % 12 + 100 * year for year in range(5)}


def test_drift_goes_on_as_it_went_and_innovations_move_as_far_as_they_did() -> None:
    past = 10_000 * np.exp(0.01 * np.arange(96.0))[None]
    expected = past[0, -1] * np.exp(0.01 * AHEAD)
    for name in ("drift", "last_value_innovations"):
        np.testing.assert_allclose(np.median(drawn(name, past), axis=2)[0], expected, rtol=0.01)


def test_exponential_smoothing_of_a_random_walk_widens_as_the_walk_does() -> None:
    walk = np.exp(8 + np.cumsum(0.1 * np.random.default_rng(3).standard_normal((40, 240)), axis=1))
    spread = np.log(drawn("ets", walk)).std(2).mean(0)
    np.testing.assert_allclose(spread, 0.1 * np.sqrt(AHEAD), rtol=0.1)


def test_the_pool_is_equal_parts_of_its_members() -> None:
    past = np.random.default_rng(4).poisson(30.0, (1, 60)).astype(float)
    members = [np.median(drawn(name, past)[0], axis=1) for name in ("negative_binomial", "ets", "last_value")]
    turns = drawn("pool", past)[0]
    for number, member in enumerate(members):
        np.testing.assert_allclose(np.median(turns[:, number::3], axis=1), member, atol=1.5)


def test_a_series_by_year_needs_no_months() -> None:
    samples = drawn("climatology", np.array([[5.0, 6.0, 7.0]]), ANNUAL)
    assert set(np.unique(samples)) == {5.0, 6.0, 7.0}


def made(target: Target, vintage: Vintage, origin: str) -> list[Forecast]:
    return list(forecasts(target, origin, None, vintage, 14, samples=20))


@pytest.mark.parametrize(
    "ident", ["homicide_victims", "homicides_registered_yearly", "fentanyl_seized", "overdose_yearly"]
)
def test_rows_after_the_origin_change_no_bit(ident: str) -> None:
    origin, target = "2021-12", TARGETS[ident]
    day = first_monday(origin)
    tables = {"fentanyl": "series.drug_seizures"}
    table = ledger.load().tables[tables.get(target.source, target.source)]
    rule = rule_of(table, ledger.load())
    poisoned, hit = [], 0
    for row in table.rows:
        new = dict(row)
        for column in MONTHS if rule.cells else ("m01", "deaths_all_drugs"):
            known = rule.cell(row, column) if rule.cells else rule.known(row)
            if column in row and row[column] != "" and known > day:
                new[column], hit = "1e9", hit + 1
        poisoned.append(new)
    assert hit
    plain, hostile = (made(target, Vintage(day, newer=newer), origin) for newer in ({}, {table.id: tuple(poisoned)}))
    assert plain
    for one, other in zip(plain, hostile, strict=True):
        assert (one.model, one.place, one.ends) == (other.model, other.place, other.ends)
        np.testing.assert_array_equal(one.samples, other.samples)


def test_steps_begin_after_what_is_known_and_years_are_whole() -> None:
    found = made(TARGETS["homicide_victims"], Vintage(first_monday("2021-12")), "2021-12")
    assert months.text(found[0].ends[0]) == "2021-12"
    yearly = made(TARGETS["homicide_victims_yearly"], Vintage(first_monday("2021-12")), "2021-12")
    assert [months.text(end) for end in yearly[0].ends] == ["2022-12"]
    assert {one.place for one in found} > {"MX", "MX-SIN"}
    assert {one.model for one in found} == set(BASELINES)


def test_a_past_of_three_years_still_gives_changes_a_spread() -> None:
    past = np.array([[100.0, 120.0, 90.0]])
    for rival in ("drift", "last_value_innovations"):
        (drawn,) = BASELINES[rival](past, np.array([2]), ANNUAL, np.random.default_rng(1), 200)
        assert np.ptp(drawn) > 0


def test_forecasts_are_joined_in_equal_parts() -> None:
    parts = [np.full((2, 3, 8), value) for value in (1.0, 2.0, 3.0, 4.0)]
    found = joined(parts)
    assert found.shape == (2, 3, 8)
    np.testing.assert_array_equal(found[1, 2], [1, 2, 3, 4, 1, 2, 3, 4])
