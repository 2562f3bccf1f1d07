"""What Mexico itself does against organisations, what corruption takes away, and what it costs (docs/model/state.md).

Everything is relative to the start, so that the status quo reproduces the recorded flows whatever the sizes drawn.
"""

from __future__ import annotations

from collections.abc import Mapping

from premortem.arrays import jax, jnp
from premortem.model.accounts import (
    HELD_MX_FINAL,
    HELD_MX_RETURN,
    HELD_US,
    KILLED_BY_MX,
    KILLED_BY_US,
    MEMBERS,
    MX_FORCES_KILLED,
    MX_FORCES_RESERVE,
    RESIDENTS_HOME,
    RESIDENTS_KILLED,
    Account,
)
from premortem.model.flows import Flow, Moved
from premortem.model.index_sets import PARTIES
from premortem.model.joint import channel, with_leads
from premortem.model.luck import Luck
from premortem.model.mechanism import Balanced, Mechanism, Outcome, Own, Proposal, View
from premortem.model.pytrees import array, param, pytree
from premortem.model.signals import (
    AID_KEPT,
    BRIBES,
    EXPOSED,
    FORCE_RATIO,
    INTEGRITY_RATIO,
    INTELLIGENCE_RATIO,
    LETHALITY,
    ORGANISED_DEATHS,
    OWN_EFFORT,
    OWN_INTENSITY,
    PARTNER_GAIN,
    PRESSURE,
    PRESSURE_RATIO,
    PROSECUTION,
    RECORDED_STATE_KILLS,
    REGIONAL_PRESSURE_RATIO,
    REJOIN,
    STATE_CIVILIAN_DEATHS_START,
    STATE_EFFORT,
)
from premortem.model.units import PER_THOUSAND, TINY, WEEKS_PER_YEAR

ABUSES = Account("abuses", "complaint", "", "abuses by Mexican forces of which someone complains", source=True)
COMPLAINTS = Account("complaints", "complaint", "r", "complaints of abuse against Mexican forces")

REMOVALS = (HELD_MX_RETURN, HELD_MX_FINAL, HELD_US, KILLED_BY_MX, KILLED_BY_US)
"""Where members go who are held or killed by Mexican or US forces, whatever mechanism moves them."""


@pytree
class Parameters:
    """Draws of one future; meanings, priors and sources in data/parameters/state.toml."""

    arrests: jax.Array = param("person/week")
    arrest_step: jax.Array = param("ratio")
    chi: jax.Array = param("ratio")
    kills: jax.Array = param("person/week")
    intelligence_gain: jax.Array = param("elasticity")
    integrity_federal: jax.Array = param("share")
    integrity_local: jax.Array = param("share")
    e_bribe: jax.Array = param("elasticity")
    tau_integrity: jax.Array = param("week")
    tau_vetting: jax.Array = param("week")
    yield_vetting: jax.Array = param("log")
    capture_bias: jax.Array = param("share")
    joint_share: jax.Array = param("share")
    prosecution_arrests: jax.Array = param("ratio")
    prosecution_rejoin: jax.Array = param("share")
    soldiers: jax.Array = param("death/clash")
    clashes: jax.Array = param("clash/year")
    police: jax.Array = param("ratio")
    civilian_ratio: jax.Array = param("ratio")
    recorded_share: jax.Array = param("share")
    complaints: jax.Array = param("complaint/(thousand person year)")
    complaints_by_people: jax.Array = param("elasticity")
    aid_abuse: jax.Array = param("ratio")
    aid_vetting: jax.Array = param("share")
    pressure_floor: jax.Array = param("ratio")


@pytree
class Constants:
    """The start, by region."""

    share: jax.Array = array("share", "r", "of all arrests, killings and clashes")
    exposed: jax.Array = array("person", "r", "members exposed to forces")
    integrity: jax.Array = array("share", "r", "of effort that is not captured")
    pressure: jax.Array = array("1/week", "or", "risk of being held or killed")
    regional: jax.Array = array("1/week", "r", "mean over a region's members")
    floor: jax.Array = array("1/week", "", "pressure below which ratios do not follow")
    civilians: jax.Array = array("person/week", "r", "residents killed by Mexican forces")


@pytree
class State:
    """What the state carries from week to week."""

    integrity: jax.Array = array("share", "r", "of effort that is not captured")
    vetting: jax.Array = array("index", "", "0 to 1, the programme as built up")
    pressure: jax.Array = array("1/week", "or", "risk of being held or killed last week")
    regional: jax.Array = array("1/week", "r", "mean over a region's members")
    recorded: jax.Array = array("person/week", "r", "killed last week and counted as homicides")
    effort: jax.Array = array("ratio", "r", "what Mexico did by itself last week, over the start")


def _own(view: View, own: Own[Parameters, Constants, State]) -> jax.Array:
    """Return [r] what Mexico does by itself, over the start. US intelligence counts as far as leads are shared."""
    p = own.p
    more_cases = view.delivered("state.prosecution") - view.status_quo("state.prosecution")
    national = view.delivered("state.arrest_capacity") * (1.0 + p.prosecution_arrests * more_cases)
    informed = view[INTELLIGENCE_RATIO] ** (p.intelligence_gain * jnp.minimum(channel(view, "leads"), 1.0))
    return view[OWN_EFFORT] * view[INTEGRITY_RATIO] * informed * national


