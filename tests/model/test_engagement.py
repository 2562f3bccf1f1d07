import jax.numpy as jnp
import numpy as np
import pytest

from premortem.model.engagement import aimed_actions, coverage, hazard_of, idle_capacity, log_spread, shares


def at(x: float) -> jnp.ndarray:
    return jnp.asarray(x)


@pytest.mark.parametrize(("capacity", "leads", "aimed"), [(10, 1000, 9.901), (10, 10, 5.0), (0, 10, 0.0), (10, 0, 0.0)])
def test_aimed_actions_have_their_known_values(capacity: float, leads: float, aimed: float) -> None:
    assert float(aimed_actions(at(capacity), at(leads))) == pytest.approx(aimed, abs=5e-4)


def test_with_many_leads_losses_follow_the_force_and_with_few_they_follow_the_leads() -> None:
    assert float(aimed_actions(at(1.0), at(1e6))) == pytest.approx(1.0, rel=1e-5)
    assert float(aimed_actions(at(1e6), at(1.0))) == pytest.approx(1.0, rel=1e-5)


def test_what_is_not_aimed_is_idle_even_where_leads_are_nearly_enough() -> None:
    assert float(idle_capacity(at(10.0), at(1000.0))) == pytest.approx(10 - 9.900990, rel=1e-5)
    assert float(idle_capacity(at(10.0), at(1e9))) == pytest.approx(1e-7, rel=1e-5)
    assert float(idle_capacity(at(10.0), at(0.0))) == 10.0


def test_a_sum_of_results_spreads_less_the_more_there_are() -> None:
    spread = log_spread(jnp.asarray([0.0, 1.0, 10.0, 100.0]), at(1.1))
    np.testing.assert_allclose(spread, [1.1, 1.1, 0.460, 0.153], atol=5e-4)


def test_the_spread_is_that_of_a_sum_of_independent_results() -> None:
    draws = np.exp(np.random.default_rng(1).normal(-(1.1**2) / 2, 1.1, (200_000, 10))).mean(1)
    assert draws.std() == pytest.approx(np.sqrt(np.exp(0.460**2) - 1), rel=0.02)


def test_coverage_has_its_known_value_and_two_thirds_at_the_reference_density() -> None:
    assert float(coverage(at(18.75e3), at(1e6), at(25.0))) == pytest.approx(0.5613, abs=1e-4)
    assert float(coverage(at(25e3), at(1e6), at(25.0))) == pytest.approx(2 / 3, abs=1e-6)


def test_the_hazard_of_a_loss_takes_exactly_that_loss() -> None:
    hazard = hazard_of(at(20.0), at(500.0))
    assert 500 * float(-jnp.expm1(-hazard)) == pytest.approx(20.0, rel=1e-6)
    assert 500 * float(-jnp.expm1(-at(20 / 500))) == pytest.approx(19.61, abs=0.005)


def test_shares_of_nothing_are_nothing() -> None:
    assert (shares(jnp.zeros((2, 3))) == 0).all()


def test_the_best_force_is_where_more_people_begin_to_add_members() -> None:
    leads, gain, backlash = 7.0, 1.0, -0.05
    capacity = jnp.linspace(0.1, 60.0, 600_000)
    total = gain * aimed_actions(capacity, at(leads)) + backlash * idle_capacity(capacity, at(leads))
    assert float(capacity[total.argmax()]) / leads == pytest.approx(3.583, abs=2e-3)


def test_the_equilibrium_of_growth_and_raids_needs_both_intelligence_and_force() -> None:
    capacity, lead_rate, growth = 21.0, 0.002, 0.0009
    balance = capacity * (1 / growth - 1 / lead_rate)
    assert balance == pytest.approx(12_833, abs=1)
    assert float(aimed_actions(at(capacity), at(lead_rate * balance))) == pytest.approx(growth * balance, rel=1e-5)
    assert growth * balance == pytest.approx(11.55, abs=0.005)
    many = jnp.asarray([1.0, 1e3, 1e6])
    below = 0.0008 * balance  # leads that no force can turn into a decline
    assert (aimed_actions(many, at(below)) < growth * balance).all()
