"""What courts and Mexico could stop of a plan: its legal exposures by element, and what its request for consent covers.

A coarse reading of the plan's own fields for the simulation: one number an element and future, in the weeks in which it acts. The linter
reads law rule by rule and for people. The rules named here are the linter's.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import TypeGuard

import numpy as np
from numpy.typing import NDArray

from premortem.model.index_sets import (
    LABELS,
    LEGAL_ELEMENTS,
    PERMISSIONS,
    PORT_ORDERS,
    REVIEWS,
    SITES,
    THEORIES,
    TRIALS,
)
from premortem.model.units import DAYS_PER_WEEK, NEVER
from premortem.plan.controls.open_fields import Draws
from premortem.plan.language.elements import Domestic
from premortem.plan.language.schema import Plan
from premortem.plan.language.words import UNSPECIFIED, Unspecified

Floats = NDArray[np.float64]

VIOLATION, EXPOSURE, NEEDS_AUTHORITY = 1.0, 0.5, 0.25
"""Weights of the linter's severities in the count of open exposures."""

POLICING = frozenset({"arrest", "search", "seizure", "interdict_vehicle", "interdict_person", "crowd_control"})
ENFORCEMENT = frozenset({"immigration_enforcement", "federal_enforcement"})
LETS_FORCES_POLICE = frozenset({"insurrection_act", "10usc282", "10usc283", "protective_power_claim"})
BEYOND = frozenset({"zone", "interior"})

COVERS = {
    "information": frozenset({"intel_share", "training", "train_advise", "surveillance"}),
    "partnered": frozenset({"train_advise", "equip", "transport", "logistics"}),
    "combat": frozenset(
        {"strike", "raid", "capture", "ground_hold", "exclusion_zone", "blockade", "detain"} | POLICING
    ),
}
"""Tasks of a request for consent that belong to each class of permission."""


def consent_scope(plan: Plan) -> list[float]:
    """Return which classes of permission the plan's request for consent covers, ``[class]``; an empty scope covers all."""
    asked = set(plan.consent.scope)
    return [float(not asked or bool(asked & COVERS[name])) for name in PERMISSIONS]


def authorised(plan: Plan, draws: Draws) -> Floats:
    """Return whether a statute authorises force, ``[future]``: what is only asked for does not."""
    return draws.one_hot("authority.congress.authorized", plan.authority.congress.authorized, ("enacted",))[:, 0]


def standing(plan: Plan, draws: Draws) -> dict[str, Floats]:
    """Return what members are in law and what becomes of captives, by the field of ``Controls``, each ``[future, ...]``."""
    detention, ones = plan.detention, draws.ones
    longest = detention.max_days
    tried = draws.choice("detention.trial", detention.trial)
    return {
        "label": np.outer(ones, [float(label == plan.status.combatant) for label in LABELS]),
        "theories": np.outer(ones, [float(theory in plan.authority.theories) for theory in THEORIES]),
        "held_weeks": (longest / DAYS_PER_WEEK if isinstance(longest, int) else NEVER) * ones,
        "review": draws.one_hot("detention.review", detention.review, REVIEWS),
        "trial": np.array([[float(_is_list(courts) and court in courts) for court in TRIALS] for courts in tried]),
        "site": draws.one_hot("detention.site", detention.site, SITES),
    }


@dataclasses.dataclass(frozen=True)
class Exposure:
    """Severity [future] of an element's exposure, in the plan's weeks from ``first`` to before ``last`` (the campaign's end if open)."""

    element: str
    severity: Floats
    first: float = 0
    last: float | Unspecified | None = None


During = Callable[[float, float | Unspecified | None], Floats]
"""1 in the weeks of the run that lie between two weeks of the plan, ``[future, week]``."""


def exposures(plan: Plan, draws: Draws, during: During) -> Floats:
    """Return the severity of the legal exposure of each element in the weeks in which it acts, ``[future, week, element]``."""
    weekly = np.zeros((*during(0, None).shape, len(LEGAL_ELEMENTS)))
    for one in found(plan, draws):
        place = LEGAL_ELEMENTS.index(one.element)
        acts = one.severity[:, None] * during(one.first, one.last)
        weekly[..., place] = np.maximum(weekly[..., place], acts)
    return weekly


def exposed(plan: Plan, draws: Draws) -> bool:
    """Return whether a court could bar an element of the plan in any of these futures."""
    return any(one.severity.any() for one in found(plan, draws))


