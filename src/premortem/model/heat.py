"""How violence moves by itself: the nation's growth, each state's slow walk and passing part, and wars that last years.

Heat is the logarithm of a region's homicides over those of the start. Pure functions; `rivalry` carries the state and makes fights of it.
Sources, laws and doubts: docs/model/rivalry.md.
"""

from __future__ import annotations

from premortem.arrays import jax, jnp
from premortem.model.luck import Luck
from premortem.model.pytrees import array, param, pytree
from premortem.model.units import TINY, WEEKS_PER_YEAR
from premortem.model.world import World


@pytree
class HeatParameters:
    """Draws of one future; meanings, priors and sources in data/parameters/rivalry.toml."""

    s_x: jax.Array = param("log")
    tau_x: jax.Array = param("week")
    s_u: jax.Array = param("log")
    tau_u: jax.Array = param("week")
    war_rate: jax.Array = param("1/year")
    war_size: jax.Array = param("log")
    tau_b: jax.Array = param("week")
    tau_w: jax.Array = param("week")
    s_g: jax.Array = param("log/week")
    tau_g: jax.Array = param("week")
    growth_start: jax.Array = param("ratio")
    level_state: jax.Array = param("ratio", "region")
    level_nation: jax.Array = param("ratio")
    s_l: jax.Array = param("log")
    tau_l: jax.Array = param("week")
    heat_share: jax.Array = param("share")
    heat_least: jax.Array = param("ratio")


@pytree
class Heat:
    """Where heat stands. Regions of one state share their luck."""

    slow: jax.Array = array("log", "r", "the walk of a state beyond the nation")
    passing: jax.Array = array("log", "r", "what passes within months")
    war: jax.Array = array("log", "r", "wars as far as they have not faded, at full size from their first week")
    rise: jax.Array = array("log", "r", "wars as they have built up")
    war_mean: jax.Array = array("log", "", "mean of ``war`` over futures, without wars that splits began")
    rise_mean: jax.Array = array("log", "", "mean of ``rise`` over futures, likewise")
    standing: jax.Array = array("log", "r", "wars under way at the start: they are in its level, and fade from it")
    level: jax.Array = array("log", "", "the nation")
    growth: jax.Array = array("log/week", "", "of the nation")


def level(world: World, p: HeatParameters, of_state: jax.Array) -> jax.Array:
    """Return the homicides a year with which the future starts, [r]: those of the start, as far off as they were known to be.

    ``of_state`` [r]: the region whose luck a region shares, one for each state.
    """
    off = world.homicides_spread * p.level_state[of_state] + world.homicides_spread_national * p.level_nation
    return world.homicides * jnp.exp(off)


def past(world: World) -> jax.Array:
    """Return the log of national homicides before the start over those of the start: where the nation slowly returns to."""
    return jnp.log((world.homicides_before.sum() + TINY) / (world.homicides.sum() + TINY))


def begin(world: World, p: HeatParameters) -> Heat:
    """Return heat at the start: zero but for the growth that was under way; wars that are in the start's level will fade."""
    zero, none = jnp.zeros_like(world.homicides), jnp.zeros(())
    growth = (world.national_growth + world.national_growth_sd * p.growth_start) / WEEKS_PER_YEAR
    return Heat(zero, zero, world.wars, world.wars, none, none, world.wars, none, growth)


def log_level(heat: Heat) -> jax.Array:
    """Return heat by region, [r]. Wars are taken less their mean, so that they move no median by being possible."""
    return heat.slow + heat.passing + heat.rise - heat.standing - heat.rise_mean + heat.level


def on_fights(heat: Heat, p: HeatParameters, organised: jax.Array) -> jax.Array:
    """Return the factor on organised fights, [r], that moves all homicides of a region by heat.

    ``organised`` [r]: share of homicides at the start. Where it is small, fights alone would have to move by many times, so it counts as
    at least ``heat_share``; the factor is at least ``heat_least``.
    """
    more = jnp.expm1(log_level(heat)) / jnp.maximum(organised, p.heat_share)
    return jnp.maximum(1.0 + more, p.heat_least)


def _walk(dt: float, tau: jax.Array) -> jax.Array:
    """Return the standard deviation of a step of a process that takes in 1 per root week and forgets with ``tau``; exact for any step."""
    return jnp.sqrt(-tau * jnp.expm1(-2.0 * dt / tau) / 2.0)


def week(
    heat: Heat, p: HeatParameters, luck: Luck, dt: float, of_state: jax.Array, past_level: jax.Array, begun: jax.Array
) -> Heat:
    """Return heat a step later.

    Parameters
    ----------
    of_state : [r] index of the region whose luck a region shares: one for each state.
    past_level : [] where the nation returns to.
    begun : [r] log size of wars that something else began: splits, truces that broke.

    Without noise there is only growth, and the return.
    """
    usual = p.war_rate * dt / WEEKS_PER_YEAR
    nation = jnp.zeros(2)
    shocks, fresh = jnp.zeros((2, *heat.slow.shape)), jnp.broadcast_to(usual * p.war_size, heat.slow.shape)
    if luck.noisy:
        shocks, nation = luck.normal("heat", shocks.shape)[:, of_state], luck.normal("heat_national", (2,))
        begins, size = luck.uniform("wars", shocks.shape)[:, of_state]
        fresh = jnp.where(begins < -jnp.expm1(-usual), -p.war_size * jnp.log(size), 0.0)
    fade, build = jnp.exp(-dt / p.tau_w), -jnp.expm1(-dt / p.tau_b)
    war = heat.war * fade + fresh + begun
    war_mean = heat.war_mean * fade + usual * p.war_size
    keep = jnp.exp(-dt / p.tau_l)
    return Heat(
        slow=heat.slow * jnp.exp(-dt / p.tau_x) + p.s_x * _walk(dt, p.tau_x) * shocks[0],
        passing=heat.passing * jnp.exp(-dt / p.tau_u) + p.s_u * jnp.sqrt(-jnp.expm1(-2.0 * dt / p.tau_u)) * shocks[1],
        war=war,
        rise=heat.rise + (war - heat.rise) * build,
        war_mean=war_mean,
        rise_mean=heat.rise_mean + (war_mean - heat.rise_mean) * build,
        standing=heat.standing,
        level=past_level + (heat.level - past_level) * keep + heat.growth * dt + p.s_l * _walk(dt, p.tau_l) * nation[0],
        growth=heat.growth * jnp.exp(-dt / p.tau_g) + p.s_g * _walk(dt, p.tau_g) * nation[1],
    )
