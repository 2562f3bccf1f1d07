"""What a legislature decides of a plan: bills that may become law, a statute for force that lapses, emergency powers that need approval.

As likely to unfold, each is drawn once a future. Carried out as written, a bill is law from the plan's start, a statute lapses once, as it
says, and emergency powers last as stated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from premortem.evidence import priors, sampling
from premortem.model.units import WEEKS_PER_YEAR
from premortem.plan.controls.legal import authorised
from premortem.plan.controls.open_fields import Draws, Floats, law
from premortem.plan.language.elements import Measure
from premortem.plan.language.load import LoadedPlan
from premortem.plan.language.schema import Emergency, Plan
from premortem.plan.language.words import UNSPECIFIED, Unspecified

if TYPE_CHECKING:
    from premortem.plan.controls.orders import Frame

CONGRESS_WEEKS = 2 * WEEKS_PER_YEAR
"""A Congress: a bill that has not passed by its end has to be introduced again."""
CHANCE, RENEWAL = "measure.all.chance", "authority.congress.renewal"


def decides(loaded: LoadedPlan) -> bool:
    """Return whether a legislature decides something of a plan, so that it is not the same as likely to unfold and carried out."""
    return any(_decides(state.plan) for state in loaded.states)


def _decides(plan: Plan) -> bool:
    emergency, congress = plan.emergency, plan.authority.congress
    lapses = congress.authorized in {"enacted", UNSPECIFIED} and isinstance(congress.sunset_weeks, int | Unspecified)
    extended = emergency is not None and isinstance(emergency.term_weeks, int) and emergency.approved is not True
    return lapses or extended or any(measure.standing == "proposed" for measure in plan.measure)


def in_law(plan: Plan, measure: Measure, frame: Frame) -> Floats:
    """Return the week of the plan from which the law that a measure acts under is in force, ``[future]``; infinite where it never is.

    A bill has the same chance in every Congress, so that the week in which it passes is exponential. Each bill draws its own luck, by its
    name, so that another one beside it changes nothing. A law that has run out does not come back by itself.
    """
    ones = frame.draws.ones
    if measure.standing == "in_force" or (measure.standing == "proposed" and frame.carried_out):
        return 0.0 * ones
    if measure.standing == "lapsed":
        return np.inf * ones
    chance = _chance(plan, measure, frame.draws)
    bill = "plan.bills" if measure.bill is None else f"plan.bills.{measure.bill}"
    luck = sampling.uniform(frame.draws.seed, f"{bill}.passed", frame.draws.futures, 1)[:, 0]
    with np.errstate(divide="ignore"):  # a bill that is sure to pass, or never to
        return np.asarray(np.ceil(CONGRESS_WEEKS * np.abs(np.log(luck)) / np.abs(np.log1p(-chance))))


def _chance(plan: Plan, measure: Measure, draws: Draws) -> Floats:
    """Return the probability that a bill becomes law within one Congress, ``[future]``; open, one draw for all bills of the plan."""
    if measure.chance is not None and not isinstance(measure.chance, Unspecified):
        return measure.chance * draws.ones
    return bill_chance(plan, draws)


def bill_chance(plan: Plan, draws: Draws) -> Floats:
    """Return the drawn probability that a bill becomes law within one Congress, ``[future]``: of the author's country."""
    one = law(CHANCE)
    prior = one.prior if plan.author == "US" else one.prior_elsewhere
    return draws.record(CHANCE, priors.parse(prior).quantile(draws.uniform(CHANCE)))


def force_lapses(plan: Plan, start: Floats, draws: Draws, carried_out: bool) -> Floats:
    """Return the week of the run in which the statute that authorises force lapses, ``[future]``; infinite where none does.

    As likely to unfold, Congress renews it for the same time again with the same chance whenever it is about to lapse.
    """
    congress = plan.authority.congress
    never = np.inf * draws.ones
    if not isinstance(congress.sunset_weeks, int | Unspecified) or congress.authorized not in {"enacted", UNSPECIFIED}:
        return never
    chosen = draws.choice("authority.congress.sunset_weeks", congress.sunset_weeks)
    term = np.array([float(weeks) if isinstance(weeks, int) else np.inf for weeks in chosen])
    terms = draws.ones
    if not carried_out:
        stated = UNSPECIFIED if congress.renewal is None else congress.renewal
        luck = sampling.uniform(draws.seed, f"plan.{RENEWAL}.luck", draws.futures, 1)[:, 0]
        with np.errstate(divide="ignore"):  # a renewal that is sure, or sure not to come
            terms = 1.0 + np.floor(np.abs(np.log(luck)) / np.abs(np.log(draws.number(RENEWAL, stated))))
    return np.where(authorised(plan, draws) > 0, start + term * terms, never)


def approved_weeks(emergency: Emergency, frame: Frame) -> Floats:
    """Return in which weeks emergency powers hold, ``[future, week]``: without approval no longer than the term first declared."""
    on = frame.during(emergency.from_week, emergency.to_week)
    if not isinstance(emergency.term_weeks, int) or frame.carried_out:
        return on
    extended = frame.draws.flag("emergency.approved", emergency.approved)[:, None] > 0
    return np.where(extended | (frame.t < emergency.from_week + emergency.term_weeks), on, 0.0)
