"""Leaders of organisations are removed: what that stirs up where, when an organisation splits, when a split begins a war, who pays in
reprisals.

A removal is a count. Nobody is named, sought or described here. See docs/model/leadership.md.
"""

from __future__ import annotations

from premortem.arrays import jax, jnp
from premortem.model.accounts import (
    MEMBERS,
    MX_FORCES_KILLED,
    MX_FORCES_RESERVE,
    RESIDENTS_HOME,
    RESIDENTS_KILLED,
)
from premortem.model.flows import Flow, Moved
from premortem.model.index_sets import PARTIES
from premortem.model.joint import with_leads
from premortem.model.luck import Luck
from premortem.model.mechanism import Mechanism, Outcome, Own, Proposal, View
from premortem.model.pytrees import array, param, pytree
from premortem.model.signals import (
    ABSORBED,
    ALLY_STRENGTH,
    COHESION_RATIO,
    COMMAND_HITS,
    CONFLICT,
    FEUD,
    HEADS_LOST,
    INTERNAL_CONFLICT,
    RECRUITMENT_CAPACITY,
    RIVAL_WEIGHT,
    SPLIT_SHARE,
    SPLIT_TARGET,
    STATE_EFFORT,
    US_REMOVALS,
    WAR_ONSET,
)
from premortem.model.splits import Split, division, effective_number, pool
from premortem.model.units import LARGEST_SHARE, TINY, WEEKS_PER_YEAR


@pytree
class Parameters:
    """Priors and sources: data/parameters/leadership.toml."""

    rate: jax.Array = param("removal/year")
    effort_exponent: jax.Array = param("exponent")
    joint_share: jax.Array = param("share")
    size_full: jax.Array = param("share")
    size_cap: jax.Array = param("ratio")
    delta: jax.Array = param("share")
    kill_factor: jax.Array = param("ratio")
    mid_level: jax.Array = param("ratio")
    mid_number: jax.Array = param("ratio")
    tau: jax.Array = param("week")
    b: jax.Array = param("log")
    b_spread: jax.Array = param("log")
    b_mid: jax.Array = param("log")
    net: jax.Array = param("ratio")
    tau_a: jax.Array = param("week")
    iota: jax.Array = param("ratio")
    capacity_loss: jax.Array = param("share")
    mid_capacity: jax.Array = param("share")
    post_level: jax.Array = param("ratio")
    p_split: jax.Array = param("probability")
    hier: jax.Array = param("ratio", "org")
    p_open: jax.Array = param("probability")
    open_weeks: jax.Array = param("week")
    open_hazard: jax.Array = param("ratio")
    split_share: jax.Array = param("share")
    w_split: jax.Array = param("ratio")
    tau_w: jax.Array = param("week")
    p_war: jax.Array = param("probability")
    war_full: jax.Array = param("share")
    absorb_below: jax.Array = param("person")
    reprisal: jax.Array = param("death/removal")
    reprisal_spread: jax.Array = param("log")
    reprisal_size: jax.Array = param("share")
    reprisal_residents: jax.Array = param("ratio")
    active_above: jax.Array = param("person")


@pytree
class Constants:
    """The start."""

    usual: jax.Array = array(
        "log", "or", "what removals of the status quo stir up in a week: the start's fights hold it already"
    )


@pytree
class State:
    """What an organisation has become, and what last week did to it."""

    cohesion: jax.Array = array("index", "o", "0 to 1")
    at_rest: jax.Array = array("index", "o", "the cohesion at which the organisation's indices are those of the start")
    rivalry: jax.Array = array("ratio", "oo", "that stays")
    feud: jax.Array = array("ratio", "oo", "between splinters and their parents, which fades")
    allies: jax.Array = array("ratio", "o", "weight of alliances")
    aftermath: jax.Array = array(
        "log", "or", "what removals add to the organisation's own fights over the start's usual, which fades"
    )
    place: jax.Array = array("share", "or", "1 where its last head fell")
    succession: jax.Array = array("week", "o", "left in which a succession that was open at the start may split it")
    last_heads: jax.Array = array("count", "o", "heads removed last week")
    last_war: jax.Array = array(
        "ratio", "r", "size of the war that last week's split began, over the mean size of a war"
    )
    last_split: Split


@pytree
class Removals:
    """What happened this week: heads removed [o], share of cohesion kept after all removals [o], where heads fell [o, r], what that adds
    to fights there and elsewhere [o, r], who split, and the war that began with it [r]."""

    heads: jax.Array
    kept: jax.Array
    place: jax.Array
    stirred: jax.Array
    split: Split
    war: jax.Array


