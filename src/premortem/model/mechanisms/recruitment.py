"""Who joins, who takes the place of the lost, who comes back from prison, who leaves (docs/model/recruitment.md).

Ordinary recruits per member are not a prior: they are solved at the start, so that every organisation grows in every region at the rate
drawn for it, given the losses and exits that all other mechanisms cause there.
"""

from __future__ import annotations

from collections.abc import Mapping

from premortem.arrays import jax, jnp
from premortem.model.accounts import (
    HELD_MX_FINAL,
    HELD_MX_RETURN,
    HELD_US,
    KILLED_BY_MX,
    KILLED_BY_RIVALS,
    KILLED_BY_US,
    MEMBERS,
    MISSING_MEMBERS,
    RESIDENTS_HOME,
    Account,
)
from premortem.model.flows import Flow, Moved
from premortem.model.luck import Luck
from premortem.model.mechanism import Balanced, Mechanism, Outcome, Own, Proposal, View
from premortem.model.pytrees import array, param, pytree
from premortem.model.signals import (
    BACKLASH,
    CAMP_HITS,
    GROWTH,
    JOBLESSNESS,
    LABEL_CAPACITY,
    LABEL_SURRENDER,
    PAY,
    PRESSURE_RATIO,
    PROSECUTION,
    RECRUITMENT_CAPACITY,
    RECRUITS,
    REJOIN,
    SPLIT_SHARE,
    SPLIT_TARGET,
    TRUCE,
)
from premortem.model.splits import divide, inherit
from premortem.model.units import PER_THOUSAND, WEEKS_PER_YEAR
from premortem.model.world import World

LOSSES = (
    KILLED_BY_RIVALS,
    MISSING_MEMBERS,
    KILLED_BY_MX,
    KILLED_BY_US,
    HELD_MX_RETURN,
    HELD_MX_FINAL,
    HELD_US,
)
"""Where members go whose places others may take."""


@pytree
class Parameters:
    """Draws of one future; meanings, priors and sources in data/parameters/recruitment.toml."""

    growth0: jax.Array = param("1/year")
    growth_org: jax.Array = param("1/year", "org")
    replace: jax.Array = param("share")
    deterrence: jax.Array = param("elasticity")
    tau_vacancy: jax.Array = param("week")
    pool_share: jax.Array = param("share")
    e_pay: jax.Array = param("elasticity")
    joblessness: jax.Array = param("1/percentage_point")
    camp: jax.Array = param("recruit/action")
    give_up: jax.Array = param("share")
    omega: jax.Array = param("1/(member week)")
    tau_prison: jax.Array = param("week")
    rejoin: jax.Array = param("share")
    size: jax.Array = param("ratio")
    org_share: jax.Array = param("ratio", "org")
    yield_prevention: jax.Array = param("share")
    displaced: jax.Array = param("share")
    yield_exit_aid: jax.Array = param("share")
    yield_rehabilitation: jax.Array = param("share")
    job_yield: jax.Array = param("recruit/(job year)")
    job_life: jax.Array = param("year")
    tau_programme: jax.Array = param("week")
    truce_respite: jax.Array = param("1/year")
    prison_fill: jax.Array = param("ratio")
    loss_floor: jax.Array = param("ratio")
    loss_ceiling: jax.Array = param("ratio")
    smallest_rate: jax.Array = param("1/week")


@pytree
class Constants:
    """The start."""

    pool: jax.Array = array("person", "r", "who could be recruited at all")
    yearly: jax.Array = array("person/year", "", "ordinary recruits")


@pytree
class Programmes:
    """How far programmes have been built up, before their yield: levels of the levers."""

    prevention: jax.Array = array("share", "", "of inflow prevented")
    exit_aid: jax.Array = array("ratio", "", "to the status quo of leaving")
    rehabilitation: jax.Array = array("share", "", "of the released kept from re-joining")
    jobs: jax.Array = array("thousand job", "", "for the young, that still count")


@pytree
class State:
    """What recruitment carries from week to week."""

    rate: jax.Array = array(
        "1/week", "or", "ordinary recruits per member with an empty pool; a splinter has its parent's"
    )
    kin: jax.Array = array(
        "ratio", "o", "members who weigh on one who would leave, over those of the organisation: kin by split count"
    )
    leaving: jax.Array = array("1/week", "or", "risk of being lost or of leaving last week")
    vacancies: jax.Array = array("person", "or", "places of the lost that are still open")
    programmes: Programmes
    recruits: jax.Array = array("person/week", "r", "ordinary recruits of last week")


