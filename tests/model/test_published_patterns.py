"""The model's parts give the patterns that two published models are known by: NarcoLogic's of routes, SOURCE's of overdose deaths.

Magliocca et al. 2019, PNAS 116(16), 7784 (docs/notes/narcologic_model.md, with the acceptance tests); Lim et al. 2022, PNAS 119(23),
e2115714119 (docs/notes/source_model.md). Nothing here was tuned to them: parameters stand at their priors.
"""

from __future__ import annotations

import dataclasses
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import spearmanr

from premortem import theatre
from premortem.engine.week import Model
from premortem.model import border
from premortem.model.mechanisms.crossings import CROSSINGS
from premortem.model.mechanisms.overdose import OVERDOSE
from premortem.model.world import Overdoses
from tests.model.given import median, simulate
from tests.model.lines import toy_line
from tests.model.toys import orders, toy_world

Floats = NDArray[np.float64]

# NarcoLogic: senders are the model's, the force that looks for them is NarcoLogic's.

CORRIDORS, SEEDS, MONTHS, WARM_UP = 24, 30, 96, 36
VISITS = np.array([2, 4, 8, 16])
"""Corridors that the force looks at in a month: capacity times .5, 1, 2 and 4."""
FOUND, TAKEN, RISK, LOADS = 0.8, 0.35, 0.05, 100.0
"""Of its own, chance that a visit finds the route and share of loads it takes; loss elsewhere; loads wanted a month."""
LEARNS, WEEKS_PER_MONTH = 0.6, 52 / 12
P = median(CROSSINGS, toy_line())
WEIGHTS = np.arange(1, CORRIDORS + 1) ** -1.5 / (np.arange(1, CORRIDORS + 1) ** -1.5).sum()


@jax.jit
def routes(belief: jax.Array, spread: jax.Array) -> jax.Array:
    cost = border.cost_of_risk(belief, P.b) - border.cost_of_risk(jnp.asarray(RISK), P.b)
    return border.route_shares(jnp.broadcast_to(jnp.asarray(WEIGHTS), belief.shape), cost, P.nu, spread)


@jax.jit
def after(belief: jax.Array, spread: jax.Array, sent: jax.Array, loss: jax.Array, tolerance: jax.Array) -> Any:
    pace, forgetting = (-jnp.expm1(WEEKS_PER_MONTH * jnp.log1p(-rate)) for rate in (P.a, P.f))
    believed = border.learned(belief, jnp.asarray(RISK), sent, loss, pace, forgetting)
    seen = (jnp.asarray(WEIGHTS) * believed).sum(-1, keepdims=True)
    return believed, spread + pace * (border.wanted_spread(seen, jnp.asarray(RISK), tolerance, P.delta) - spread)


def chosen(visits: NDArray[np.int_], last: Floats, success: Floats, luck: np.random.Generator) -> Floats:
    """Return 1 where the force looks [capacity, seed, corridor]: where it seized last month, most first; then where it thinks it will."""
    rank = np.argsort(np.argsort(-(1e3 * last + success + 1e-6 * luck.random(last.shape)), axis=-1), axis=-1)
    return (rank < visits[:, None, None]).astype(float)


@cache
def trafficked(tolerance: float = float(P.tol)) -> dict[str, Floats]:
    """Return seized, kg a seizure, delivered [month, capacity, seed] and shares by corridor, at each capacity of the force."""
    luck, shape = np.random.default_rng(1), (len(VISITS), SEEDS, CORRIDORS)
    belief, spread = jnp.full(shape, RISK), jnp.ones((*shape[:2], 1))
    last, success = np.zeros(shape), np.full(shape, 0.5)
    found: dict[str, list[Floats]] = {name: [] for name in ("seized", "size", "delivered", "shares")}
    for _ in range(MONTHS):
        shares = np.asarray(routes(belief, spread), np.float64)
        sent = LOADS * shares / (1.0 - (shares * np.asarray(belief)).sum(-1, keepdims=True))
        looked = chosen(VISITS, last, success, luck)
        hit = looked * (luck.random(shape) < FOUND)
        loss = RISK + TAKEN * hit
        last = hit * sent * loss
        success += LEARNS * looked * (hit - success)
        size = np.asarray(spread, np.float64)[..., 0] ** -float(P.vs)
        for name, value in (
            ("seized", (sent * loss).sum(-1)),
            ("size", size),
            ("delivered", (sent * (1 - loss)).sum(-1)),
            ("shares", shares),
        ):
            found[name].append(value)
        belief, spread = after(belief, spread, jnp.asarray(sent), jnp.asarray(loss), jnp.asarray(tolerance))
    return {name: np.stack(values)[WARM_UP:].mean(0) for name, values in found.items()}


