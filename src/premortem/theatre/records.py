"""The rows and entries of a theatre's folder, as typed records: what each file must hold. docs/theatre.md explains them."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from premortem.evidence.reading import Entry, Grade
from premortem.model.index_sets import EVENTS

ROUNDING = 1e-3  # of a sum of published shares
MOST_SPARES = 50
Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[float, Field(ge=0)]
Ident = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Events = Literal["known", "happened"]
"""What is scripted after a start: only what was known on its day to come, or all that happened since."""
Support = Grade | Literal["assumption"]


class Start(Entry):
    """One date at which the theatre can start.

    Attributes
    ----------
    as_of : the day up to which the start knows what was public; its date if it is not stated.
    organisations : the start whose members, ties and names of organisations hold here; this one if empty.
    members_factor : by organisation, on its members in that table: what has become of it since.
    homicides_spread_national : standard deviation of the log level of homicide of the nation, as it was known at the start.
    missing_spread : that of the level of those who go missing.
    national_growth, national_growth_sd : yearly change of the log national rate at the start, and how well it was known.
    levers : by lever, the level that stands at the start, where it is not the catalogue's status quo.
    supply_fell : 1 if a fall of deaths by overdose before the start may be supply that is missing, 0 before the supply of fentanyl fell.
    wars : by state where a war is under way, the log of its homicides over those of the year before the war: what is to fade.
    newest_homicides : last day of the newest month of homicides that was known.
    """

    date: datetime.date
    title: str
    as_of: datetime.date | None = None
    arrest_step: Share = 0.0
    firearms_seized: Count = 0.0
    supply_fell: Share = 1.0
    levers: dict[str, float] = Field(default_factory=dict)
    wars: dict[str, Count] = Field(default_factory=dict)
    organisations: str = ""
    members_factor: dict[str, Count] = Field(default_factory=dict)
    homicides_spread_national: Count = 0.0
    missing_spread: Count = 0.0
    national_growth: float = 0.0
    national_growth_sd: Count = 0.0
    newest_homicides: datetime.date | None = None


class HomeForce(Entry):
    """A force on the home side under every plan, shared over the sides by ``share``, or along the line by ``spread``."""

    id: Ident
    name: str
    service: str
    people: Count | None = None
    low: Count | None = None
    high: Count | None = None
    share: dict[str, Share] = Field(default_factory=dict)
    spread: Literal["", "agents", "miles"] = ""
    evidence: tuple[str, ...] = Field(min_length=1)
    grade: Support
    note: str = ""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if bool(self.share) == bool(self.spread):
            raise ValueError("needs either share or spread")
        if (self.people is None) != (self.spread == "agents"):
            raise ValueError("needs people, unless it is the sectors' agents")
        if self.share and abs(sum(self.share.values()) - 1) > ROUNDING:
            raise ValueError("shares must sum to 1")
        return self


class Quantity(Entry):
    """Where a quantity of the theatre comes from: ids of the evidence ledger, grade, and the rule that made it."""

    name: str
    unit: str
    origin: tuple[str, ...] = Field(alias="from")
    grade: Support
    low: float | None = None
    high: float | None = None
    rule: str


SUCCESSION = "succession_open"
"""The effect of an event after which an organisation has no head: it acts at starts that come after it."""
TRANSFER = "prisoners_transferred"
"""The effect of a transfer of prisoners to the United States: its age tells how soon the next is due at starts that come after it."""
EFFECTS: Mapping[str, str] = {
    "us_election": "us_elections",
    "us_administration": "us_administrations",
    "mx_government": "mx_governments",
    **dict.fromkeys(EVENTS, "mx_shocks"),
    "precursor_rule": "precursor_rules",
    "pandemic_begins": "pandemic_begins",
    "pandemic_ends": "pandemic_ends",
    "duty_lapses": "duty_lapses",
}
"""What an event does, by the word of events.csv: the field of `premortem.model.world.Calendar` that it enters."""

OF_STARTS = (SUCCESSION, TRANSFER)
"""Effects of events that act only at starts that come after them."""


class Event(Entry):
    """events.csv: a dated event that acts in the model whatever the plan, and the day from which the public knew of it or of its date."""

    date: datetime.date
    known_on: datetime.date
    effect: str
    organisation: str = ""
    what: str
    sources: str = ""

    @model_validator(mode="after")
    def _known_word(self) -> Self:
        if self.effect not in {*EFFECTS, *OF_STARTS}:
            raise ValueError(f"no such effect {self.effect!r}; one of {', '.join([*EFFECTS, *OF_STARTS])}")
        if self.effect == SUCCESSION and not self.organisation:
            raise ValueError("an open succession needs the organisation")
        return self


class Settings(Entry):
    """theatre.toml."""

    title: str
    epoch: datetime.date
    default_start: str
    sides: tuple[str, ...]
    spare_slots: int = Field(ge=0, le=MOST_SPARES)
    zone_depth_miles: Count
    line_forces_depth_miles: float = Field(gt=0)
    northern_guard: str = ""
    starts: dict[str, Start]
    home: tuple[HomeForce, ...] = ()
    quantity: tuple[Quantity, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.default_start not in self.starts:
            raise ValueError(f"default_start {self.default_start!r} is not one of {', '.join(self.starts)}")
        return self


class Organisation(Entry):
    """One slot: an organisation, a pool of many, or (without a name in the folder) a spare for splinters.

    ``members`` in all, by start, is for pools: they are spread over states by rule, not by members.csv.
    """

    id: Ident
    name: str
    also: dict[str, str] = Field(default_factory=dict)
    strongholds: tuple[str, ...] = ()
    ally_strength: dict[str, Count]
    designated: datetime.date | None = None
    pooled: bool = False
    members: dict[str, Count] = Field(default_factory=dict)
    spare: bool = False
    concentration: float = Field(default=1.0, gt=0, le=1)
    evidence: tuple[str, ...]
    grade: dict[str, Support]
    note: str = ""


class Place(Entry):
    """places.csv: one state."""

    code: str
    name: str
    population_2020: Count
    area_sq_mi: float = Field(gt=0)


class Depth(Entry):
    """depths.csv: what of a state lies within a distance of the line."""

    code: str
    depth_miles: float = Field(gt=0)
    share: Share
    share_low: Share
    share_high: Share
    area_sq_mi: Count


class Touch(Entry):
    """adjacency.csv: two states that touch, and whether their strips along the line do."""

    a: str
    b: str
    zones_touch: bool


class PlaceAtStart(Entry):
    """starts.csv: one state at one start; ranges where they are judged."""

    start: str
    code: str
    population: Count
    homicides: Count
    homicides_low: Count
    homicides_high: Count
    homicides_before: Count
    homicides_base: Count
    federal_forces: Count
    federal_forces_low: Count
    federal_forces_high: Count
    northern_guard: Count
    state_police: Count
    state_police_low: Count
    state_police_high: Count
    homicides_spread: Count = 0.0
    missing: Count = 0.0


class Production(Entry):
    """production.csv: laboratories found, and weights of states for drugs made or landed elsewhere, and for stolen fuel."""

    code: str
    laboratories: Count
    cocaine: Count
    heroin: Count
    fuel: Count = 0.0


class Overdoses(Entry):
    """overdoses.csv: deaths with and without synthetic opioids over a stretch of time; stretches follow each other up to their start.

    ``deaths_spread``: standard deviation of the logarithm of deaths that were not counted yet; ``deaths_growth``: how it goes on, 1/year.
    """

    start: str
    years: float = Field(gt=0)
    deaths_a_year: Count
    others_a_year: Count
    deaths_spread: Count = 0.0
    deaths_growth: float = 0.0


class Content(Entry):
    """content.csv: fentanyl in what is sold as illicit opioids at a time, as an index; a year with a fraction, 2018.5 is mid-2018.

    ``known_on``: the day on which it was public; always known if empty.
    """

    year: float
    fentanyl: float = Field(gt=0)
    known_on: datetime.date = datetime.date.min


class Members(Entry):
    """members.csv: members of an organisation in a state, median."""

    start: str
    organisation: str
    code: str
    members: Count


class Tie(Entry):
    """ties.csv: declared rivalry between two organisations."""

    start: str
    a: str
    b: str
    rival_weight: Count


class Sector(Entry):
    """sectors.csv: a sector of the home side's border police."""

    sector: str
    agents: Count


class Stretch(Entry):
    """line.csv: miles of a sector that lie between a state and a side."""

    sector: str
    code: str
    side: str
    miles: float = Field(gt=0)


class Crossing(Entry):
    """crossings.csv: shares of what is seized by drug, of firearms, of people; whether it is remote. Off the land line it names
    a side, not a sector."""

    crossing: Ident
    sector: str
    side: str
    mode: str
    fentanyl: Share
    methamphetamine: Share
    cocaine: Share
    heroin: Share
    firearms: Share
    people: Share
    remote: Share


class Port(Entry):
    """ports.csv: a port of entry, the state and the side it joins, northbound traffic a year."""

    port: str
    sector: str
    code: str
    side: str
    vehicles: Count
    trucks: Count


class Seized(Entry):
    """drugs.csv: kilograms seized a year, by start and drug."""

    start: str
    drug: str
    seized_kg: Count
    seized_kg_low: Count
    seized_kg_high: Count
