from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from premortem.engine.batching import FEW, SMALL_PRODUCT, side_by_side

FUTURES = 5
ROWS, COLUMNS = 3, FEW + 3
FIXED = np.arange(COLUMNS * 4, dtype=np.float32).reshape(COLUMNS, 4) / 7.0
LARGE = 40
assert LARGE * LARGE * ROWS > SMALL_PRODUCT


def some(*shape: int) -> np.ndarray:
    return np.random.default_rng(len(shape)).uniform(0.2, 0.9, shape).astype(np.float32)


def carried(x: jax.Array, y: jax.Array) -> Any:
    """Scan from numbers that are the same in all futures over rows that are not, and report both kinds."""

    def step(carry: Any, row: Any) -> Any:
        total, count = carry
        return (total * 0.5 + row, count + 1), (total.sum(), count, jnp.ones(2))

    return jax.lax.scan(step, (jnp.zeros(COLUMNS), 0), x, unroll=2)


def doubled_up(x: jax.Array) -> jax.Array:
    return jax.lax.while_loop(lambda z: z.sum() < 9.0, lambda z: z * 2.0, x)


def counted(x: jax.Array, y: jax.Array) -> Any:
    """Repeat as often in all futures, at places and by branches that are the same in all, and carry what comes to differ late."""

    def do(at: jax.Array, carried: Any) -> Any:
        kept, late, later = carried
        kept = jax.lax.dynamic_update_slice(kept, (y[at % 3] * 2.0)[None], (at % 3, 0))
        row = jax.lax.dynamic_index_in_dim(kept, (at + 1) % 3, keepdims=False)
        late = jax.lax.cond(at % 2 == 0, row.sum, lambda: 3.0)
        return kept, late, later + late * at

    return jax.lax.fori_loop(0, jnp.asarray(5), do, (jnp.zeros_like(x), 0.0, 1.0))


def by_its_own_course(x: jax.Array, y: jax.Array) -> Any:
    chosen = jax.lax.cond(x[0, 0] > 0.5, lambda: x, lambda: -y)
    return chosen, jax.lax.dynamic_slice(x, (jnp.argmax(y[:, 0]), 1), (1, 2)), x.at[jnp.argmax(y[:, 0])].set(1.0)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "elementwise, with numbers that are the same in all": lambda x, y: jnp.exp(-x) * jnp.log1p(y) + 2.0 / (1.0 + x**0.3),
    "a choice by one number of a future": lambda x, y: jnp.where(x[0, 0] > 0.5, x, y.sum()),
    "conditions and integers": lambda x, y: (x > y, (x * 10).astype(int) % 3, jnp.isfinite(x) & ~(x < 0.5)),
    "sums of few and of many": lambda x, y: (x.sum(0), x.sum(1), x.sum(), (x > 0.5).sum(1)),
    "extremes and places": lambda x, y: (x.max(1), x.min(0), x.argmax(1), x.prod(0), (x > y).any(1), jnp.cumsum(x, 0)),
    "rearranged": lambda x, y: (x.T, x.reshape(-1), x[None, :, 1:5:2], jnp.concatenate([x, FIXED.T[:1]]), jnp.stack([x, y], 1)),
    "spread": lambda x, y: jnp.broadcast_to(x[:, None, :], (ROWS, 2, COLUMNS)) + y[:, :1, None],
    "products with what is fixed": lambda x, y: (x @ FIXED, FIXED.T @ x.T, x[0] @ FIXED, jnp.einsum("rc,rd->cd", x, np.ones((ROWS, 2)))),
    "small products": lambda x, y: (x @ y.T, x[0] @ y[0], jnp.einsum("rc,rc->r", x, y), jnp.einsum("rc,rd->rcd", x, y), x[:, 0] * x[0, 0]),
    "large products": lambda x, y: jnp.tile(x, (1, LARGE))[:, :LARGE] @ (y[0, 0] * jnp.ones((LARGE, LARGE))),
    "rows by number": lambda x, y: (x[np.array([2, 0, 2])], x[:, np.array([1, 1])]),
    "rows by a number of each future": lambda x, y: x[jnp.argmax(y[:, 0])],
    "what there is no rule for": lambda x, y: (jnp.sort(x, 1), x.at[1].add(y[0]), doubled_up(x)),
    "functions in functions": lambda x, y: jax.jit(jax.nn.softplus)(x) + jax.nn.relu(y - 0.5),
    "from week to week": carried,
    "counted, in all alike": counted,
    "by a number of each future": by_its_own_course,
    "the same in all": lambda x, y: (jnp.arange(3.0), 7),
}  # fmt: skip