def _rate(view: View, p: Parameters) -> jax.Array:
    """Return the leaders that Mexican forces remove per week at the effort of the week, [o]; a pool has none to lose."""
    members = view.stock(MEMBERS)
    size = members.sum(1)
    effort = (members @ view[STATE_EFFORT] + TINY) / (size + TINY)
    reach = jnp.minimum(size / (p.size_full * jnp.maximum(size.sum(), 1.0)), p.size_cap)
    worked = effort**p.effort_exponent * with_leads(view, p.joint_share)
    return p.rate / WEEKS_PER_YEAR * worked * reach * (1 - view.world.pooled)


def _kept(p: Parameters, killed: jax.Array | float) -> jax.Array:
    """Return the share of cohesion that is left after the removal of a head, given the share of heads killed."""
    return (1 - killed) * (1 - p.delta) + killed * (1 - p.delta) ** p.kill_factor


def _dose(p: Parameters, heads: jax.Array, middle: jax.Array, killed: jax.Array | float) -> jax.Array:
    """Return [o] what removals add to fights where they happen, on average over removals."""
    return p.b * heads * (1 + (p.kill_factor - 1) * killed) + p.b_mid * middle


def _around(members: jax.Array, p: Parameters, place: jax.Array) -> jax.Array:
    """Return [o, r] how much of it acts where: in full at the place, elsewhere as members are."""
    at_home = members / jnp.maximum(members.max(1, keepdims=True), TINY)
    return place + (1 - place) * p.net * at_home


def _start(view: View, p: Parameters) -> tuple[Constants, State]:
    """Put cohesion where the removals of the status quo keep it on average: the violence of the start already holds past removals."""
    world, members = view.world, view.stock(MEMBERS)
    killed, middle_share = view.status_quo("leadership.kill_share"), view.status_quo("leadership.middle_layer")
    kept, expected = _kept(p, killed), _rate(view, p) * view.dt
    heads, middle = -jnp.expm1(-expected * (1 - middle_share)), -jnp.expm1(-expected * middle_share * p.mid_number)
    usual = _dose(p, heads, middle, killed)[:, None] * _around(members, p, _chances(members))
    loss = heads * (1 - kept)
    memory = jnp.exp(-view.dt / p.tau)
    at_rest = 1 - memory * loss / (1 - memory * (1 - loss))
    none, nowhere = jnp.zeros(world.organisations), jnp.zeros_like(world.members)
    return Constants(usual), State(
        cohesion=at_rest,
        at_rest=at_rest,
        rivalry=world.rival_weight,
        feud=jnp.zeros_like(world.rival_weight),
        allies=world.ally_strength,
        aftermath=nowhere,
        place=nowhere,
        succession=jnp.maximum(p.open_weeks - world.succession, 0.0),
        last_heads=none,
        last_war=jnp.zeros(world.regions),
        last_split=Split(none, none, none),
    )


def _remove(view: View, p: Parameters, s: State, luck: Luck) -> Removals:
    """Return this week's removals: at most one head of an organisation by Mexican forces, any number by US forces."""
    world = view.world
    expected = _rate(view, p) * view.delivered("leadership.removal_effort") * view.dt
    middle_share = view.delivered("leadership.middle_layer")
    by_us = view[US_REMOVALS] * (1 - world.pooled)
    falls = (view.controls.falls == view.week).astype(expected.dtype)
    head = jnp.maximum(luck.happens("head", -jnp.expm1(-expected * (1 - middle_share))), falls.max(1))
    middle = luck.happens("middle", -jnp.expm1(-expected * middle_share * p.mid_number))
    killed = luck.happens("killed", jnp.broadcast_to(view.lever("leadership.kill_share"), head.shape))
    after_head, after_middle = _kept(p, killed), (1 - p.delta) ** p.mid_level
    us_heads, us_middle = by_us * (1 - middle_share), by_us * middle_share * p.mid_number
    kept = (
        (1 - head * (1 - after_head))
        * (1 - middle * (1 - after_middle))
        * after_head**us_heads
        * after_middle**us_middle
        * (1 - p.delta) ** (p.post_level * view[COMMAND_HITS] * view.dt)
    )
    heads = head + us_heads
    members = view.stock(MEMBERS)
    place = jnp.where(falls.max(1, keepdims=True) > 0, falls, _place(members, luck))
    dose = _dose(p, heads, middle + us_middle, killed)
    dose = dose * luck.factor("aftermath", jnp.broadcast_to(p.b_spread, dose.shape))
    stirred = dose[:, None] * _around(members, p, place)
    split = _split(view, p, heads, s.succession, luck)
    return Removals(heads, kept, place, stirred, split, _war(view, p, place, split, luck))


