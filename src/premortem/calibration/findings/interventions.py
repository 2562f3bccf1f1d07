"""What findings do to the status quo, through controls and parameters that the model has: a table from a kind to a function.

Each function takes a case and returns its arms: the same futures with the intervention, and, where two interventions are compared, with
the other one. What the model cannot do raises `NotExpressibleError` with the part that is missing. An intervention of no size changes no
bit.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from premortem.calibration.findings import schema
from premortem.calibration.findings.places import Places, named
from premortem.calibration.findings.schema import Finding, Intervention, NotExpressibleError
from premortem.engine.week import Setup
from premortem.model.index_sets import LABELS, PARTNER_WORK, SUPPLIES
from premortem.model.units import NEVER, WEEKS_PER_YEAR
from premortem.plan.controls.orders import ordinary_arrests
from premortem.plan.language import catalogue
from premortem.theatre import Theatre

STEP = 0.1
"""By how much a cause is raised, and lowered, for an elasticity."""
PURSUES = ("raid", "arrest", "seiz", "search", "occupation")
"""Tasks that end in arrests; the others are presence."""
SYNTHETIC = frozenset({"methamphetamine", "fentanyl"})
CAPPED = {("cocaine", "precursor"), ("heroin", "origin"), ("heroin", "market")}
"""Supplies that are denied by a cap on what is made."""
DESIGNATION = "designation as a foreign terrorist organisation"
NEARLY_ALL = 0.999
"""The largest share by which something can fall: of nothing there are no logarithms."""
AT_ONCE = 4
"""Weeks by which what holds for a whole run may begin before the study: a start is a month."""
ABSENT = {
    "jobs": "jobs cannot be taken away from outside, region by region",
    "price": "farm prices and what they mean to growers are not in the model",
    "remittances": "households and what they receive are not in the model",
    "trade": "trade has no roads inside Mexico that could gain traffic",
    "inequality": "incomes of households are not in the model",
}
"""Shocks that the model cannot be given, and why."""

Floats = NDArray[np.float64]


@dataclasses.dataclass(frozen=True)
class Case:
    """What an intervention is done to.

    ``setup``: the status quo of ``n`` futures, whose controls and parameters have a leading axis of futures. ``first``: week in which it
    begins; ``last``: in which it is over. ``dose`` [future], None where the finding has none. ``weight`` [future]: of
    the treated unit in a unit of the model, with which what is no absolute amount is diluted.
    """

    finding: Finding
    theatre: Theatre
    setup: Setup
    places: Places
    first: int
    last: int
    dose: Floats | None
    weight: Floats

    @property
    def futures(self) -> int:
        """Number of futures."""
        return len(self.weight)

    @property
    def span(self) -> slice:
        """Weeks in which it lasts."""
        return slice(self.first, self.last)

    def needed(self, low: float = -math.inf, high: float = math.inf) -> Floats:
        """Return the dose, or say that there is none, or that the model cannot be given it."""
        if self.dose is None:
            raise NotExpressibleError(f"dose: {_stated(self.finding.intervention)} says no size in a unit of the model")
        return _within(self.dose, low, high)

    def diluted(self, nothing: float, low: float) -> Floats:
        """Return the dose as a unit of the model receives it that holds the treated one: so much nearer to nothing."""
        return _within(nothing + self.weight * (self.needed() - nothing), low)

    def pulled(self, name: str) -> Setup:
        """Return the status quo with a lever at the dose, as a unit of the model receives it, while it lasts.

        Never under the lever's lowest level; above the highest that a plan may ask for, where the world went further.
        """
        lever = catalogue.levers()[name]
        return self.with_lever(name, self.diluted(lever.status_quo, lever.low))

    def ordered(self, **orders: Any) -> Setup:
        """Return the status quo with other orders."""
        controls = self.setup.controls
        return self.controlled(orders=dataclasses.replace(controls.orders, **orders))

    def controlled(self, **fields: Any) -> Setup:
        """Return the status quo with other controls."""
        return dataclasses.replace(self.setup, controls=dataclasses.replace(self.setup.controls, **fields))

    def order(self, name: str) -> Any:
        """Return a copy of one of the orders, ``[future, week, variant, ...]``."""
        return np.array(getattr(self.setup.controls.orders, name))

    def parametered(self, mechanism: str, **fields: Any) -> Setup:
        """Return the status quo with other parameters of a mechanism."""
        parameters = self.setup.parameters
        changed = dataclasses.replace(parameters[mechanism], **fields)
        return dataclasses.replace(self.setup, parameters={**parameters, mechanism: changed})

    def with_lever(self, name: str, level: Floats) -> Setup:
        """Return the status quo with a lever at a level [future] while it lasts."""
        levers = self.order("levers")
        levers[:, self.span, :, self.setup.controls.lever_names.index(name)] = level[:, None, None]
        return self.ordered(levers=levers)


@dataclasses.dataclass(frozen=True)
class Arms:
    """What is run: the intervention, ``control`` where it is compared with another one, and for an elasticity the cause lowered.

    ``step``: logarithm of the cause over its status quo, in the treated unit.
    """

    treated: Setup
    control: Setup | None = None
    lowered: Setup | None = None
    step: float = 0.0


def _within(sizes: Floats, low: float, high: float = math.inf) -> Floats:
    least, most = float(sizes.min()), float(sizes.max())
    if least < low or most > high:
        allowed = f"at least {low:g}" if high == math.inf else f"between {low:g} and {high:g}"
        raise NotExpressibleError(f"dose: the model can be given {allowed}, here it is {least:g} to {most:g}")
    return sizes


def _stated(one: Intervention) -> str:
    said = [f"{key} {value!r}" for key, value in one.model_dump(exclude={"kind"}).items() if value not in ("", None)]
    return f"{one.kind} ({', '.join(said)})"


def _lever(case: Case, one: schema.Lever) -> Arms:
    return _pulled(case, one.name)


def _pulled(case: Case, name: str) -> Arms:
    lever = catalogue.levers()[name]
    if lever.regional:
        return _effort(case)
    if case.finding.estimand.kind == "elasticity":
        up, down = (lever.status_quo * (1.0 + case.weight * (factor - 1.0)) for factor in (1 + STEP, 1 / (1 + STEP)))
        return Arms(case.with_lever(name, up), lowered=case.with_lever(name, down), step=float(np.log1p(STEP)))
    return Arms(case.pulled(name))


def _worked(case: Case, factor: Floats) -> Setup:
    """Return the status quo with the effort of Mexican forces at a factor [future] in the places."""
    effort = case.order("own_effort")
    there = case.places.done[:, None, None] > 0
    effort[:, case.span] = np.where(there, factor[:, None, None, None], effort[:, case.span])
    return case.ordered(own_effort=effort)


def _effort(case: Case, one: schema.Effort | None = None) -> Arms:
    return Arms(_worked(case, case.diluted(1.0, 0.0)))


def _deploy(case: Case, one: schema.Deploy) -> Arms:
    """Send people who are new to public security, spread over the places as federal forces stand there."""
    controls, arrays = case.setup.controls, case.theatre.arrays
    people, place = case.order("partner_people"), np.array(controls.partner_place)
    if np.asarray(people[..., 0]).any():
        raise NotExpressibleError("the status quo has no slot left for a force")
    weights = case.places.done * arrays["federal_forces"]
    if (weights.sum(1) == 0).any():
        raise NotExpressibleError("regions: a force is spread as federal forces stand, and none stands there")
    share = weights / weights.sum(1, keepdims=True)
    people[:, case.span, :, 0] = case.needed(low=0.0)[:, None, None]
    pursues = any(word in one.tasks for word in PURSUES)
    for work in ("presence", "pursuit"):
        place[:, 0, PARTNER_WORK.index(work)] = share * (work == "presence" or pursues)
    return Arms(
        case.controlled(
            orders=dataclasses.replace(controls.orders, partner_people=people), partner_place=place.astype(np.float32)
        )
    )


def _remove_leader(case: Case, one: schema.RemoveLeader) -> Arms:
    """Let heads fall where many members are: one at the beginning, several one after another through the window."""
    if one.rank != "top":
        raise NotExpressibleError("rank: only heads fall at a week and a place")
    if one.organisation != "any":
        raise NotExpressibleError(f"organisation: heads fall of any organisation, not of {one.organisation!r}")
    falls = _falls(case, one.count)
    if one.mode == "either":
        return Arms(case.controlled(falls=falls))
    killed = _at(case, falls, float(one.mode == "death"))
    return Arms(killed, _at(case, falls, 0.0) if one.against == "arrest" else None)


def _falls(case: Case, count: int) -> Any:
    """Return the week [future, o, r] in which a head falls: of organisation and region by the square of members, each pair once."""
    members = case.theatre.arrays["members"] * (1.0 - case.theatre.arrays["pooled"])[:, None]
    if count > members.size:
        pairs = f"{members.shape[0]} organisations in {members.shape[1]} regions"
        raise NotExpressibleError(f"count: one head falls of each organisation in each region, {pairs}; here {count:,}")
    window = case.finding.estimand.window[1]
    falls = np.full((case.futures, *members.shape), NEVER)
    for i in range(case.futures):
        weight = (members * case.places.done[i]) ** 2
        order = np.argsort(-weight, axis=None)[: max(count, 1)]
        shift = i % len(order) if count > 1 else 0
        for n, at in enumerate(np.roll(order, shift)):
            falls[(i, *np.unravel_index(at, members.shape))] = case.first + n * window // max(count, 1)
    return falls.astype(np.float32)


def _at(case: Case, falls: Any, killed: float) -> Setup:
    """Return the status quo with falls, those of their weeks by death or by arrest."""
    levers, weeks = case.order("levers"), np.unique(falls[falls < NEVER]).astype(int)
    levers[:, weeks, :, case.setup.controls.lever_names.index("leadership.kill_share")] = killed
    orders = dataclasses.replace(case.setup.controls.orders, levers=levers)
    return case.controlled(orders=orders, falls=falls)


def _supply_shock(case: Case, one: schema.SupplyShock) -> Arms:
    """Deny a share: of precursors, both synthetic drugs at once; of cocaine at its origin, by a fall that goes on through the window; of
    what is made of cocaine or heroin, for the whole run.
    """
    if one.other_sources and named(case.finding).dose is None:
        raise NotExpressibleError(f"other_sources: the source that is closed ({one.cause}) is not in the model")
    setup = case.setup
    if one.at == "precursor" and one.drug in SYNTHETIC:
        shocked = case.with_lever("drugs.precursor_control", case.needed(0.0, 1.0))
        like = setup.parameters["foreign"].diplomacy_yield
        whole = {"diplomacy_yield": np.ones_like(like), "subsidy": np.zeros_like(like)}
        foreign = dataclasses.replace(setup.parameters["foreign"], **whole)
        return Arms(dataclasses.replace(shocked, parameters={**setup.parameters, "foreign": foreign}))
    if one.at == "origin" and one.drug == "cocaine":
        years = case.finding.estimand.window[1] / WEEKS_PER_YEAR
        drift = setup.parameters["foreign"].cocaine_drift
        fallen = (np.asarray(drift) + np.log1p(-case.needed(0.0, NEARLY_ALL)) / years).astype(np.float32)
        return Arms(case.parametered("foreign", cocaine_drift=fallen))
    if (one.drug, one.at) in CAPPED:
        return Arms(_capped(case, one.drug))
    raise NotExpressibleError(f"at: the model has no supply of {one.drug} at the {one.at} that could be denied")


def _capped(case: Case, drug: str) -> Setup:
    """Return the status quo in which no more of a drug is made than what a share denied leaves of the usual."""
    _for_the_whole_run(case, f"supply of {drug}")
    left, slack = 1.0 - case.needed(0.0, 1.0), np.array(case.setup.parameters["drugs"].slack)
    column = SUPPLIES.index(drug)
    slack[:, column] = np.where(left < 1.0, np.minimum(slack[:, column], left), slack[:, column])
    return case.parametered("drugs", slack=slack)


def _for_the_whole_run(case: Case, what: str) -> None:
    if case.first > AT_ONCE or case.last < case.first + case.finding.estimand.window[1]:
        raise NotExpressibleError(f"weeks: {what} changes for a whole run, not for a part of it")


def _shock(case: Case, one: schema.Shock) -> Arms:
    """Let more people come to use opioids in the United States, or killings in Mexico grow as a whole, from the start of the run."""
    if one.what == "demand":
        # First use is prevented less than not at all: the lever below its range, so that new use is ``dose`` times as much more.
        more = -case.needed() / np.asarray(case.setup.parameters["overdose"].touched)
        return Arms(case.with_lever("overdose.use_prevention", more))
    if one.what == "violence":
        if (case.places.done == 0).any():
            raise NotExpressibleError("regions: killings grow in the nation as a whole, not in named states")
        return Arms(_risen(case))
    raise NotExpressibleError(f"what: {ABSENT[one.what]}")


def _risen(case: Case) -> Setup:
    """Return the status quo in which the growth of killings under way at the start is such that they end ``dose`` times as high."""
    _for_the_whole_run(case, "the growth of killings")
    rivalry, spread = case.setup.parameters["rivalry"], float(case.setup.world.national_growth_sd)
    if spread == 0.0:
        raise NotExpressibleError("what: this start knows the growth of killings exactly")
    tau = np.asarray(rivalry.tau_g)
    weekly = np.log(case.needed(low=1.0 - NEARLY_ALL)) / (tau * -np.expm1(-case.finding.estimand.window[1] / tau))
    grown = np.asarray(rivalry.growth_start) + weekly * WEEKS_PER_YEAR / spread
    return case.parametered("rivalry", growth_start=grown.astype(np.float32))


def _arms_access(case: Case, one: schema.ArmsAccess) -> Arms:
    if one.arms_class != "long_gun":
        raise NotExpressibleError(f"class: the model has no rule on {one.arms_class}")
    if one.side != "United States":
        raise NotExpressibleError("side: the rule on long guns is one number for all US states")
    return Arms(case.pulled("arms.long_gun_rule"))


def _border(case: Case, one: schema.Border) -> Arms:
    if one.what == "consequences":
        raise NotExpressibleError("what: nothing in the model penalises those who are caught crossing")
    name = {"fence": "homefront.barrier_miles", "agents": "homefront.bp_hire"}[one.what]
    return Arms(case.pulled(name))


def _truce(case: Case, one: schema.Truce) -> Arms:
    """Let the two largest organisations of the places leave each other alone from the first week on, until they break it."""
    if "one of" in one.parties:
        raise NotExpressibleError("parties: a truce has two parties or more; here one stops alone")
    members = case.theatre.arrays["members"] * (1.0 - case.theatre.arrays["pooled"])[:, None]
    there = case.places.done @ members.T
    controls, parameters = case.setup.controls, case.setup.parameters
    parties = np.array(controls.deal_parties)
    parties[:, 0] = there >= np.sort(there, axis=1)[:, -2:-1]
    regions, on = np.array(controls.deal_regions), case.order("deal_on")
    regions[:, 0] = case.places.done
    on[:, case.span, :, 0] = 1.0
    rivalry = parameters["rivalry"]
    agreed = dataclasses.replace(rivalry, truce_agreed=np.ones_like(rivalry.truce_agreed))
    setup = case.controlled(
        orders=dataclasses.replace(controls.orders, deal_on=on), deal_parties=parties, deal_regions=regions
    )
    return Arms(dataclasses.replace(setup, parameters={**parameters, "rivalry": agreed}))


def _rule(case: Case, one: schema.Rule) -> Arms:
    """Suspend rights and detain people: as many arrests a week, spread over the window, on top of the ordinary ones; or name a label."""
    if one.what == DESIGNATION:
        return Arms(_labelled(case, "terrorist_organizations"), _labelled(case, "criminals"))
    if one.detained is None:
        raise NotExpressibleError(f"what: no rule of the model is {one.what!r}")
    held = np.full(case.futures, float(one.detained)) if case.dose is None else case.needed(low=0.0)
    weekly = held / (case.last - case.first)
    emergency = case.order("emergency")
    emergency[:, case.span] = 1.0
    usual = catalogue.levers()["state.arrest_capacity"].status_quo
    arrested = case.with_lever("state.arrest_capacity", usual + weekly / ordinary_arrests())
    orders = dataclasses.replace(arrested.controls.orders, emergency=emergency)
    return Arms(dataclasses.replace(arrested, controls=dataclasses.replace(arrested.controls, orders=orders)))


def _labelled(case: Case, label: str) -> Setup:
    """Return the status quo with a campaign in force that does nothing but give members a label."""
    in_force, labels = case.order("in_force"), np.zeros_like(case.setup.controls.label)
    in_force[:, case.span] = 1.0
    labels[:, LABELS.index(label)] = 1.0
    orders = dataclasses.replace(case.setup.controls.orders, in_force=in_force)
    return case.controlled(orders=orders, label=labels)


def _without(what: str) -> Callable[[Case, Any], Arms]:
    def refuse(case: Case, one: Any) -> Arms:
        raise NotExpressibleError(what)

    return refuse


TABLE: Mapping[str, Callable[[Case, Any], Arms]] = {
    "lever": _lever,
    "effort": _effort,
    "deploy": _deploy,
    "remove_leader": _remove_leader,
    "supply_shock": _supply_shock,
    "arms_access": _arms_access,
    "border": _border,
    "truce": _truce,
    "rule": _rule,
    "split": _without("no organisation splits without the loss of its head"),
    "strike": _without("strikes from the air are orders of a plan's task forces; none acts in the status quo"),
    "deport": _without("the model has no deportees"),
    "civil_works": _without("the model has no public works"),
    "shock": _shock,
    "model_run": _without("a scenario of another model is a test of the reduction, not of the world"),
}
"""What does each kind of intervention."""


def arms(case: Case) -> Arms:
    """Return what a case is run as.

    Raises
    ------
    NotExpressibleError : the model cannot do it.
    """
    if lever := named(case.finding).lever:
        return _pulled(case, lever)
    return TABLE[case.finding.intervention.kind](case, case.finding.intervention)
