"""What the plans of a theatre may name, and where it lies: units, bases, services, commands, states, and their words.

Read from the theatre's folder with the standard library and Pydantic alone, so that linting stays quick. ``Theatre`` holds the same
folder as arrays for the model.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, lru_cache
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from premortem.errors import InputError, Problem
from premortem.evidence import ledger
from premortem.evidence.parameters import Support
from premortem.evidence.reading import Entry, data
from premortem.model.index_sets import HOME_SERVICES, ROLES
from premortem.theatre import choosing
from premortem.theatre.depth import Column, within
from premortem.theatre.folder import DEFAULT, Folder
from premortem.theatre.records import Depth, Organisation, Place, Stretch

ServiceKind = Literal[
    "military",
    "guard",
    "coast_guard",
    "agents",
    "police",
    "intelligence",
    "foreign_army",
    "foreign_police",
    "third_state",
]
"""What a service is in law: federal forces, those under governors, civil officers; ``foreign_*`` are the other country's."""
THIRD_STATE: ServiceKind = "third_state"
OF_THE_PARTNER: frozenset[ServiceKind] = frozenset({"foreign_army", "foreign_police", THIRD_STATE})
"""Services that a plan can name as partners."""

CommandRole = Literal["area", "other_area", "functional", "defence", "homeland", "intelligence", ""]
"""``area``: the military command whose area the theatre is; ``functional``: that of special operations; ``defence``: the department above
them; ``homeland``: the department that guards the line."""

ARMY, AIR_FORCE, GENERIC = "support_army", "support_air_force", "generic"
"""Beside types of units: support by the Army and the Air Force, and a force of which nothing is named."""


class Unit(Entry):
    """A type of unit. ``people`` and ``inventory`` are None where nothing is published.

    ``people`` counts persons in one unit (``people_low`` to ``people_high``), ``inventory`` units in being, ``home_per_away`` the
    policy goal of years at home per year away. ``evidence`` names a row of the ledger's table of units that these numbers come from.
    """

    id: str
    name: str
    service: str
    component: str
    role: str
    evidence: Mapping[str, str] = Field(default_factory=dict)
    people: int | None = None
    people_low: int | None = None
    people_high: int | None = None
    inventory: int | None = None
    home_per_away: float | None = None


class Base(Entry):
    """A base that can be the headquarters of a task force: its state, and how far from the line it lies."""

    id: str
    name: str
    state: str
    km_to_line: float = Field(ge=0)


class Service(Entry):
    """A service or agency. ``at_home``: as what the model follows its people on the home side; empty: it acts through levers."""

    id: str
    name: str
    kind: ServiceKind
    at_home: str = ""


class Command(Entry):
    """A command or agency that can lead a plan, or support one."""

    id: str
    name: str
    leads: bool = True
    supports: bool = True
    role: CommandRole = ""


class Mixture(Entry):
    """What people in some types of units are there for: shares over ROLES that sum to 1.

    It names the facts that it rests on, or says that it is an assumption.
    """

    id: str
    units: tuple[str, ...] = Field(min_length=1)
    roles: Mapping[str, Annotated[float, Field(ge=0, le=1)]]
    facts: tuple[str, ...] = ()
    grade: Support
    note: str = ""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        unknown = self.roles.keys() - set(ROLES)
        if unknown:
            raise ValueError(f"no such role: {', '.join(sorted(unknown))}; allowed are {', '.join(ROLES)}")
        if not math.isclose(sum(self.roles.values()), 1.0):
            raise ValueError(f"the shares of the roles sum to {sum(self.roles.values()):g}, not 1")
        if self.grade != "assumption" and not self.facts:
            raise ValueError("a grade above assumption needs a fact")
        missing = [ident for ident in self.facts if ident not in ledger.load().facts]
        if missing:
            raise ValueError(f"rests on facts that do not exist: {', '.join(missing)}")
        return self

    @property
    def shares(self) -> tuple[float, ...]:
        """The shares in the order of ROLES."""
        return tuple(self.roles.get(role, 0.0) for role in ROLES)


@dataclass(frozen=True)
class Vocabulary:
    """The allowed values of one kind of field: each ``words`` entry with its meaning; ``aliases`` lead to words."""

    name: str
    words: Mapping[str, str]
    aliases: Mapping[str, str] = field(default_factory=dict)

    def __contains__(self, word: object) -> bool:
        return word in self.words or word in self.aliases

    @property
    def ascii(self) -> bool:
        """Whether every word is plain ASCII, so that any other letter is a look-alike."""
        return all(word.isascii() for word in self.words)


