"""National series by year that an outcome of the model can be held against (``data/history.toml``)."""

from __future__ import annotations

from pydantic import Field

from premortem.evidence import ledger, reading
from premortem.evidence.units import registry
from premortem.evidence.vintages import Vintage

FILE = "history.toml"


class Series(reading.Entry):
    """One national series.

    Attributes
    ----------
    outcome : of the model, summed over each year; ``over`` a parameter that it is divided by, future by future.
    table, year, columns : where the record is; columns are added up, one that is blank counts as nothing but the first.
    where : column -> value of the rows that belong to the series.
    unit, recorded_unit : of the model's number and of the record.
    starts : those the series is judged from, all if empty.
    note : where what is recorded differs from what the model means.
    """

    id: str
    title: str
    outcome: str
    over: str = ""
    table: str
    year: str = "year"
    columns: tuple[str, ...] = Field(min_length=1)
    where: dict[str, str] = Field(default_factory=dict)
    unit: str = "person"
    recorded_unit: str = ""
    starts: tuple[str, ...] = ()
    note: str = ""

    def recorded(self, vintage: Vintage | None = None) -> dict[int, float]:
        """Return year -> record in the model's unit, leaving out what nobody has seen in print; of a vintage, what was known then."""
        found: dict[int, float] = {}
        for row in vintage.rows(self.table) if vintage else ledger.load().tables[self.table].rows:
            unseen = str(row.get("unseen_columns", "")).split()
            if any(row[column] != value for column, value in self.where.items()) or row.get("grade") == "M":
                continue
            if not row[self.columns[0]] or set(self.columns) & set(unseen):
                continue
            total = sum(float(row[column] or 0.0) for column in self.columns)
            if self.recorded_unit:
                total = float(registry().Quantity(total, self.recorded_unit).to(self.unit).magnitude)
            found[int(row[self.year][:4])] = total
        return found


def series() -> tuple[Series, ...]:
    """Return the packaged series.

    Raises
    ------
    DataError
        If the file is wrong, with every fault.
    """
    return reading.listed(Series, FILE, "series", "id")