def found(plan: Plan, draws: Draws) -> Iterator[Exposure]:
    """Yield every legal exposure of the plan as it stands, severities of 0 included."""
    for force in plan.task_force:
        # Force beyond the line without a statute (AU203, AU205).
        beyond = VIOLATION * float(bool(BEYOND & set(force.reach))) * (1.0 - authorised(plan, draws))
        yield Exposure("force_abroad", beyond, force.from_week, force.to_week)
    for measure in plan.measure:
        if (
            measure.lever == "sea.strikes" and measure.standing == "in_force"
        ):  # without a statute (AU203); a bill would be one
            yield Exposure(
                "force_abroad", VIOLATION * (1.0 - authorised(plan, draws)), measure.weeks.first, measure.weeks.last
            )
    at_home = {"military": ("active", _active), "guard": ("guard", _guard), "police": ("local_police", _local_police)}
    for element in plan.domestic:
        if (kind := plan.glossary.services[element.service].kind) in at_home:
            name, severity = at_home[kind]
            yield Exposure(name, severity(plan, element, draws), element.from_week, element.to_week)
    yield Exposure("detention", _detention(plan, draws))
    yield from _ports(plan, draws)


def _active(plan: Plan, element: Domestic, draws: Draws) -> Floats:
    """Federal forces who police at home without a statute (AU103), or under the label of a military purpose (AU104)."""
    basis = _known(plan.authority.cites if element.authority is UNSPECIFIED else element.authority)
    polices = bool(_known(element.tasks) & POLICING) and not basis & LETS_FORCES_POLICE
    labelled = "national_defense_purpose" in basis
    return max(VIOLATION * polices, EXPOSURE * labelled) * draws.ones


def _guard(plan: Plan, element: Domestic, draws: Draws) -> Floats:
    """Guard under a governor who does not agree (AU107), or in federal service so, or under a military label (AU108, AU104)."""
    path = f"domestic.{element.id}"
    statuses = draws.one_hot(f"{path}.status", element.status, ("title10", "title32")).T
    agrees = draws.flag(f"{path}.governor_consent", element.governor_consent)
    labelled = float("national_defense_purpose" in _known(element.authority))
    federal = np.maximum(labelled, 1.0 - agrees)
    severity: Floats = EXPOSURE * statuses[0] * federal + VIOLATION * statuses[1] * (1.0 - agrees)
    return severity


def _local_police(plan: Plan, element: Domestic, draws: Draws) -> Floats:
    """Local police who enforce federal law without an agreement (AU113)."""
    enforces = isinstance(element.tasks, Unspecified) or bool(_known(element.tasks) & ENFORCEMENT)
    signed = draws.flag(f"domestic.{element.id}.agreement_signed", element.agreement_signed) if enforces else draws.ones
    return NEEDS_AUTHORITY * (1.0 - signed)


def _detention(plan: Plan, draws: Draws) -> Floats:
    """People held under the law of war without a statute (AU301, AU302); a plan of no forces that leaves it open holds nobody."""
    planned = plan.detention.planned
    forces = plan.task_force or any("detain" in _known(element.tasks) for element in plan.domestic)
    if planned is False or (planned is UNSPECIFIED and not forces):
        return 0.0 * draws.ones
    war = draws.one_hot("detention.status", plan.detention.status, ("loac",))[:, 0]
    statute = bool(_known(plan.authority.cites) & {"aumf_cartels", "declaration_of_war"})
    return war * (NEEDS_AUTHORITY if statute else VIOLATION)


def _ports(plan: Plan, draws: Draws) -> Iterator[Exposure]:
    """Yield ports closed or restricted, or every truck checked, by order (AU117)."""
    if (zone := plan.zone) is not None:
        rule = draws.one_hot("zone.ports", zone.ports, ("restricted", "closed")).max(1)
        yield Exposure("ports", NEEDS_AUTHORITY * rule, zone.from_week, zone.to_week)
    for measure in plan.measure:
        if measure.lever in PORT_ORDERS and measure.standing == "in_force":
            yield Exposure("ports", NEEDS_AUTHORITY * draws.ones, measure.weeks.first, measure.weeks.last)


def _known(listed: object) -> frozenset[str]:
    return frozenset(listed) if _is_list(listed) else frozenset()


def _is_list(value: object) -> TypeGuard[tuple[str, ...]]:
    return isinstance(value, tuple | list)
