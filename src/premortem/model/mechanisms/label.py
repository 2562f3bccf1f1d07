"""What the legal label of organisations, and the theories a plan argues, do by themselves (docs/model/label.md).

The status quo has the label of terrorist organisations, so each factor here is 1 under it: a plan that treats members as criminals takes
the label's effects away, one that calls them enemy combatants adds those of that label. A label acts through these factors and nothing
else; what forces do under it is `operations`'.
"""

from __future__ import annotations

from premortem.arrays import jax, jnp
from premortem.model.index_sets import LABELS
from premortem.model.mechanism import Mechanism, Own, View
from premortem.model.pytrees import Nothing, param, pytree
from premortem.model.signals import (
    LABEL_CAPACITY,
    LABEL_CONGRESS,
    LABEL_COURTS,
    LABEL_EXTRADITION,
    LABEL_FEE,
    LABEL_INJURY,
    LABEL_RELIEF,
    LABEL_SURRENDER,
)


@pytree
class Parameters:
    """Parameters of data/parameters/label.toml, with their units and sources there."""

    capacity: jax.Array = param("share")
    fee: jax.Array = param("share")
    surrender: jax.Array = param("ratio", "label")
    extradition: jax.Array = param("ratio", "label")
    relief: jax.Array = param("share")
    congress: jax.Array = param("ratio", "label")
    courts: jax.Array = param("ratio", "label")
    theory_congress: jax.Array = param("ratio", "theory")
    theory_courts: jax.Array = param("ratio", "theory")
    injury: jax.Array = param("log")
    injury_weeks: jax.Array = param("week")


Owned = Own[Parameters, Nothing, Nothing]
CRIMINALS, COMBATANTS = LABELS.index("criminals"), LABELS.index("enemy_combatants")


def _on(view: View, label: int) -> jax.Array:
    """Return 1 while the plan is in force and calls members this."""
    return view.orders.in_force * view.controls.label[label]


def _taken_away(view: View, by_label: jax.Array) -> jax.Array:
    """Return a factor that the label of terrorist organisations has brought: gone where members are criminals again."""
    return 1.0 + _on(view, CRIMINALS) * (1.0 / by_label - 1.0)


def _of_label(view: View, factors: jax.Array) -> jax.Array:
    """Return a factor [label] as the plan's label has it, over that of the status quo."""
    return 1.0 + view.orders.in_force * (view.controls.label @ factors - 1.0)


def _argued(view: View, factors: jax.Array) -> jax.Array:
    """Return the product of factors [theory] over the theories that the plan argues."""
    return jnp.prod(1.0 + view.orders.in_force * view.controls.theories * (factors - 1.0))


def _injury(view: View, own: Owned) -> jax.Array:
    """Return the injury to Mexico this week of a label raised to enemy combatants: once, spread over its first weeks."""
    begun = jnp.maximum(view.week - view.controls.start_week, 0.0) / own.p.injury_weeks
    return _on(view, COMBATANTS) * own.p.injury / own.p.injury_weeks * (begun < 1.0)


LABEL = Mechanism(
    name="label",
    parameters=Parameters,
    signals={
        LABEL_CAPACITY: lambda view, own: _taken_away(view, 1.0 + own.p.capacity),
        LABEL_FEE: lambda view, own: _taken_away(view, 1.0 + own.p.fee),
        LABEL_SURRENDER: lambda view, own: _of_label(view, own.p.surrender),
        LABEL_EXTRADITION: lambda view, own: _of_label(view, own.p.extradition),
        LABEL_RELIEF: lambda view, own: _taken_away(view, 1.0 - own.p.relief),
        LABEL_CONGRESS: lambda view, own: _of_label(view, own.p.congress) * _argued(view, own.p.theory_congress),
        LABEL_COURTS: lambda view, own: _of_label(view, own.p.courts) * _argued(view, own.p.theory_courts),
        LABEL_INJURY: _injury,
    },
)
