"""Foreign hands: supply from abroad that no plan commands, as paths a future draws once. See docs/model/foreign.md.

Paths answer to levers, and to nothing else a plan does but one: acting alone in Mexico may shift China's cooperation, in either direction.
What a measure denies is replaced with time, by other chemistry, other sellers and other networks, which cost more.
"""

from __future__ import annotations

from premortem.arrays import jax, jnp
from premortem.model.flows import Moved
from premortem.model.index_sets import DRUGS, PERMISSIONS, SYNTHETIC, VENDORS
from premortem.model.luck import Luck
from premortem.model.mechanism import Mechanism, Own, Proposal, View
from premortem.model.pytrees import Nothing, array, param, pytree
from premortem.model.signals import (
    ARMS_ABROAD,
    DRUG_SUPPLY,
    FENTANYL_RETURN,
    HEAVY_TRANSFER,
    LAUNDERING_FEE,
    LAUNDERING_MOVED,
    OTHER_PRODUCERS,
    PERMISSION,
    POTENCY,
    PRECURSOR_COST,
    PRECURSORS,
    US_IN_MEXICO,
)
from premortem.model.units import NEVER, SLOTS, WEEKS_PER_YEAR


@pytree
class Parameters:
    """Priors and sources: data/parameters/foreign.toml."""

    arms_sd: jax.Array = param("log")
    arms_floor: jax.Array = param("ratio")
    shock_rate: jax.Array = param("1/year")
    shock_depth: jax.Array = param("share")
    shock_hold: jax.Array = param("week")
    shock_tau: jax.Array = param("week")
    shock_persistence: jax.Array = param("share")
    shock_fentanyl: jax.Array = param("share")
    shock_meth: jax.Array = param("share")
    licence_2025: jax.Array = param("share")
    china_share: jax.Array = param("share")
    subsidy: jax.Array = param("share")
    up_rate: jax.Array = param("1/year")
    up_size: jax.Array = param("share")
    up_cap: jax.Array = param("ratio")
    potency_sd: jax.Array = param("log")
    laundering_sd: jax.Array = param("log")
    laundering_shock: jax.Array = param("1/year")
    laundering_size: jax.Array = param("share")
    laundering_half: jax.Array = param("week")
    transfer_rate: jax.Array = param("1/year")
    transfer_factor: jax.Array = param("ratio")
    transfer_weeks: jax.Array = param("week")
    ukraine_rate: jax.Array = param("1/year")
    cocaine_drift: jax.Array = param("1/year")
    canada_drift: jax.Array = param("share/year")
    diplomacy_yield: jax.Array = param("share")
    unilateral_shift: jax.Array = param("index")
    china_tau: jax.Array = param("week")
    arms_control_effect: jax.Array = param("log")
    licence_effect: jax.Array = param("share")
    sanctions_effect: jax.Array = param("share")
    tariff_answer: jax.Array = param("index")
    tariff_full: jax.Array = param("share")
    replaced: jax.Array = param("share")
    replace_time: jax.Array = param("week")
    chemistry_cost: jax.Array = param("log")
    network_fee: jax.Array = param("ratio")
    sanctions_fee: jax.Array = param("ratio")
    network_share: jax.Array = param("share")
    network_time: jax.Array = param("week")


@pytree
class State:
    """Where the paths are."""

    since: jax.Array = array("week", "?", "since a shock to precursors, by slot; NEVER if none")
    hit: jax.Array = array("index", "?d", "1 where the shock of a slot hit")
    lasting: jax.Array = array("ratio", "d", "what older shocks left")
    routes: jax.Array = array("ratio", "", "precursors by new routes, over the start")
    potency: jax.Array = array("ratio", "", "deadliness of the opioid supply over the start")
    arms: jax.Array = array("ratio", "v", "cost of weapons over the start")
    transfer: jax.Array = array("week", "", "left of a transfer of heavy weapons")
    fee: jax.Array = array("ratio", "", "of laundering, as it drifts")
    fee_shock: jax.Array = array("log", "", "of laundering, after a shock")
    china: jax.Array = array("index", "", "change of China's cooperation")
    other: jax.Array = array(
        "share", "", "of precursors, that come from other chemistry and sellers in place of those denied"
    )
    networks: jax.Array = array("share", "", "of enforcement against laundering that networks go around")


Owned = Own[Parameters, Nothing, State]


