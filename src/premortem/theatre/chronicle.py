"""What became of every dated event of the ledger: it acts in runs, sets starts, is a text of the gallery, or is recorded only, and why."""

from __future__ import annotations

import csv
import datetime
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, get_args

from premortem.errors import DataError, InputError, Problem
from premortem.evidence import months
from premortem.evidence.reading import data
from premortem.evidence.vintages import EVER, Row, Vintage
from premortem.theatre import records
from premortem.theatre.folder import DEFAULT, Folder, packaged

FILE = "event_roles.csv"
LEDGER = "now.table.events"
NEAR = datetime.timedelta(days=7)  # between an event and its row in events.csv: accounts differ by days
TERM_BEGINS = datetime.timedelta(days=184)  # after an election

Role = Literal["acts", "start", "plan", "recorded"]
ROLES: Mapping[Role, str] = {
    "acts": "is scripted in runs, or in the state of starts that come after it (events.csv)",
    "start": "is in what a start reads: its table of the theatre",
    "plan": "is a text of the gallery: it acts where a plan has it",
    "recorded": "is recorded only",
}


@dataclass(frozen=True)
class Chronicled:
    """A dated event and its role.

    Attributes
    ----------
    date, known_on : of the event, and from when the public knew of it; ``date`` may be a month.
    kind, what, sources, grade : as in the ledger.
    role : one of ``ROLES``.
    by : the effect, the file of the theatre or the plan by which it acts; empty if it is recorded only.
    why : why it is recorded only.
    """

    date: str
    known_on: str
    kind: str
    what: str
    sources: str
    grade: str
    role: Role
    by: str
    why: str

    def as_json(self) -> dict[str, Any]:
        """Return the event for programs."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


def chronicle(since: str = "") -> tuple[Chronicled, ...]:
    """Return the dated events of the ledger from a day or month on, by date, each with its role.

    Raises
    ------
    InputError
        If ``since`` is no day or month.
    DataError
        If an event has no role, or a role speaks of no event.
    """
    if since:
        try:
            datetime.date.fromisoformat(since if since.count("-") > 1 else f"{since}-01")
        except ValueError:
            raise InputError(
                Problem("since", "no day or month", found=since, allowed="2025-06-14 or 2025-06")
            ) from None
    told = sorted((_chronicled(row) for row in Vintage(EVER).rows(LEDGER)), key=lambda one: one.date)
    return tuple(one for one in told if one.date >= since)


@cache
def _roles() -> Mapping[tuple[str, str], Mapping[str, str]]:
    rows = csv.DictReader(data().joinpath(FILE).read_text(encoding="utf-8").splitlines())
    return {(row["kind"], row["date"]): row for row in rows}


def _chronicled(event: Row) -> Chronicled:
    roles, kind = _roles(), event["kind"]
    row = roles.get((kind, event["date"])) or roles.get((kind, ""))
    if row is None or row["role"] not in get_args(Role):
        raise DataError(Problem("event_role", f"{FILE}: no role for an event", found=f"{event['date']} {kind}"))
    kept = {name: event[name] for name in ("date", "known_on", "kind", "what", "sources", "grade")}
    return Chronicled(**kept, role=row["role"], by=row["by"], why=row["why"])  # type: ignore[arg-type]


def faults(plans: Collection[str]) -> list[str]:
    """Return what is wrong with the roles: rows that speak of no event, and ways to act that do not exist.

    ``plans``: ids of the packaged plans.
    """
    events = {(row["kind"], date) for row in Vintage(EVER).rows(LEDGER) for date in (row["date"], "")}
    found = [f"no such event: {kind} {date}" for kind, date in _roles() if (kind, date) not in events]
    files = {place.name for place in packaged()[DEFAULT].iterdir()}
    acting = Folder.find(DEFAULT).table("events.csv", records.Event)
    for one in chronicle():
        day = months.last_day(one.date)
        latest = day + (TERM_BEGINS if one.kind == "election" else NEAR)
        exists = {
            "acts": any(event.effect == one.by and day - NEAR <= event.date <= latest for event in acting),
            "start": one.by in files,
            "plan": one.by in plans,
            "recorded": bool(one.why) and not one.by,
        }
        if not exists[one.role]:
            found.append(f"{one.date} {one.kind}: {one.role} by {one.by!r}")
    return found