def _chances(members: jax.Array) -> jax.Array:
    """Return [o, r] the chance that a head falls here if one does: where many members are, by the square of their number."""
    return members**2 / jnp.maximum((members**2).sum(1, keepdims=True), TINY)


def _place(members: jax.Array, luck: Luck) -> jax.Array:
    """Return [o, r] 1 where a head falls if one does; without noise the chance."""
    chance = _chances(members)
    if not luck.noisy:
        return chance
    up_to = jnp.cumsum(chance, axis=1)
    drawn = luck.uniform("place", members.shape[:1])[:, None] * up_to[:, -1:]
    return ((up_to - chance < drawn) & (drawn <= up_to)).astype(chance.dtype)


def _war(view: View, p: Parameters, place: jax.Array, split: Split, luck: Luck) -> jax.Array:
    """Return [r] the size of the war that a split begins where the head fell, over the mean size of a war; mostly none."""
    members = view.stock(MEMBERS)
    there = (split.share > 0) @ place
    held = ((split.share > 0) @ members / jnp.maximum(members.sum(0), TINY)) @ there
    begins = luck.happens("war", p.p_war * jnp.minimum(held / p.war_full, 1.0))
    size = -jnp.log(luck.uniform("war_size")) if luck.noisy else 1.0
    return view.world.same_state @ there * begins * size


def _split(view: View, p: Parameters, heads: jax.Array, succession: jax.Array, luck: Luck) -> Split:
    """Return this week's split: at most one, that of the largest organisation; without noise, only a certain one.

    An organisation splits when it loses its head, or while a succession that was open at the start is.

    The splinter takes the smallest spare slot; the few members left there, if any, are absorbed by the pool. When every slot holds a real
    organisation, the splinter itself joins the pool.
    """
    world = view.world
    size = view.stock(MEMBERS).sum(1)
    slots = jnp.arange(world.organisations)
    chance = 1 - (1 - jnp.minimum(p.p_split * p.hier, 1.0)) ** heads
    hazard = -jnp.log1p(-p.p_open) * p.open_hazard / p.open_weeks * jnp.minimum(succession, view.dt)
    chance = chance - (1 - chance) * jnp.expm1(-hazard)
    splits = jnp.where(luck.happens("split", chance) >= 1, size, 0.0)
    parent = (slots == jnp.argmax(splits)) & (splits > 0)
    spare = jnp.where((world.spare > 0) & ~parent, size, jnp.inf)
    free = (slots == jnp.argmin(spare)) & (spare < p.absorb_below)
    target = jnp.where(free.any(), free.astype(size.dtype), pool(world))
    share = parent * jnp.minimum(p.split_share, LARGEST_SHARE) * (target.sum() > 0)
    happens = share.sum() > 0
    return Split(share, target * happens, free * happens * LARGEST_SHARE * world.pooled.any())


def _reprisals(view: View, p: Parameters, heads: jax.Array, luck: Luck) -> list[Flow]:
    """Return the deaths among Mexican forces and residents after the fall of a leader of a large organisation, where its members are."""
    members = view.stock(MEMBERS)
    size = members.sum(1)
    large = (size > p.reprisal_size * size.sum()) & (view.world.pooled == 0)
    mean = p.reprisal * jnp.exp(p.reprisal_spread**2 / 2)
    factor = luck.factor("reprisal", jnp.broadcast_to(p.reprisal_spread, size.shape))
    per_member = heads * large * mean * factor / jnp.maximum(size, 1.0)
    deaths = per_member @ members / view.dt
    by_organisations = jnp.asarray([float(party == "organisations") for party in PARTIES])
    return [
        Flow("reprisal_forces", MX_FORCES_RESERVE, MX_FORCES_KILLED, amount=deaths, labels="r"),
        Flow(
            "reprisal_residents",
            RESIDENTS_HOME,
            RESIDENTS_KILLED,
            amount=deaths * p.reprisal_residents,
            route=by_organisations,
            route_labels="a",
        ),
    ]


def _propose(view: View, own: Own[Parameters, Constants, State], luck: Luck) -> Proposal:
    removals = _remove(view, own.p, own.s, luck)
    flows = (*division(view, removals.split), *_reprisals(view, own.p, removals.heads, luck))
    return Proposal(flows, removals)


