"""Forces: what exists, what it takes to keep it out, where it is, what it can do (FO)."""

from __future__ import annotations

from collections.abc import Iterator

from premortem.lint.elements import SOLDIERS
from premortem.lint.logic import Span, known
from premortem.lint.plan_view import DAYS_PER_WEEK, DAYS_PER_YEAR, PlanView, highest, lowest, number
from premortem.lint.rule import Hit, hit, rule
from premortem.lint.words import count, listed
from premortem.plan.language.elements import Domestic, TaskForce
from premortem.plan.language.words import UNSPECIFIED, Unspecified

LONG_TOUR_WEEKS = 39
"""A tour of nine months; a longer operation needs a relief."""
LARGE_SHARE = 0.25
"""Share of all units of a type, or of a stated total, above which it is worth a word: a judgement."""
LARGE_SOF_SHARE = 0.1
"""Share of special operations people above which one task weighs on all others: a judgement."""
FAR_KM = 300
"""Distance from the line beyond which a base is no place to act from: about a day's drive, a judgement."""
HOLDING_SHARE = 0.4
WATCHING_SHARE = 0.2
SMALL_FORCE = 300
LARGE_GUARD_FORCE = 5000
SPECIALISED = frozenset({"sof", "recon"})


def _path(force: TaskForce) -> str:
    return f"task_force.{force.id}"


def _roles(case: PlanView, force: TaskForce) -> set[str]:
    return {case.glossary.units[unit].role for unit in force.units}


def _state(case: PlanView, force: TaskForce) -> str | None:
    """Return the US state of a task force: of its base, else as stated."""
    return case.glossary.bases[force.base].state if isinstance(force.base, str) else force.base_state


def _counts(case: PlanView) -> dict[str, tuple[int, str]]:
    """Return how many units of each type the plan states in all, and where it does first."""
    total: dict[str, tuple[int, str]] = {}
    for force in case.plan.task_force:
        for unit, n in force.units.items():
            if isinstance(n, int):
                before, path = total.get(unit, (0, f"{_path(force)}.units.{unit}"))
                total[unit] = before + n, path
    return total


@rule("FO101")
def size_open(case: PlanView) -> Iterator[Hit]:
    """How many people or units there are is left open."""
    now, year = count(number("us.border.jtfsb_mid2025")), _range("us.border.jtfsb_mid2025")
    soldiers = f"Joint Task Force-Southern Border had about {now} people in July 2025 ({year} over the year)"
    border = f"{count(number('us.bp.southwest'))} agents served on the south-west border in 2017"
    sof = f"all of Special Operations Command has about {count(number('us.socom.personnel'))}"
    expedition = f"the expedition of 1916 took {_range('zone.punitive1916')}"
    for force in case.plan.task_force:
        said = [soldiers, *[sof] * ("sof" in _roles(case, force)), *[expedition] * (force in case.forces_abroad)]
        is_open = UNSPECIFIED in force.units.values() or not case.people(force).exact
        yield hit(is_open, _path(force), record=f"On record: {', '.join(said)}.")
    for element in case.plan.domestic:
        service = case.glossary.services[element.service]
        said = [soldiers] * (service.kind in SOLDIERS) + [border] * (service.at_home == "border_patrol")
        record = f"On record: {said[0]}." if said else ""
        yield hit(element.personnel is UNSPECIFIED, f"domestic.{element.id}", record=record)


def _range(ident: str) -> str:
    return f"{count(lowest(ident))} to {count(highest(ident))}"


@rule("FO102")
def more_than_exist(case: PlanView) -> Iterator[Hit]:
    """More units of a type are used than exist."""
    for name, (n, path) in _counts(case).items():
        unit = case.glossary.units[name]
        if unit.inventory is not None:
            yield hit(n > unit.inventory, path, n=count(n), unit=unit.name, inventory=count(unit.inventory))


@rule("FO103")
def dwell_broken(case: PlanView) -> Iterator[Hit]:
    """More units are needed in rotation than exist."""
    need: dict[str, float] = {}
    for force in case.plan.task_force:
        for name, n in force.units.items():
            goal = force.dwell if isinstance(force.dwell, int | float) else case.glossary.units[name].home_per_away
            if isinstance(n, int) and goal is not None:
                need[name] = need.get(name, 0) + n * (1 + goal)
    for name, (n, path) in _counts(case).items():
        unit = case.glossary.units[name]
        if unit.inventory is not None and name in need:
            lasting = case.days(".".join(path.split(".")[:2])).over(LONG_TOUR_WEEKS * DAYS_PER_WEEK)
            short = need[name] > unit.inventory
            words = {"n": count(n), "unit": unit.name, "need": count(need[name]), "inventory": count(unit.inventory)}
            yield hit(lasting & short, path, **words)