def _only(*drugs: str) -> jax.Array:
    """Return [d] 1 for these drugs."""
    return jnp.asarray([float(drug in drugs) for drug in DRUGS])


def _start(view: View, p: Parameters) -> tuple[Nothing, State]:
    one, none = jnp.ones(()), jnp.zeros(())
    return Nothing(), State(
        since=jnp.full(SLOTS, NEVER),
        hit=jnp.zeros((SLOTS, len(DRUGS))),
        lasting=jnp.ones(len(DRUGS)),
        routes=one,
        potency=one,
        arms=jnp.ones(len(VENDORS)),
        transfer=none,
        fee=one,
        fee_shock=none,
        china=none,
        other=none,
        networks=none,
    )


def remaining(p: Parameters, depth: jax.Array, since: jax.Array) -> jax.Array:
    """Return the share of precursors within reach some weeks after a shock of a depth: at full depth for a while, then recovery in part."""
    recovered = jnp.exp(-jnp.maximum(since - p.shock_hold, 0.0) / p.shock_tau)
    left = depth * (p.shock_persistence + (1.0 - p.shock_persistence) * recovered)
    return jnp.where((since >= 0) & (since < NEVER), 1.0 - left, 1.0)


def _asked(view: View, p: Parameters, s: State) -> jax.Array:
    """Return the share of precursors left by diplomacy: what is asked for and delivered, and what China's cooperation changes."""
    return 1.0 - _denied(view, p, s) + s.other


def _denied(view: View, p: Parameters, s: State) -> jax.Array:
    """Return the share of precursors denied at their origin: by diplomacy, China's licences and goodwill, sanctions on sellers.

    China's licences are worth what it enforces of them.
    """
    level = view.lever("drugs.precursor_control")
    licences = (
        p.china_share * p.licence_effect * view.lever("foreign.precursor_licences") * jnp.maximum(1.0 + s.china, 0.0)
    )
    sanctions = p.sanctions_effect * view.lever("foreign.sanctions")
    left = 1.0 - p.diplomacy_yield * (level + p.china_share * s.china)
    return 1.0 - left * (1.0 - p.subsidy * level) * (1.0 - jnp.minimum(licences, 1.0)) * (1.0 - sanctions)


def _precursors(view: View, own: Owned) -> jax.Array:
    """Return precursors within reach over the start, [d]; for drugs that need none it is 1."""
    p, s = own.p, own.s
    shocks = 1.0 - s.hit * (1.0 - remaining(p, p.shock_depth, s.since)[:, None])
    rules = remaining(p, p.licence_2025 * p.china_share, view.week - view.world.calendar.precursor_rules).prod()
    supply = s.routes * s.lasting * shocks.prod(0) * jnp.where(_only("fentanyl") > 0, rules, 1.0)
    return jnp.where(_only(*SYNTHETIC) > 0, jnp.minimum(supply, p.up_cap) * _asked(view, p, s), 1.0)


def _recorded_content(view: View) -> jax.Array:
    """Return fentanyl in what is sold over the start, as it was recorded; 1 where the record ends with the start."""
    market = view.world.market
    if not market.weeks.size:
        return jnp.ones(())
    return jnp.exp(jnp.interp(view.week * 1.0, market.weeks, jnp.log(market.content)))


def _supply(view: View, own: Owned) -> jax.Array:
    """Return drifts of the market that come from abroad, [d]: lost fentanyl that comes back, cocaine at its origin, what is recorded."""
    years = view.week / WEEKS_PER_YEAR
    cocaine = jnp.exp(own.p.cocaine_drift * years)
    by_drug = {"fentanyl": view[FENTANYL_RETURN] * _recorded_content(view), "cocaine": cocaine}
    return jnp.stack([by_drug.get(drug, jnp.ones(())) for drug in DRUGS])


