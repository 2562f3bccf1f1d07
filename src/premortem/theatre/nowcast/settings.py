"""The file nowcast.toml of a theatre: what a start of any month is made with."""

from __future__ import annotations

import datetime
from typing import Annotated

from pydantic import Field

from premortem.evidence.reading import Entry
from premortem.theatre.folder import Folder
from premortem.theatre.records import Support

FILE = "nowcast.toml"
Month = Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]


class Judged(Entry):
    """A number with its range and what it rests on."""

    value: float
    low: float
    high: float
    facts: tuple[str, ...] = Field(min_length=1)


class Tables(Entry):
    """The start whose tables of organisations hold from a day on."""

    start: str
    since: datetime.date


class Change(Entry):
    """What became of an organisation's members since its table, from the day it was known."""

    organisation: str
    known_on: datetime.date
    factor: float = Field(gt=0)
    low: float = Field(gt=0)
    high: float = Field(gt=0)
    grade: Support
    facts: tuple[str, ...] = Field(min_length=1)
    note: str


class Standing(Entry):
    """A lever that stands elsewhere than in the catalogue, at starts from the day on which that was public."""

    lever: str
    known_on: datetime.date
    level: float
    low: float
    high: float
    facts: tuple[str, ...] = Field(min_length=1)
    note: str


class Term(Entry):
    """The mean of federal forces in a term, up to a day."""

    until: datetime.date
    fact: str


class Growth(Entry):
    """Federal forces after the last term: a straight line from its mean to the sum of some counts."""

    since: datetime.date
    until: datetime.date
    facts: tuple[str, ...] = Field(min_length=1)


class People(Entry):
    """What people, violence before and forces are made with."""

    census: int
    base_years: tuple[int, ...] = Field(min_length=1)
    years_before: int = Field(gt=0)
    forces_spread: float = Field(gt=1)
    northern_guard_since: datetime.date
    term: tuple[Term, ...] = Field(min_length=1)
    growth: Growth
    police_day: datetime.date
    police_rate: str
    police_capital: str
    capital: str
    police_without_rate: tuple[float, float]
    police_rounding: float


class MeanCount(Entry):
    """A count of several years and how many they are."""

    fact: str
    years: float = Field(gt=0)


class Missing(Entry):
    """What the level of those who go missing is made with.

    ``over_homicides``: they over homicides, before a whole year of them was counted. ``change``: spread of yearly changes.
    """

    over_homicides: Judged
    change: Judged


class Drugs(Entry):
    """What seizures, deaths by overdose, the content of fentanyl and firearms seized are made with."""

    first_overdose_year: int
    deaths_growth_kept: Judged
    deaths_spread: Judged
    supply_fell: datetime.date
    first_count: int
    years_compared: int = Field(gt=0)
    through_mexico: dict[str, float]
    purity: dict[str, str] = Field(min_length=1)
    purity_lag_days: int
    exhibits_growth: str
    firearms_scope: str
    firearms_months: tuple[int, int]
    firearms_before: MeanCount


class Rules(Entry):
    """nowcast.toml; the numbers are explained there."""

    first: Month
    half_life_months: float = Field(gt=0)
    months_back: int = Field(gt=0)
    years_together: int = Field(gt=0)
    arrests_stepped_up: datetime.date
    register_over_victims: Judged
    victims_over_daily: Judged
    growth_carried: Judged
    growth_memory_weeks: Judged
    growth_sd: Judged
    state_change: Judged
    nation_change: Judged
    war_lasts_years: int = Field(gt=0)
    people: People
    missing: Missing
    drugs: Drugs
    tables: tuple[Tables, ...] = Field(min_length=1)
    change: tuple[Change, ...] = ()
    standing: tuple[Standing, ...] = ()

    def tables_on(self, day: datetime.date) -> str:
        """Return the start whose tables of organisations hold on a day: the last, or the first of all before it."""
        return max(
            (one for one in self.tables if one.since <= day), key=lambda o: o.since, default=self.tables[0]
        ).start

    def levers_on(self, day: datetime.date) -> dict[str, float]:
        """Return the levers that stand elsewhere than in the catalogue on a day, by the newest of their rows."""
        return {one.lever: one.level for one in sorted(self.standing, key=lambda o: o.known_on) if one.known_on <= day}

    def factors_on(self, day: datetime.date) -> dict[str, float]:
        """Return the factors on members by organisation, of changes since the tables of the day that were known."""
        since = max((one.since for one in self.tables if one.since <= day), default=day)
        found: dict[str, float] = {}
        for change in self.change:
            if since <= change.known_on <= day:
                found[change.organisation] = found.get(change.organisation, 1.0) * change.factor
        return found


def read(folder: Folder) -> Rules | None:
    """Return the rules of a theatre, None if it has starts of its own only.

    Raises
    ------
    InputError
        If the file is wrong.
    """
    return folder.build(Rules, folder.toml(FILE), folder.where(FILE)) if folder.has(FILE) else None
