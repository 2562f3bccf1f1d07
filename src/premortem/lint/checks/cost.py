"""Cost: money, what pays it, and what it leaves out (CO)."""

from __future__ import annotations

from collections.abc import Iterator

from premortem.lint.elements import AID_TASKS, HOST, SOLDIERS, kind_of, measures, us_pays
from premortem.lint.logic import any_of, known
from premortem.lint.plan_view import DAYS_PER_WEEK, DAYS_PER_YEAR, PlanView, highest, lowest, number
from premortem.lint.rule import Hit, hit, rule
from premortem.lint.words import count, listed, money
from premortem.model.index_sets import PORT_ORDERS
from premortem.model.units import PER_THOUSAND
from premortem.plan.language import payers
from premortem.plan.language.elements import Measure
from premortem.plan.language.words import UNSPECIFIED, Nothing

ALLOWANCE = 0.8
"""Share of the lowest cost of the people below which a stated total cannot be right, allowing for rounding and pauses."""
NEAR = 0.5
"""Share of the range of prices within which a stated cost is no finding: a judgement."""
USD_PER_MUSD = 1e6
WEEKS_PER_YEAR = DAYS_PER_YEAR / DAYS_PER_WEEK
CIVIL_TASKS = frozenset({"surveillance", "logistics", "engineering", "southbound_inspection"})
DUTIES = frozenset({"economy.duty", "economy.duty_treaty_goods", "foreign.tariff"})
"""Levers that bring the Treasury money instead of costing it."""
SLOWING_LEVERS = frozenset(PORT_ORDERS)
COUNTRY = {"us_federal": "US", "us_states": "US", "mexico": "MX", "others": "others"}
"""The payer in the words of the language, by the model's account."""
WHO_APPROPRIATES = {"US": "us_congress", "MX": "mexico", "others": "third_state"}
"""With whom a bargain is, by the payer that agrees in it."""


def floor_musd(case: PlanView) -> float:
    """Return the least that the people of a plan can cost over its planned time, phase by phase, in million USD.

    Open numbers count as their least: people not stated as none, a forward share not stated as all at home, a phase that a
    branch may call as whatever costs less. The rates are the lowest that operations on record had.
    """
    return sum(min(_floor(view, first, last) for view in views) for first, last, views in case.stages())


def _floor(case: PlanView, first: float, last: float) -> float:
    """Return the least that the people of one state of a plan cost between two weeks, in million USD."""
    home, theatre = lowest("ops.phalanx.cost_soldier_year"), lowest("us.cost.combat_theatre")
    total = 0.0
    for force in case.plan.task_force:
        path = f"task_force.{force.id}"
        abroad = case.field(f"{path}.forward_share").number(0, 1).low if force in case.forces_abroad else 0.0
        rate = theatre * abroad + home * (1 - abroad)
        total += case.people(force).low * rate * case.weeks(path, first, last).low / WEEKS_PER_YEAR
    for element in case.plan.domestic:
        path = f"domestic.{element.id}"
        people = case.field(f"{path}.personnel").number().low
        years = case.weeks(path, first, last).low / WEEKS_PER_YEAR
        priced = kind_of(case.plan, element.service) in SOLDIERS
        total += people * years * home if priced else 0.0
    return total


@rule("CO101")
def no_cost(case: PlanView) -> Iterator[Hit]:
    """What it costs is not said."""
    rates = {"us.cost.active_border_2025": "on border duty", "us.cost.combat_theatre": "in a foreign theatre"}
    there = (any(e.kinds & SOLDIERS for e in case.at_home), bool(case.forces_abroad))
    said = [
        f"{money(lowest(rate))} to {money(highest(rate))} {where}"
        for (rate, where), counts in zip(rates.items(), there, strict=True)
        if counts
    ]
    record = f"On record: a person-year costs {' and '.join(said)}." if said else ""
    spends = case.does_anything and not _only_duties(case)
    yield hit(spends and case.field("budget.total_musd").is_open, "budget.total_musd", record=record)


@rule("CO102")
def no_appropriation(case: PlanView) -> Iterator[Hit]:
    """What pays for it is not said."""
    total = case.plan.budget.total_musd
    costs = _spends_us_money(case) and (total is UNSPECIFIED or total != 0)
    appropriation = case.plan.budget.appropriation
    yield hit(costs and (appropriation is UNSPECIFIED or isinstance(appropriation, Nothing)), "budget.appropriation")


def _spends_us_money(case: PlanView) -> bool:
    """Return whether a plan of the United States has anything but bills, duties and what Mexico does alone."""
    plan = case.plan
    moved = any(
        lever.who != HOST and measure.standing == "in_force" and not _raises(measure)
        for _, measure, lever in measures(plan)
    )
    paid = any(us_pays(plan, partner) for partner in plan.partner)
    return case.is_us_plan and bool(plan.task_force or plan.domestic or plan.zone or paid or moved)


def _raises(measure: Measure) -> bool:
    """Return whether a measure brings the Treasury money and states no cost."""
    return measure.lever in DUTIES and measure.cost_musd_per_year is UNSPECIFIED


def _only_duties(case: PlanView) -> bool:
    """Return whether all that a plan does is to set duties."""
    plan = case.plan
    others = (
        plan.task_force,
        plan.zone,
        plan.domestic,
        plan.sea,
        plan.partner,
        plan.deal,
        plan.bargain,
        plan.emergency,
    )
    return bool(plan.measure) and not any(others) and all(map(_raises, plan.measure))


