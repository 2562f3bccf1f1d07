"""People whom US forces capture and the United States holds: trial, release, cost (docs/model/detention.md).

Those whom Mexico sends to the United States stand before its courts already and are not followed here.
"""

from __future__ import annotations

from premortem.arrays import jax, jnp
from premortem.model.accounts import HELD_US, MEMBERS, RESIDENTS_HOME
from premortem.model.flows import Flow, Moved
from premortem.model.index_sets import LABELS
from premortem.model.luck import Luck
from premortem.model.mechanism import Mechanism, Outcome, Own, Proposal, View
from premortem.model.pytrees import Nothing, array, param, pytree
from premortem.model.signals import CAPTIVES_COST, REJOIN
from premortem.model.splits import divide
from premortem.model.units import NEVER, TINY, WEEKS_PER_YEAR

COMBATANTS = LABELS.index("enemy_combatants")


@pytree
class Parameters:
    """Parameters of data/parameters/detention.toml, with their units and sources there."""

    review: jax.Array = param("1/year", "review")
    tried: jax.Array = param("share", "trial")
    untried: jax.Array = param("share")
    cost: jax.Array = param("million USD/(person year)", "site")


@pytree
class State:
    """What is carried from week to week."""

    captives: jax.Array = array("person", "o", "captured by US forces and held by the United States")


Owned = Own[Parameters, Nothing, State]


def _start(view: View, p: Parameters) -> tuple[Nothing, State]:
    return Nothing(), State(jnp.zeros(view.world.organisations))


def _captives(view: View, own: Owned) -> jax.Array:
    return jnp.minimum(divide(view, own.s.captives), view.stock(HELD_US))


def _release(view: View, own: Owned) -> jax.Array:
    """Return the weekly hazard [] that a captive goes free: by review or at the longest time held, but for those who are tried."""
    p, controls = own.p, view.controls
    tried = (p.tried * controls.trial).max() * (1.0 - p.untried * controls.label[COMBATANTS])
    limited = controls.held_weeks < NEVER
    at_the_end = jnp.where(limited, 1.0 / jnp.where(limited, jnp.maximum(controls.held_weeks, 1.0), 1.0), 0.0)
    return (1.0 - tried) * (p.review @ controls.review / WEEKS_PER_YEAR + at_the_end)


def _propose(view: View, own: Owned, luck: Luck) -> Proposal:
    held, members = view.stock(HELD_US), view.stock(MEMBERS)
    hazard = _release(view, own) * _captives(view, own) / jnp.maximum(held, TINY)
    share = (members + TINY) / (members + TINY).sum(1, keepdims=True)
    return Proposal(
        (
            Flow(
                "rejoined",
                HELD_US,
                MEMBERS,
                hazard=hazard * view[REJOIN],
                route=share,
                route_labels="or",
                noisy=False,
            ),
            Flow(
                "released",
                HELD_US,
                RESIDENTS_HOME,
                hazard=hazard * (1.0 - view[REJOIN]),
                route=share,
                route_labels="or",
                noisy=False,
            ),
        )
    )


def _settle(view: View, own: Owned, moved: Moved, memo: None) -> State:
    released = moved(HELD_US, MEMBERS) + moved(HELD_US, RESIDENTS_HOME)
    captured = moved(MEMBERS, HELD_US).sum(1)
    return State(jnp.maximum(_captives(view, own) + captured - released, 0.0))


def _cost(view: View, own: Owned) -> jax.Array:
    """Return what holding captives costs, million USD a year."""
    return own.p.cost @ view.controls.site * own.s.captives.sum()


DETENTION = Mechanism(
    name="detention",
    parameters=Parameters,
    state=State,
    accounts=(HELD_US, MEMBERS, RESIDENTS_HOME),
    start=_start,
    propose=_propose,
    settle=_settle,
    signals={CAPTIVES_COST: _cost},
    outcomes=(
        Outcome("held_us", lambda view, own, moved: own.s.captives.sum()),
        Outcome(
            "released_us",
            lambda view, own, moved: (moved(HELD_US, MEMBERS) + moved(HELD_US, RESIDENTS_HOME)).sum(),
            flow=True,
        ),
    ),
)
