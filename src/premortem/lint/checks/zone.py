"""The zone: who lives in it, who holds it, what passes through it, how it compares with the record (ZO)."""

from __future__ import annotations

from collections.abc import Iterator

from premortem.evidence import load as load_evidence
from premortem.lint.logic import opened
from premortem.lint.plan_view import PlanView, highest, lowest, number
from premortem.lint.rule import Hit, hit, rule
from premortem.lint.words import about, count, estimate, listed
from premortem.model.units import PER_THOUSAND
from premortem.plan.language import catalogue
from premortem.plan.language.elements import TaskForce
from premortem.plan.language.schema import Zone
from premortem.theatre.glossary import Estimate

KM_PER_MILE = 1.609344
SQ_KM_PER_SQ_MILE = KM_PER_MILE**2
DEEP_MILES, SHALLOW_MILES = 40, 10
"""Depths beyond which nearly nobody is added, and within which methods of counting differ most (the depth table)."""
LARGE_EVACUATION = 1_000_000
HELD_KINDS = frozenset({"exclusion", "presence"})
HOME_ZONE = frozenset({"border_us", "national_defense_area"})
"""Places where forces at home hold a zone on their own side."""
DRUG_OUTCOMES = frozenset({"fentanyl_seized_kg_week", "fentanyl_price_usd_per_g", "overdose_deaths_week"})
EMPTY_FRONTAGE_A_MILE = 100
"""Residents of a zone a mile of its line below which nearly nobody lives in it: a judgement."""


def _miles(fact: str) -> int:
    """Return the high end of a depth in the ledger in whole miles."""
    return round(highest(fact) / KM_PER_MILE)


def _held(case: PlanView) -> Zone | None:
    """Return the zone in Mexico if it is to be held."""
    zone = case.zone_in_mexico
    return zone if zone is not None and zone.kind in HELD_KINDS else None


def _told(case: PlanView) -> str:
    """Return the residents of the zone in words that begin a sentence."""
    known, zone = case.residents(), case.plan.zone
    along = zone is not None and not isinstance(zone.states, tuple)
    if known is not None:
        return f"Along the whole line about {estimate(known)}" if along else f"About {estimate(known)}"
    most = count(case.glossary.residents(float("inf"), case.zone_states()).high)
    return f"Along the whole line up to {most}, by its depth," if along else f"Up to {most}, by its depth,"


def _density(case: PlanView) -> float | None:
    """Return the people of task forces that reach the zone per 1,000 residents, None if either number is open."""
    people, residents = case.sum_people(case.forces_in_zone), case.residents()
    if not case.forces_in_zone or not people.exact or residents is None or residents.value <= 0:
        return None
    return people.low / residents.value * PER_THOUSAND


def _needed(residents: Estimate) -> str:
    """Return the people that the historical rule of thumb asks for."""
    rule = "density.quinlivan"
    low, high = residents.low * lowest(rule) / PER_THOUSAND, residents.high * highest(rule) / PER_THOUSAND
    return f"about {about(residents.value * number(rule) / PER_THOUSAND)} people ({about(low)} to {about(high)})"


@rule("ZO101")
def residents_open(case: PlanView) -> Iterator[Hit]:
    """What becomes of the residents is left open."""
    if case.zone_in_mexico:
        path = "zone.residents"
        yield hit(case.field(path).is_open, path, residents=_told(case))


@rule("ZO102")
def troops_below_published_range(case: PlanView) -> Iterator[Hit]:
    """Fewer troops per resident than any published rule asks for."""
    density = _density(case)
    if _held(case) and density is not None:
        yield hit(density < lowest("density.quinlivan"), "zone.depth_miles", x=about(density))


@rule("ZO103")
def troops_below_doctrine(case: PlanView) -> Iterator[Hit]:
    """Fewer troops per resident than the historical rule of thumb."""
    density, residents = _density(case), case.residents()
    if _held(case) and density is not None and residents is not None:
        thin = lowest("density.quinlivan") <= density < number("density.quinlivan")
        yield hit(thin, "zone.depth_miles", x=about(density), need=_needed(residents))