def by_capacity(values: Floats) -> tuple[float, Floats]:
    """Return the rank correlation of values [capacity, seed] with capacity, and their means."""
    return float(spearmanr(np.repeat(VISITS, SEEDS), values.ravel()).statistic), values.mean(1)


def evenness(shares: Floats) -> Floats:
    """Return the effective number of corridors [...]: one over the sum of squared shares."""
    return np.asarray(1.0 / (shares**2).sum(-1))


def test_more_interdiction_seizes_more_and_less_in_each_seizure() -> None:
    found = trafficked()
    assert by_capacity(found["seized"])[0] > 0.8
    assert by_capacity(found["size"])[0] < -0.8


def test_more_interdiction_spreads_traffic_over_more_corridors() -> None:
    """NarcoLogic: active places up or unchanged, and flows less concentrated, at every step of capacity but the last."""
    shares = trafficked()["shares"]
    _, active = by_capacity((shares > 1 / (4 * CORRIDORS)).sum(-1).astype(float))
    tied, even = by_capacity(evenness(shares))
    assert (np.diff(active) >= -0.1).all()
    assert tied > 0.5
    assert (np.diff(even)[:-1] > 0.5).all()


def test_more_interdiction_hardly_stops_what_arrives() -> None:
    """Delivered falls by far less than the force's own aim of 34 % of what is sent, at eight times its least capacity."""
    _, delivered = by_capacity(trafficked()["delivered"])
    _, seized = by_capacity(trafficked()["seized"])
    assert delivered[0] - delivered[-1] < 0.35 * delivered[0]
    assert delivered[0] - delivered[-1] < 0.5 * (seized[-1] - seized[0])


def test_the_less_loss_is_tolerated_the_wider_traffic_spreads() -> None:
    tight, loose = (evenness(trafficked(tolerance)["shares"]).mean(1) for tolerance in (0.01, 0.2))
    assert (tight > loose).all()


def test_pressed_corridors_are_left_for_others_within_a_year_and_come_back_when_the_pressure_ends() -> None:
    shape = (len(VISITS), SEEDS, CORRIDORS)
    belief, spread, calm = jnp.full(shape, RISK), jnp.ones((*shape[:2], 1)), np.full(shape, RISK)
    shares = []
    for month in range(60):
        share, loss = routes(belief, spread), calm.copy()
        loss[..., 0] += TAKEN * (12 <= month < 36)
        shares.append(np.asarray(share[0, 0]))
        belief, spread = after(belief, spread, LOADS * share, jnp.asarray(loss), P.tol)
    path = np.stack(shares)
    assert path[24, 0] < 0.8 * path[11, 0]
    assert (path[24, 1:] > path[11, 1:]).mean() > 0.9
    assert path[59, 0] > 0.9 * path[11, 0]


# SOURCE


SCENARIOS = {"low": 376_892.0, "base": 457_081.0, "high": 598_524.0}
"""SOURCE's deaths by opioids from 2021 to 2031, by its scenarios of fentanyl."""


@pytest.mark.slow
def test_from_2021_the_prior_holds_sources_three_scenarios_of_a_decade() -> None:
    """Deaths with synthetic opioids, from what was known in January 2021 and from the mechanism of overdoses alone."""
    arrays = theatre.load(start="2021-01").arrays
    record = Overdoses(
        **{f.name: jnp.asarray(arrays[f"overdoses.{f.name}"], jnp.float32) for f in dataclasses.fields(Overdoses)}
    )
    world, futures = dataclasses.replace(toy_world(), overdoses=record), 64
    ran = simulate(Model((OVERDOSE,), noise=False), orders(520), world=world, futures=futures, at_median=False)
    decade = ran.weekly["overdose_deaths_synthetic"].sum(1)
    low, high = np.quantile(decade, [0.05, 0.95])
    for name, deaths in SCENARIOS.items():
        assert low < deaths < high, name
