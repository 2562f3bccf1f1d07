"""Who pays for what a plan adds: by lever, force and deal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from premortem.model.index_sets import DEALS, PAYERS
from premortem.plan.controls import partners
from premortem.plan.controls.open_fields import Floats
from premortem.plan.language import catalogue
from premortem.plan.language.schema import Plan

if TYPE_CHECKING:
    from premortem.plan.controls.orders import Frame

ACCOUNT = {"US": "us_federal", "MX": "mexico", "others": "others"}
"""The model's payer by the word of the language."""
OF_AUTHOR = {"US": "US", "MX": "MX", "mx_state": "MX", "third_state": "others", "un": "others"}
"""Who pays for an author's own part where the plan names no payer."""


def payer(plan: Plan) -> str:
    """Return who pays for what the plan adds where nothing else is said."""
    return plan.payer or OF_AUTHOR[plan.author]


def _one(word: str) -> Floats:
    return np.array([float(name == ACCOUNT[word]) for name in PAYERS])


def of_lever(plan: Plan, lever: catalogue.Lever) -> Floats:
    """Return whose money pays for a lever, ``[payer]``: the plan's payer if it names one, else the lever's.

    What both countries can move is paid by the author if that is not the United States.
    """
    shared = plan.author != "US" and "Mexico" in lever.who
    if lever.payer != "private" and (plan.payer is not None or shared):
        return _one(payer(plan))
    return np.array([float(name == lever.payer) for name in PAYERS])


def controls(plan: Plan, frame: Frame) -> dict[str, Floats]:
    """Return who pays, by the field of ``Controls``, each ``[future, ..., payer]``."""
    forces = np.tile(_one("MX"), (partners.places(plan, frame), 1))
    for i, partner in enumerate(partners.sent(plan, frame)):
        forces[i] = _one(partner.payer or plan.payer or ("others" if partners.from_abroad(plan, partner) else "MX"))
    deals = np.tile(_one(payer(plan)), (DEALS, 1))
    for i, deal in enumerate(plan.deal):
        deals[i] = _one(deal.payer or payer(plan))
    levers = {lever.id: of_lever(plan, lever) for lever in catalogue.levers().values()}
    acting = (measure for measure in plan.measure if measure.acts)
    levers |= {measure.lever: _one(measure.payer) for measure in acting if measure.payer is not None}
    once = {
        "lever_payers": np.stack([*levers.values()]),
        "partner_payer": forces,
        "deal_payer": deals,
        "aid_payer": _one(plan.payer or "US"),
    }
    return {name: np.tile(value, (len(frame.draws.futures), *[1] * value.ndim)) for name, value in once.items()}
