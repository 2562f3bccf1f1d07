"""Who pays for what a plan adds: by lever, force and deal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from premortem.model.index_sets import DEALS, PAYERS
from premortem.plan.controls import partners
from premortem.plan.controls.open_fields import Floats
from premortem.plan.language import catalogue
from premortem.plan.language.payers import ACCOUNT, of_lever, payer
from premortem.plan.language.schema import Plan

if TYPE_CHECKING:
    from premortem.plan.controls.orders import Frame


def _one(word: str) -> Floats:
    return _account(ACCOUNT[word])


def _account(account: str) -> Floats:
    return np.array([float(name == account) for name in PAYERS])


def controls(plan: Plan, frame: Frame) -> dict[str, Floats]:
    """Return who pays, by the field of ``Controls``, each ``[future, ..., payer]``."""
    forces = np.tile(_one("MX"), (partners.places(plan, frame), 1))
    for i, partner in enumerate(partners.sent(plan, frame)):
        forces[i] = _one(partner.payer or plan.payer or ("others" if partners.from_abroad(plan, partner) else "MX"))
    deals = np.tile(_one(payer(plan)), (DEALS, 1))
    for i, deal in enumerate(plan.deal):
        deals[i] = _one(deal.payer or payer(plan))
    levers = {lever.id: _account(of_lever(plan, lever)) for lever in catalogue.levers().values()}
    acting = (measure for measure in plan.measure if measure.acts)
    levers |= {measure.lever: _one(measure.payer) for measure in acting if measure.payer is not None}
    once = {
        "lever_payers": np.stack([*levers.values()]),
        "partner_payer": forces,
        "deal_payer": deals,
        "aid_payer": _one(plan.payer or "US"),
    }
    return {name: np.tile(value, (len(frame.draws.futures), *[1] * value.ndim)) for name, value in once.items()}
