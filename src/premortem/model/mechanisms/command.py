"""Command: how much of the effort survives coordination between commands, departments, intelligence authorities and Mexico.

Chapter: docs/model/command.md. Small on purpose: the evidence is qualitative, so the parameters are few and wide.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from premortem.arrays import jax, jnp
from premortem.model import noise
from premortem.model.accounts import Account
from premortem.model.flows import Moved
from premortem.model.index_sets import BACKERS, SEAMS
from premortem.model.luck import Luck
from premortem.model.mechanism import Mechanism, Own, Proposal, View
from premortem.model.pytrees import Nothing, array, param, pytree
from premortem.model.signals import (
    BEGUN,
    COOPERATION,
    EFFICIENCY,
    INCIDENT_FACTOR,
    PORT_AIM,
    RAID_TEMPO,
    WRONG,
    YIELD,
)
from premortem.model.task_forces import allowed_regions
from premortem.model.world import World


@pytree
class Parameters:
    """Parameters of data/parameters/command.toml, with their units and sources there. ``f`` and ``start_unspecified`` are [seam]."""

    f: jax.Array = param("share", "seam")
    overlap: jax.Array = param("share")
    tau: jax.Array = param("week")
    floor: jax.Array = param("share")
    delay: jax.Array = param("week/seam")
    slip: jax.Array = param("share")
    k_dec: jax.Array = param("share")
    d_max: jax.Array = param("share")
    start_unspecified: jax.Array = param("share", "seam")
    answered_command: jax.Array = param("share")
    answered_duties: jax.Array = param("share")
    liaison: jax.Array = param("share")
    homeland_closes: jax.Array = param("share")
    k_lead: jax.Array = param("share")
    k_wrong: jax.Array = param("ratio")
    g_fuse: jax.Array = param("ratio")
    socom_tempo: jax.Array = param("ratio")
    dhs_aim: jax.Array = param("ratio")


@pytree
class State:
    """How far seams have been learned away."""

    unlearned: jax.Array = array("share", "", "of the start, not yet learned away")
    weeks: jax.Array = array("week", "", "in force so far")
    begun: jax.Array = array("index", "", "0, or 1 once the slip of the start is over")


Owned = Own[Parameters, Nothing, State]


def _open(world: World, p: Parameters) -> Mapping[Account, jax.Array]:
    return {}


def _start(view: View, p: Parameters) -> tuple[Nothing, State]:
    return Nothing(), State(jnp.ones(()), jnp.zeros(()), jnp.zeros(()))


def seams_at_start(view: View, p: Parameters) -> jax.Array:
    """Return how far the first three seams are open [3] before anything is learned.

    What the plan says, then the department of homeland security behind it, then levers.
    """
    controls = view.controls
    closed = jnp.stack([p.answered_command, p.answered_duties, p.answered_duties])
    planned = jnp.where(controls.seam_answered > 0, closed, 1.0)
    planned = jnp.where(controls.seam_unspecified > 0, p.start_unspecified[:-1], planned)
    homeland = np.array([float(seam == "homeland_security") for seam in SEAMS[:-1]])
    backed = controls.backing[BACKERS.index("homeland")] * p.homeland_closes
    planned = planned * (1.0 - homeland * backed)
    duties = view.lever("command.written_duties")
    levels = jnp.stack([view.lever("command.single_supported_commander"), duties, duties])
    return planned - levels * (planned - jnp.minimum(planned, closed))


def seams(view: View, own: Owned) -> jax.Array:
    """Return how far each seam is open [seam] now. The host's follows cooperation at once: nothing is learned without consent."""
    liaison = 1.0 - own.p.liaison * view.delivered("command.liaison_with_host")
    return jnp.append(seams_at_start(view, own.p) * own.s.unlearned, (1.0 - view[COOPERATION]) * liaison)


def phase_slip(p: Parameters, opened: jax.Array, uniform: jax.Array) -> jax.Array:
    """Return the weeks by which the start of a phase slips, given how far the seams are open [seam] and the phase's own luck."""
    return noise.poisson(p.delay * opened.sum(), uniform)


def _efficiency(view: View, own: Owned) -> jax.Array:
    """Return the share [r] of effort that survives open seams, and task forces that share a region."""
    forces = (allowed_regions(view) * (view.orders.people > 0)[:, None]).sum(0)
    together = (1.0 - own.p.overlap) ** jnp.maximum(forces - 1.0, 0.0)
    return jnp.prod(1.0 - own.p.f * view.once(seams, own)) * together


def _incident_factor(view: View, own: Owned) -> jax.Array:
    kept = 1.0 - own.p.k_dec * _friction(view, own)
    return 1.0 - own.p.d_max * view[COOPERATION] * kept


def _friction(view: View, own: Owned) -> jax.Array:
    """Return how far the seams within the government are open, their mean []."""
    return view.once(seams, own)[:-1].mean()


def _yield(view: View, own: Owned) -> jax.Array:
    """Return leads that reach those who act: fewer through open seams, more where the three departments work as one."""
    friction = _friction(view, own)
    fusion = view.controls.backing.mean() * (1.0 - friction)
    return (1.0 - own.p.k_lead * friction) * (1.0 + own.p.g_fuse * fusion)


def _wrong(view: View, own: Owned) -> jax.Array:
    return 1.0 + own.p.k_wrong * _friction(view, own)


def _raid_tempo(view: View, own: Owned) -> jax.Array:
    return 1.0 + (own.p.socom_tempo - 1.0) * view.controls.special_lead


def _port_aim(view: View, own: Owned) -> jax.Array:
    """Return how well searches at ports are aimed, over the start: better while homeland security stands behind a campaign."""
    behind = view.controls.backing[BACKERS.index("homeland")] * view.orders.in_force * (view.orders.people.sum() > 0)
    return 1.0 + own.p.dhs_aim * behind


def _begun(view: View, own: Owned) -> jax.Array:
    """Return 1 once the slip of the campaign's start is over: drawn once a future, none where the plan is carried out as written."""
    over = own.s.weeks >= phase_slip(own.p, view.once(seams, own), own.p.slip)
    return jnp.where(over | (view.controls.carried_out > 0), 1.0, own.s.begun)


def _propose(view: View, own: Owned, luck: Luck) -> Proposal:
    return Proposal()


def _settle(view: View, own: Owned, moved: Moved, memo: None) -> State:
    s, in_force = own.s, view.orders.in_force
    return State(
        unlearned=jnp.where(in_force > 0, view.approach(s.unlearned, own.p.floor, own.p.tau), s.unlearned),
        weeks=s.weeks + view.dt * in_force,
        begun=jnp.where(in_force > 0, _begun(view, own), s.begun),
    )


COMMAND = Mechanism(
    name="command",
    parameters=Parameters,
    state=State,
    accounts=(),
    open=_open,
    start=_start,
    propose=_propose,
    settle=_settle,
    signals={
        EFFICIENCY: _efficiency,
        INCIDENT_FACTOR: _incident_factor,
        YIELD: _yield,
        WRONG: _wrong,
        RAID_TEMPO: _raid_tempo,
        PORT_AIM: _port_aim,
        BEGUN: _begun,
    },
)
