"""A start of any month as files of a theatre: what theatre.toml, starts.csv, drugs.csv and overdoses.csv gain (docs/theatre.md)."""

from __future__ import annotations

import csv
import datetime
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from premortem.errors import InputError, Problem
from premortem.evidence import months
from premortem.evidence.vintages import EVER, Row, Vintage
from premortem.theatre import records
from premortem.theatre.folder import Folder
from premortem.theatre.nowcast import drugs, missing, people, settings, violence
from premortem.theatre.nowcast.settings import People, Rules

MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
DECIMALS = 4  # of what theatre.toml says of a level
WEEK = datetime.timedelta(weeks=1)
Z90 = violence.Z90


@dataclass(frozen=True)
class Built:
    """A start: its entry of theatre.toml, its rows by file, and the last day of the newest month of homicides that was read."""

    id: str
    entry: Mapping[str, Any]
    rows: Mapping[str, tuple[Mapping[str, str], ...]]
    newest: datetime.date


def is_month(start: str) -> bool:
    """Whether a start is asked for as a month, ``2019-03``."""
    return MONTH.fullmatch(start) is not None


def first_monday(month: str) -> datetime.date:
    """Return the first Monday of a month.

    >>> first_monday("2026-04")
    datetime.date(2026, 4, 6)
    """
    first = datetime.date.fromisoformat(f"{month}-01")
    return first + datetime.timedelta(days=-first.weekday() % WEEK.days)


def newest_start(vintage: Vintage) -> str:
    """Return the last month whose start can be built: the one after the newest national level was public."""
    return months.text(months.of_day(violence.newest_report(vintage)) + 1)


def build(rules: Rules, vintage: Vintage, start: str, date: datetime.date, title: str) -> Built:
    """Return a start from what the vintage shows."""
    found = violence.levels(vintage, rules, date)
    gone, gone_spread = missing.level(vintage, rules.missing, date, found.yearly)
    kilograms = drugs.seized(vintage, rules.drugs, months.year_of(date))
    entry = {
        "date": date,
        "title": title,
        "organisations": rules.tables_on(date),
        "arrest_step": float(date >= rules.arrests_stepped_up),
        "supply_fell": float(date >= rules.drugs.supply_fell),
        "firearms_seized": round(drugs.firearms_seized(vintage, rules.drugs)),
        "homicides_spread_national": round(found.national_spread, DECIMALS),
        "missing_spread": round(gone_spread, DECIMALS),
        "national_growth": round(found.growth, DECIMALS),
        "national_growth_sd": found.growth_sd,
        "newest_homicides": found.newest,
        "members_factor": rules.factors_on(date),
        "levers": rules.levers_on(date),
        "wars": {iso: round(rise, DECIMALS) for iso, rise in violence.wars(vintage, rules, date, found.yearly).items()},
    }
    rows = {
        "starts.csv": tuple(_states(start, date, vintage, rules.people, found, gone)),
        "drugs.csv": tuple(
            _text(
                {
                    "start": start,
                    "drug": drug,
                    "seized_kg": round(used),
                    "seized_kg_low": round(low),
                    "seized_kg_high": round(high),
                }
            )
            for drug, (low, used, high) in kilograms.items()
        ),
        "overdoses.csv": tuple(
            _text(
                {
                    "start": start,
                    "years": one.years,
                    "deaths_a_year": round(one.deaths),
                    "others_a_year": round(one.others),
                    "deaths_spread": f"{one.spread:.{DECIMALS}f}",
                    "deaths_growth": f"{one.growth:.{DECIMALS}f}",
                }
            )
            for one in drugs.overdoses(vintage, rules.drugs, date)
        ),
    }
    return Built(start, entry, rows, found.newest)


