"""What a plan orders in each week of each future, as the model's arrays: one function a block of ``Orders``."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Callable, Collection, Iterator
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray

from premortem.errors import InputError, Problem
from premortem.evidence import ledger, priors
from premortem.model.controls import Orders
from premortem.model.index_sets import (
    GUARDED,
    HOME_DUTIES,
    HOME_SERVICES,
    LOWERED_LEVERS,
    MEXICAN_FORCES,
    PORTS,
    REACHES,
    RESIDENTS,
    ROLES,
    RULES,
    TARGETS,
    TASKS,
    ZONE_KINDS,
)
from premortem.model.units import DAYS_PER_WEEK, WEEKS_PER_YEAR
from premortem.plan.controls import congress, deals, partners, roles
from premortem.plan.controls.legal import exposures
from premortem.plan.controls.levers import standing_levers
from premortem.plan.controls.open_fields import Draws, Floats, law
from premortem.plan.language import catalogue
from premortem.plan.language.elements import Domestic, Sea, TaskForce
from premortem.plan.language.schema import Plan
from premortem.plan.language.sizes import open_aircraft, size_is_open, unit_people
from premortem.plan.language.words import Always, Unspecified
from premortem.theatre.theatre import Theatre

ARMED_FORCES = ("guard", "active")
"""Federal ones may do no police work at home; police and agents do it wherever they serve, as far as their tasks are that."""

SUPPORT = frozenset({"surveillance", "logistics", "engineering", "training", "intel_share", "transport"})
POLICE = frozenset(
    {
        "arrest",
        "search",
        "seizure",
        "interdict_vehicle",
        "interdict_person",
        "crowd_control",
        "detain",
        "blanket_inspection",
        "immigration_enforcement",
        "federal_enforcement",
        "police",
    }
)
"""Police work, which federal military forces may not do at home (law.pca.title10_le); the Guard under a governor may."""
HELP = frozenset({"logistics", "engineering", "training", "transport"})
"""Support whoever does it; to watch and to share what is known is an agent's own work."""
OTHER_POLICE = frozenset({"immigration_enforcement", "crowd_control"})
"""Police work that in cities does not act on those who deal in drugs."""
SOUTHBOUND = "southbound_inspection"
"""Police work too, on traffic that leaves: at ports, wherever else its people stand."""

BOARDS = frozenset({"detect_monitor", "interdict_vessel", "board"})
"""What is done at sea with cutters, ships and aircraft other than destroying vessels."""

SAFEGUARDS = frozenset({"arrest_reasons", "counsel", "time_before_judge"})
"""Rights that keep people from being held wrongly; suspending others, such as assembly, holds nobody."""
HOURS_TO_A_JUDGE = 48
"""What the constitution of Mexico allows before a prosecutor must free or bring to a judge whoever was arrested (law.mx.art16)."""

DUTIES_AT = {
    "border_us": ("line_support", "line"),
    "national_defense_area": ("line_support", "line"),
    "port_of_entry": ("port_support", "ports"),
    "interior_us": ("line_support", "cities"),
}
"""What support and police work mean at a place at home; elsewhere nobody's work is counted here."""


@dataclasses.dataclass(frozen=True)
class Frame:
    """What every block needs: theatre, draws, the calendar, and how many task forces the arrays hold."""

    theatre: Theatre
    draws: Draws
    start: Floats  # [future] week in which the campaign starts, from the theatre's start
    stop: Floats  # [future] week in which it ends as planned
    weeks: int
    forces: int
    carried_out: bool = False  # whether a legislature does what the plan counts on (`congress`)

    @cached_property
    def t(self) -> Floats:
        """Weeks since the campaign's start, ``[future, week]``."""
        return np.arange(self.weeks) - self.start[:, None]

    def during(self, first: float, last: float | Unspecified | None) -> Floats:
        """Return 1 in the plan's weeks from ``first`` to before ``last`` (the campaign's end if open), ``[future, week]``."""
        planned = (self.stop - self.start)[:, None]
        end = planned if last is None or isinstance(last, Unspecified) else np.full_like(planned, last)
        return ((self.t >= first) & (self.t < end)).astype(float)

    def regions_in(self, states: Collection[str]) -> Floats:
        """Return 1 for the regions of Mexican states, by their names, ``[region]``."""
        return np.array([float(region.name.split(",")[0] in states) for region in self.theatre.regions])

    def every_week(self, value: Floats) -> Floats:
        """Return a constant of each future in every week, ``[future, week, ...]``."""
        return np.repeat(value[:, None], self.weeks, axis=1)