def _settle(view: View, own: Own[Parameters, Constants, State], moved: Moved, memo: Removals) -> State:
    p, s, split = own.p, own.s, memo.split
    cohesion = view.approach(s.cohesion * memo.kept, jnp.ones(()), p.tau)
    feud = view.approach(s.feud, jnp.zeros(()), p.tau_w)
    parent = split.share > 0
    new = (split.target * view.world.spare) > 0
    place = jnp.where(memo.heads[:, None] > 0, memo.place, s.place)
    aftermath = s.aftermath * jnp.exp(-view.dt / p.tau_a) + memo.stirred - own.c.usual

    def of_parent(values: jax.Array) -> jax.Array:
        return jnp.where(parent, values, 0.0).sum()

    def enter(ties: jax.Array, with_parent: jax.Array | float) -> jax.Array:
        """Return ties [o, o] with a splinter that has its parent's ties, and ``with_parent`` with its parent."""
        row = jnp.where(parent, with_parent, jnp.where(parent[:, None], ties, 0.0).sum(0)) * ~new
        return jnp.where(new[:, None], row, jnp.where(new[:, None].T, row[:, None], ties))

    def by_region(values: jax.Array) -> jax.Array:
        return jnp.where(new[:, None], jnp.where(parent[:, None], values, 0.0).sum(0), values)

    return State(
        cohesion=jnp.where(new, of_parent(cohesion), cohesion),
        at_rest=jnp.where(new, of_parent(s.at_rest), s.at_rest),
        # Who was one organisation does not fight itself: once their feud has faded, parent and splinter leave one another alone.
        rivalry=enter(s.rivalry, -1.0),
        feud=enter(feud, p.w_split),
        # A split changes the tie between its two parts alone: others fight either part as hard as they fought the whole.
        allies=jnp.where(new, of_parent(s.allies), s.allies),
        aftermath=by_region(aftermath),
        place=by_region(place),
        succession=jnp.where(parent | new, 0.0, jnp.maximum(s.succession - view.dt, 0.0)),
        last_heads=memo.heads,
        last_war=memo.war,
        last_split=split,
    )


def _lost(own: Own[Parameters, Constants, State]) -> jax.Array:
    """Return the cohesion lost beyond that of the start, [o]."""
    return jnp.maximum(own.s.at_rest - own.s.cohesion, 0.0)


def _capacity(view: View, own: Own[Parameters, Constants, State]) -> jax.Array:
    under_pressure = 1 - own.p.mid_capacity * view.delivered("leadership.middle_layer")
    return (1 - own.p.capacity_loss * _lost(own) / own.s.at_rest) * under_pressure


def _sizes(moved: Moved) -> jax.Array:
    return moved.stocks[MEMBERS].sum(1)


def _effective(view: View, own: Own[Parameters, Constants, State], moved: Moved) -> jax.Array:
    return effective_number(view.world, _sizes(moved))


def _mean_cohesion(view: View, own: Own[Parameters, Constants, State], moved: Moved) -> jax.Array:
    """Return the cohesion of the average member's organisation over its start; pools have none."""
    size = _sizes(moved) * (1 - view.world.pooled)
    return (size * own.s.cohesion / own.s.at_rest).sum() / jnp.maximum(size.sum(), TINY)


LEADERSHIP = Mechanism(
    name="leadership",
    parameters=Parameters,
    constants=Constants,
    state=State,
    accounts=(
        MEMBERS,
        RESIDENTS_HOME,
        RESIDENTS_KILLED,
        MX_FORCES_RESERVE,
        MX_FORCES_KILLED,
    ),
    start=_start,
    propose=_propose,
    settle=_settle,
    signals={
        CONFLICT: lambda view, own: jnp.exp(own.s.aftermath),
        INTERNAL_CONFLICT: lambda view, own: own.p.iota * _lost(own)[:, None] * own.s.place,
        RIVAL_WEIGHT: lambda view, own: own.s.rivalry,
        FEUD: lambda view, own: own.s.feud,
        HEADS_LOST: lambda view, own: own.s.last_heads,
        WAR_ONSET: lambda view, own: own.s.last_war,
        ALLY_STRENGTH: lambda view, own: own.s.allies,
        RECRUITMENT_CAPACITY: _capacity,
        COHESION_RATIO: lambda view, own: own.s.cohesion / own.s.at_rest,
        SPLIT_SHARE: lambda view, own: own.s.last_split.share,
        SPLIT_TARGET: lambda view, own: own.s.last_split.target,
        ABSORBED: lambda view, own: own.s.last_split.absorbed,
    },
    outcomes=(
        Outcome("leaders_removed", lambda view, own, moved: moved.memos["leadership"].heads.sum(), flow=True),
        Outcome(
            "splits",
            lambda view, own, moved: (moved.memos["leadership"].split.share > 0).sum().astype(float),
            flow=True,
        ),
        Outcome(
            "organisations_active",
            lambda view, own, moved: (_sizes(moved) > own.p.active_above).sum().astype(float),
        ),
        Outcome("organisations_effective", _effective),
        Outcome("cohesion", _mean_cohesion),
    ),
)
