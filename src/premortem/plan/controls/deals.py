"""Deals with organisations: whom they are offered to, where, and what is on offer in each week."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from premortem.model.index_sets import DEALS, WAYS_OUT
from premortem.plan.controls.open_fields import Floats
from premortem.plan.language.agreements import Deal
from premortem.plan.language.schema import Plan
from premortem.plan.language.words import Unspecified
from premortem.theatre.theatre import Theatre

if TYPE_CHECKING:
    from premortem.plan.controls.orders import Frame

TRUCES = frozenset({"talks", "truce"})
"""Kinds of deals that can end in organisations leaving one another alone."""

LETS_OFF = frozenset({"amnesty", "demobilisation"})
"""Kinds of deals of which somebody is let off even where they leave open who."""


def designated(plan: Plan, theatre: Theatre) -> Floats:
    """Return which organisations are designated under a plan, ``[o]``: those of the start, unless the plan says that it designates, or not.

    A plan that starts before they were, and states it, designates all that have been since; one that lapses the designation leaves none.
    """
    authority = plan.authority
    if not authority.fto_designation:
        return np.zeros(len(theatre.organisations))
    if authority.stated("fto_designation"):
        return np.array([float(organisation.designated is not None) for organisation in theatre.organisations])
    return theatre.arrays["designated"]


def organisations(plan: Plan, named: tuple[str, ...] | Unspecified, theatre: Theatre) -> Floats:
    """Return which organisations a plan names, ``[o]``; open: all that are designated."""
    groups = ["all_designated"] if isinstance(named, Unspecified) else list(named)
    listed = designated(plan, theatre)
    covered = listed.copy() if "all_designated" in groups else np.zeros(len(listed))
    for i, organisation in enumerate(theatre.organisations):
        family = organisation.id.split("_")[0]
        if organisation.id in groups or family in groups:
            covered[i] = 1.0
    return covered


def terms(plan: Plan, frame: Frame) -> dict[str, Floats]:
    """Return what stays the same of a plan's deals, by the field of ``Controls``, each ``[future, deal, ...]``."""
    theatre, draws = frame.theatre, frame.draws
    parties = np.zeros((len(draws.futures), DEALS, len(theatre.organisations)))
    regions = np.zeros((len(draws.futures), DEALS, len(theatre.regions)))
    monitors = np.zeros((len(draws.futures), DEALS))
    for i, deal in enumerate(plan.deal):
        parties[:, i] = organisations(plan, deal.parties, theatre)
        regions[:, i] = frame.regions_in(deal.regions) if deal.regions else 1.0
        monitors[:, i] = draws.number(f"deal.{deal.id}.monitors", deal.monitors)
    return {"deal_parties": parties, "deal_regions": regions, "deal_monitors": monitors}


def offers(plan: Plan, frame: Frame) -> dict[str, Floats]:
    """Return what a plan's deals offer in each week, by the field of ``Orders``, each ``[future, week, deal, ...]``."""
    shape = (len(frame.draws.futures), frame.weeks, DEALS)
    truce, ways, places, disbands = np.zeros(shape), np.zeros((*shape, len(WAYS_OUT))), np.zeros(shape), np.zeros(shape)
    for i, deal in enumerate(plan.deal):
        on = frame.during(deal.from_week, deal.to_week)
        truce[:, :, i] = on * (deal.kind in TRUCES)
        disbands[:, :, i] = on * (deal.kind == "demobilisation")
        ways[:, :, i] = on[..., None] * _ways(deal, frame)[:, None]
        places[:, :, i] = on * _places(deal, frame)[:, None]
    return {"deal_on": truce, "way_out": ways, "deal_places": places, "disbands": disbands}


def _ways(deal: Deal, frame: Frame) -> Floats:
    """Return what is offered to members, ``[future, way]``; who an amnesty is for is drawn if it is left open."""
    silent = isinstance(deal.amnesty, Unspecified) and deal.kind not in LETS_OFF
    offered = frame.draws.one_hot(f"deal.{deal.id}.amnesty", "none" if silent else deal.amnesty, WAYS_OUT)
    offered[:, WAYS_OUT.index("lighter_sentences")] = float("lighter_sentences" in deal.concessions)
    return offered


def _places(deal: Deal, frame: Frame) -> Floats:
    """Return the places a year, ``[future]``: as stated, drawn for a demobilisation that leaves them open, else none."""
    if isinstance(deal.places_per_year, Unspecified) and deal.kind != "demobilisation":
        return 0 * frame.draws.ones
    return frame.draws.number(f"deal.{deal.id}.places_per_year", deal.places_per_year)


def handed_over(plan: Plan, frame: Frame) -> Floats:
    """Return the share of transfers to the United States that deals leave, ``[future, week]``: none of a party that is promised so."""
    left = np.ones((len(frame.draws.futures), frame.weeks))
    listed = designated(plan, frame.theatre).sum()
    for deal in plan.deal:
        if "no_transfer" in deal.concessions:
            share = organisations(plan, deal.parties, frame.theatre).sum() / max(listed, 1.0)
            left *= 1.0 - min(share, 1.0) * frame.during(deal.from_week, deal.to_week)
    return left