@rule("FO104")
def share_of_inventory(case: PlanView) -> Iterator[Hit]:
    """A large share of all units of a type is on this task."""
    for name, (n, path) in _counts(case).items():
        unit = case.glossary.units[name]
        if unit.inventory:
            share = n / unit.inventory
            yield hit(share >= LARGE_SHARE, path, share=f"{share:.0%}", unit=unit.name)


@rule("FO105")
def base_outside_state(case: PlanView) -> Iterator[Hit]:
    """The base is not in the state that the plan gives."""
    for force in case.plan.task_force:
        if isinstance(force.base, str) and force.base_state:
            base = case.glossary.bases[force.base]
            words = {"base": base.name, "state": base.state, "base_state": force.base_state}
            yield hit(base.state != force.base_state, f"{_path(force)}.base", **words)


@rule("FO106")
def area_far_from_base(case: PlanView) -> Iterator[Hit]:
    """A border state of the area does not face the base's state."""
    for force in case.plan.task_force:
        state = _state(case, force)
        if isinstance(force.regions, tuple) and state:
            far = [name for name in force.regions if state not in (case.glossary.across(name) or {state})]
            yield hit(bool(far), f"{_path(force)}.regions", region=listed(far or ["none"]), state=state)


@rule("FO107")
def base_far_from_line(case: PlanView) -> Iterator[Hit]:
    """The base lies far from the border."""
    for force in case.plan.task_force:
        if isinstance(force.base, str):
            base = case.glossary.bases[force.base]
            km = count(round(base.km_to_line, -1))
            yield hit(base.km_to_line > FAR_KM, f"{_path(force)}.base", base=base.name, km=km)


@rule("FO108")
def unpublished_unit_counted(case: PlanView) -> Iterator[Hit]:
    """A unit of which nothing is published is counted."""
    for name, (n, path) in _counts(case).items():
        yield hit(case.glossary.units[name].people is None and n > 0, path)


@rule("FO109")
def base_open(case: PlanView) -> Iterator[Hit]:
    """The base is left open."""
    for force in case.plan.task_force:
        choices = [base for base in case.glossary.bases.values() if force.base_state in {None, base.state}]
        yield hit(force.base is UNSPECIFIED, f"{_path(force)}.base", n=str(len(choices)))


@rule("FO110")
def special_forces_share(case: PlanView) -> Iterator[Hit]:
    """Special operations task forces hold many of the people of their command."""
    forces = tuple(force for force in case.plan.task_force if force.units and _roles(case, force) == {"sof"})
    total = case.sum_people(forces)
    limit = LARGE_SOF_SHARE * number("us.socom.personnel")
    if forces:
        yield hit(total.low > limit, _path(forces[0]), n=count(total.low))


@rule("FO111")
def special_forces_hold_ground(case: PlanView) -> Iterator[Hit]:
    """Small specialised units alone are to hold ground."""
    for force in case.plan.task_force:
        abroad = force in case.forces_abroad
        if abroad and force.units and _roles(case, force) <= SPECIALISED:
            yield hit(_share(force, "presence").at_least(HOLDING_SHARE), _path(force))


def _share(force: TaskForce, group: str) -> Span:
    path = f"{_path(force)}.effort"
    if isinstance(force.effort, Unspecified):
        return Span.unknown(path, 0, 1)
    share = force.effort.get(group, 0.0)
    return Span.of(share) if isinstance(share, int | float) else Span.unknown(f"{path}.{group}", 0, 1)


@rule("FO112")
def no_lift(case: PlanView) -> Iterator[Hit]:
    """A force acts deep in Mexico with nothing that lifts."""
    for force in case.plan.task_force:
        if "interior" in force.reach and force.units and "lift" not in _roles(case, force):
            support = case.field(f"{_path(force)}.support_air_force").number()
            yield hit(~support.over(0) & (force.forward_share != 0), _path(force))


