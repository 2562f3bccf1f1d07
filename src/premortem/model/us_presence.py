"""What US people beyond the line do, as governments see it: on the ground, by strikes, by watching, or beside Mexican forces."""

from __future__ import annotations

import dataclasses

from premortem.arrays import jax, jnp
from premortem.model.accounts import US_FORWARD
from premortem.model.index_sets import TASKS
from premortem.model.mechanism import View
from premortem.model.signals import US_REMOTE
from premortem.model.units import TINY

SOMEBODY = 1.0 / 2.0
"""Fewer people than this are what a flow has left behind, not a presence."""


@dataclasses.dataclass(frozen=True)
class Beyond:
    """US people at work beyond the line, [] person each; who rests counts with his force's work.

    Those who strike or watch from their base act beyond it too, though they do not stand there.
    """

    ground: jax.Array
    strikes: jax.Array
    watch: jax.Array
    beside: jax.Array

    @property
    def on_ground(self) -> jax.Array:
        """Whether US forces other than partners of Mexican forces stand on Mexican ground."""
        return self.ground >= SOMEBODY

    @property
    def fights(self) -> jax.Array:
        """Whether US forces fight in Mexico: on the ground, or by strikes."""
        return self.on_ground | (self.strikes >= SOMEBODY)

    @property
    def uninvited(self) -> jax.Array:
        """All who do not work beside Mexican forces."""
        return self.ground + self.strikes + self.watch


def beyond(view: View) -> Beyond:
    """Return who is beyond the line at the start of the week, by the shares of work that the plan orders."""
    forward, effort = view.stock(US_FORWARD), view.orders.effort
    work = effort.sum(-1)
    share = effort / jnp.maximum(work, TINY)[:, None]
    on = dict(zip(TASKS, forward @ share, strict=True))
    from_base = dict(zip(TASKS, view[US_REMOTE] @ effort, strict=True))
    idle = (forward * (work <= 0)).sum()
    return Beyond(
        ground=on["presence"] + on["interdiction"] + on["raids"] + idle,
        strikes=on["strikes"] + from_base["strikes"],
        watch=on["surveillance"] + from_base["surveillance"],
        beside=on["partner"],
    )