@rule("ZO104")
def zone_force_uncounted(case: PlanView) -> Iterator[Hit]:
    """The people who hold the zone are not counted."""
    if case.zone_in_mexico and not case.sum_people(case.forces_in_zone).exact:
        residents = case.residents()
        need = "stands beside no number, the depth being open"
        if residents is not None:
            need = f"would be {_needed(residents)} over {estimate(residents)} residents"
        yield hit(True, "zone.depth_miles", need=need)


@rule("ZO105")
def zone_without_force(case: PlanView) -> Iterator[Hit]:
    """Nobody is in the zone that is to be held."""
    zone = case.plan.zone
    if zone is not None and zone.kind in HELD_KINDS:
        by_home = zone.side == "us" and any(e.kind == "domestic" and e.place in HOME_ZONE for e in case.at_home)
        by_host = zone.side == "mx" and (bool(case.plan.partner) or zone.mexican_forces == "lead")
        yield hit(not (case.forces_in_zone or by_home or by_host), "zone.kind")


@rule("ZO106")
def crossings_open_question(case: PlanView) -> Iterator[Hit]:
    """What becomes of the legal crossings is left open."""
    if case.zone_in_mexico:
        yield hit(case.field("zone.ports").is_open, "zone.ports")


@rule("ZO107")
def crossings_restricted(case: PlanView) -> Iterator[Hit]:
    """Legal crossings are restricted or closed."""
    zone = case.plan.zone
    yield hit(zone is not None and zone.ports in {"restricted", "closed"}, "zone.ports")


@rule("ZO108")
def no_priority_lanes(case: PlanView) -> Iterator[Hit]:
    """Crossings are inspected without fast lanes."""
    zone = case.plan.zone
    slowed = zone is not None and zone.ports in {"inspected", "restricted"}
    yield hit(~case.field("trade.priority_lanes").is_in(True) & slowed, "trade.priority_lanes")


@rule("ZO109")
def evacuation_without_shelter(case: PlanView) -> Iterator[Hit]:
    """Residents are moved with no shelter or return."""
    if case.zone_in_mexico:
        moved = case.field("zone.residents").is_in("evacuated")
        unsheltered = ~case.field("zone.shelter_return").is_in(True)
        if not case.field("zone.residents").is_open:
            yield hit(moved & unsheltered, "zone.residents", residents=_told(case))


@rule("ZO110")
def evacuation_of_millions(case: PlanView) -> Iterator[Hit]:
    """More than a million residents are moved."""
    zone = case.zone_in_mexico
    if zone is not None and zone.residents == "evacuated":
        known = case.residents()
        many = opened("zone.depth_miles") if known is None else known.value > LARGE_EVACUATION
        yield hit(many, "zone.residents", residents=_told(case))


@rule("ZO111")
def no_warning(case: PlanView) -> Iterator[Hit]:
    """Force in the zone without a public warning."""
    if case.exclusion.is_true:
        yield hit(~case.field("zone.warning").is_in(True), "zone.warning")


@rule("ZO112")
def mexican_forces_in_zone(case: PlanView) -> Iterator[Hit]:
    """The part of Mexican forces inside is left open."""
    if case.zone_in_mexico:
        yield hit(case.field("zone.mexican_forces").is_open, "zone.mexican_forces")


@rule("ZO113")
def mexican_forces_hostile(case: PlanView) -> Iterator[Hit]:
    """Mexican forces inside are treated as hostile."""
    zone = case.zone_in_mexico
    yield hit(zone is not None and zone.mexican_forces == "treat_as_hostile", "zone.mexican_forces")


@rule("ZO114")
def stretch_without_group(case: PlanView) -> Iterator[Hit]:
    """A stretch of the zone that no task force faces."""
    forces = case.forces_in_zone
    if case.zone_in_mexico and forces:
        states = case.zone_states()
        covered = {state for force in forces if (state := _state(case, force))}
        if set(states) >= set(case.glossary.border):
            gaps = [_stretch(case, state) for state in case.glossary.sides if state not in covered]
        else:
            entered = {name for force in forces for name in _regions(force)}
            gaps = [name for name in states if not case.glossary.across(name) & covered and name not in entered]
        yield hit(bool(gaps), "zone.states", gap=listed(gaps or ["none"]))


