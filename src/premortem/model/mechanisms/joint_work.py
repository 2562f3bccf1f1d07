"""What Mexico and the United States do together, by channel, how it stops and returns, and the trust it builds (docs/model/joint_work.md).

Joint work follows cooperation; a grave act suspends it, a settlement brings it back. What Mexico does alone is `own_effort`.
"""

from __future__ import annotations

from premortem.arrays import jax, jnp
from premortem.model.accounts import HELD_MX_FINAL, HELD_MX_RETURN, HELD_US
from premortem.model.flows import Flow, Moved
from premortem.model.index_sets import CHANNELS, PERMISSIONS
from premortem.model.luck import Luck
from premortem.model.mechanism import Mechanism, Outcome, Own, Proposal, View
from premortem.model.pytrees import Nothing, array, param, pytree
from premortem.model.signals import (
    AGENCIES_USED,
    COOPERATION_RATIO,
    FRESH_INJURY,
    INJURY,
    JOINT,
    LABEL_EXTRADITION,
    PERMISSION,
    TRUST,
)
from premortem.model.units import LN2, NEVER, TINY, WEEKS_PER_YEAR
from premortem.model.us_presence import SOMEBODY, beyond

LEGAL, LEADS, UNITS = range(len(CHANNELS))
PARTNERED = PERMISSIONS.index("partnered")
WAITS = 4
"""Equal waits between two transfers: the form of the gaps, of which 5.5 and 5.3 months are on record, then more than five."""
LONG_AGO = 1000.0  # weeks: more makes no difference


@pytree
class Parameters:
    """Draws of one future; meanings, priors and sources in data/parameters/joint_work.toml."""

    elasticity: jax.Array = param("elasticity", "channel")
    most: jax.Array = param("ratio")
    legal_noise: jax.Array = param("log")
    legal_memory: jax.Array = param("week")
    extraditions: jax.Array = param("person/year")
    batch: jax.Array = param("person")
    sharing_most: jax.Array = param("ratio")
    agency_shared: jax.Array = param("share")
    suspend_from: jax.Array = param("log")
    suspend_weeks: jax.Array = param("week")
    units_longer: jax.Array = param("ratio")
    leads_depth: jax.Array = param("share")
    units_depth: jax.Array = param("share")
    stop_half_time: jax.Array = param("week")
    settlement: jax.Array = param("share")
    trust_rate: jax.Array = param("1/year")
    trust_half_life: jax.Array = param("week")
    trust_most: jax.Array = param("log")


@pytree
class State:
    """What has been stopped, what courts do by themselves, and trust."""

    left: jax.Array = array("week", "?", "for which a suspension of leads, and of units, lasts")
    cut: jax.Array = array("share", "?", "how far it has taken hold")
    legal: jax.Array = array("log", "", "ups and downs of courts and requests")
    trust: jax.Array = array("log", "", "what joint success adds to cooperation")
    since: jax.Array = array("week", "", "since the last transfer; never if none is known")


@pytree
class Memo:
    """``luck`` of the week, standard normal; ``batches`` of prisoners sent."""

    luck: jax.Array
    batches: jax.Array


Owned = Own[Parameters, Nothing, State]


def _start(view: View, p: Parameters) -> tuple[Nothing, State]:
    return Nothing(), State(jnp.zeros(2), jnp.zeros(2), jnp.zeros(()), jnp.zeros(()), view.world.last_transfer)


def _joint(view: View, own: Owned) -> jax.Array:
    """Return joint work over the start, by channel [t].

    What is ordered to be shared, or not, counts with leads; so does what agencies tell US forces and would have told Mexico's.
    """
    p, s = own.p, own.s
    ratio = jnp.maximum(view[COOPERATION_RATIO], TINY)
    followed = jnp.minimum(ratio**p.elasticity, p.most)
    kept = 1.0 - jnp.stack([p.leads_depth, p.units_depth]) * s.cut
    shared = view.lever("mexico.intelligence_sharing") / view.status_quo("mexico.intelligence_sharing")
    shared = jnp.minimum(shared, p.sharing_most) * (1.0 - p.agency_shared * view[AGENCIES_USED])
    return followed * jnp.stack([jnp.exp(s.legal), kept[0] * shared, kept[1]])


def _due(rate: jax.Array, since: jax.Array) -> jax.Array:
    """Return the hazard of the next transfer, 1/week: gaps are sums of four equal waits, so that one seldom follows another at once.

    ``rate``: transfers a week in the long run, which is the hazard where the last transfer is not known; ``since``: weeks since it.
    """
    x = WAITS * rate * jnp.minimum(since, LONG_AGO)
    passed = [jnp.ones_like(x)]  # chances that so many waits are over, but for a common factor
    for wait in range(1, WAITS):
        passed.append(passed[-1] * x / wait)
    return jnp.where(since < NEVER, WAITS * rate * passed[-1] / sum(passed), rate)