def _open(world: World, p: Parameters) -> Mapping[Account, jax.Array]:
    """Members: the theatre's medians, shares of named organisations redrawn, the total scaled by ``size``."""
    factor = jnp.where(world.pooled > 0, 1.0, p.org_share)
    drawn = world.members * factor[:, None]
    return {MEMBERS: drawn * (p.size * world.members.sum() / drawn.sum())}


def _start(view: View, p: Parameters) -> tuple[Constants, State]:
    members = view.stock(MEMBERS)
    pool = jnp.maximum(p.pool_share * view.world.population, 2.0 * members.sum(0))
    zero, nobody = jnp.zeros(()), jnp.zeros_like(members)
    programmes = Programmes(zero, zero + 1.0, zero, zero)
    return Constants(pool, zero + 1.0), State(nobody, jnp.ones(len(members)), nobody, nobody, programmes, nobody.sum(0))


def _gap(view: View, c: Constants) -> jax.Array:
    """Return [r] the share of the pool that has not joined."""
    return jnp.clip(1.0 - view.stock(MEMBERS).sum(0) / c.pool, 0.0, 1.0)


def _exit(view: View, p: Parameters, kin: jax.Array | float = 1.0) -> jax.Array:
    """Return [o] the hazard of leaving: large organisations lose more, a pool as many small ones. Size is national.

    A split makes nobody stay who would have left: what was one organisation keeps its hazard in its parts.
    """
    return p.omega * view.world.concentration * kin * view.stock(MEMBERS).sum(1)


def _kin(view: View, kin: jax.Array) -> jax.Array:
    """Return [o] how many times its own size weighs on an organisation after last week's split."""
    share = view[SPLIT_SHARE].sum()
    parent, new = view[SPLIT_SHARE] > 0, view[SPLIT_TARGET] * view.world.spare > 0
    before = jnp.where(parent, kin, 0.0).sum()
    of_splinter = before / jnp.where(share > 0, share, 1.0)
    return jnp.where(new, of_splinter, jnp.where(parent, kin / (1.0 - share), kin))


def _standing(view: View, tau: jax.Array) -> jax.Array:
    """Return what a steady inflow of one a week keeps standing if all leave after ``tau`` weeks on average, at this step."""
    return view.dt / -jnp.expm1(-view.dt / tau)


def _balance(
    view: View, own: Own[Parameters, Constants, State], hazards: Mapping[tuple[Account, Account], jax.Array]
) -> Balanced:
    """Solve ordinary recruits, and open vacancies and prisons at the level that the losses of the start keep up.

    Growth drawn = recruits + filled vacancies + returns from prison - losses - exits. Losses that a cell's recruits make up for stay within
    ``loss_floor`` and ``loss_ceiling`` times the national mean, else cells with few members get absurd rates.
    """
    p, members, gap = own.p, view.stock(MEMBERS), _gap(view, own.c)
    zero = jnp.zeros_like(members)
    loss = sum((hazards.get((MEMBERS, target), zero) for target in LOSSES), zero)
    mean = (loss * members).sum() / members.sum()
    made_up = jnp.clip(loss, p.loss_floor * mean, p.loss_ceiling * mean)
    back = p.prison_fill**view.world.arrest_step
    held = {target: hazards.get((MEMBERS, target), zero) * back for target in (HELD_MX_RETURN, HELD_MX_FINAL)}
    growth = (p.growth0 + p.growth_org)[:, None] / WEEKS_PER_YEAR
    leave = _exit(view, p)[:, None]
    needed = growth + made_up * (1.0 - p.replace * gap) + leave - held[HELD_MX_RETURN]
    rate = jnp.maximum(needed / gap, p.smallest_rate)
    recruits = ((rate + p.replace * loss) * gap * members).sum(0)
    vacancies = p.replace * loss * members * _standing(view, p.tau_vacancy)
    return Balanced(
        Constants(own.c.pool, jnp.maximum(recruits.sum() * WEEKS_PER_YEAR, 1.0)),
        State(rate, own.s.kin, loss + leave, vacancies, own.s.programmes, recruits),
        {target: hazard * members * _standing(view, p.tau_prison) for target, hazard in held.items()},
    )


def _built_up(view: View, own: Own[Parameters, Constants, State]) -> Programmes:
    """Return programmes as far as they reach people this week."""
    p, before = own.p, own.s.programmes

    def level(name: str) -> jax.Array:
        return view.approach(getattr(before, name), view.delivered(f"recruitment.{name}"), p.tau_programme)

    jobs = view.delivered("recruitment.youth_jobs") * p.job_life
    return Programmes(
        level("prevention"),
        level("exit_aid"),
        level("rehabilitation"),
        view.approach(before.jobs, jobs, p.job_life * WEEKS_PER_YEAR),
    )


