import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import stats

from premortem.evidence.distributions import Distribution
from premortem.evidence.priors import parse

U = np.array([0.001, 0.05, 0.3, 0.5, 0.77, 0.95, 0.999])

REFERENCES = {
    "normal(1.5, 2)": stats.norm(1.5, 2),
    "lognormal(140, 0.35)": stats.lognorm(s=0.35, scale=140),
    "uniform(-0.2, 0.6)": stats.uniform(-0.2, 0.8),
    "loguniform(0.12, 0.7)": stats.loguniform(0.12, 0.7),
    "beta(0.5, 0.5)": stats.beta(0.5, 0.5),
    "gamma(3.5, 7)": stats.gamma(3.5, scale=1 / 7),
    "triangular(1, 2, 5)": stats.triang(0.25, 1, 4),
    "triangular(1, 1, 5)": stats.triang(0, 1, 4),
    "triangular(1, 5, 5)": stats.triang(1, 1, 4),
    "truncated(normal(0.2, 0.35), -0.5, 1)": stats.truncnorm((-0.5 - 0.2) / 0.35, (1 - 0.2) / 0.35, 0.2, 0.35),
    "affine(beta(2, 3), 1, 4)": stats.beta(2, 3, loc=1, scale=4),
    "inverse(lognormal(28, 0.444))": stats.lognorm(s=0.444, scale=1 / 28),
    "inverse(gamma(3, 2))": stats.invgamma(3, scale=2),
}


@pytest.mark.parametrize("text", REFERENCES)
def test_quantiles_distribution_function_and_mean_agree_with_scipy(text: str) -> None:
    ours, theirs = parse(text), REFERENCES[text]
    np.testing.assert_allclose(ours.quantile(U), theirs.ppf(U), rtol=1e-12)
    np.testing.assert_allclose(ours.cdf(theirs.ppf(U)), U, rtol=1e-10)
    np.testing.assert_allclose(ours.mean(), theirs.mean(), rtol=1e-6)
    np.testing.assert_allclose(ours.interval(), theirs.interval(0.9), rtol=1e-12)


def test_a_negative_factor_turns_the_distribution_round() -> None:
    ours = parse("affine(lognormal(0.6, 0.612), 0, -1)")
    theirs = stats.lognorm(s=0.612, scale=0.6)
    np.testing.assert_allclose(ours.quantile(U), -theirs.ppf(1 - U), rtol=1e-9)
    assert ours.cdf(-0.6) == pytest.approx(0.5)
    assert ours.mean() == pytest.approx(-theirs.mean())


def test_a_mixture_has_the_weighted_distribution_function() -> None:
    ours = parse("mixture(0.35:lognormal(3000,0.5),0.45:lognormal(9000,0.35),0.20:lognormal(25000,0.35))")
    parts = [(0.35, 3000, 0.5), (0.45, 9000, 0.35), (0.20, 25000, 0.35)]
    x = np.array([500.0, 3000.0, 9000.0, 60000.0])
    expected = sum(w * stats.lognorm(s=s, scale=m).cdf(x) for w, m, s in parts)
    np.testing.assert_allclose(ours.cdf(x), expected, rtol=1e-12)
    np.testing.assert_allclose(ours.quantile(expected), x, rtol=1e-9)
    assert ours.mean() == pytest.approx(sum(w * m * math.exp(s * s / 2) for w, m, s in parts))


def test_a_point_mass_in_a_mixture_is_hit_exactly_and_with_its_weight() -> None:
    ours = parse("mixture(0.333:point(0),0.667:uniform(0.05,0.586))")
    drawn = ours.quantile(np.linspace(0.0005, 0.9995, 1000))
    assert np.count_nonzero(drawn == 0.0) == 333
    assert drawn[drawn > 0].min() >= 0.05
    assert ours.mean() == pytest.approx(0.667 * 0.318)