@pytest.mark.parametrize("what", FUNCTIONS)
def test_futures_side_by_side_are_what_each_is_alone(what: str) -> None:
    x, y = some(ROWS, COLUMNS, FUTURES), some(ROWS, COLUMNS, FUTURES, 1)[..., 0]
    found = side_by_side(FUNCTIONS[what], (True, True))(x, y)
    for future in range(FUTURES):
        alone = FUNCTIONS[what](jnp.asarray(x[..., future]), jnp.asarray(y[..., future]))
        jax.tree.map(
            lambda many, one, future=future: np.testing.assert_allclose(many[..., future], one, rtol=3e-6, atol=1e-6),
            found,
            alone,
        )


def test_what_is_given_once_is_the_same_in_all_futures() -> None:
    x, fixed = some(ROWS, FUTURES), some(ROWS)
    found = side_by_side(lambda a: a["x"] * a["y"], (True,))({"x": x, "y": x})
    assert np.array_equal(found, x * x)
    shifted = side_by_side(lambda x, fixed: x + fixed, (True, False))(x, fixed)
    assert np.array_equal(shifted, x + fixed[:, None])


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_products_of_any_arrangement_are_those_of_each_future(data: st.DataObject) -> None:
    letters = "abcd"
    sizes = {letter: data.draw(st.integers(1, 4), letter) for letter in letters}
    left, right = (
        data.draw(st.permutations(letters).map(lambda p: "".join(p[:2])), side) for side in ("left", "right")
    )
    kept = data.draw(st.permutations(sorted({*left, *right})).map("".join), "kept")
    kept = kept[: data.draw(st.integers(0, len(kept)), "length")]
    varies = data.draw(st.sampled_from([(True, True), (True, False), (False, True)]), "varies")

    def operand(name: str, over_futures: bool) -> np.ndarray:
        shape = (*(sizes[letter] for letter in name), *((FUTURES,) if over_futures else ()))
        return data.draw(hnp.arrays(np.float32, shape, elements=st.integers(-8, 8)), name)

    x, y = operand(left, varies[0]), operand(right, varies[1])
    found = side_by_side(lambda x, y: jnp.einsum(f"{left},{right}->{kept}", x, y), varies)(x, y)
    wanted = np.einsum(f"{left}{'F' * varies[0]},{right}{'F' * varies[1]}->{kept}F", x, y)
    assert np.array_equal(found, wanted)  # small whole numbers: exact in any order


def test_what_is_asked_twice_is_done_once_and_what_nobody_asks_for_not_at_all() -> None:
    def once(x: jax.Array) -> jax.Array:
        return jnp.exp(x)

    def asked_for(x: jax.Array, y: jax.Array) -> Any:
        jnp.log(y).sum()
        return once(x) + once(x) * 2.0, once(x) * 3.0, once(y), jnp.where(x > 0.5, once(x), 0.0)

    x, y = jnp.asarray(some(ROWS, FUTURES)), jnp.asarray(some(ROWS + 1, FUTURES))
    traced = jax.make_jaxpr(side_by_side(asked_for, (True, True)))(x, y)
    done = [operation.primitive.name for operation in traced.jaxpr.eqns]
    assert (done.count("exp"), done.count("log")) == (2, 0)  # of x and of y
    for found, expected in zip(side_by_side(asked_for, (True, True))(x, y), asked_for(x, y), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_numbers_that_look_alike_are_not_taken_for_one_another() -> None:
    def alike(x: jax.Array) -> Any:
        return jnp.full(3, 1) * 1, jnp.full(3, 1.0) * 1.0, x * 0.0, x * -0.0, x + 1.0, x - 1.0, jnp.maximum(x, 1.0)

    x = jnp.asarray(some(ROWS, FUTURES))
    for found, expected in zip(side_by_side(alike, (True,))(x), jax.vmap(alike, -1, -1)(x), strict=True):
        assert found.dtype == expected.dtype
        assert np.array_equal(found, expected)
        assert np.array_equal(np.signbit(found), np.signbit(expected))