def _effort(view: View, own: Own[Parameters, Constants, State]) -> jax.Array:
    """Return [r] effort of Mexican forces over the start, with what US partners beside them add."""
    return _own(view, own) * view[PARTNER_GAIN]


def _spared(view: View, own: Own[Parameters, Constants, State]) -> jax.Array:
    """Return [o, r] the factor on risk from capture: forces spare the locally dominant organisation and turn on the others.

    A pool of many groups cannot capture anyone. What the dominant is spared the others bear: the mean over exposed members is 1.
    """
    exposed = view.stock(MEMBERS) * view[EXPOSED]
    rivals = exposed * (1.0 - view.world.pooled)[:, None]
    dominant = (rivals == rivals.max(0)) & (rivals > 0)
    share = (exposed * dominant).sum(0) / jnp.maximum(exposed.sum(0), TINY)
    captured = (1.0 - own.s.integrity) * own.p.capture_bias
    return 1.0 + captured * (share - dominant)


def _risks(view: View, own: Own[Parameters, Constants, State]) -> tuple[jax.Array, jax.Array]:
    """Return [o, r] hazards of being held and of being killed.

    Both saturate in the number exposed: ``chi`` near 0 holds the flow fixed, a large one makes it proportional to members.
    """
    p, c = own.p, own.c
    effort = _effort(view, own)
    members = view.stock(MEMBERS) * view[EXPOSED]
    per_member = c.share * (1.0 + p.chi) / jnp.maximum(p.chi * c.exposed + members.sum(0), TINY)
    hit = view[EXPOSED] * _spared(view, own) * per_member
    arrests = p.arrests * p.arrest_step**view.world.arrest_step * effort * with_leads(view, p.joint_share)
    kills = p.kills * jnp.sqrt(effort) * view.delivered("state.lethality_policy")
    return hit * arrests, hit * kills


def _aided(view: View, own: Own[Parameters, Constants, State]) -> jax.Array:
    """Return the rise of abuse by forces that get more aid: per doubling of aid, less what vetting removes."""
    p, standing = own.p, view.status_quo("mexico.aid")
    more = jnp.maximum(view.lever("mexico.aid") - standing, 0.0) + view.orders.partner_aid
    doublings = jnp.log2(1.0 + view[AID_KEPT] * more / standing)
    return 1.0 + p.aid_abuse * doublings * (1.0 - p.aid_vetting * own.s.vetting)


def _mean_over(members: jax.Array, risk: jax.Array) -> jax.Array:
    return (members * risk).sum(0) / jnp.maximum(members.sum(0), TINY)


def _start(view: View, p: Parameters) -> tuple[Constants, State]:
    """Share arrests over regions by the geometric mean of members and organised homicides; nothing is relative to anything yet."""
    world, members = view.world, view.stock(MEMBERS)
    weight = jnp.sqrt((members.sum(0) + TINY) * (view[ORGANISED_DEATHS] + TINY))
    people = jnp.maximum(world.federal_forces + world.state_police, TINY)
    integrity = (world.federal_forces * p.integrity_federal + world.state_police * p.integrity_local) / people
    nothing, zero = jnp.zeros_like(members), jnp.zeros_like(world.population)
    c = Constants(weight / weight.sum(), members.sum(0), integrity, nothing, zero, jnp.zeros(()), zero)
    return c, State(integrity, jnp.zeros(()), nothing, zero, zero, zero)


def _balance(
    view: View, own: Own[Parameters, Constants, State], hazards: Mapping[tuple[Account, Account], jax.Array]
) -> Balanced:
    """Fix the pressure of the start, once organised homicides by region are known."""
    p, members = own.p, view.stock(MEMBERS)
    c, s = _start(view, p)
    held, killed = _risks(view, Own(p, c, s))
    pressure = held + killed
    regional = _mean_over(members, pressure)
    floor = p.pressure_floor * (members * pressure).sum() / members.sum()
    killings = (members * killed).sum(0)
    recorded = p.recorded_share * (1.0 + p.civilian_ratio) * killings
    return Balanced(
        Constants(c.share, c.exposed, c.integrity, pressure, regional, floor, p.civilian_ratio * killings),
        State(s.integrity, s.vetting, pressure, regional, recorded, s.effort),
    )


