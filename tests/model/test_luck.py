import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from premortem.model.luck import Luck, key_of, threefry

MANY = 200_000


def stream(noisy: bool = True) -> Luck:
    return Luck(jax.random.key(7), "somebody", noisy)


def test_without_noise_counts_and_factors_are_their_means_for_every_owner() -> None:
    quiet = stream(noisy=False).of("somebody else")
    mean = jnp.asarray([0.0, 0.3, 40.0])
    assert np.array_equal(quiet.poisson("count", mean), mean)
    assert np.array_equal(quiet.factor("factor", mean), jnp.ones(3))


def test_counts_have_the_mean_and_the_variance_of_a_poisson() -> None:
    counts = np.asarray(stream().poisson("count", jnp.full(MANY, 1.7)), float)
    assert counts.mean() == pytest.approx(1.7, rel=0.01)
    assert counts.var() == pytest.approx(1.7, rel=0.02)


def test_factors_have_mean_one_and_the_spread_asked_for() -> None:
    factors = np.asarray(stream().factor("factor", jnp.full(MANY, 0.46)), float)
    assert factors.mean() == pytest.approx(1.0, rel=0.01)
    assert np.log(factors).std() == pytest.approx(0.46, rel=0.01)


@pytest.mark.parametrize(
    ("key", "counter", "expected"),
    [
        ((0x00000000, 0x00000000), (0x00000000, 0x00000000), (0x6B200159, 0x99BA4EFE)),
        ((0xFFFFFFFF, 0xFFFFFFFF), (0xFFFFFFFF, 0xFFFFFFFF), (0x1CB996FC, 0xBB002BE7)),
        ((0x13198A2E, 0x03707344), (0x243F6A88, 0x85A308D3), (0xC4923A9C, 0x483DF7A0)),
    ],
)
def test_threefry_gives_the_published_known_answers(
    key: tuple[int, int], counter: tuple[int, int], expected: tuple[int, int]
) -> None:
    words = threefry((jnp.uint32(key[0]), jnp.uint32(key[1])), (jnp.uint32(counter[0]), jnp.uint32(counter[1])))
    assert tuple(int(word) for word in words) == expected


@pytest.mark.parametrize("number", [0, 1, 259, 2**32 - 1])
def test_a_key_under_a_key_is_the_one_that_jax_folds_in(number: int) -> None:
    key = jax.random.key(19)
    folded = jax.random.fold_in(key, number)
    assert np.array_equal(jax.random.key_data(key_of(key, number)), jax.random.key_data(folded))


def test_streams_drawn_together_are_those_drawn_one_by_one() -> None:
    luck = Luck(jax.random.key(5))
    together = luck.with_draws({"a.x": (3, 5), "b.y": (3, 5), "b.z": ()})
    for owner, name, shape in (("a", "x", (3, 5)), ("b", "y", (3, 5)), ("b", "z", ())):
        assert np.array_equal(together.of(owner).uniform(name, shape), luck.of(owner).uniform(name, shape))
    assert not np.array_equal(together.of("a").uniform("x"), together.of("b").uniform("y"))


def test_uniforms_are_uniform_and_independent_across_weeks_names_and_cells() -> None:
    weeks = jax.vmap(lambda week: jax.random.fold_in(jax.random.key(1), week))(jnp.arange(400))

    def drawn(name: str) -> np.ndarray:
        return np.asarray(jax.jit(jax.vmap(lambda key: Luck(key).of("m").uniform(name, (50,))))(weeks))

    draws, others = drawn("d"), drawn("e")
    assert stats.kstest(draws.ravel(), "uniform").pvalue > 1e-3
    limit = 4 / np.sqrt(draws.size)
    assert abs(np.corrcoef(draws.ravel(), others.ravel())[0, 1]) < limit
    assert abs(np.corrcoef(draws[:-1].ravel(), draws[1:].ravel())[0, 1]) < limit
    assert abs(np.corrcoef(draws[:, :-1].ravel(), draws[:, 1:].ravel())[0, 1]) < limit