def _states(
    start: str,
    date: datetime.date,
    vintage: Vintage,
    rules: People,
    found: violence.Levels,
    gone: Mapping[str, float],
) -> Iterable[Mapping[str, str]]:
    residents, counts = people.population(vintage, rules, date), people.registered(vintage)
    before = people.mean_deaths(counts, range(date.year - rules.years_before, date.year))
    base = people.base_rate(vintage, rules, counts)
    federal = people.federal_forces(vintage, rules, date)
    police = people.state_police(vintage, rules)
    low, high = found.at(-Z90), found.at(Z90)
    for iso in people.states(vintage):
        yield _text(
            {
                "start": start,
                "code": iso,
                "population": round(residents[iso]),
                "homicides": found.yearly[iso],
                "homicides_low": low[iso],
                "homicides_high": high[iso],
                "homicides_before": before[iso],
                "homicides_base": base[iso] * residents[iso],
                "federal_forces": round(federal[iso][0]),
                "federal_forces_low": round(federal[iso][0] / rules.forces_spread),
                "federal_forces_high": round(federal[iso][0] * rules.forces_spread),
                "northern_guard": round(federal[iso][1]),
                "state_police": round(police[iso][1]),
                "state_police_low": round(police[iso][0]),
                "state_police_high": round(police[iso][2]),
                "homicides_spread": f"{found.spread[iso]:.4f}",
                "missing": round(gone[iso], 1),
            }
        )


def _text(values: Mapping[str, Any]) -> dict[str, str]:
    """Write a count or text as it is and anything else to two decimals."""
    return {name: f"{v:.2f}" if isinstance(v, float) and name != "years" else str(v) for name, v in values.items()}


def by_default(folder: Folder, start: str) -> Folder:
    """Return a folder that starts at one of its starts by default."""
    theatre = re.sub(r'(?m)^default_start = ".*?"', f'default_start = "{start}"', folder.content("theatre.toml"))
    return folder.with_files({"theatre.toml": theatre})


def with_start(folder: Folder, built: Built) -> Folder:
    """Return a folder that has the start beside its own, and starts there by default."""
    files = {file: folder.content(file) + _csv(folder.content(file), rows) for file, rows in built.rows.items()}
    files["theatre.toml"] = folder.content("theatre.toml") + _toml(built)
    return by_default(folder.with_files(files), built.id)


def _csv(header: str, rows: Iterable[Mapping[str, str]]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, header.splitlines()[0].split(","), lineterminator="\n")
    writer.writerows(rows)
    return out.getvalue()


def _toml(built: Built) -> str:
    def written(value: Any) -> str:
        if isinstance(value, str):
            return f'"{value}"'
        if isinstance(value, Mapping):
            return "{ " + ", ".join(f'"{key}" = {written(one)}' for key, one in value.items()) + " }"
        return value.isoformat() if isinstance(value, datetime.date) else repr(value)

    lines = [f"{key} = {written(value)}" for key, value in built.entry.items()]
    return "\n".join(["", f"[starts.{built.id}]", *lines, ""])


def prepared(folder: Folder, start: str, newer: Mapping[str, tuple[Row, ...]] | None = None) -> Folder:
    """Return the folder with a start that is asked for as a month, if the theatre has rules for it and no such start of its own.

    Parameters
    ----------
    newer : rows that take the place of tables of the ledger.

    Raises
    ------
    InputError
        If the month is before the first of the rules, or after the newest that the records carry.
    """
    if not is_month(start) or (rules := settings.read(folder)) is None:
        return folder
    own = folder.build(records.Settings, folder.toml("theatre.toml"), folder.where("theatre.toml")).starts
    if start in own:
        return by_default(folder, start)
    date = first_monday(start)
    first, newest = reach(rules, newer)
    if not first <= start <= newest:
        late = "the newest national count of homicides was public the month before the last start that can be built"
        why = late if start > newest else "no such month among the starts"
        problem = Problem("start", why, found=start, allowed=f"{first} to {newest}")
        raise InputError(problem)
    vintage = Vintage(date, newer=newer or {})
    return with_start(folder, build(rules, vintage, start, date, f"from what was public on {date.isoformat()}"))


def reach(rules: Rules, newer: Mapping[str, tuple[Row, ...]] | None = None) -> tuple[str, str]:
    """Return the first and the last month that a start can be asked for, by the rules of a theatre and its records."""
    return rules.first, newest_start(Vintage(EVER, newer=newer or {}))


def required(folder: Folder, start: str, newer: Mapping[str, tuple[Row, ...]] | None = None) -> Folder:
    """Return the folder with a start of a month, its default.

    Raises
    ------
    InputError
        As `prepared`, and if the start is no month or the theatre has no rules for a start of any month.
    """
    if not is_month(start):
        raise InputError(Problem("start", "not a month", found=start, allowed="a year and a month, 2019-03"))
    if settings.read(folder) is None:
        raise InputError(
            Problem("start", f"the theatre has no {settings.FILE}: only its own starts", found=folder.name)
        )
    return prepared(folder, start, newer)
