"""Forces of Mexico, or of a third state, that a plan sends in Mexico: where they stand, what they do there, whence they come."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from premortem.model.index_sets import PARTNER_WORK
from premortem.plan.controls.open_fields import Floats
from premortem.plan.language.elements import Partner
from premortem.plan.language.schema import Plan
from premortem.plan.language.words import Unspecified
from premortem.theatre.glossary import THIRD_STATE

if TYPE_CHECKING:
    from premortem.plan.controls.orders import Frame

RECEIVES = frozenset({"train_advise", "equip", "training", "intel_share"})
"""What a partner receives rather than does: a force with these tasks alone stays where it is."""
PURSUIT = frozenset(
    {
        "arrest",
        "search",
        "seizure",
        "interdict_vehicle",
        "interdict_person",
        "detain",
        "raid",
        "capture",
        "federal_enforcement",
        "police",
    }
)
"""Tasks that end in arrests or seizures; the others are presence."""
PADDED_TO = 2
ORIGINS = ("nation", "neighbours", "new")


def sent(plan: Plan, frame: Frame) -> list[Partner]:
    """Return the forces that a plan sends: all but that at the northern border, which a lever moves, and those who only receive."""
    elsewhere = [partner for partner in plan.partner if partner.id != frame.theatre.northern_guard]
    return [partner for partner in elsewhere if not partner.tasks or set(partner.tasks) - RECEIVES]


def from_abroad(plan: Plan, partner: Partner) -> bool:
    """Return whether a force is a third state's: it is added to those that stand in Mexico, and another than Mexico pays."""
    return plan.glossary.services[partner.service].kind == THIRD_STATE


def places(plan: Plan, frame: Frame) -> int:
    """Return how many forces the arrays hold: plans of like size share one compiled program."""
    return PADDED_TO * max(-(-len(sent(plan, frame)) // PADDED_TO), 1)


def people(plan: Plan, frame: Frame) -> Floats:
    """Return the people of each force, ``[future, week, b]``."""
    result = np.zeros((len(frame.draws.futures), frame.weeks, places(plan, frame)))
    for i, partner in enumerate(sent(plan, frame)):
        size = frame.draws.number(f"partner.{partner.id}.personnel", partner.personnel)
        result[:, :, i] = size[:, None] * frame.during(partner.from_week, partner.to_week)
    return result


def place(plan: Plan, frame: Frame) -> Floats:
    """Return the share of each force that does a kind of work in a region, ``[future, b, work, r]``."""
    shape = (len(frame.draws.futures), places(plan, frame), len(PARTNER_WORK), len(frame.theatre.regions))
    result = np.zeros(shape)
    for i, partner in enumerate(sent(plan, frame)):
        where = _share(frame, _destination(partner, frame))
        result[:, i, PARTNER_WORK.index("presence")] = where
        result[:, i, PARTNER_WORK.index("pursuit")] = where * (not partner.tasks or bool(set(partner.tasks) & PURSUIT))
    return result


def origin(plan: Plan, frame: Frame) -> Floats:
    """Return the share of each force that leaves the forces which stand in a region, ``[future, b, r]``; a new one leaves none."""
    theatre = frame.theatre
    result = np.zeros((len(frame.draws.futures), places(plan, frame), len(theatre.regions)))
    for i, partner in enumerate(sent(plan, frame)):
        there = _destination(partner, frame)
        touching = np.minimum(theatre.arrays["same_state"] @ (theatre.arrays["adjacency"] @ there), 1.0) * (1 - there)
        nation = _share(frame, 1 - there)
        near = _share(frame, touching) if touching.any() else nation
        whence = "new" if from_abroad(plan, partner) else partner.drawn_from
        drawn_from = frame.draws.one_hot(f"partner.{partner.id}.drawn_from", whence, ORIGINS)
        result[:, i] = drawn_from @ np.stack([nation, near, 0 * nation])
    return result


def _destination(partner: Partner, frame: Frame) -> Floats:
    """Return 1 for the regions of the states where a force is sent, ``[r]``; open: every state on the line."""
    theatre = frame.theatre
    if isinstance(partner.regions, Unspecified):
        states = {
            region.state for region, miles in zip(theatre.regions, theatre.facing.sum(0), strict=True) if miles > 0
        }
        return np.array([float(region.state in states) for region in theatre.regions])
    return frame.regions_in(partner.regions)


def _share(frame: Frame, regions: Floats) -> Floats:
    """Return shares over regions ``[r]`` as federal people stand there; as residents do where none stands."""
    arrays = frame.theatre.arrays
    standing = regions * np.maximum(arrays["federal_forces"] - arrays["northern_guard"], 0.0)
    weights = standing if standing.sum() > 0 else regions * arrays["population"]
    return np.asarray(weights / weights.sum() if weights.sum() else weights)
