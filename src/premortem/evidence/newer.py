"""Newer files of the ledger's series: read, set beside the packaged rows, and joined to them. ``premortem data update``.

A file is one of the ledger's own tables with newer rows (the same name and columns), or a file as its producer publishes it:
prosecutors' victims (SESNSP, one row a state, year, crime and kind of victim) and drug seizures (CBP, one row a month, office and drug).
"""

from __future__ import annotations

import csv
import dataclasses
import io
import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from premortem import text
from premortem.errors import InputError, Problem, Where, meant
from premortem.evidence import ledger
from premortem.evidence.ledger import Table
from premortem.evidence.months import KG_PER_POUND
from premortem.evidence.vintages import MONTHS, QUARTERS, rules

YEAR = re.compile("[12][0-9]{3}(?![0-9])")
THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?")
SIZE_LIMIT = 500_000_000  # bytes; what the producers publish has up to a few hundred million
TIMES, LEAST = 10, 200
"""A number is refused above so many times the largest that is recorded of its series and place; up to ``LEAST`` none is."""
PLACE = ("series", "iso", "state", "where", "area", "drug")
"""Columns that say of which series and place a row is."""

Row = Mapping[str, Any]
Read = Callable[[list[dict[str, str]], Where], dict[str, list[dict[str, str]]]]

VICTIMS, KIDNAPPING_EXTORTION, SEIZURES = (
    "series.homicide_victims",
    "series.extortion_kidnapping",
    "series.drug_seizures",
)
SPANISH = (
    "Enero Febrero Marzo Abril Mayo Junio Julio Agosto Septiembre Octubre Noviembre Diciembre".split()  # noqa: SIM905
)
ENGLISH = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split()  # noqa: SIM905


@dataclasses.dataclass(frozen=True)
class Change:
    """What newer rows say of one table: cells that were not known, cells with another number, and the last time in each."""

    table: str
    title: str
    added: int
    revised: int
    largest: float  # change of a revised cell over what it was
    last_before: str
    last_now: str


def read(folder: Path) -> dict[str, tuple[Row, ...]]:
    """Return the newer tables of a folder, each joined to the packaged rows: what is newer takes the place of what was.

    Raises
    ------
    InputError
        If there is no such folder, a file is none of the series, a place is not known, a cell stands twice, or is no number, below zero, or
        far beyond what is recorded.
    """
    if not text.is_folder(folder):
        raise InputError(Problem("unreadable", "no such folder", Where(str(folder))))
    found: dict[str, list[dict[str, str]]] = defaultdict(list)
    said: dict[tuple[str, ...], tuple[float, str]] = {}
    for file in sorted(folder.glob("*.csv")):
        for table, rows in _file(file).items():
            _require_agreement(ledger.load().tables[table], rows, Where(str(file)), said)
            found[table] += rows
    if not found:
        raise InputError(Problem("empty", "no series in this folder", Where(str(folder)), allowed=", ".join(_names())))
    return {table: joined(ledger.load().tables[table], rows) for table, rows in found.items()}


def changes(newer: Mapping[str, tuple[Row, ...]]) -> list[Change]:
    """Return what newer rows say beside the packaged ones, table by table."""
    made = []
    for id_, rows in newer.items():
        table = ledger.load().tables[id_]
        before, now = _cells(table, table.rows), _cells(table, rows)
        revised = {place: (before[place], now[place]) for place in before if before[place] != now[place]}
        largest = max((abs(b - a) / max(abs(a), 1.0) for a, b in revised.values()), default=0.0)
        made.append(
            Change(id_, table.title, len(now.keys() - before), len(revised), largest, _last(before), _last(now))
        )
    return made


def joined(table: Table, rows: Iterable[Row]) -> tuple[Row, ...]:
    """Return the packaged rows of a table with newer ones in their place and at their end."""
    keys = _keys(table)
    whole = {tuple(str(row[key]) for key in keys): dict(row) for row in table.rows}
    for row in rows:
        place = tuple(str(row[key]) for key in keys)
        known = whole.setdefault(place, dict.fromkeys(table.columns, "") | dict(zip(keys, place, strict=True)))
        known.update({column: value for column, value in row.items() if value != ""})
    return tuple(whole.values())