def test_a_mixture_of_points_returns_only_its_points() -> None:
    drawn = parse("mixture(0.5:point(1),0.3:point(2),0.2:point(3))").quantile([0.2, 0.5, 0.51, 0.8, 0.81, 1.0])
    assert drawn.tolist() == [1, 1, 2, 2, 3, 3]


def test_a_truncated_prior_never_leaves_its_ends() -> None:
    drawn = parse("truncated(lognormal(1.5,0.8),0,30)").quantile(np.linspace(0, 1, 1001))
    assert drawn[0] == 0
    assert drawn[-1] == 30


def test_dirichlet_draws_are_shares_with_beta_marginals() -> None:
    ours = parse("dirichlet([2, 1.2, 1.2])")
    assert ours.event_shape == (3,)
    rng = np.random.default_rng(1)
    drawn = ours.quantile(rng.random((40_000, 3)))
    np.testing.assert_allclose(drawn.sum(axis=-1), 1)
    np.testing.assert_allclose(drawn.mean(axis=0), ours.mean(), atol=0.005)
    low, high = ours.interval()
    np.testing.assert_allclose(low, stats.beta([2, 1.2, 1.2], [2.4, 3.2, 3.2]).ppf(0.05))
    np.testing.assert_allclose(np.quantile(drawn, 0.95, axis=0), high, atol=0.01)


positive = st.floats(0.05, 20).map(lambda x: round(x, 6))
number = st.floats(-50, 50).map(lambda x: round(x, 6))
moderate = st.floats(0.3, 20).map(lambda x: round(x, 6))  # below, draws come nearer to an end than a float can tell
ends = st.tuples(number, positive).map(lambda pair: (pair[0], round(pair[0] + pair[1], 6)))
plain = st.one_of(
    st.builds(lambda a, b: f"normal({a},{b})", number, positive),
    st.builds(lambda a, b: f"lognormal({a},{b})", positive, st.floats(0.05, 2).map(lambda x: round(x, 6))),
    st.builds(lambda e: f"uniform({e[0]},{e[1]})", ends),
    st.builds(lambda a, b: f"beta({a},{b})", moderate, moderate),
    st.builds(lambda a, b: f"gamma({a},{b})", moderate, moderate),
    st.builds(lambda e: f"triangular({e[0]},{e[1]},{e[1]})", ends),
)
composed = st.recursive(
    plain,
    lambda inner: st.one_of(
        st.builds(lambda p, a, b: f"affine({p},{a},{b})", inner, number, positive.map(lambda x: -x)),
        st.builds(lambda p, q: f"mixture(0.3:{p},0.7:{q})", inner, inner),
    ),
    max_leaves=4,
)


@given(composed, st.lists(st.floats(0.001, 0.999), min_size=2, max_size=6))
@example("affine(beta(15.5,0.304688),33.0,-0.054688)", [0.5, 0.001])
def test_any_prior_rises_with_its_uniform_and_its_quantile_inverts_its_distribution_function(
    text: str, us: list[float]
) -> None:
    prior = parse(text)
    u = np.sort(us)
    x = prior.quantile(u)
    assert np.isfinite(x).all()
    assert (np.diff(x) >= -1e-9 * (1 + np.abs(x[1:]))).all()
    # Near the end of a beta, shifted and scaled, floats lie so far apart that the next one is another quantile.
    apart = 1e-12 * (1 + np.abs(x))
    assert (prior.cdf(x - apart) - 2e-6 <= u).all()
    assert (u <= prior.cdf(x + apart) + 2e-6).all()


@given(composed)
def test_printing_a_prior_and_reading_it_again_changes_nothing(text: str) -> None:
    prior = parse(text)
    assert parse(str(prior)) == prior


def test_all_forms_are_subclasses_with_a_readable_form() -> None:
    texts = [*REFERENCES, "point(26.0)", "dirichlet([1.0,7.0,2.0])", "mixture(0.5:point(0.0),0.5:uniform(0.0,0.2))"]
    for text in texts:
        prior = parse(text)
        assert isinstance(prior, Distribution)
        assert parse(str(prior)) == prior
