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


class Rules(Entry):
    """nowcast.toml; the numbers are explained there."""

    first: Month
    half_life_months: float = Field(gt=0)
    register_over_victims: Judged
    victims_over_daily: Judged
    growth_carried: Judged
    growth_memory_weeks: Judged
    growth_sd: Judged
    state_change: Judged
    nation_change: Judged
    tables: tuple[Tables, ...] = Field(min_length=1)
    change: tuple[Change, ...] = ()

    def tables_on(self, day: datetime.date) -> str:
        """Return the start whose tables of organisations hold on a day: the last, or the first of all before it."""
        return max(
            (one for one in self.tables if one.since <= day), key=lambda o: o.since, default=self.tables[0]
        ).start

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