@rule("CO103")
def cost_below_floor(case: PlanView) -> Iterator[Hit]:
    """The stated total is less than the people alone cost."""
    total, floor = case.plan.budget.total_musd, floor_musd(case)
    if isinstance(total, int | float):
        yield hit(total < ALLOWANCE * floor, "budget.total_musd", total=money(total), floor=money(floor))


@rule("CO104")
def beyond_appropriation(case: PlanView) -> Iterator[Hit]:
    """The stated total is more than is appropriated."""
    total, held = case.plan.budget.total_musd, case.plan.budget.appropriated_musd
    if case.is_us_plan and isinstance(total, int | float) and isinstance(held, int | float):
        yield hit(total > held, "budget.total_musd", total=money(total), appropriated=money(held))


@rule("CO105")
def trade_loss_not_counted(case: PlanView) -> Iterator[Hit]:
    """Crossings are slowed and the loss of trade is not counted."""
    slowed = case.field("zone.ports").is_in("restricted", "closed", "inspected") if case.plan.zone else known(False)
    for path, _, lever in measures(case.plan):
        if lever.id in SLOWING_LEVERS:
            slowed = slowed | case.field(f"{path}.level").number().over(lever.status_quo)
    loss = case.field("budget.trade_loss_musd")
    yield hit(slowed & (loss.is_open or loss.value == 0), loss.path)


@rule("CO106")
def no_casualty_estimate(case: PlanView) -> Iterator[Hit]:
    """Force in Mexico without an estimate of US losses."""
    abroad = any_of(element.exists for element in case.force_in_mexico)
    yield hit(abroad & case.field("budget.us_deaths_per_year").is_open, "budget.us_deaths_per_year")


@rule("CO107")
def casualties_below_record(case: PlanView) -> Iterator[Hit]:
    """Fewer US deaths are expected than in the quietest year on record."""
    deaths, people = case.plan.budget.us_deaths_per_year, case.people_abroad()
    if isinstance(deaths, int | float) and case.force_in_mexico and people.exact:
        least = lowest("us.kia.iraq_surge") * people.low / PER_THOUSAND
        yield hit(deaths < least, "budget.us_deaths_per_year", deaths=count(deaths), people=count(people.low))


@rule("CO108")
def standing_cost_added(case: PlanView) -> Iterator[Hit]:
    """The cost of units that exist anyway is added."""
    yield hit(case.plan.budget.includes_unit_standing_cost, "budget.includes_unit_standing_cost")


@rule("CO109")
def measure_without_price(case: PlanView) -> Iterator[Hit]:
    """A measure has neither a price nor a stated cost."""
    for path, measure, lever in measures(case.plan):
        unpriced = bool(lever.unpriced_reason) and measure.cost_musd_per_year is UNSPECIFIED
        yield hit(unpriced, f"{path}.cost_musd_per_year", reason=lever.unpriced_reason)


@rule("CO115")
def cost_far_from_prices(case: PlanView) -> Iterator[Hit]:
    """The stated cost of a measure is far from what its level costs at the prices of the ledger."""
    for path, measure, lever in measures(case.plan):
        stated, level = measure.cost_musd_per_year, measure.level
        if isinstance(stated, int | float) and isinstance(level, int | float) and (range_ := lever.yearly_cost(level)):
            low, middle, high = range_
            far = stated < NEAR * low or NEAR * stated > high
            told = {"stated": stated, "computed": middle, "low": low, "high": high}
            yield hit(far, f"{path}.cost_musd_per_year", **{name: money(musd) for name, musd in told.items()})


@rule("CO116")
def paid_by_another_country(case: PlanView) -> Iterator[Hit]:
    """Measures are paid by another country than the author's, which nothing in the plan has agree."""
    plan = case.plan
    paid: dict[str, list[str]] = {}
    for _, measure, lever in measures(plan):
        account = payers.of_lever(plan, lever) if measure.payer is None else payers.ACCOUNT[measure.payer]
        if measure.acts and not lever.unpriced_reason:
            paid.setdefault(COUNTRY[account], []).append(lever.id)
    for country, levers in paid.items():
        agrees = any(bargain.partner == WHO_APPROPRIATES[country] for bargain in plan.bargain)
        other = country != payers.OF_AUTHOR[plan.author] and not agrees
        yield hit(other, "measure", payer=country, levers=listed(dict.fromkeys(levers)))


@rule("CO110")
def military_does_civil_task(case: PlanView) -> Iterator[Hit]:
    """Soldiers do a task that civilians do for less."""
    for element in case.us:
        if element.kind == "domestic" and element.kinds & SOLDIERS and element.task in CIVIL_TASKS:
            yield hit(element.exists, element.path)


@rule("CO111")
def aid_without_source(case: PlanView) -> Iterator[Hit]:
    """A partner is trained or equipped and the amount is left open."""
    for partner in case.plan.partner:
        aided = known(bool(AID_TASKS & set(partner.tasks))) & (partner.aid_musd_per_year is UNSPECIFIED)
        aided = aided & case.is_us_plan
        yield hit(aided, f"partner.{partner.id}")


@rule("CO112")
def large_budget(case: PlanView) -> Iterator[Hit]:
    """The plan costs more than a civil effort of years."""
    total = case.plan.budget.total_musd
    if case.is_us_plan and isinstance(total, int | float):
        limit = number("demand.cbo.authorised_2017_2023") / USD_PER_MUSD
        yield hit(total >= limit, "budget.total_musd", total=money(total))
