"""Elements: what the rules of law speak of. One force or measure doing one task in one place, joined to its plan."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from premortem.lint.fields import Field, field_of
from premortem.lint.logic import FALSE, TRUE, Truth, known, opened
from premortem.plan.language import catalogue
from premortem.plan.language.elements import Domestic, Measure, Partner, Sea, TaskForce
from premortem.plan.language.schema import Plan
from premortem.plan.language.words import UNSPECIFIED, Unspecified
from premortem.theatre.glossary import OF_THE_PARTNER, THIRD_STATE

FORCE_TASKS = frozenset({"strike", "strike_vessel", "raid", "ground_hold", "exclusion_zone", "blockade", "capture"})
"""Tasks that use or threaten armed force."""
MEXICAN_PLACES = frozenset({"border_strip_mx", "interior_mx"})
HOST = "Mexico"
"""Who can pull a lever that is Mexico's alone (``levers.toml``)."""
AID_TASKS = frozenset({"train_advise", "equip"})
"""What aid to a partner is."""
SOLDIERS = frozenset({"military", "guard"})
"""Kinds of services whose people are soldiers of the home side."""
STATUS_OF_KIND = {
    "military": "title10",
    "coast_guard": "title14",
    "intelligence": "title50",
    "agents": "civilian_le",
    "police": "civilian_le",
    "foreign_army": "foreign",
    "foreign_police": "foreign",
    THIRD_STATE: "foreign",
}
"""Status of a service by its kind, where the plan leaves it open; that of the Guard is not known by its kind."""
GUARD_STATUSES = frozenset[object]({"title10", "title32", "sad"})
"""What an open status of the Guard could be."""
TASKS_AT_HOME = {
    "presence": "surveillance",
    "interdiction": "interdict_vehicle",
    "surveillance": "surveillance",
    "partner": "training",
}
TASKS_IN_MEXICO = {
    "presence": "ground_hold",
    "interdiction": "interdict_vehicle",
    "raids": "raid",
    "strikes": "strike",
    "surveillance": "surveillance",
    "partner": "train_advise",
}
TASKS_OF_OPEN_DOMESTIC = ("surveillance", "logistics", "interdict_vehicle", "arrest")


@dataclass(frozen=True)
class Element:
    """One force, partner or measure doing one task in one place.

    ``kinds`` are those of its services (``premortem.theatre.glossary``). ``exists`` is open where the plan leaves open whether it does
    the task. ``authority`` is its own legal basis, else that of the plan. ``equipped``: its people go armed;
    ``hosts_own``: it is Mexico's alone, so that no US law is asked of it; ``is_bill``: the law it acts under is only proposed.
    """

    kind: str
    path: str
    task: str
    place: str
    exists: Truth
    status: Field
    kinds: frozenset[str]
    component: str
    authority: Field
    covert: bool = False
    equipped: bool = False
    hosts_own: bool = False
    is_bill: bool = False

    @property
    def country(self) -> str:
        """``MX``, ``US`` or ``sea``."""
        return "MX" if self.place in MEXICAN_PLACES else "sea" if self.place == "sea" else "US"

    @property
    def uses_force(self) -> bool:
        """Whether the task uses or threatens armed force."""
        return self.task in FORCE_TASKS

    @property
    def is_armed_abroad(self) -> bool:
        """Whether it puts armed people of the United States in Mexico, whatever their task."""
        return self.is_us and self.country == "MX" and (self.uses_force or self.equipped)

    @property
    def is_us(self) -> bool:
        """Whether it is a force of the United States."""
        return self.kind in {"task_force", "domestic", "sea"} and not self.hosts_own


def derive(plan: Plan) -> tuple[Element, ...]:
    """Return the elements of a plan."""
    return (
        *(element for force in plan.task_force for element in _of_task_force(plan, force)),
        *(element for force in plan.domestic for element in _of_domestic(plan, force)),
        *(element for sea in plan.sea for element in _of_sea(plan, sea)),
        *(element for force in plan.partner for element in _of_partner(plan, force)),
        *_of_measures(plan),
    )


def doing(force: TaskForce, group: str) -> Truth:
    """Return whether a task force gives a share of its effort to a group of work."""
    path = f"task_force.{force.id}.effort"
    if isinstance(force.effort, Unspecified):
        return opened(path)
    share = force.effort.get(group, 0)
    return opened(f"{path}.{group}") if isinstance(share, Unspecified) else known(share > 0)


def measures(plan: Plan) -> Iterator[tuple[str, Measure, catalogue.Lever]]:
    """Yield each measure of a plan with its path and its lever; a measure without an id goes by its number."""
    for index, measure in enumerate(plan.measure):
        yield f"measure.{measure.id or index}", measure, catalogue.levers()[measure.lever]


def kind_of(plan: Plan, service: str) -> str:
    """Return what a service of the plan's theatre is in law."""
    return plan.glossary.services[service].kind