def orders(plan: Plan, frame: Frame, open_triggers: Collection[str] = ()) -> Orders:
    """Return the orders of a plan as it stands, ``[future, week, ...]``.

    ``open_triggers`` names the task forces whose condition for acting beyond the home side has been met.
    """
    draws, every_week = frame.draws, frame.every_week
    roe, civilians, zone = plan.roe, plan.civilians, plan.zone
    in_zone = _zone(plan, frame)
    blocks: dict[str, Floats] = dict(
        people=_per_force(plan, frame, lambda force: _people(plan, force, frame)),
        forward_share=_per_force(
            plan,
            frame,
            lambda force: every_week(draws.number(f"task_force.{force.id}.forward_share", force.forward_share)),
        ),
        effort=_per_force(
            plan,
            frame,
            lambda force: every_week(draws.shares(f"task_force.{force.id}.effort", force.effort, TASKS)),
            len(TASKS),
        ),
        roles=_per_force(
            plan,
            frame,
            lambda force: every_week(roles.mixture(plan, force, _size(plan, force, draws), draws)),
            len(ROLES),
        ),
        reach=_per_force(plan, frame, lambda force: _reach(force, frame, open_triggers), len(REACHES)),
        **in_zone,
        zone_kind=every_week(draws.one_hot("zone.kind", zone.kind if zone else "exclusion", ZONE_KINDS)),
        residents=every_week(draws.one_hot("zone.residents", zone.residents if zone else "stay", RESIDENTS)),
        ports=_ports(plan, frame, in_zone["zone_in_force"]),
        priority_lanes=every_week(draws.flag("trade.priority_lanes", plan.trade.priority_lanes)),
        mexican_forces=every_week(
            draws.one_hot("zone.mexican_forces", zone.mexican_forces if zone else "coordinate", MEXICAN_FORCES)
        ),
        rules=every_week(draws.one_hot("roe.target_definition", roe.target_definition, RULES)),
        positive_identification=every_week(draws.flag("roe.positive_identification", roe.positive_identification)),
        capture=every_week(_capture(plan, frame)),
        custody_mexico=every_week(_custody_mexico(plan, draws)),
        targets=every_week(_targets(plan, draws)),
        hold_fire_below=every_week(roe.hold_fire_below * draws.ones),
        harm_steps=every_week(_harm_steps(plan, draws)),
        shelter_return=every_week(draws.flag("zone.shelter_return", zone.shelter_return if zone else False)),
        flight_open=every_week(draws.flag("civilians.flight_open", civilians.flight_open)),
        home_people=_home_people(plan, frame),
        home_work=every_week(_home_work(plan, frame)),
        partner_people=partners.people(plan, frame),
        partner_aid=_partner_aid(plan, frame),
        own_effort=_own_effort(plan, frame),
        guard_on_state_orders=every_week(_guard_on_state_orders(plan, draws)),
        guards=_guards(plan, frame),
        trade_compensation=plan.trade.compensation_musd * frame.during(0, None),
        levers=_levers(plan, frame),
        in_force=frame.during(0, None),
        emergency=_emergency(plan, frame),
        emergency_arrests=_emergency_arrests(plan, frame),
        permitted=_permitted(plan, frame),
        **deals.offers(plan, frame),
        exposures=exposures(plan, draws, frame.during),
    )
    return Orders(**blocks)  # type: ignore[arg-type]  # NumPy until the engine takes them