def _propose(view: View, own: Owned, luck: Luck) -> Proposal:
    """Send people to the United States: extraditions one by one, transfers in batches, from all whom Mexico holds alike."""
    p, dt = own.p, view.dt
    standing = view.status_quo("leadership.transfers")
    legal = view[JOINT][LEGAL] * view[LABEL_EXTRADITION]
    transfers = jnp.maximum(view.delivered("leadership.transfers") + standing * (legal - 1.0), 0.0) / WEEKS_PER_YEAR
    rate = transfers / p.batch
    hazard = jnp.where(luck.noisy, _due(rate, own.s.since + dt / 2.0), rate)
    batches = luck.poisson("batches", hazard * dt)
    singly = luck.poisson("extraditions", p.extraditions / WEEKS_PER_YEAR * legal * dt)
    held_return, held_final = view.stock(HELD_MX_RETURN), view.stock(HELD_MX_FINAL)
    held = jnp.maximum(held_return.sum() + held_final.sum(), 1.0)

    def sent(name: str, people: jax.Array) -> tuple[Flow, Flow]:
        share = jnp.minimum(people / held, 1.0)
        return (
            Flow(f"{name}_return", HELD_MX_RETURN, HELD_US, share=share * jnp.ones_like(held_return)),
            Flow(f"{name}_final", HELD_MX_FINAL, HELD_US, share=share * jnp.ones_like(held_final)),
        )

    flows = (*sent("transfer", luck.poisson("sent", batches * p.batch)), *sent("extradition", singly))
    return Proposal(flows, Memo(luck.normal("legal") * luck.noisy, batches))


def _suspended(view: View, own: Owned) -> jax.Array:
    """Return the weeks for which last week's acts suspend leads and units, [2]: by the root of their injury, none below a threshold."""
    p, fresh = own.p, view[FRESH_INJURY]
    weeks = p.suspend_weeks * jnp.sqrt(fresh / LN2) * (fresh > p.suspend_from)
    return jnp.stack([weeks, weeks * p.units_longer])


def _settle(view: View, own: Owned, moved: Moved, memo: Memo) -> State:
    p, s, dt = own.p, own.s, view.dt
    standing = view.status_quo("mexico.diplomacy")
    sought = (view.lever("mexico.diplomacy") - standing) / (1.0 - standing)
    new = _suspended(view, own)
    left = jnp.maximum(s.left, new)
    cut = jnp.where(left > 0, view.approach(s.cut, jnp.ones(2), p.stop_half_time / LN2), 0.0)
    beside = view[PERMISSION][PARTNERED] * (view.once(beyond).beside >= SOMEBODY)
    built = p.trust_rate / WEEKS_PER_YEAR * beside * jnp.exp(-view[INJURY]) * dt
    trust = s.trust * jnp.where(new[0] > 0, 1.0 / 2.0, 1.0) * jnp.exp2(-dt / p.trust_half_life) + built
    faded = jnp.exp(-dt / p.legal_memory)
    return State(
        left=jnp.maximum(left - dt / (1.0 - p.settlement * sought), 0.0),
        cut=cut,
        legal=faded * s.legal + p.legal_noise * jnp.sqrt(dt / WEEKS_PER_YEAR) * memo.luck,
        trust=jnp.minimum(trust, p.trust_most),
        since=jnp.where(memo.batches > 0, 0.0, jnp.minimum(s.since + dt, NEVER)),
    )


def _sent(name: str) -> Outcome:
    def people(view: View, own: Owned, moved: Moved) -> jax.Array:
        ways = (f"joint_work.{name}_return", f"joint_work.{name}_final")
        return jnp.stack([moved.by_name[way].sum() for way in ways]).sum()

    return Outcome(f"{name}s", people, flow=True)


JOINT_WORK = Mechanism(
    name="joint_work",
    parameters=Parameters,
    constants=Nothing,
    state=State,
    accounts=(HELD_MX_RETURN, HELD_MX_FINAL, HELD_US),
    open=lambda world, p: {},
    start=_start,
    propose=_propose,
    settle=_settle,
    signals={JOINT: _joint, TRUST: lambda view, own: own.s.trust},
    outcomes=(
        _sent("transfer"),
        _sent("extradition"),
        Outcome("joint_leads", lambda view, own, moved: view[JOINT][LEADS]),
        Outcome("joint_units", lambda view, own, moved: view[JOINT][UNITS]),
        Outcome("weeks_suspended", lambda view, own, moved: (own.s.left[0] > 0) * view.dt, flow=True),
    ),
)