def us_pays(plan: Plan, partner: Partner) -> bool:
    """Return whether a partner receives aid of the United States: what it states, else, in a plan of theirs, by its tasks."""
    aid = partner.aid_musd_per_year
    if isinstance(aid, Unspecified):
        return plan.author == "US" and bool(AID_TASKS & set(partner.tasks))
    return aid > 0


def place_of(plan: Plan, reach: str) -> str:
    """Return the place in which a task force with this reach acts."""
    if reach == "home_side" or (reach == "zone" and plan.zone is not None and plan.zone.side == "us"):
        return "border_us"
    return "border_strip_mx" if reach == "zone" else "interior_mx"


def holds_exclusion_zone(plan: Plan, force: TaskForce) -> Truth:
    """Return whether a task force holds the plan's exclusion zone.

    The zone is stated even where the split of effort is open: only a stated presence of zero keeps a force out of it.
    """
    if plan.zone is None or plan.zone.kind != "exclusion" or "zone" not in force.reach:
        return FALSE
    return known(doing(force, "presence").possible)


def _authority(plan: Plan, path: str, own: object) -> Field:
    if own is UNSPECIFIED:
        return Field("authority.cites", plan.authority.cites)
    return Field(f"{path}.authority", own)


def _of_task_force(plan: Plan, force: TaskForce) -> Iterator[Element]:
    path = f"task_force.{force.id}"
    glossary = plan.glossary
    kinds = frozenset(kind_of(plan, glossary.units[unit].service) for unit in force.units) or frozenset({"military"})
    for reach in force.reach:
        place = place_of(plan, reach)
        groups = TASKS_IN_MEXICO if place in MEXICAN_PLACES else TASKS_AT_HOME
        tasks: dict[str, Truth] = {}
        for group, task in groups.items():
            tasks[task] = tasks.get(task, FALSE) | doing(force, group)
        if reach == "zone":
            tasks["exclusion_zone"] = holds_exclusion_zone(plan, force)
        tasks |= dict.fromkeys(force.tasks, TRUE)
        for task, exists in tasks.items():
            if exists.possible:
                yield Element(
                    "task_force", path, task, place, exists, Field(f"{path}.status", force.status), kinds,
                    force.component, _authority(plan, path, force.authority),
                    plan.authority.covert or force.covert, force.equipped_for_combat,
                )  # fmt: skip


def _of_domestic(plan: Plan, force: Domestic) -> Iterator[Element]:
    path = f"domestic.{force.id}"
    kind = kind_of(plan, force.service)
    held = STATUS_OF_KIND.get(kind, UNSPECIFIED) if force.status is UNSPECIFIED else force.status
    status = Field(f"{path}.status", held, GUARD_STATUSES if kind == "guard" else None)
    component = force.component or ("guard" if kind == "guard" else "active")
    equipped = kind in SOLDIERS and force.place in MEXICAN_PLACES
    is_open = isinstance(force.tasks, Unspecified)
    exists = opened(f"{path}.tasks") if is_open else TRUE
    for task in TASKS_OF_OPEN_DOMESTIC if isinstance(force.tasks, Unspecified) else force.tasks:
        yield Element(
            "domestic", path, task, force.place, exists, status, frozenset({kind}),
            component, _authority(plan, path, force.authority), plan.authority.covert, equipped,
        )  # fmt: skip


def _of_sea(plan: Plan, sea: Sea) -> Iterator[Element]:
    path = f"sea.{sea.id}"
    kind = kind_of(plan, sea.service)
    for task in sea.tasks:
        yield Element(
            "sea", path, task, "sea", TRUE, Field(f"{path}.status", STATUS_OF_KIND.get(kind, UNSPECIFIED)), frozenset({kind}), "active",
            _authority(plan, path, sea.authority), plan.authority.covert, hosts_own=kind in OF_THE_PARTNER,
        )  # fmt: skip


def _of_partner(plan: Plan, partner: Partner) -> Iterator[Element]:
    path = f"partner.{partner.id}"
    for task in partner.tasks:
        yield Element(
            "partner", path, task, "interior_mx", TRUE, Field(f"{path}.status", "foreign"),
            frozenset({kind_of(plan, partner.service)}), "active", field_of(plan, f"{path}.authority"), hosts_own=True,
        )  # fmt: skip


def _of_measures(plan: Plan) -> Iterator[Element]:
    for path, measure, lever in measures(plan):
        exists = opened(f"{path}.level") if measure.level is UNSPECIFIED else known(measure.level != lever.status_quo)
        for task in lever.law_tasks if exists.possible else ():
            yield Element(
                "measure", path, task, "port_of_entry", exists, Field(f"{path}.status", "civilian_le"), frozenset(),
                "active", field_of(plan, f"{path}.authority"), hosts_own=lever.who == HOST, is_bill=measure.standing == "proposed",
            )  # fmt: skip