def _per_force(plan: Plan, frame: Frame, block: Callable[[TaskForce], Floats], width: int = 0) -> Floats:
    """Return a block per task force, ``[future, week, f(, width)]``; unused places are zero."""
    shape = (len(frame.draws.futures), frame.weeks, frame.forces, *([width] if width else []))
    result = np.zeros(shape)
    for i, force in enumerate(plan.task_force):
        result[:, :, i] = block(force)
    return result


def _size(plan: Plan, force: TaskForce, draws: Draws) -> Floats:
    """Return the people of a task force, ``[future]``.

    Open sizes are parts of one draw for all groups together, so that the total has the law and not the sum of independent parts; what is
    stated of a force is a lower bound. Of a force of aircraft alone the number of units is drawn, and their crews are its people.
    """
    if aircraft := open_aircraft(plan, force):
        path, known = f"task_force.{force.id}.units", plan.glossary.units
        units = priors.parse(law(path).prior_of_units).quantile(draws.uniform(f"{path}.aircraft"))
        number = draws.record(f"{path}.aircraft", np.maximum(np.round(units), 1.0))
        return unit_people(plan, force) + number * sum(known[unit].people or 0 for unit in aircraft)
    if size_is_open(plan, force):
        groups = sum(size_is_open(plan, other) and not open_aircraft(plan, other) for other in plan.task_force)
        return np.maximum(
            draws.number("task_force.all.personnel", Unspecified.UNSPECIFIED) / groups, unit_people(plan, force)
        )
    stated = force.personnel if isinstance(force.personnel, int) else unit_people(plan, force)
    return stated * draws.ones


def _people(plan: Plan, force: TaskForce, frame: Frame) -> Floats:
    size = _size(plan, force, frame.draws)
    build_up = np.maximum(frame.draws.number(f"task_force.{force.id}.deploy_weeks", force.deploy_weeks), 1.0)
    ramp = np.clip((frame.t - force.from_week + 1) / build_up[:, None], 0.0, 1.0)
    return size[:, None] * ramp * frame.during(force.from_week, force.to_week)