def _propose(view: View, own: Own[Parameters, Constants, State], luck: Luck) -> Proposal:
    p, c = own.p, own.c
    members = view.stock(MEMBERS)
    held, killed = _risks(view, own)
    armed = _mean_over(members, view[LETHALITY])
    by_state = jnp.zeros(len(PARTIES)).at[PARTIES.index("state")].set(1.0)
    abuses = view[FORCE_RATIO] ** p.complaints_by_people * view[OWN_INTENSITY] * view.orders.own_effort
    abuses = abuses * _aided(view, own)
    complaints = p.complaints / PER_THOUSAND * view.world.federal_forces * abuses
    return Proposal(
        (
            Flow("held_return", MEMBERS, HELD_MX_RETURN, hazard=held * view[REJOIN], noisy=False),
            Flow("held_final", MEMBERS, HELD_MX_FINAL, hazard=held * (1.0 - view[REJOIN])),
            Flow("killed", MEMBERS, KILLED_BY_MX, hazard=killed),
            Flow(
                "civilians",
                RESIDENTS_HOME,
                RESIDENTS_KILLED,
                amount=p.civilian_ratio * (members * killed).sum(0),
                route=by_state,
                route_labels="a",
            ),
            Flow(
                "soldiers",
                MX_FORCES_RESERVE,
                MX_FORCES_KILLED,
                amount=p.soldiers * p.clashes / WEEKS_PER_YEAR * c.share * _own(view, own) * armed,
                labels="r",
            ),
            Flow("police", MX_FORCES_RESERVE, MX_FORCES_KILLED, amount=p.police * view[ORGANISED_DEATHS], labels="r"),
            Flow("complaints", ABUSES, COMPLAINTS, amount=complaints / WEEKS_PER_YEAR, labels="r"),
        )
    )


def _settle(view: View, own: Own[Parameters, Constants, State], moved: Moved, memo: None) -> State:
    p, c, s = own.p, own.c, own.s
    vetting = view.approach(s.vetting, view.delivered("state.vetting"), p.tau_vetting)
    start_odds = (1.0 - c.integrity) / c.integrity
    odds = view.approach(
        (1.0 - s.integrity) / s.integrity,
        start_odds * view[BRIBES] ** p.e_bribe * jnp.exp(-p.yield_vetting * s.vetting),
        p.tau_integrity,
    )
    pressure = sum((moved.hazard(MEMBERS, target) for target in REMOVALS), jnp.zeros_like(s.pressure))
    killed = moved(MEMBERS, KILLED_BY_MX).sum(0) + moved.by_name["state.civilians"]
    return State(
        integrity=1.0 / (1.0 + odds),
        vetting=vetting,
        pressure=pressure,
        regional=_mean_over(view.stock(MEMBERS), pressure),
        recorded=p.recorded_share * killed / view.dt,
        effort=_own(view, own),
    )


def _prosecution(view: View, own: Own[Parameters, Constants, State]) -> jax.Array:
    now, before = view.delivered("state.prosecution"), view.status_quo("state.prosecution")
    return (1.0 - own.p.prosecution_rejoin * now) / (1.0 - own.p.prosecution_rejoin * before)


def _ratio(now: jax.Array, start: jax.Array, floor: jax.Array) -> jax.Array:
    return jnp.maximum(now, floor) / jnp.maximum(start, floor)


STATE = Mechanism(
    name="state",
    parameters=Parameters,
    constants=Constants,
    state=State,
    accounts=(
        MEMBERS,
        RESIDENTS_HOME,
        HELD_MX_RETURN,
        HELD_MX_FINAL,
        KILLED_BY_MX,
        RESIDENTS_KILLED,
        MX_FORCES_RESERVE,
        MX_FORCES_KILLED,
        ABUSES,
        COMPLAINTS,
    ),
    open=lambda world, p: {},
    start=_start,
    balance=_balance,
    balance_stage=0,
    propose=_propose,
    settle=_settle,
    signals={
        PRESSURE: lambda view, own: own.s.pressure,
        PRESSURE_RATIO: lambda view, own: _ratio(own.s.pressure, own.c.pressure, own.c.floor),
        REGIONAL_PRESSURE_RATIO: lambda view, own: _ratio(own.s.regional, own.c.regional, own.c.floor),
        STATE_EFFORT: _effort,
        INTEGRITY_RATIO: lambda view, own: own.s.integrity / own.c.integrity,
        RECORDED_STATE_KILLS: lambda view, own: own.s.recorded,
        PROSECUTION: _prosecution,
        STATE_CIVILIAN_DEATHS_START: lambda view, own: own.c.civilians,
    },
    outcomes=(
        Outcome(
            "civilians_killed_state",
            lambda view, own, moved: moved.entered(RESIDENTS_KILLED)[PARTIES.index("state")],
            labels="r",
            flow=True,
        ),
        Outcome("integrity", lambda view, own, moved: own.s.integrity, labels="r", per_resident=True),
        Outcome("own_effort", lambda view, own, moved: own.s.effort, labels="r", per_resident=True),
        Outcome("abuse_complaints", lambda view, own, moved: moved.entered(COMPLAINTS), labels="r", flow=True),
        Outcome("mx_forces_killed", lambda view, own, moved: moved.entered(MX_FORCES_KILLED), labels="r", flow=True),
        Outcome(
            "members_held",
            lambda view, own, moved: sum(
                (moved(MEMBERS, target) for target in (HELD_MX_RETURN, HELD_MX_FINAL, HELD_US)), jnp.zeros(())
            ).sum(0),
            labels="r",
            flow=True,
        ),
        Outcome(
            "members_killed_state",
            lambda view, own, moved: moved(MEMBERS, KILLED_BY_MX).sum(0),
            labels="r",
            flow=True,
        ),
    ),
)