def _stretch(case: PlanView, state: str) -> str:
    """Return a state of the home side in words, with its part of the line."""
    part, whole = (round(miles, -1) for miles in (case.glossary.miles(state), case.glossary.miles()))
    name = catalogue.vocabulary("us_state", case.glossary).words.get(state, state)
    return f"{name} (about {count(part)} of {count(whole)} miles)"


def _regions(force: TaskForce) -> tuple[str, ...]:
    return force.regions if isinstance(force.regions, tuple) else ()


def _state(case: PlanView, force: TaskForce) -> str | None:
    """Return the US state of a task force: as stated, else of its base."""
    return force.base_state or (case.glossary.bases[force.base].state if isinstance(force.base, str) else None)


@rule("ZO115")
def deeper_than_record(case: PlanView) -> Iterator[Hit]:
    """The zone is deeper than the zones of the record."""
    zone, depth = case.zone_in_mexico, case.zone_depth()
    if zone is not None and depth is not None:
        states = case.zone_states()
        whole = set(states) >= set(case.glossary.border)
        deep = depth > _miles("zone.turkey.depth") or (whole and depth > highest("zone.lebanon.depth") / KM_PER_MILE)
        record = sorted(_recorded_areas())
        areas = [count(round(area / SQ_KM_PER_SQ_MILE, -1)) for area in record]
        area = round(case.glossary.area_sq_mi(depth, states), -2)
        yield hit(deep, "zone.depth_miles", area=count(area), small=areas[0], large=areas[-1])


def _recorded_areas() -> list[float]:
    rows = load_evidence().tables["analogues_zones"].rows
    return [float(row["area_km2"]) for row in rows if row["area_km2"]]


@rule("ZO116")
def deeper_adds_few_people(case: PlanView) -> Iterator[Hit]:
    """The zone is so deep that it adds ground and nobody."""
    depth = case.zone_depth()
    yield hit(depth is not None and depth > DEEP_MILES, "zone.depth_miles")


@rule("ZO117")
def shallow_zone_uncertain(case: PlanView) -> Iterator[Hit]:
    """The zone is so shallow that its population is uncertain."""
    depth = case.zone_depth()
    if depth is not None and case.zone_in_mexico:
        yield hit(0 < depth < SHALLOW_MILES, "zone.depth_miles", residents=_told(case))


@rule("ZO118")
def zone_duration_open(case: PlanView) -> Iterator[Hit]:
    """No date on which the zone ends."""
    if case.plan.zone:
        yield hit(case.field("zone.to_week").is_open, "zone.to_week")


@rule("ZO119")
def zone_misses_ports(case: PlanView) -> Iterator[Hit]:
    """A zone between open ports is to change a drug outcome."""
    zone = case.zone_in_mexico
    wanted = {item.outcome for item in case.plan.expect} | {item.outcome for item in case.plan.success}
    if zone is not None and (zone.ports == "open" or case.field("zone.ports").is_open):
        yield hit(bool(wanted & DRUG_OUTCOMES), "zone.ports")


@rule("ZO120")
def empty_frontage(case: PlanView) -> Iterator[Hit]:
    """The zone covers a stretch where nearly nobody lives."""
    zone = case.zone_in_mexico
    depth, states = case.zone_depth(), case.zone_states()
    if zone is not None and isinstance(zone.states, tuple) and depth:
        people, miles = case.glossary.residents(depth, states).value, case.glossary.miles(*states)
        words = {"states": listed(states), "people": count(people), "miles": count(miles), "depth": count(depth)}
        yield hit(people < EMPTY_FRONTAGE_A_MILE * miles, "zone.states", **words)


@rule("ZO121")
def own_citizens_inside(case: PlanView) -> Iterator[Hit]:
    """US citizens live and walk in the exclusion zone."""
    yield hit(case.exclusion, "zone.kind")


@rule("ZO122")
def zone_record(case: PlanView) -> Iterator[Hit]:
    """What zones abroad cost and how they ended."""
    yield hit(_held(case) is not None, "zone.kind")
