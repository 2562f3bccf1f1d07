"""Reads findings: those of the package and those of a person's file; every fault with file, key, what was found and what is allowed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from types import MappingProxyType

from pydantic import ValidationError

from premortem import faults
from premortem import text as texts
from premortem.calibration.findings.places import known
from premortem.calibration.findings.schema import MISSING, Finding, FindingFile
from premortem.errors import DataError, InputError, Problem, Where, nearest
from premortem.evidence import ledger, outcomes, priors, units
from premortem.evidence.reading import data, line_of, parse
from premortem.plan.language import catalogue
from premortem.plan.language.runnable import RUN_WEEKS
from premortem.theatre import load
from premortem.theatre.folder import DEFAULT

FOLDER = "findings"
SIZE_LIMIT = 4_000_000
"""Bytes of a file that a person brings."""
EARLIEST = date(1980, 1, 1)
"""No finding begins earlier. Runs begin from 2007 on, and that of a study before is said to be moved; the oldest packaged is of 1985."""


@cache
def packaged() -> Mapping[str, Finding]:
    """Return the packaged findings by id, file by file.

    Raises
    ------
    DataError
        If a packaged file is wrong, with every fault.
    """
    found: dict[str, Finding] = {}
    files = sorted((f for f in (data() / FOLDER).iterdir() if f.name.endswith(".toml")), key=lambda f: f.name)
    for file in files:
        name = f"{FOLDER}/{file.name}"
        for one in _checked(name, file.read_bytes(), found):
            found[one.id] = one
    return MappingProxyType(found)


def read(path: str | Path) -> tuple[Finding, ...]:
    """Return the findings of a file, with ids that may be those of packaged ones.

    Raises
    ------
    InputError
        If the file cannot be read or is wrong, with every fault.
    """
    try:
        text = texts.read(path, SIZE_LIMIT)
    except FileNotFoundError:
        raise InputError(Problem("missing_file", "no such file", Where(str(path)))) from None
    try:
        found = tuple(_checked(str(path), text.encode(), {}))
    except DataError as error:
        raise InputError(*error.problems) from None
    if problems := [
        problem for one in found for problem in (*_period(one, str(path), text), *places(one, str(path), text))
    ]:
        raise InputError(*problems)
    return found


def _period(one: Finding, name: str, text: str) -> Iterator[Problem]:
    """Yield what is wrong with the first day of a finding: no run begins near it."""
    theatre = load(DEFAULT)
    last = theatre.date + timedelta(weeks=RUN_WEEKS)
    if not EARLIEST <= one.start < last:
        where = Where(name, line_of(one.id, text), key=f"{one.id} start")
        yield Problem("out_of_range", "no run begins near it", where, str(one.start), f"{EARLIEST} to before {last}")


def places(one: Finding, name: str, text: str) -> Iterator[Problem]:
    """Yield the places of a finding that the theatre does not know."""
    if one.run is None:
        return
    allowed = known(load(DEFAULT))
    where = Where(name, line_of(one.id, text), key=f"{one.id} run")
    for key in ("places", "read", "against"):
        for word in getattr(one.run, key):
            if word not in allowed:
                near = nearest(word, allowed)
                yield Problem("unknown_place", f"{key}: no such place", where, word, ", ".join(allowed), near)


def _checked(name: str, content: bytes, others: Mapping[str, Finding]) -> list[Finding]:
    text, raw = content.decode(), parse(name, content)
    try:
        file = FindingFile.model_validate(raw)
    except ValidationError as error:
        raise DataError(*_faults(error, name, text, raw)) from None
    own = {source.key for source in file.source}
    problems = [
        problem for one in file.finding for problem in _links(one, own, Where(name, line_of(one.id, text), key=one.id))
    ]
    seen = dict.fromkeys(others, "")
    for one in file.finding:
        if one.id in seen:
            problems.append(Problem("twice", "the id is already used", Where(name, key=one.id), found=one.id))
        seen[one.id] = ""
    if problems:
        raise DataError(*problems)
    return list(file.finding)


def _faults(error: ValidationError, name: str, text: str, raw: Mapping[str, object]) -> Iterator[Problem]:
    details = error.errors(include_url=False)
    # not what is left of a list whose wrong entries are named already
    wrong = [one for one in details if one["type"] != "too_short" or not one["input"]]
    for place, fault in faults.in_words(wrong, FindingFile):
        ident = ""
        if len(place) > 1 and isinstance(place[1], int):
            rows = raw.get(str(place[0]))
            row = rows[place[1]] if isinstance(rows, list) and place[1] < len(rows) else None
            ident = str(row.get("id", row.get("key", ""))) if isinstance(row, dict) else ""
        where = Where(name, line_of(ident, text) if ident else 0, key=f"{ident} {faults.key(place)}".strip())
        yield replace(fault, kind="finding", where=where)


def _links(one: Finding, own: Iterable[str], where: Where) -> Iterator[Problem]:
    book, printed = ledger.load(), outcomes.load()
    sources = {*book.sources, *own}
    for key in one.sources:
        if key not in sources:
            yield Problem("unresolved", "sources: no such source", where, found=key, nearest=nearest(key, sources))
    for ident in one.facts:
        if ident not in book.records:
            yield Problem(
                "unresolved", "facts: no such entry", where, found=ident, nearest=nearest(ident, book.records)
            )
    if one.run is not None and isinstance(one.run.dose, str):
        try:
            priors.parse(one.run.dose, replace(where, key=f"{one.id} run.dose"))
        except InputError as error:
            yield from error.problems
    if not units.known(one.unit):
        yield Problem(
            "unit", "unit: not in the registry", where, found=one.unit, allowed="units of data/evidence/units.txt"
        )
    if one.outcome not in printed and not (one.outcome.startswith(MISSING) and one.outcome != MISSING):
        yield Problem(
            "unknown_outcome",
            "outcome: no such outcome",
            where,
            found=one.outcome,
            allowed=f"an id of outcomes.toml, or {MISSING}<name>",
            nearest=nearest(one.outcome, printed),
        )
    per = "" if one.run is None else one.run.per
    if per and (per not in printed or printed[per].regional):
        national = [name for name, outcome in printed.items() if not outcome.regional]
        yield Problem(
            "unknown_outcome",
            "run.per: no such outcome of the nation",
            where,
            found=per,
            nearest=nearest(per, national),
        )
    pulled = {"intervention.name": getattr(one.intervention, "name", ""), "run.lever": one.run.lever if one.run else ""}
    for key, name in pulled.items():
        if name and name not in catalogue.levers():
            yield Problem(
                "unknown_lever", f"{key}: no such lever", where, found=name, nearest=nearest(name, catalogue.levers())
            )
