"""What was known when: the ledger as the public could know it on a day (docs/evidence.md).

Every row of a table and every fact has a day from which it counts as known: stated, or by the producer's usual lag, or, where neither is
given, the end of the year of the newest source. A start, a fit or a forecast reads through a `Vintage`, which shows nothing later.
"""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Mapping
from functools import cache
from typing import Any, Literal, Self

from pydantic import model_validator

from premortem.errors import InputError, Problem
from premortem.evidence import ledger as ledger_module
from premortem.evidence import reading
from premortem.evidence.ledger import Fact, Ledger, Table
from premortem.evidence.months import last_day

FILE = "evidence/vintages.toml"
MONTHS = tuple(f"m{month:02d}" for month in range(1, 13))
QUARTERS = tuple(f"q{quarter}" for quarter in range(1, 5))
ALWAYS, EVER = datetime.date.min, datetime.date.max

Row = Mapping[str, Any]


class Rule(reading.Entry):
    """When the rows of one table were first public; the fields are explained at the head of the file."""

    table: str
    dated: Literal["month", "quarter", "year", "fiscal_year", "day", "stated", "standing"]
    time: str = ""
    lag_days: int = 0
    known_on: datetime.date | None = None
    basis: str

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.dated in {"year", "fiscal_year", "stated"} and not self.time:
            raise ValueError(f"dated by {self.dated} needs the column that holds the time")
        if self.dated == "day" and bool(self.time) == (self.known_on is not None):
            raise ValueError("dated by day needs either a column or known_on")
        return self

    def known(self, row: Row) -> datetime.date:
        """Return the day from which a row is known; for rows with a cell a month or quarter, that of its first cell."""
        lag = datetime.timedelta(days=self.lag_days)
        if self.dated == "standing":
            return ALWAYS
        if self.dated in {"month", "quarter"}:
            return self.cell(row, (MONTHS if self.dated == "month" else QUARTERS)[0])
        if self.known_on is not None:
            return self.known_on
        text = str(row[self.time])
        if self.dated == "stated":
            return datetime.date.fromisoformat(text)
        if self.dated == "day":
            return last_day(text) + lag
        year = int(text[:4])
        end = datetime.date(year, 9, 30) if self.dated == "fiscal_year" else datetime.date(year, 12, 31)
        return end + lag

    def cell(self, row: Row, column: str) -> datetime.date:
        """Return the day from which a cell of a month or a quarter is known."""
        month = int(column[1:]) * (1 if self.dated == "month" else 3)
        return last_day(f"{int(row['year'])}-{month:02d}") + datetime.timedelta(days=self.lag_days)

    @property
    def cells(self) -> tuple[str, ...]:
        """The columns that are dated one by one."""
        return {"month": MONTHS, "quarter": QUARTERS}.get(self.dated, ())


class Standing(reading.Entry):
    """A fact that describes a structure: it is used at every start as it was last seen, and this says why."""

    fact: str
    basis: str


@cache
def rules() -> Mapping[str, Rule]:
    """Return the packaged rules by table.

    Raises
    ------
    DataError
        If the file is wrong, with every fault.
    """
    return {rule.table: rule for rule in reading.listed(Rule, FILE, "vintage", "table")}


@cache
def standing() -> Mapping[str, Standing]:
    """Return the facts that describe a structure, by id.

    Raises
    ------
    DataError
        If the file is wrong, with every fault.
    """
    return {one.fact: one for one in reading.listed(Standing, FILE, "standing", "fact")}


def rule_of(table: Table, ledger: Ledger) -> Rule:
    """Return the rule of a table: its own, or the end of the year of its newest source."""
    if (own := rules().get(table.id)) is not None:
        return own
    known, basis = _newest(table.sources, ledger)
    return Rule(table=table.id, dated="day", known_on=known, basis=basis)


def of_fact(fact: Fact, ledger: Ledger) -> tuple[datetime.date, str]:
    """Return the day from which a fact is known, and what says so."""
    if (structure := standing().get(fact.id)) is not None:
        return ALWAYS, structure.basis
    if fact.known_on is not None:
        return fact.known_on, "Day of the publication."
    return _newest(fact.sources, ledger)


def _newest(sources: tuple[str, ...], ledger: Ledger) -> tuple[datetime.date, str]:
    years = [year for key in sources if (year := ledger.sources[key].year)]
    if not years:
        return ALWAYS, "No source shows a year: taken as always known."
    return datetime.date(max(years), 12, 31), "End of the year of the newest source."


@dataclasses.dataclass(frozen=True)
class Vintage:
    """The ledger as it could be known on a day; ``newer`` holds rows of tables that take the place of the packaged ones."""

    as_of: datetime.date
    ledger: Ledger = dataclasses.field(default_factory=ledger_module.load)
    newer: Mapping[str, tuple[Row, ...]] = dataclasses.field(default_factory=dict)

    def rows(self, table: str) -> tuple[Row, ...]:
        """Return the rows of a table that were known, with the cells that were not as empty text."""
        rule = rule_of(self.ledger.tables[table], self.ledger)
        every = self.newer.get(table) or self.ledger.tables[table].rows
        known = [row for row in every if rule.known(row) <= self.as_of]
        if not rule.cells:
            return tuple(known)

        def shown(row: Row) -> Row:
            hidden = [column for column in rule.cells if rule.cell(row, column) > self.as_of]
            return {**row, **dict.fromkeys(hidden, "")} if hidden else row

        return tuple(shown(row) for row in known)

    def fact(self, ident: str) -> Fact:
        """Return a fact.

        Raises
        ------
        InputError
            If it was not known yet.
        """
        fact = self.ledger.facts[ident]
        known, basis = of_fact(fact, self.ledger)
        if known > self.as_of:
            raise InputError(Problem("not_known_yet", f"{ident} was not known on {self.as_of}: {known}. {basis}"))
        return fact

    def number(self, ident: str) -> float:
        """Return the value of a fact that was known.

        Raises
        ------
        InputError
            If it was not known yet, or has no number.
        """
        value = self.fact(ident).value
        if value is None:
            raise InputError(Problem("no_number", f"the fact {ident} has no number"))
        return value

    def months(self, table: str, **where: str) -> dict[str, dict[int, float]]:
        """Return a table of months as state -> month -> value, for rows that equal ``where``; months count as 12 a year from year 0."""
        found: dict[str, dict[int, float]] = {}
        for row in self.rows(table):
            if all(row[column] == value for column, value in where.items()):
                cells = found.setdefault(str(row.get("iso", "")), {})
                for m, column in enumerate(MONTHS):
                    if row[column] != "":
                        month = int(row["year"]) * 12 + m
                        cells[month] = cells.get(month, 0.0) + float(row[column])
        return found
