"""Whom `operations` keeps of those it captures, and in whose hands (docs/model/operations.md)."""

from __future__ import annotations

import dataclasses

from premortem.arrays import jax
from premortem.model import capabilities
from premortem.model.index_sets import LEGAL_ELEMENTS
from premortem.model.mechanism import View
from premortem.model.operations_records import Parameters
from premortem.model.signals import COURTS
from premortem.model.task_forces import on_hand


@dataclasses.dataclass(frozen=True)
class Captured:
    """Members captured a week [o, r]: handed to Mexico, or kept by the United States."""

    to_mexico: jax.Array
    to_us: jax.Array


def captured(view: View, p: Parameters, met: jax.Array) -> Captured:
    """Return who of the members ``met`` [o, r] without a way out is captured and kept: none where capture is not offered or is barred.

    Whom the United States has no guarded place for goes free again; a place is used anew once its holder has been moved on.
    """
    taken = view.orders.capture * view[COURTS][LEGAL_ELEMENTS.index("detention")] * met
    to_mexico = taken * view.orders.custody_mexico
    to_us = taken - to_mexico
    guards = (p.weight_custody * p.weight_factor @ view.orders.roles.T) @ on_hand(view)
    places = p.detain_ratio * guards / p.custody_weeks
    return Captured(to_mexico, to_us * capabilities.met(to_us.sum(), places))
