"""Statistics on planted panels: what was put in comes out, whatever trend, season or spillover is planted beside it."""

import numpy as np
import pytest

from premortem.calibration.findings.estimands import Contrast, Panel, statistic, summary
from premortem.calibration.findings.schema import Kind

FUTURES, WEEKS, REGIONS = 6, 104, 5
TREATED = np.zeros((FUTURES, REGIONS))
TREATED[:, :2] = 1.0
OTHERS = 1.0 - TREATED
PEOPLE = np.array([1e6, 3e6, 2e6, 2e6, 4e6])
TREND = np.exp(0.01 * np.arange(WEEKS))[None, :, None] * (1 + 0.3 * np.sin(np.arange(WEEKS) / 8))[None, :, None]


def world(seed: int = 1) -> np.ndarray:
    """Amounts a week with a trend, a season, and regions and futures that differ."""
    random = np.random.default_rng(seed)
    return np.asarray(random.uniform(5, 50, (FUTURES, 1, REGIONS)) * TREND)


def contrast(treated: np.ndarray, untreated: np.ndarray, window: tuple[int, int], against: bool = False) -> Contrast:
    one, other = Panel(treated, 1, True), Panel(untreated, 1, True)
    compared = {
        "compared": one.over(window, OTHERS),
        "compared_without": other.over(window, OTHERS),
        "compared_people": OTHERS @ PEOPLE,
    }
    return Contrast(
        one.over(window, TREATED),
        other.over(window, TREATED),
        float(window[1] - window[0] + 1),
        TREATED @ PEOPLE,
        **(compared if against else {}),
    )


def changed(before: np.ndarray, factor: float, mask: np.ndarray = TREATED) -> np.ndarray:
    return np.asarray(before * np.where(mask[:, None] > 0, factor, 1.0))


def test_a_relative_change_comes_out_of_trend_and_season_exactly() -> None:
    before = world()
    found = contrast(changed(before, 1.3), before, (14, 65))
    np.testing.assert_allclose(statistic("relative", found), 0.3, rtol=1e-12)
    np.testing.assert_allclose(statistic("ratio", found), 1.3, rtol=1e-12)
    np.testing.assert_allclose(statistic("growth_difference", found), np.log(1.3), rtol=1e-12)  # a year of 52 weeks


def test_a_comparison_takes_the_spillover_into_the_places_of_comparison_with_it() -> None:
    before = world()
    after = changed(changed(before, 1.2), 0.8, OTHERS)
    found = contrast(after, before, (1, 52), against=True)
    np.testing.assert_allclose(statistic("relative", found), 1.2 / 0.8 - 1, rtol=1e-12)
    shift = contrast(changed(before, 1.2, np.ones_like(TREATED)), before, (1, 52), against=True)
    np.testing.assert_allclose(statistic("relative", shift), 0.0, atol=1e-12)  # common to all is no effect


def test_an_event_study_is_the_paired_contrast_because_both_futures_have_one_past() -> None:
    before = world()
    after = before.copy()
    after[:, 52:] = changed(before, 0.6)[:, 52:]
    window, past = (53, 104), (1, 52)
    one, other = Panel(after, 1, True), Panel(before, 1, True)
    event = (one.over(window, TREATED) / one.over(past, TREATED)) / (
        other.over(window, TREATED) / other.over(past, TREATED)
    )
    np.testing.assert_allclose(statistic("relative", contrast(after, before, window)), event - 1, rtol=1e-12)
    np.testing.assert_allclose(event, 0.6, rtol=1e-12)


def test_a_difference_is_in_all_or_by_resident_and_less_that_of_others() -> None:
    before = world()
    after = before + 7.0 * TREATED[:, None]  # seven a week in each of two regions
    found = contrast(after, before, (1, 52))
    np.testing.assert_allclose(found.difference(False), 7 * 2 * 52, rtol=1e-9)
    np.testing.assert_allclose(found.difference(True), 7 * 2 * 52 / 4e6, rtol=1e-9)
    spread = contrast(after + 3.0 * OTHERS[:, None], before, (1, 52), against=True)
    elsewhere = 3 * 3 * 52 / 8e6
    np.testing.assert_allclose(spread.difference(True), 7 * 2 * 52 / 4e6 - elsewhere, rtol=1e-9)
    np.testing.assert_allclose(statistic("per_unit", found, amount=np.full(FUTURES, 4.0)), 7 * 2 * 52 / 4, rtol=1e-9)
    np.testing.assert_allclose(statistic("share_explained", found, rise=1456.0), 0.5, rtol=1e-9)


@pytest.mark.parametrize("power", [-0.2, 0.0, 1.5])
def test_an_elasticity_is_that_of_the_planted_law_and_both_signs_are_averaged(power: float) -> None:
    before, step = world(), float(np.log(1.1))
    up, down = (contrast(changed(before, factor**power), before, (1, 26)) for factor in (1.1, 1 / 1.1))
    np.testing.assert_allclose(statistic("elasticity", up, step=step, lowered=down), power, atol=1e-12)
    bent = contrast(changed(before, 1 / 1.1 ** (power - 1)), before, (1, 26))  # falls less than it rises
    np.testing.assert_allclose(statistic("elasticity", up, step=step, lowered=bent), power - 0.5, atol=1e-12)


def test_quarters_count_where_their_middle_lies_and_the_nearest_where_none_does() -> None:
    quarters = np.arange(1.0, 9.0)[None, :, None].repeat(FUTURES, 0).repeat(REGIONS, 2)
    panel, one = Panel(quarters, 13, True), np.eye(REGIONS)[:1].repeat(FUTURES, 0)
    np.testing.assert_allclose(panel.over((1, 26), one), 3.0)
    np.testing.assert_allclose(panel.over((6, 31), one), 1.0 + 2.0)  # the first two quarters
    np.testing.assert_allclose(panel.over((2, 4), one), 1.0 * 3 / 13)  # a part of the nearest
    level = Panel(quarters, 13, False)
    np.testing.assert_allclose(level.over((1, 26), one), 1.5)


def test_a_share_over_regions_is_weighed_by_residents() -> None:
    shares = np.array([0.1, 0.3, 0.0, 0.0, 0.0])[None, None].repeat(FUTURES, 0).repeat(WEEKS, 1)
    panel = Panel(shares, 1, False, PEOPLE)
    np.testing.assert_allclose(panel.over((1, 52), TREATED), (0.1 * 1 + 0.3 * 3) / 4)


@pytest.mark.parametrize(("values", "share"), [([1, 1, 1, 1], 1.0), ([1, -1, 1, -1], 0.0), ([1, 1, 0, 0], 0.5)])
def test_a_sign_is_twice_the_share_above_less_one_and_ties_count_half(values: list[float], share: float) -> None:
    found = summary("sign", np.array(values, float))
    assert found.median == share
    assert -1 <= found.low <= found.median <= found.high <= 1


def test_a_future_that_failed_is_left_out() -> None:
    kind: Kind = "relative"
    assert summary(kind, np.array([0.1, np.nan, 0.3])).median == pytest.approx(0.2)