def _reach(force: TaskForce, frame: Frame, open_triggers: Collection[str]) -> Floats:
    allowed = np.array([float(reach in force.reach) for reach in REACHES])
    beyond = frame.every_week(frame.draws.ones)
    if isinstance(force.trigger, Unspecified):
        years = int(np.ceil(frame.weeks / WEEKS_PER_YEAR)) + 1
        chance = catalogue.open_laws()["task_force[].trigger"].probability or 0.0
        path = f"task_force.{force.id}.trigger"
        met = frame.draws.uniform(path, years) < chance
        frame.draws.record(path, met.mean(axis=1))
        year = np.clip(frame.t // WEEKS_PER_YEAR, 0, years - 1).astype(int)
        beyond = np.take_along_axis(met, year, axis=1).astype(float)
    elif not isinstance(force.trigger, Always):
        beyond = beyond * (force.id in open_triggers)
    gate = np.where(np.array(REACHES) == "home_side", 1.0, beyond[..., None])
    return np.asarray(allowed * gate)


def _zone(plan: Plan, frame: Frame) -> dict[str, Floats]:
    zone, theatre, draws = plan.zone, frame.theatre, frame.draws
    if zone is None or zone.side != "mx":
        none = frame.every_week(0 * draws.ones)
        share = np.zeros((len(draws.futures), frame.weeks, len(theatre.regions)))
        return {"zone_share": share, "zone_in_force": none, "zone_depth": none}
    depth = draws.number("zone.depth_miles", zone.depth_miles)
    if depth.max() > theatre.depth_miles:
        raise InputError(
            Problem(
                "out_of_range",
                "the plan's zone is deeper than that of the theatre it is to be simulated in",
                found=f"{depth.max():g} miles",
                allowed=f"at most {theatre.depth_miles:g} miles: load the theatre at a greater depth",
            )
        )
    covered = np.ones(len(theatre.regions))
    if not isinstance(zone.states, Unspecified):
        covered = frame.regions_in(zone.states)
    on = frame.during(zone.from_week, zone.to_week)
    return {
        "zone_share": on[..., None] * (theatre.zone_part(depth) * covered)[:, None],
        "zone_in_force": on,
        "zone_depth": on * depth[:, None],
    }


def _ports(plan: Plan, frame: Frame, in_force: Floats) -> Floats:
    """Return which rule holds for ports: the zone's while it is in force, else open, as without a zone."""
    always_open = np.array([float(word == "open") for word in PORTS])
    if plan.zone is None:
        return np.broadcast_to(always_open, (*in_force.shape, len(PORTS))).copy()
    asked = frame.draws.one_hot("zone.ports", plan.zone.ports, PORTS)[:, None]
    return np.where(in_force[..., None] > 0, asked, always_open)


def _capture(plan: Plan, frame: Frame) -> Floats:
    """Return whether captives are taken: the rules offer capture, and detention is not ruled out."""
    planned = plan.detention.planned
    return frame.draws.flag("roe.capture_option", plan.roe.capture_option) * float(planned is not False)


def _custody_mexico(plan: Plan, draws: Draws) -> Floats:
    return draws.one_hot("detention.status", plan.detention.status, ("transfer_to_mexico",))[:, 0]


def _targets(plan: Plan, draws: Draws) -> Floats:
    chosen = draws.choice("roe.targets", plan.roe.targets)
    return np.array([[float(isinstance(c, tuple | list) and target in c) for target in TARGETS] for c in chosen])


def _harm_steps(plan: Plan, draws: Draws) -> Floats:
    policy = draws.choice("civilians.harm_policy", plan.civilians.harm_policy)
    steps = np.array([float(len(p)) if isinstance(p, tuple | list) else 0.0 for p in policy])
    warned = [float(isinstance(p, tuple | list) and "warnings" in p) for p in policy]
    warning = draws.flag("zone.warning", plan.zone.warning) if plan.zone else 0 * draws.ones
    return np.asarray(steps + warning * (1 - np.array(warned)))


def _home_people(plan: Plan, frame: Frame) -> Floats:
    shape = (len(frame.draws.futures), frame.weeks, len(HOME_SERVICES), len(frame.theatre.sides))
    result = np.zeros(shape)
    for element in plan.domestic:
        service = plan.glossary.services[element.service].at_home
        if not service:
            continue
        added = _added(element, service, frame)
        on = frame.during(element.from_week, element.to_week)
        spread = _over_sides(element, frame.theatre)
        result[:, :, HOME_SERVICES.index(service)] += (added[:, None] * on)[..., None] * spread
    return result


def _home_work(plan: Plan, frame: Frame) -> Floats:
    """Return the shares of work of each service's people by duty, ``[future, service, duty]``: elements weighted by their people."""
    draws = frame.draws
    total = np.zeros((len(draws.futures), len(HOME_SERVICES), len(HOME_DUTIES)))
    weight = np.zeros((len(draws.futures), len(HOME_SERVICES), 1))
    for element in plan.domestic:
        service = plan.glossary.services[element.service].at_home
        if not service:
            continue
        row, people = HOME_SERVICES.index(service), np.abs(_added(element, service, frame))[:, None]
        total[:, row] += people * _duties(element, service, draws)
        weight[:, row] += people
    return total / np.where(weight > 0, weight, 1.0)


def _duties(element: Domestic, service: str, draws: Draws) -> Floats:
    """Return an element's shares of work by duty, ``[future, duty]``: equal over its tasks, without those that its status bars."""
    result = np.zeros((len(draws.futures), len(HOME_DUTIES)))
    if element.place not in DUTIES_AT:
        return result
    place = "interior_us" if service == "drug_agents" and element.place == "border_us" else element.place
    support, police = (HOME_DUTIES.index(duty) for duty in DUTIES_AT[place])
    south = HOME_DUTIES.index("southbound")
    if service not in ARMED_FORCES:
        unrelated = OTHER_POLICE if HOME_DUTIES[police] == "cities" else frozenset()
        for i, tasks in enumerate(draws.choice(f"domestic.{element.id}.tasks", element.tasks)):
            listed = list(tasks) if isinstance(tasks, tuple | list) else []
            each = 1.0 / max(len(listed), 1)
            result[i, south] = each * listed.count(SOUTHBOUND)
            result[i, support] = each * sum(task in HELP for task in listed)
            result[i, police] = 1.0 - each * sum(task == SOUTHBOUND or task in HELP | unrelated for task in listed)
        return result
    military = (
        draws.one_hot(f"domestic.{element.id}.status", element.status, ("title10",))[:, 0]
        if service == "guard"
        else draws.ones
    )
    for i, tasks in enumerate(draws.choice(f"domestic.{element.id}.tasks", element.tasks)):
        listed = list(tasks) if isinstance(tasks, tuple | list) else []
        each = 1.0 / max(len(listed), 1)
        result[i, support] = each * sum(task in SUPPORT for task in listed)
        result[i, police] += each * sum(task in POLICE for task in listed) * (1.0 - military[i])
        result[i, south] = each * listed.count(SOUTHBOUND) * (1.0 - military[i])
    return result


def _added(element: Domestic, service: str, frame: Frame) -> Floats:
    """Return the people an element adds to what stands there under every plan; one with the id of a standing force replaces its size."""
    draws, path = frame.draws, f"domestic.{element.id}.personnel"
    standing = {force.id: force.people or 0.0 for force in frame.theatre.home_forces}.get(element.id, 0.0)
    if not isinstance(element.personnel, Unspecified):
        return (element.personnel - standing) * draws.ones
    if service == "guard":
        return draws.number(path, element.personnel)
    force = frame.theatre.arrays["home.people"][HOME_SERVICES.index(service)].sum()
    return draws.record(path, force * priors.parse(law(path).prior_of_standing).quantile(draws.uniform(path)))


def _over_sides(element: Domestic, theatre: Theatre) -> Floats:
    """Return how an element's people are spread over the US sides: by miles of line in the states it serves in."""
    states = theatre.sides if isinstance(element.states, Unspecified) else element.states
    miles = np.array(
        [m if side in states else 0.0 for side, m in zip(theatre.sides, theatre.facing.sum(1), strict=True)]
    )
    named = np.array([float(side in states) for side in theatre.sides])
    weights = miles if miles.sum() > 0 else named
    return np.asarray(weights / weights.sum() if weights.sum() else weights)


def _partner_aid(plan: Plan, frame: Frame) -> Floats:
    total = frame.every_week(0 * frame.draws.ones)
    for partner in plan.partner:
        if plan.author != "US" and not partner.stated("aid_musd_per_year"):
            continue  # aid is the United States' own to give
        aid = frame.draws.number(f"partner.{partner.id}.aid_musd_per_year", partner.aid_musd_per_year)
        total = total + aid[:, None] * frame.during(partner.from_week, partner.to_week)
    return total


def _own_effort(plan: Plan, frame: Frame) -> Floats:
    """Return the factor that measures set on Mexico's own effort, ``[future, week, r]``; later measures rule where they overlap."""
    result = np.ones((len(frame.draws.futures), frame.weeks, len(frame.theatre.regions)))
    for i, measure in enumerate(plan.measure):
        if catalogue.levers()[measure.lever].regional:
            here = frame.regions_in(measure.regions) > 0 if measure.regions else np.ones(result.shape[-1], bool)
            level, on = _moved(i, plan, frame)
            result = np.where((on > 0)[..., None] & here, level[..., None], result)
    return result


def _guard_on_state_orders(plan: Plan, draws: Draws) -> Floats:
    services = plan.glossary.services
    guards = [element for element in plan.domestic if services[element.service].kind == "guard"]
    if not guards:
        return 0 * draws.ones
    on_state_orders = [draws.one_hot(f"domestic.{e.id}.status", e.status, ("sad",))[:, 0] for e in guards]
    return np.asarray(np.mean(on_state_orders, axis=0))


def _guards(plan: Plan, frame: Frame) -> Floats:
    """Return the people set aside for reprisals by what they do, ``[future, week, word]``: equal over the words; without one, a reserve."""
    draws, retaliation = frame.draws, plan.retaliation
    chosen = draws.choice("retaliation.plan", retaliation.plan)
    does = np.array([[float(isinstance(c, tuple | list) and word in c) for word in GUARDED] for c in chosen])
    idle = does.sum(1) == 0
    does[idle, GUARDED.index("reserve_force")] = 1.0
    chosen_people = draws.choice("retaliation.personnel", retaliation.personnel)
    people = np.array([float(number) if isinstance(number, int) else 0.0 for number in chosen_people])
    shared = people[:, None] * does / does.sum(1, keepdims=True)
    return np.asarray(shared[:, None] * frame.during(0, None)[..., None])


def _emergency(plan: Plan, frame: Frame) -> Floats:
    """Return what share of what protects the arrested is suspended, ``[future, week]``: each of ``SAFEGUARDS`` counts the same."""
    emergency = plan.emergency
    if emergency is None:
        return np.zeros((len(frame.draws.futures), frame.weeks))
    kept = {"time_before_judge"} if _in_time(emergency.hours_before_judge) else set()
    return congress.approved_weeks(emergency, frame) * (
        len(SAFEGUARDS & set(emergency.suspends) - kept) / len(SAFEGUARDS)
    )


def _in_time(hours: int | Unspecified) -> bool:
    return isinstance(hours, int) and hours <= HOURS_TO_A_JUDGE


def _emergency_arrests(plan: Plan, frame: Frame) -> Floats:
    """Return arrests under emergency powers over ordinary ones, ``[future, week]``: the people to be held, spread over its weeks."""
    if (emergency := plan.emergency) is None:
        return np.zeros((len(frame.draws.futures), frame.weeks))
    held = frame.draws.number("emergency.held", emergency.held)
    planned = frame.during(emergency.from_week, emergency.to_week)
    weekly: Floats = held / np.maximum(planned.sum(1), 1.0)
    return np.asarray(congress.approved_weeks(emergency, frame) * (weekly / ordinary_arrests())[:, None])


@cache
def ordinary_arrests() -> float:
    """Return arrests a week in Mexico for crimes of high impact, as recorded at the start."""
    recorded = ledger.load().facts["state.arrests.high_impact"]
    first, last = map(datetime.date.fromisoformat, recorded.period.split(" to "))
    assert recorded.value is not None
    return recorded.value / ((last - first).days / DAYS_PER_WEEK)


def _permitted(plan: Plan, frame: Frame) -> Floats:
    """Return 1 in the weeks for which the plan asks Mexico's consent, ``[future, week]``; without an end it does not lapse."""
    last = plan.consent.to_week if isinstance(plan.consent.to_week, int) else np.inf
    first = plan.consent.from_week or -np.inf
    return np.asarray(((frame.t >= first) & (frame.t < last)).astype(float))


def _levers(plan: Plan, frame: Frame) -> Floats:
    """Return every lever's level, ``[future, week, lever]``: status quo, what of it lapses by law at 0 from then on, but where a
    measure moves it; later measures rule."""
    levers = standing_levers(frame.theatre)
    result = np.empty((len(frame.draws.futures), frame.weeks, len(levers)))
    result[...] = [lever.status_quo for lever in levers.values()]
    lapsed = (np.arange(frame.weeks)[:, None] >= frame.theatre.arrays["calendar.duty_lapses"]).any(1)
    result[:, lapsed, list(levers).index("economy.duty")] = 0.0
    for partner in plan.partner:
        if partner.id == frame.theatre.northern_guard:
            size = frame.draws.number(f"partner.{partner.id}.personnel", partner.personnel)
            on = frame.during(partner.from_week, partner.to_week)
            column = list(levers).index("state.border_deployment")
            result[:, :, column] = np.where(on > 0, size[:, None], result[:, :, column])
    for sea in plan.sea:
        on = frame.during(sea.from_week, sea.to_week)
        for lever, level in _at_sea(sea, frame):
            column = list(levers).index(lever)
            result[:, :, column] = np.where(on > 0, level[:, None], result[:, :, column])
    for i, measure in enumerate(plan.measure):
        if not levers[measure.lever].regional:
            level, on = _moved(i, plan, frame)
            column = list(levers).index(measure.lever)
            result[:, :, column] = np.where(on > 0, level, result[:, :, column])
    result[:, :, list(levers).index("state.arrest_capacity")] += _emergency_arrests(plan, frame)
    result[:, :, list(levers).index("leadership.transfers")] *= deals.handed_over(plan, frame)
    return result


def _at_sea(sea: Sea, frame: Frame) -> Iterator[tuple[str, Floats]]:
    """Yield the levers that an element at sea moves, each with its level, ``[future]``."""
    if BOARDS & set(sea.tasks):
        lever = catalogue.levers()["sea.boarding"]
        yield lever.id, frame.draws.level(f"sea.{sea.id}.assets", sea.assets, lever)
    if "strike_vessel" in sea.tasks:
        yield "sea.strikes", frame.draws.number(f"sea.{sea.id}.strikes_per_week", sea.strikes_per_week)


def _moved(i: int, plan: Plan, frame: Frame) -> tuple[Floats, Floats]:
    """Return the level to which a plan's ``i``-th measure moves its lever, and whether it does, both ``[future, week]``.

    No faster than people, machines and money can be had for it: ``most_a_year`` of the lever. The weeks of a bill count from the
    week in which it becomes law.
    """
    measure = plan.measure[i]
    lever = standing_levers(frame.theatre)[measure.lever]
    level = frame.draws.level(f"measure.{measure.id or i}.level", measure.level, lever)
    first, last, away = measure.weeks.first, measure.weeks.last, level[:, None] - lever.status_quo
    t = frame.t - congress.in_law(plan, measure, frame)[:, None]
    pulled = -away if measure.lever in LOWERED_LEVERS else away
    least = pulled / (lever.most_a_year or np.inf) * WEEKS_PER_YEAR
    ramp = np.clip((t - first + 1) / np.maximum(least, max(measure.ramp_weeks, 1)), 0.0, 1.0)
    moved = lever.status_quo + ramp * away
    until = frame.during(-np.inf, None) if last is None else t < last
    return moved, np.where(t >= first, until, 0.0)


def regions_allowed(plan: Plan, frame: Frame) -> Floats:
    """Return where the plan lets each task force act, ``[future, f, region]``; open: the states that face its base's state."""
    theatre = frame.theatre
    result = np.zeros((len(frame.draws.futures), frame.forces, len(theatre.regions)))
    for i, force in enumerate(plan.task_force):
        if isinstance(force.regions, Unspecified):
            base_state = force.base_state or (
                plan.glossary.bases[force.base].state if isinstance(force.base, str) else ""
            )
            side = theatre.sides.index(base_state) if base_state in theatre.sides else None
            facing = theatre.facing[side] if side is not None else theatre.facing.sum(0)
            states = {region.state for region, miles in zip(theatre.regions, facing, strict=True) if miles > 0}
            result[:, i] = [float(region.state in states) for region in theatre.regions]
        else:
            result[:, i] = frame.regions_in(force.regions)
    return result


def inventory(plan: Plan, frame: Frame) -> NDArray[np.float64]:
    """Return the people in all existing units of each task force's types, ``[f]``.

    Of a force that names no types of published number, or more people than its units have, they are those of all types.
    """
    catalogued = plan.glossary.units
    people = np.zeros(frame.forces)
    for i, force in enumerate(plan.task_force):
        more = isinstance(force.personnel, int) and force.personnel > unit_people(plan, force)
        published = {u: (unit.people or 0) * (unit.inventory or 0) for u, unit in catalogued.items()}
        named = sum(published[u] for u in force.units)
        people[i] = named if named and not more else sum(published.values())
    return people
