"""Claims: which of those that a plan rests on are disputed, supported in part, not encoded or out of range (CL)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date

from premortem.errors import DataError, Problem
from premortem.evidence import load as load_evidence
from premortem.evidence.parameters import load as load_parameters
from premortem.lint.logic import any_of, known
from premortem.lint.plan_view import PlanView, fact, highest, lowest
from premortem.lint.rule import Hit, hit, rule
from premortem.lint.words import count, estimate
from premortem.plan.language.schema import Plan
from premortem.plan.language.words import UNSPECIFIED

TOLERANCE = 0.35
"""How far an assumed count of residents may lie from the table: more than methods of counting differ beyond 10 miles."""
PERCENT = 100
STALE_CLAIMS = ("over_70_failing", "americans_concerned")
PAST_OPINION = "poll.us.border.trump_border_approve_2025"
UNIFORM = re.compile(r"uniform\(([0-9.]+), ([0-9.]+)\)")
ENCODED: dict[str, Callable[[Plan], bool]] = {
    "no_go_zone": lambda plan: plan.zone is not None,
    "btfg_three": lambda plan: bool(plan.task_force),
    "btfg_bases": lambda plan: bool(plan.task_force),
    "btfg_composition": lambda plan: any(force.units for force in plan.task_force),
    "us_side_forces": lambda plan: bool(plan.domestic),
    "arms_oversight": lambda plan: bool(plan.measure),
    "socom_coordination": lambda plan: plan.command.lead is not UNSPECIFIED,
    "enemy_combatants": lambda plan: plan.status.combatant == "enemy_combatants",
    "any_activity_force": lambda plan: plan.roe.target_definition is not UNSPECIFIED,
    "strike_across_border": lambda plan: any({"zone", "interior"} & set(force.reach) for force in plan.task_force),
}
"""Whether a plan holds what encodes a plan element of the claims."""


def _by_verdict(case: PlanView, verdict: str) -> Iterator[Hit]:
    claims = load_evidence().claims
    for index, ident in enumerate(case.plan.claims):
        claim = claims[ident]
        yield hit(claim.verdict == verdict, f"claims.{index}", claim=ident, finding=claim.finding)


@rule("CL101")
def rests_on_disputed(case: PlanView) -> Iterator[Hit]:
    """A claim of the plan is disputed."""
    yield from _by_verdict(case, "disputed")


@rule("CL103")
def rests_on_partly_supported(case: PlanView) -> Iterator[Hit]:
    """A claim of the plan is supported in part only."""
    yield from _by_verdict(case, "partly supported")


@rule("CL104")
def claim_not_encoded(case: PlanView) -> Iterator[Hit]:
    """A plan element is claimed and nothing in the file encodes it."""
    for index, ident in enumerate(case.plan.claims):
        if ident in ENCODED:
            yield hit(not ENCODED[ident](case.plan), f"claims.{index}", claim=ident)


@rule("CL105")
def prediction_disputed(case: PlanView) -> Iterator[Hit]:
    """An expected result is a disputed prediction."""
    claims = load_evidence().claims
    for index, expect in enumerate(case.plan.expect):
        if expect.claim is not None:
            claim = claims[expect.claim]
            disputed = claim.kind == "prediction" and claim.verdict == "disputed"
            yield hit(disputed, f"expect.{index}", finding=claim.finding)


def _outside(assumed: float | None, name: str, low: float, high: float) -> Iterator[Hit]:
    if assumed is not None:
        words = {"assumed": count(assumed), "low": count(low), "high": count(high)}
        yield hit(not low <= assumed <= high, f"assumes.{name}", **words)


@rule("CL106")
def assumed_arms_flow(case: PlanView) -> Iterator[Hit]:
    """The assumed flow of arms is outside the published range."""
    low, high = lowest("arms.flow.southbound_per_year_2022"), highest("arms.flow.mexican_government_complaint")
    yield from _outside(case.plan.assumes.arms_flow_per_year, "arms_flow_per_year", low, high)


@rule("CL107")
def assumed_members(case: PlanView) -> Iterator[Hit]:
    """The assumed number of members is outside the published range."""
    ident = "cartels.pc.size_2022_identifiable_range"
    yield from _outside(case.plan.assumes.cartel_members, "cartel_members", lowest(ident), highest(ident))


@rule("CL108")
def assumed_territory(case: PlanView) -> Iterator[Hit]:
    """The assumed share of territory is outside the published range."""
    ident = "claim.territory.share_range"
    yield from _outside(case.plan.assumes.territory_share, "territory_share", lowest(ident), highest(ident))


@rule("CL109")
def assumed_us_support(case: PlanView) -> Iterator[Hit]:
    """The assumed support is outside the range of polls."""
    ident = "poll.us.mexico_force.support_range"
    low, high = lowest(ident) / PERCENT, highest(ident) / PERCENT
    yield from _outside(case.plan.assumes.us_support, "us_support", low, high)


@rule("CL110")
def assumed_cooperation(case: PlanView) -> Iterator[Hit]:
    """The assumed cooperation is outside the range that the model starts from."""
    if case.plan.assumes.mx_cooperation is not None:
        low, high = cooperation_range()
        yield from _outside(case.plan.assumes.mx_cooperation, "mx_cooperation", low, high)


def cooperation_range() -> tuple[float, float]:
    """Return the ends of the uniform prior of Mexico's cooperation at the start.

    Read from the prior's text, since the distributions of the ledger take longer to import than a plan to lint.
    """
    prior = load_parameters()["mexico.cooperation_base"].prior
    ends = UNIFORM.fullmatch(prior)
    if ends is None:
        raise DataError(Problem("prior", "mexico.cooperation_base is no longer uniform", found=prior))
    return float(ends[1]), float(ends[2])


@rule("CL111")
def assumed_residents(case: PlanView) -> Iterator[Hit]:
    """The assumed number of residents is far from the table."""
    assumed, residents = case.plan.assumes.zone_residents, case.residents()
    if assumed is not None and residents is not None:
        far = abs(assumed - residents.value) > TOLERANCE * residents.value
        yield hit(far, "assumes.zone_residents", assumed=count(assumed), residents=estimate(residents))


@rule("CL112")
def support_without_consent(case: PlanView) -> Iterator[Hit]:
    """Support is assumed that the public gives only to force that Mexico allows."""
    assumed = case.plan.assumes.us_support
    if assumed is not None:
        ceiling = highest("poll.us.mexico_force.unilateral_airstrike_support_2025") / PERCENT
        abroad = any_of(element.exists for element in case.force_in_mexico)
        yield hit(abroad & case.no_consent & (assumed > ceiling), "assumes.us_support")


@rule("CL113")
def no_outside_source(case: PlanView) -> Iterator[Hit]:
    """No published source stands behind a plan with task forces."""
    yield hit(case.plan.source == ("project",) and bool(case.plan.task_force), "source")


@rule("CL114")
def stale_opinion(case: PlanView) -> Iterator[Hit]:
    """A poll of the past government is claimed for a later start."""
    month = date.fromisoformat(f"{fact(PAST_OPINION).period}-01")
    start = case.field("start")
    later = known(isinstance(start.value, date) and start.value >= month) if not start.is_open else start.is_in(True)
    for index, ident in enumerate(case.plan.claims):
        if ident in STALE_CLAIMS:
            yield hit(later, f"claims.{index}")