@rule("FO113")
def no_support(case: PlanView) -> Iterator[Hit]:
    """Units without the people who support them."""
    for force in case.plan.task_force:
        none = force.support_army == 0 and force.support_air_force == 0
        sizes = {unit.name: unit.people for unit in map(case.glossary.units.get, force.units) if unit and unit.people}
        example = next((f": {name} counts {count(people)} people" for name, people in sizes.items()), "")
        yield hit(case.by_units(force).at_least(SMALL_FORCE) & none, _path(force), example=example)


@rule("FO114")
def no_eyes(case: PlanView) -> Iterator[Hit]:
    """Surveillance is planned without a unit that does it."""
    for force in case.plan.task_force:
        if force.units and not _roles(case, force) & {"isr", "recon"} and force.effort is not UNSPECIFIED:
            support = case.field(f"{_path(force)}.support_air_force").number()
            watching = _share(force, "surveillance").at_least(WATCHING_SHARE)
            yield hit(watching & ~support.over(0), _path(force))


@rule("FO115")
def people_do_not_add_up(case: PlanView) -> Iterator[Hit]:
    """The people stated are not those of the units."""
    for force in case.plan.task_force:
        total = case.by_units(force)
        if force.units and isinstance(force.personnel, int) and total.exact:
            apart = abs(force.personnel - total.low) > LARGE_SHARE * max(total.low, 1)
            yield hit(apart, f"{_path(force)}.personnel", personnel=count(force.personnel), sum=count(total.low))


@rule("FO116")
def no_rotation(case: PlanView) -> Iterator[Hit]:
    """A force stays over a year and the length of a tour is left open."""
    for force in case.forces_abroad:
        long = case.days(_path(force)).over(DAYS_PER_YEAR)
        yield hit(long & (force.rotation_weeks is UNSPECIFIED), _path(force))


def _stated(case: PlanView, *at_home: str) -> list[tuple[Domestic, int]]:
    """Return the domestic forces of stated size that the model follows as some service on the home side."""
    services = case.glossary.services
    return [
        (d, d.personnel)
        for d in case.plan.domestic
        if services[d.service].at_home in at_home and isinstance(d.personnel, int)
    ]


def _beyond(case: PlanView, at_home: str, limit: float) -> Iterator[Hit]:
    held = _stated(case, at_home)
    if held:
        total = sum(people for _, people in held)
        yield hit(total > limit, f"domestic.{held[0][0].id}.personnel", n=count(total))


@rule("FO117")
def border_patrol_beyond_strength(case: PlanView) -> Iterator[Hit]:
    """More agents than serve on the south-west border."""
    yield from _beyond(case, "border_patrol", number("us.bp.southwest"))


@rule("FO118")
def dea_beyond_strength(case: PlanView) -> Iterator[Hit]:
    """More special agents than there are."""
    yield from _beyond(case, "drug_agents", highest("us.dea.agents"))


@rule("FO119")
def above_record_deployment(case: PlanView) -> Iterator[Hit]:
    """More soldiers at the border than ever."""
    held = _stated(case, "guard", "active")
    if held:
        total = sum(people for _, people in held)
        path = f"domestic.{held[0][0].id}.personnel"
        yield hit(total > highest("us.border.jtfsb_mid2025"), path, n=count(total))


@rule("FO120")
def guard_dwell(case: PlanView) -> Iterator[Hit]:
    """Many Guard members are away for over a year."""
    for force, people in _stated(case, "guard"):
        path = f"domestic.{force.id}"
        pool = people * (1 + number("us.dwell.reserve_goal"))
        weeks = Span.of(0)
        for first, last, (view, *_) in case.stages():
            held = view.field(f"{path}.personnel").number().low
            weeks += view.weeks(path, first, last) if held >= LARGE_GUARD_FORCE else Span.of(0)
        long = weeks.times(DAYS_PER_WEEK).over(DAYS_PER_YEAR)
        yield hit(long & (people >= LARGE_GUARD_FORCE), f"{path}.personnel", n=count(people), pool=count(pool))


@rule("FO121")
def existing_task_force_ignored(case: PlanView) -> Iterator[Hit]:
    """A new organisation beside the one that is there."""
    for force in case.plan.task_force:
        yield hit(known(force.new_organisation), f"{_path(force)}.new_organisation")