def write(newer: Mapping[str, tuple[Row, ...]], folder: Path) -> None:
    """Write tables under the names they have in the ledger."""
    folder.mkdir(parents=True, exist_ok=True)
    for id_, rows in newer.items():
        table = ledger.load().tables[id_]
        out = io.StringIO()
        writer = csv.DictWriter(out, list(table.columns), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        (folder / Path(table.file).name).write_text(out.getvalue(), encoding="utf-8")


def _names() -> dict[str, str]:
    """Return the series that can be renewed: name of the packaged file -> id of the table."""
    return {
        Path(table.file).name: id_
        for id_, table in ledger.load().tables.items()
        if id_ in rules() and table.file.endswith(".csv")
    }


def _file(file: Path) -> dict[str, list[dict[str, str]]]:
    where = Where(str(file))
    rows = _rows(text.read_bytes(file, SIZE_LIMIT), where)
    header = set(rows[0]) if rows else set()
    for columns, reader in _READERS.items():
        if set(columns) <= header:
            return reader(rows, where)
    id_ = _names().get(file.name)
    if id_ is None or not header or header != set(ledger.load().tables[id_].columns):
        allowed = ", ".join(_names()) + "; or a file as SESNSP or CBP publishes it"
        raise InputError(Problem("unknown_series", "none of the series that are known", where, file.name, allowed))
    numbers = _numbers(ledger.load().tables[id_])
    times = header & {rules()[id_].time, "year"}
    keys, first = _keys(ledger.load().tables[id_]), _First()
    for line, row in enumerate(rows, start=2):
        _require_known(id_, row, dataclasses.replace(where, line=line))
        for column in times:
            _require_year(row[column], dataclasses.replace(where, line=line, key=column))
        for column in numbers:
            if row[column] != "":
                at = dataclasses.replace(where, line=line, key=column)
                first.require((*(row[key].strip() for key in keys), column), at, row[column])
                row[column] = _plain(row[column])
                _require_likely(ledger.load().tables[id_], row, column, _count(row[column], at), at)
    return {id_: rows}


def _rows(content: bytes, where: Where) -> list[dict[str, str]]:
    try:
        lines = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        wide = content.startswith(tuple(text.WIDE))
        lines = text.decode(content, where.file) if wide else content.decode("latin-1")  # as prosecutors publish theirs
    try:
        rows: list[dict[str, str]] = list(csv.DictReader(io.StringIO(lines)))
    except csv.Error as error:
        raise InputError(Problem("csv", f"not a table: {error}", where)) from None
    for line, row in enumerate(rows, start=2):
        if None in row or None in row.values():
            at = dataclasses.replace(where, line=line)
            raise InputError(Problem("csv", "more or fewer cells than the first line has", at))
    return rows


class _First:
    """In which line each cell of a file was said first: none is said twice, not even the same."""

    def __init__(self) -> None:
        self.lines: dict[tuple[str, ...], int] = {}

    def require(self, cell: tuple[str, ...], where: Where, found: str) -> None:
        line = self.lines.setdefault(cell, where.line)
        if line != where.line:
            raise InputError(Problem("twice", f"the same as in line {line}", where, found, "each once"))


def _require_agreement(
    table: Table, rows: Iterable[Row], where: Where, said: dict[tuple[str, ...], tuple[float, str]]
) -> None:
    """Refuse a cell for which another file of the folder has another number; ``said``: cell -> number and file, filled here."""
    for cell, number in _cells(table, rows).items():
        other, file = said.setdefault((table.id, *cell), (number, where.file))
        if other != number:
            found = f"{number:g} for {', '.join(part for part in cell if part)}"
            at = dataclasses.replace(where, key=cell[-1])
            raise InputError(
                Problem("twice", f"another number than in {file}", at, found, f"{other:g}, or one of the files")
            )


def _require_known(id_: str, row: Row, where: Where) -> None:
    """Refuse a series or place that the table does not have: nobody would read it."""
    for column in PLACE:
        known = _known(id_, column)
        if known and row[column].strip() not in known:
            at = dataclasses.replace(where, key=column)
            nearest = meant(row[column].strip(), known)
            raise InputError(
                Problem("unknown_place", "no such series or place", at, row[column], ", ".join(known), nearest=nearest)
            )


@cache
def _known(id_: str, column: str) -> tuple[str, ...]:
    """Return what a column of ``PLACE`` can say: what the table's rows say today, and of states any; empty if it has no such column."""
    tables = ledger.load().tables
    if column not in tables[id_].columns:
        return ()
    states = tables["geo.mx_states"].rows if column == "iso" else ()
    return tuple(sorted({str(row[column]) for row in (*tables[id_].rows, *states)}))


def _require_year(cell: str, where: Where) -> None:
    if cell and not YEAR.match(cell.strip()):
        raise InputError(Problem("not_a_year", "not a year", where, cell, "four digits first, as 2026 or 2026-04"))


def _plain(cell: str) -> str:
    """Return a number without the commas that part its thousands; a decimal comma stays, and is refused as no number."""
    return cell.replace(",", "") if THOUSANDS.fullmatch(cell.strip()) else cell


def _number(cell: str, where: Where) -> float:
    try:
        number = float(_plain(cell) or 0)
    except ValueError:
        number = math.nan
    if not abs(number) <= text.LARGEST:
        raise InputError(Problem("not_a_number", "not a number", where, cell))
    return number


def _count(cell: str, where: Where) -> float:
    """Return a number of persons, events or amounts: none of the series has one below zero."""
    if (number := _number(cell, where)) < 0:
        raise InputError(Problem("below_zero", "a number below zero", where, cell, "0 or more"))
    return number


def _require_likely(table: Table, row: Row, column: str, number: float, where: Where) -> None:
    """Refuse a number far beyond the largest that is recorded of its series and place; of a place that is not known, of any place."""
    recorded = _largest(table.id)
    whose = _whose(table, row, column)
    known = recorded.get(whose, max((most for one, most in recorded.items() if one[-1] == whose[-1]), default=math.inf))
    most = max(TIMES * known, LEAST)
    if number > most:
        place = ", ".join(part for part in whose[:-1] if part) or table.title
        allowed = f"up to {most:,.0f}: {TIMES} times the largest recorded of {place} ({known:,.0f}), or {LEAST} if that is more"
        raise InputError(
            Problem("far_beyond", "a number far beyond what is recorded", where, f"{number:,.0f}", allowed)
        )


def _whose(table: Table, row: Row, column: str) -> tuple[str, ...]:
    """Return the series and place of a cell; cells of months and quarters are one series, other columns one each."""
    cell = "" if column in rules()[table.id].cells else column
    return (*(str(row[key]).strip() for key in PLACE if key in table.columns), cell)


@cache
def _largest(id_: str) -> Mapping[tuple[str, ...], float]:
    table = ledger.load().tables[id_]
    most: dict[tuple[str, ...], float] = {}
    for row in table.rows:
        for column in _numbers(table):
            if row[column] != "":
                whose = _whose(table, row, column)
                most[whose] = max(most.get(whose, 0.0), float(row[column]))
    return most


def _sums(table: Table, row: dict[str, str], cells: Mapping[str, float], places: Mapping[str, Where]) -> dict[str, str]:
    """Return a row of the table with sums over rows of a published file; ``places``: where the largest part of each stands."""
    for column, number in cells.items():
        _require_likely(table, row, column, number, places[column])
    return row | _whole(cells)


class _Parts:
    """Sums by row and column, and for each the place in the file of its largest part."""

    def __init__(self) -> None:
        self.total: dict[tuple[str, ...], dict[str, float]] = defaultdict(lambda: defaultdict(float))
        self.places: dict[tuple[str, ...], dict[str, Where]] = defaultdict(dict)
        self.most: dict[tuple[tuple[str, ...], str], float] = {}

    def add(self, row: tuple[str, ...], column: str, number: float, where: Where) -> None:
        self.total[row][column] += number
        if number >= self.most.get((row, column), 0.0):
            self.most[row, column], self.places[row][column] = number, where


def _victims(rows: list[dict[str, str]], where: Where) -> dict[str, list[dict[str, str]]]:
    """Read prosecutors' victims: sums over sex, age and modality by state, year and crime."""
    iso = {row["code"]: row["iso"] for row in ledger.load().tables["geo.mx_states"].rows}
    parts, first = _Parts(), _First()
    for line, row in enumerate(rows, start=2):
        at = dataclasses.replace(where, line=line)
        first.require(_all_but(SPANISH, row), at, f"{row['Año']}, {row['Clave_Ent']}, {row['Subtipo de delito']}")
        _require_year(row["Año"], at)
        state, crime = iso.get(row["Clave_Ent"].strip().zfill(2), ""), row["Subtipo de delito"].strip().casefold()
        if not state:
            cell = dataclasses.replace(at, key="Clave_Ent")
            raise InputError(Problem("unknown_place", "no such state", cell, row["Clave_Ent"], ", ".join(sorted(iso))))
        places = []
        if crime in {"homicidio doloso", "feminicidio"}:
            places.append((VICTIMS, "victims"))
            if "arma de fuego" in row["Modalidad"].casefold():
                places.append((VICTIMS, "firearm"))
        elif crime in {"extorsión", "extorsion"}:
            places.append((KIDNAPPING_EXTORTION, "extortion"))
        elif crime.startswith("secuestro"):
            places.append((KIDNAPPING_EXTORTION, "kidnapping"))
        for table, series in places:
            for name, column in zip(SPANISH, MONTHS, strict=True):
                if row[name].strip():
                    cell = dataclasses.replace(at, key=name)
                    parts.add((table, series, state, row["Año"].strip()), column, _count(row[name], cell), cell)
    made: dict[str, list[dict[str, str]]] = defaultdict(list)
    for key, cells in parts.total.items():
        table, series, state, year = key
        whose = {"series": series, "iso": state, "year": year}
        made[table].append(_sums(ledger.load().tables[table], whose, cells, parts.places[key]))
    return made


def _seizures(rows: list[dict[str, str]], where: Where) -> dict[str, list[dict[str, str]]]:
    """Read CBP's drug seizures at the south-west border: pounds as kilograms, events as they are, by office and month."""
    table = ledger.load().tables[SEIZURES]
    areas, drugs = ({str(row[column]) for row in table.rows} for column in ("area", "drug"))
    parts, first, measured = _Parts(), _First(), ("Sum Qty (lbs)", "Count of Event")
    for line, row in enumerate(rows, start=2):
        at, drug = dataclasses.replace(where, line=line), row["Drug Type"].strip().casefold()
        found = f"{row['FY']}, {row['Month (abbv)']}, {row['Area of Responsibility']}, {row['Drug Type']}"
        first.require(_all_but(measured, row), at, found)
        office = row["Area of Responsibility"].casefold()
        area = next((name for name in areas if office.startswith(name.casefold())), "")
        if drug not in drugs or not area or "southwest" not in row["Region"].casefold():
            continue
        abbreviated = row["Month (abbv)"].strip().upper()
        if abbreviated not in ENGLISH:
            raise InputError(Problem("unknown_month", "no such month", at, row["Month (abbv)"], ", ".join(ENGLISH)))
        month = ENGLISH.index(abbreviated)
        year = str(int(_number(row["FY"][:4], at)) - (month >= 9))
        ports = "ports" if "office of field" in row["Component"].casefold() else "between ports"
        for series, name, unit in zip(("kg", "events"), measured, (KG_PER_POUND, 1), strict=True):
            cell = dataclasses.replace(at, key=name)
            parts.add((series, ports, area, drug, year), MONTHS[month], _count(row[name], cell) * unit, cell)
    made = []
    for key, cells in parts.total.items():
        whose = dict(zip(("series", "where", "area", "drug", "year"), key, strict=True))
        made.append(_sums(table, whose, cells, parts.places[key]))
    return {SEIZURES: made}


def _all_but(measured: Iterable[str], row: Mapping[str, str]) -> tuple[str, ...]:
    """Return what a row of a published file says of what it counts: of each there is one row."""
    return tuple(row[column].strip() for column in row.keys() - set(measured))


def _whole(cells: Mapping[str, float]) -> dict[str, str]:
    return {column: str(round(cells[column])) if column in cells else "" for column in MONTHS}


_READERS: Mapping[tuple[str, ...], Read] = {
    ("Año", "Clave_Ent", "Subtipo de delito", "Modalidad", *SPANISH): _victims,
    (
        "FY",
        "Month (abbv)",
        "Component",
        "Region",
        "Area of Responsibility",
        "Drug Type",
        "Sum Qty (lbs)",
        "Count of Event",
    ): _seizures,
}


def _numbers(table: Table) -> list[str]:
    cells = rules()[table.id].cells
    times = {rules()[table.id].time, "year"}
    texts = {"series", "iso", "state", "area", "where", "drug", "source", "note", "grade"}
    return list(cells) or [
        column for column in table.columns if column not in times | texts and _is_number(table, column)
    ]


def _is_number(table: Table, column: str) -> bool:
    def number(text: str) -> bool:
        try:
            float(text)
        except ValueError:
            return False
        return True

    return all(number(str(row[column])) for row in table.rows if row[column] != "")


def _keys(table: Table) -> list[str]:
    numbers = set(_numbers(table))
    return [column for column in table.columns if column not in numbers and column not in {"source", "note", "grade"}]


def _cells(table: Table, rows: Iterable[Row]) -> dict[tuple[str, ...], float]:
    keys, numbers, found = _keys(table), _numbers(table), {}
    for row in rows:
        for column in numbers:
            if row[column] != "":
                place = (*(str(row[key]) for key in keys), column)
                found[place] = float(row[column])
    return found


def _last(cells: Iterable[tuple[str, ...]]) -> str:
    """Return the latest year, with its month or quarter if cells are by those."""

    def time(place: tuple[str, ...]) -> str:
        year = max((part for part in place if part[:4].isdigit()), default="")
        return f"{year}-{place[-1][1:]}" if place[-1] in {*MONTHS, *QUARTERS} else year

    return max((time(place) for place in cells), default="")