@dataclass(frozen=True)
class Estimate:
    """A number with its range over methods of counting."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Glossary:
    """The names of one theatre."""

    folder: Folder

    @property
    def name(self) -> str:
        """The theatre's name."""
        return self.folder.name

    @cached_property
    def first_day(self) -> date:
        """The first day from which the theatre can be simulated."""
        return choosing.first_day(self.folder)

    @cached_property
    def default_day(self) -> date:
        """The first day of the theatre's default start."""
        return choosing.day_of(self.folder)

    @cached_property
    def units(self) -> Mapping[str, Unit]:
        """The unit types by id; numbers that the folder does not state are those of the evidence table ``units``."""
        units = self.folder.entries("units.toml", "unit", Unit)
        return {unit.id: self._with_evidence(unit) for unit in units}

    def _with_evidence(self, unit: Unit) -> Unit:
        if not unit.evidence:
            return unit
        key = unit.evidence.get("unit_type", ""), unit.evidence.get("component", "")
        row = _table_of_units().get(key)
        if row is None:
            where = self.folder.where("units.toml", key=unit.id)
            raise InputError(Problem("bad_reference", "no such row in the evidence table of units", where, str(key)))
        numbers = {
            "people": row["personnel_direct"],
            "people_low": row["personnel_direct_low"],
            "people_high": row["personnel_direct_high"],
            "inventory": row["inventory_units"],
        }
        return unit.model_copy(update={name: int(text) for name, text in numbers.items() if text})

    @cached_property
    def mixtures(self) -> Mapping[str, Mixture]:
        """What each type of unit, ``ARMY``, ``AIR_FORCE`` and ``GENERIC`` are made of.

        Raises
        ------
        InputError
            If a mixture is wrong, or a type has none or two.
        """
        file = "roles.toml"
        needed = (*self.units, ARMY, AIR_FORCE, GENERIC)
        found: dict[str, Mixture] = {}
        for mixture in self.folder.entries(file, "mixture", Mixture):
            for unit in mixture.units:
                self.folder.known("unit", unit, needed, file)
                if unit in found:
                    where = self.folder.where(file, key=mixture.id)
                    raise InputError(Problem("twice", "a type of unit has two mixtures", where, unit))
                found[unit] = mixture
        missing = [unit for unit in needed if unit not in found]
        if missing:
            problem = "types of units without a mixture of roles"
            raise InputError(Problem("missing", problem, self.folder.where(file), ", ".join(missing)))
        return found

    @cached_property
    def bases(self) -> Mapping[str, Base]:
        """The bases by id."""
        return {base.id: base for base in self.folder.entries("bases.toml", "base", Base)}

    @cached_property
    def services(self) -> Mapping[str, Service]:
        """The services and agencies by id."""
        file = "services.toml"
        services = self.folder.entries(file, "service", Service)
        for service in services:
            self.folder.known("service", service.at_home, ("", *HOME_SERVICES), file)
        return {service.id: service for service in services}

    @cached_property
    def commands(self) -> Mapping[str, Command]:
        """The commands and agencies that may lead or support, by id."""
        commands = self.folder.entries("commands.toml", "command", Command)
        return {command.id: command for command in commands}

    def commands_as(self, *roles: CommandRole) -> tuple[str, ...]:
        """Return the ids of the commands with one of some roles."""
        return tuple(command.id for command in self.commands.values() if command.role in roles)

    @cached_property
    def sides(self) -> tuple[str, ...]:
        """The home side's states on the line, in the order in which the line is listed."""
        return tuple(dict.fromkeys(row.side for row in self._line))

    @cached_property
    def places(self) -> Mapping[str, Place]:
        """The states by name."""
        return {place.name: place for place in self.folder.table("places.csv", Place)}

    @cached_property
    def border(self) -> tuple[str, ...]:
        """The names of the states on the line, in the order in which the line is listed."""
        names = {place.code: name for name, place in self.places.items()}
        return tuple(dict.fromkeys(names[row.code] for row in self._line if row.code in names))

    @cached_property
    def _line(self) -> tuple[Stretch, ...]:
        return self.folder.table("line.csv", Stretch)

    @cached_property
    def _depths(self) -> Mapping[str, Sequence[Depth]]:
        """Rows of the depth table by the state's name."""
        rows = self.folder.table("depths.csv", Depth)
        return {name: [row for row in rows if row.code == self.places[name].code] for name in self.border}

    @cached_property
    def facing(self) -> Mapping[str, tuple[str, ...]]:
        """By state of the home side, the names of the states across the line from it, longest shared line first."""
        found: dict[str, dict[str, float]] = {}
        names = {place.code: name for name, place in self.places.items()}
        for row in self._line:
            miles = found.setdefault(row.side, {})
            name = names.get(row.code, row.code)
            miles[name] = miles.get(name, 0.0) + row.miles
        return {side: tuple(sorted(miles, key=lambda name: -miles[name])) for side, miles in found.items()}

    def across(self, place: str) -> frozenset[str]:
        """Return the states of the home side that face a state across the line."""
        return frozenset(side for side, names in self.facing.items() if place in names)

    def miles(self, *states: str) -> float:
        """Return the miles of line of some states, of the home side by code or across by name; of the whole line if none is given."""
        held = {self.places[state].code if state in self.places else state for state in states}
        return sum(row.miles for row in self._line if not states or held & {row.side, row.code})

    def residents(self, depth_miles: float, places: Collection[str]) -> Estimate:
        """Return how many people of the census live within a depth of the line, with the range over ways of counting.

        Parameters
        ----------
        depth_miles : beyond the deepest row of the table, its number holds.
        places : names of states; those off the line count for nothing.
        """
        columns: tuple[Column, ...] = ("share", "share_low", "share_high")
        return Estimate(
            *(
                sum(
                    within(depth_miles, self._depths[name], column) * self.places[name].population_2020
                    for name in places
                    if name in self._depths
                )
                for column in columns
            )
        )

    def area_sq_mi(self, depth_miles: float, places: Collection[str]) -> float:
        """Return the area within a depth of the line in square miles."""
        return sum(within(depth_miles, self._depths[n], "area_sq_mi") for n in places if n in self._depths)

    @cached_property
    def _words(self) -> Mapping[str, Mapping[str, str]]:
        """The tables of words in the folder's own vocabulary.toml, which it need not have."""
        file = "vocabulary.toml"
        found = self.folder.toml(file) if self.folder.has(file) else {}
        for name, table in found.items():
            if not isinstance(table, dict) or not all(isinstance(meaning, str) for meaning in table.values()):
                where = self.folder.where(file, key=name)
                raise InputError(Problem("entry", f"{name} is not a table of words and their meanings", where))
        return found

    def vocabulary(self, name: str) -> Vocabulary | None:
        """Return a vocabulary that is the theatre's own, None if the theatre has none of this name."""
        made = self._made.get(name)
        own = self._words.get(name)
        if made is None:
            return None if own is None else Vocabulary(name, own)
        return made if own is None else Vocabulary(name, {**made.words, **own}, made.aliases)

    @cached_property
    def _made(self) -> Mapping[str, Vocabulary]:
        commands = self.commands.values()
        words: dict[str, dict[str, str]] = {
            "unit": {unit.id: unit.name for unit in self.units.values()},
            "base": {base.id: base.name for base in self.bases.values()},
            "service": {service.id: service.name for service in self.services.values()},
            "partner_service": {one.id: one.name for one in self.services.values() if one.kind in OF_THE_PARTNER},
            "command": {command.id: command.name for command in commands if command.leads},
            "supporter": {command.id: command.name for command in commands if command.supports},
            "org": {
                entry.id: entry.name
                for entry in self.folder.entries("organisations.toml", "organisation", Organisation)
            },
        }
        places = {"region": tuple(self.places), "mx_border": self.border}
        return {name: Vocabulary(name, held) for name, held in words.items()} | {
            name: Vocabulary(
                name,
                {place: self.places[place].code for place in held},
                {self.places[place].code: place for place in held},
            )
            for name, held in places.items()
        }

    def vocabularies(self) -> tuple[str, ...]:
        """Return the names of the theatre's vocabularies of words; those made of things (units, bases, states) are apart."""
        return ("service", "partner_service", "command", "supporter", *self._words)


def of(theatre: str = DEFAULT) -> Glossary:
    """Return the glossary of a packaged theatre, or of one in a folder.

    Raises
    ------
    InputError
        If there is no such theatre; when a name is looked up, if the file that holds it is wrong.
    """
    folder = Folder.find(theatre)
    return _glossary(folder, folder.digest())


@lru_cache(maxsize=16)
def _glossary(folder: Folder, digest: str) -> Glossary:
    del digest  # a changed folder is read again
    return Glossary(folder)


@lru_cache(maxsize=1)
def _table_of_units() -> Mapping[tuple[str, str], Mapping[str, str]]:
    text = data().joinpath("evidence", "tables", "units.csv").read_text(encoding="utf-8")
    return {(row["unit_type"], row["component"]): row for row in csv.DictReader(text.splitlines())}