def _propose(view: View, own: Own[Parameters, Constants, State], luck: Luck) -> Proposal:
    p, s = own.p, own.s
    members = view.stock(MEMBERS)
    built = _built_up(view, own)
    fewer = p.job_yield * PER_THOUSAND * built.jobs / own.c.yearly
    let_in = (1.0 - p.yield_prevention * (1.0 - p.displaced) * built.prevention) * jnp.exp(-fewer)
    draw = jnp.exp(
        p.e_pay * jnp.log(view[PAY])[:, None]
        + p.joblessness * view[JOBLESSNESS]
        - p.deterrence * jnp.log(view[PRESSURE_RATIO])
    )
    willing = draw * view[LABEL_CAPACITY] * view[RECRUITMENT_CAPACITY][:, None] * _gap(view, own.c) * let_in
    filled = divide(view, s.vacancies) / _standing(view, p.tau_vacancy)
    # Recruits of a week are made by those who are still there, and recruit themselves: exact for constant rates, at any step.
    grown = jnp.exp(-view.dt * s.leaving) * jnp.expm1(view.dt * inherit(view, s.rate) * willing) / view.dt
    ordinary = members * grown + filled * willing
    ordinary = ordinary * jnp.exp(-p.camp * view[CAMP_HITS] / jnp.maximum(ordinary.sum(0), 1.0))
    local = members / jnp.maximum(members.sum(0), 1.0)
    respite = p.truce_respite / WEEKS_PER_YEAR * members * view[TRUCE]
    recruits = jnp.maximum(ordinary + respite + view[BACKLASH] * local, 0.0)
    leave = _exit(view, p, _kin(view, s.kin)) * (1.0 + p.yield_exit_aid * (built.exit_aid - 1.0))
    leave = leave * (1.0 + p.give_up * (view[LABEL_SURRENDER] - 1.0))
    release = jnp.ones_like(members) / p.tau_prison
    kept = p.yield_rehabilitation * built.rehabilitation
    return Proposal(
        (
            Flow("recruits", RESIDENTS_HOME, MEMBERS, amount=recruits, labels="or"),
            Flow("exit", MEMBERS, RESIDENTS_HOME, hazard=jnp.broadcast_to(leave[:, None], members.shape), noisy=False),
            Flow("return", HELD_MX_RETURN, MEMBERS, hazard=release * (1.0 - kept), noisy=False),
            Flow("rehabilitated", HELD_MX_RETURN, RESIDENTS_HOME, hazard=release * kept, noisy=False),
            Flow("released", HELD_MX_FINAL, RESIDENTS_HOME, hazard=release, noisy=False),
        ),
        (built, ordinary.sum(0)),
    )


def _settle(
    view: View, own: Own[Parameters, Constants, State], moved: Moved, memo: tuple[Programmes, jax.Array]
) -> State:
    p, s = own.p, own.s
    lost = sum((moved(MEMBERS, target) for target in LOSSES), jnp.zeros_like(s.vacancies))
    open_still = divide(view, s.vacancies) * jnp.exp(-view.dt / p.tau_vacancy)
    leaving = sum((moved.hazard(MEMBERS, target) for target in (*LOSSES, RESIDENTS_HOME)), jnp.zeros_like(lost))
    return State(inherit(view, s.rate), _kin(view, s.kin), leaving, open_still + p.replace * lost, *memo)


RECRUITMENT = Mechanism(
    name="recruitment",
    parameters=Parameters,
    constants=Constants,
    state=State,
    accounts=(MEMBERS, RESIDENTS_HOME, HELD_MX_RETURN, HELD_MX_FINAL),
    open=_open,
    start=_start,
    balance=_balance,
    balance_stage=2,
    propose=_propose,
    settle=_settle,
    signals={
        GROWTH: lambda view, own: own.p.growth0,
        REJOIN: lambda view, own: own.p.rejoin * view[PROSECUTION],
        RECRUITS: lambda view, own: own.s.recruits,
    },
    outcomes=(
        Outcome("members", lambda view, own, moved: view.stock(MEMBERS).sum(0), labels="r"),
        Outcome("recruits", lambda view, own, moved: moved.by_name["recruitment.recruits"].sum(0), "r", flow=True),
    ),
)