def _propose(view: View, own: Owned, luck: Luck) -> Proposal:
    """Draw the week: the same addresses whatever the plan orders; without luck nothing happens abroad."""
    p, s = own.p, own.s
    years = view.dt / WEEKS_PER_YEAR
    control = view.lever("foreign.third_country_arms_control") * p.arms_control_effect
    transfers = (p.transfer_rate + p.ukraine_rate) * jnp.exp(-control)
    rates = jnp.stack([p.shock_rate, p.up_rate, transfers, p.laundering_shock])
    *chances, kind = luck.uniform("events", (len(rates) + 1,))
    shock, route, transfer, fee_shock = (jnp.stack(chances) < -jnp.expm1(-rates * years)) & luck.noisy
    arms_sd = p.arms_sd * jnp.ones(len(VENDORS))
    drift = luck.factor("drift", jnp.sqrt(years) * jnp.stack([p.potency_sd, p.laundering_sd, *arms_sd]))
    struck = jnp.where(kind < 1.0 - p.shock_meth, _only("fentanyl"), 0.0)
    struck += jnp.where(kind > p.shock_fentanyl, _only("methamphetamine"), 0.0)
    older = s.since + jnp.where(s.since < NEVER, view.dt, 0.0)
    dropped = 1.0 - s.hit[-1] * jnp.where(s.since[-1] < NEVER, p.shock_depth * p.shock_persistence, 0.0)
    alone = (view[US_IN_MEXICO].sum() > 0) * (1.0 - view[PERMISSION][PERMISSIONS.index("combat")])
    after = State(
        since=jnp.where(shock, jnp.roll(older, 1).at[0].set(0.0), older),
        hit=jnp.where(shock, jnp.roll(s.hit, 1, axis=0).at[0].set(struck), s.hit),
        lasting=jnp.where(shock, s.lasting * dropped, s.lasting),
        routes=s.routes * jnp.where(route, 1.0 + p.up_size, 1.0),
        potency=s.potency * drift[0],
        fee=s.fee * drift[1],
        arms=s.arms * drift[2:],
        transfer=jnp.where(transfer, p.transfer_weeks, jnp.maximum(s.transfer - view.dt, 0.0)),
        fee_shock=s.fee_shock * 2.0 ** (-view.dt / p.laundering_half) + jnp.where(fee_shock, p.laundering_size, 0.0),
        china=view.approach(
            s.china,
            p.unilateral_shift * alone
            + p.tariff_answer * jnp.minimum(view.lever("foreign.tariff") / p.tariff_full, 1.0),
            p.china_tau,
        ),
        other=view.approach(s.other, p.replaced * jnp.maximum(_denied(view, p, s), 0.0), p.replace_time),
        networks=view.approach(s.networks, p.network_share * _pressed(view), p.network_time),
    )
    return Proposal(memo=after)


def _pressed(view: View) -> jax.Array:
    """Return enforcement against laundering through banks beyond that of the start, 0 to 1: what networks of exchange go around."""
    more = view.lever("money.laundering_enforcement") > view.status_quo("money.laundering_enforcement")
    return more * (1.0 - view.lever("money.laundering_networks"))


def _fee(view: View, own: Owned) -> jax.Array:
    """Return the fee for laundering over the start: as it drifts, and as networks and their banks are pressed."""
    p, s = own.p, own.s
    pressed = p.network_fee * view.lever("money.laundering_networks") + p.sanctions_fee * view.lever(
        "foreign.sanctions"
    )
    return s.fee * (1.0 + s.fee_shock) * (1.0 + pressed)


def _settle(view: View, own: Owned, moved: Moved, memo: State) -> State:
    return memo


def _arms(view: View, own: Owned) -> jax.Array:
    """Return the cost of weapons by vendor outside the United States over the start, [v]."""
    control = view.lever("foreign.third_country_arms_control") * own.p.arms_control_effect
    return jnp.maximum(own.s.arms, own.p.arms_floor) * jnp.exp(control)


FOREIGN = Mechanism(
    name="foreign",
    parameters=Parameters,
    state=State,
    accounts=(),
    start=_start,
    propose=_propose,
    settle=_settle,
    signals={
        PRECURSORS: _precursors,
        DRUG_SUPPLY: _supply,
        OTHER_PRODUCERS: lambda view, own: _only("fentanyl") * own.p.canada_drift * view.week / WEEKS_PER_YEAR,
        POTENCY: lambda view, own: own.s.potency,
        ARMS_ABROAD: _arms,
        HEAVY_TRANSFER: lambda view, own: jnp.where(own.s.transfer > 0, own.p.transfer_factor, 1.0),
        LAUNDERING_FEE: _fee,
        LAUNDERING_MOVED: lambda view, own: own.s.networks,
        PRECURSOR_COST: lambda view, own: own.p.chemistry_cost * own.s.other * _only(*SYNTHETIC),
    },
)
