"""Laws of measures: what they cost by their own prices, that they can fail, and that each can do harm.

The closed forms here are those that the mechanisms' own tests hold; what is asked is what the priors make of them.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from premortem.evidence import parameters
from premortem.evidence.sampling import draw
from premortem.plan.language import catalogue
from tests.laws.futures import run, share_within

FUTURES = 4000


def drawn(*names: str) -> list[NDArray[Any]]:
    """Return draws of parameters, each [future]."""
    known = {name: parameters.load()[name] for name in names}
    found = draw(known, 7, range(FUTURES), {})
    return [np.asarray(found[name]) for name in names]


def cost(lever: str, level: float) -> tuple[float, float, float]:
    found = catalogue.levers()[lever].yearly_cost(level)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("lever", "level", "low", "middle", "high"),
    [
        ("overdose.treatment_coverage", 0.35, 2160, 3060, 3960),
        ("recruitment.youth_jobs", 10.0, 27, 57, 68),
        ("state.prosecution", 0.12, 462, 693, 739),
        ("arms.dealer_oversight", 0.6, 106, 177, 183),
        ("economy.port_staffing", 1.25, 321, 441, 544),
        ("recruitment.prevention", 0.2, 30, 91, 570),
    ],
)
def test_measures_cost_what_the_price_table_has(
    lever: str, level: float, low: float, middle: float, high: float
) -> None:
    ours = cost(lever, level)
    assert low * 0.55 < ours[0] < low * 1.25
    assert high * 0.8 < ours[2] < high * 1.6
    assert ours[0] < middle < ours[2]
    assert 0.7 < ours[1] / middle < 1.5


def test_a_million_jobs_are_not_free_and_full_treatment_costs_billions() -> None:
    assert cost("recruitment.youth_jobs", 1000.0)[0] > 2000
    assert cost("overdose.treatment_coverage", 0.9)[1] > 10_000
    assert cost("overdose.treatment_coverage", 0.1) == (0, 0, 0)


def test_more_kits_save_half_of_what_they_could_and_in_a_few_futures_cost_lives() -> None:
    elasticity, offset = drawn("overdose.e_kit", "overdose.offset")
    gross = 2.0**-elasticity - 1
    net = gross * (1 - offset)
    assert np.median(gross) == pytest.approx(-0.10, abs=0.03)
    assert -0.09 < np.median(net) < -0.02
    share_within(net > 0, 0.01, 0.08)


def test_prevention_does_nothing_in_a_third_of_futures_and_harm_in_some() -> None:
    kept, displaced = drawn("recruitment.yield_prevention", "recruitment.displaced")
    net = kept * (1 - displaced)
    share_within(net == 0, 0.33, 0.37)
    share_within(net < 0, 0.05, 0.2)
    share_within(net > 0.5, 0.0, 0.2)  # half of what is asked is rarely kept


def test_jobs_stop_counting_when_pay_stops() -> None:
    (life,) = drawn("recruitment.job_life")
    assert np.median(np.exp(-2 / life)) < 0.2


def test_half_of_those_in_treatment_leave_within_a_year() -> None:
    (leaving,) = drawn("overdose.leaving")
    kept = np.quantile(np.exp(-leaving), [0.05, 0.5, 0.95])
    np.testing.assert_allclose(kept, [0.26, 0.47, 0.66], atol=0.03)


def test_twice_the_arrests_hold_thousands_wrongly_and_some_die() -> None:
    share, dose, dying, arrests = drawn(
        "harms.wrongly_held", "harms.wrongly_dose", "harms.custody_death", "state.arrests"
    )
    wrong = np.minimum(share * 2**dose, 0.5)
    held = arrests * 52 * wrong / (1 - wrong)
    assert (held > 0).all()
    assert 200 < np.median(held) < 10_000
    assert 5 < np.median(dying * arrests * 52 * 5) < 500


def test_protection_of_those_who_inform_can_save_or_cost_lives() -> None:
    more, kept = drawn("harms.informants_more", "harms.protected")
    ratio = (1 + more) * kept
    share_within(ratio < 1, 0.3, 0.8)
    share_within(ratio > 1, 0.2, 0.7)


@pytest.mark.parametrize("name", ["state.aid_abuse", "order.cash_predation", "homefront.county_moved"])
def test_harm_that_some_studies_found_and_others_did_not_is_none_in_half_of_futures(name: str) -> None:
    (harm,) = drawn(name)
    share_within(harm == 0, 0.45, 0.55)
    assert (harm >= 0).all()


def test_every_alternative_has_a_path_to_something_worse_than_nothing() -> None:
    """By lever: a parameter by which it does harm; its prior has weight there."""
    paths: dict[str, tuple[str, Callable[[NDArray[Any]], NDArray[Any]]]] = {
        "overdose.naloxone_coverage": ("overdose.offset", lambda x: x > 1),
        "recruitment.prevention": ("recruitment.yield_prevention", lambda x: x < 0),
        "recruitment.youth_jobs": ("recruitment.job_yield", lambda x: x < 0),
        "mexico.aid": ("state.aid_abuse", lambda x: x > 0),
        "state.arrest_capacity": ("harms.wrongly_held", lambda x: x > 0),
        "leadership.transfers": ("harms.reply", lambda x: x > 0),
        "homefront.city_enforcement": ("homefront.v_churn", lambda x: x > 0),
    }
    for lever, (name, harms) in paths.items():
        assert lever in catalogue.levers()
        (values,) = drawn(name)
        assert harms(values).mean() >= 0.04, lever


AT_REST = '[[measure]]\nlever = "mexico.pressure"\nlevel = 0.5\n'


@functools.cache
def whole(text: str) -> dict[str, NDArray[Any]]:
    return run(text, 100, 5).weekly


@pytest.mark.slow
@pytest.mark.parametrize(
    ("lever", "level", "harm"),
    [
        ("overdose.naloxone_coverage", 3, "overdose_deaths"),
        ("recruitment.prevention", 0.2, "members"),
        ("recruitment.youth_jobs", 100, "violent_deaths_mx"),
        ("mexico.aid", 500, "abuse_complaints"),
        ("state.arrest_capacity", 2, "violent_deaths_mx"),
        ("leadership.transfers", 150, "mx_forces_killed"),
        ("homefront.city_enforcement", 5, "us_gang_violence"),
    ],
)
def test_every_alternative_does_the_harm_that_it_could_in_some_whole_futures(
    lever: str, level: float, harm: str
) -> None:
    """What the priors allow comes out at the end of the whole model: worse than at rest in at least one of 25 futures."""
    rest, moved = (whole(text)[harm].sum(1) for text in (AT_REST, f'[[measure]]\nlever = "{lever}"\nlevel = {level}\n'))
    assert (moved > rest).mean() >= 0.04
