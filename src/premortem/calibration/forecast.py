"""Forecasts filed before the outcome: quantiles of the model and of every naive rival, joint paths, and digests; scored when data arrive.

A file holds all that a score needs, and a digest of itself: a number that was changed after filing is found and refused.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import scoringrules
from numpy.typing import NDArray
from pydantic import ValidationError, model_validator

from premortem import faults, text
from premortem.calibration import ahead, hindcast
from premortem.calibration.baselines import ANNUAL, BASELINES
from premortem.calibration.targets import MX, TARGETS, US, Target, cells
from premortem.errors import InputError, Problem, Where
from premortem.evidence import calibrated, ledger, months
from premortem.evidence.made_of import model_digest
from premortem.evidence.reading import Entry, data
from premortem.evidence.skill import MODEL
from premortem.evidence.vintages import EVER, Row, Vintage
from premortem.theatre import nowcast

if TYPE_CHECKING:
    from premortem.calibration.ahead import Ahead
    from premortem.frames import pl

LEVELS = (0.01, 0.025, *(round(0.05 * n, 2) for n in range(1, 20)), 0.975, 0.99)
"""Levels of the quantiles: those of the public forecast hubs."""
FUTURES, PATHS = 1000, 100
DIGITS = 4
FOLDER = "forecasts"
REFEREE = "pool"
"""The rival that decides what counts as a failure, named before the outcome: the best of eight afterwards would be chosen by luck."""
DECISIVE = ("homicide_victims_yearly", True)
"""The series whose loss is a failure of the year as a whole, and whether it is of states."""
WITHIN, ENOUGH = 0.8, 5
"""Share of outcomes that must lie in the range of 90 %, where there are enough of them to say."""

SIZE_LIMIT = 50_000_000  # bytes of a filed forecast

Floats = NDArray[np.float64]
Cell = tuple[str, str, str]
"""Target, location and last day of a step."""


class Quantiles(Entry):
    """Quantiles at `LEVELS` of one target at one place for the step that ends on ``target_end``, by model: the model and every rival."""

    target: str
    location: str
    target_end: str
    horizon: int
    values: dict[str, tuple[float, ...]]

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if set(self.values) != {MODEL, *BASELINES}:
            raise ValueError("a forecast of the model is never filed without its naive rivals")
        if any(len(values) != len(LEVELS) or list(values) != sorted(values) for values in self.values.values()):
            raise ValueError(f"needs {len(LEVELS)} quantiles that do not fall")
        if self.target not in TARGETS:
            raise ValueError("no such target")
        return self

    @property
    def cell(self) -> Cell:
        """What is forecast."""
        return self.target, self.location, self.target_end


class Filed(Entry):
    """A forecast of a calendar year, filed on a day from what was known at ``origin``.

    ``model``, ``evidence`` and ``posterior`` are digests of what made it (``none``: the priors). ``paths`` [path, cell]: futures of the
    model, the same one for all cells, in the order of ``quantiles``. ``digest`` of all else.
    """

    period: str
    filed_on: str
    origin: str
    futures: int
    seed: int
    model: str
    evidence: str
    posterior: str
    levels: tuple[float, ...]
    quantiles: tuple[Quantiles, ...]
    paths: tuple[tuple[float, ...], ...]
    digest: str = ""

    def digested(self) -> str:
        """Return the digest of what it holds."""
        held = json.dumps(self.model_dump(exclude={"digest"}), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(held.encode()).hexdigest()


def make(period: str, origin: str, today: datetime.date) -> Filed:
    """Return a forecast of a calendar year from what was known in a month, unfitted.

    Raises
    ------
    InputError : the period is no year, or the origin is no month before its end.
    """
    if not (period.isdigit() and len(period) == 4):
        raise InputError(Problem("period", "a forecast is of a calendar year", found=period, allowed="YYYY"))
    ahead_of = months.of_year(int(period))
    first = months.of(origin) if nowcast.is_month(origin) else ahead_of[-1] + 1
    if first > ahead_of[0]:
        raise InputError(
            Problem(
                "origin", f"a forecast of {period} starts in a month up to its January", found=origin, allowed="YYYY-MM"
            )
        )
    horizon = ahead_of[-1] - first + 1
    model = ahead.simulate(origin, horizon, FUTURES, hindcast.SEED)
    found = list(_cells(model, origin, horizon, period))
    kept = Filed(
        period=period,
        filed_on=today.isoformat(),
        origin=origin,
        futures=FUTURES,
        seed=hindcast.SEED,
        model=model_digest(),
        evidence=ledger.load().digest,
        posterior=calibrated.NONE,
        levels=LEVELS,
        quantiles=tuple(quantiles for quantiles, _ in found),
        paths=tuple(tuple(row) for row in np.stack([paths for _, paths in found], axis=1).tolist()),
    )
    return kept.model_copy(update={"digest": kept.digested()})


def _cells(model: Ahead, origin: str, horizon: int, period: str) -> Iterator[tuple[Quantiles, Floats]]:
    """Yield what is filed: nations by month and year, states by year, with the model's paths."""
    vintage = hindcast.vintage_of(origin)
    for target in TARGETS.values():
        steps: dict[Cell, tuple[int, dict[str, Floats]]] = {}
        for one in hindcast.forecasts(target, origin, model, vintage, horizon, FUTURES):
            for end, samples in zip(one.ends, one.samples, strict=True):
                day = target.date(end)
                if day.startswith(period) and (target.yearly or one.place in {MX, US}):
                    cell = (target.id, one.place, day)
                    steps.setdefault(cell, (one.horizon(end), {}))[1][one.model] = samples
        for (ident, place, day), (step, by_model) in steps.items():
            values = {name: _rounded(np.quantile(samples, LEVELS)) for name, samples in by_model.items()}
            yield (
                Quantiles(target=ident, location=place, target_end=day, horizon=step, values=values),
                np.array(_rounded(by_model[MODEL][:PATHS])),
            )


def _rounded(values: Floats) -> tuple[float, ...]:
    return tuple(float(f"{value:.{DIGITS}g}") for value in values)


def require_new(file: Path) -> None:
    """Refuse a place where a forecast cannot be filed, before it is made.

    Raises
    ------
    InputError : there is such a file, or no such folder.
    """
    if file.exists() or file.is_symlink():
        raise InputError(
            Problem("out", "there is such a file, and what is filed is never overwritten", Where(str(file)))
        )
    if not file.absolute().parent.is_dir():
        raise InputError(Problem("out", "no such folder", found=str(file.absolute().parent)))


def write(filed: Filed, file: Path) -> None:
    """Write a forecast, a line a cell.

    Raises
    ------
    InputError : there is such a file: what is filed is never overwritten.
    """
    given = filed.model_dump()
    long = {name: given.pop(name) for name in ("quantiles", "paths")}
    parts = [f" {json.dumps(name)}: {json.dumps(value)}" for name, value in given.items()]
    for name, rows in long.items():
        lines = ",\n".join("  " + json.dumps(row, separators=(",", ":")) for row in rows)
        parts.append(f' "{name}": [\n{lines}\n ]')
    try:
        with file.open("x", encoding="utf-8") as out:
            out.write("{\n" + ",\n".join(parts) + "\n}\n")
    except OSError as error:
        require_new(file)
        raise InputError(Problem("out", f"cannot be written: {error.strerror}", Where(str(file)))) from None


def packaged() -> tuple[str, ...]:
    """Return the years of the packaged forecasts."""
    folder = data() / FOLDER
    names = (item.name for item in folder.iterdir()) if folder.is_dir() else ()
    return tuple(sorted(name.removesuffix(".json") for name in names))


def read(name: str) -> Filed:
    """Read a filed forecast: a file, or the year of a packaged one.

    Raises
    ------
    InputError : there is none, it is not one, or it was changed after it was filed.
    """
    file = data() / FOLDER / f"{name}.json" if name in packaged() else Path(name)
    if isinstance(file, Path) and not text.is_file(file):
        allowed = f"a file of `premortem forecast file`, or: {', '.join(packaged())}"
        raise InputError(Problem("forecast", "no such forecast", found=name, allowed=allowed))
    try:
        filed = Filed.model_validate_json(
            text.read_bytes(file, SIZE_LIMIT) if isinstance(file, Path) else file.read_bytes()
        )
    except ValidationError as error:
        raise InputError(Problem("forecast", f"not a forecast: {faults.first(error)}", Where(name))) from None
    if filed.digest != filed.digested():
        raise InputError(
            Problem(
                "forecast",
                "changed after it was filed: its digest is another",
                Where(name),
                found=filed.digested(),
                allowed=filed.digest,
            )
        )
    return filed


def scores(filed: Filed, newer: Mapping[str, tuple[Row, ...]] | None = None) -> pl.DataFrame:
    """Return a row a model and cell that is known by now, as `premortem.calibration.hindcast.scores` has them; none while nothing is known.

    Parameters
    ----------
    newer : tables in the place of packaged ones, as `premortem.evidence.newer.read` gives them.
    """
    from premortem.frames import pl

    truth = {ident: cells(target, Vintage(EVER, newer=newer or {})) for ident, target in TARGETS.items()}
    parts = []
    for one in filed.quantiles:
        target = TARGETS[one.target]
        observed = target.observed(truth[one.target], one.location, _end(target, one.target_end))
        for name, values in one.values.items() if observed is not None else ():
            assert observed is not None
            parts.append(
                {
                    "model": name,
                    "origin": filed.origin,
                    "target": one.target,
                    "location": one.location,
                    "horizon": one.horizon,
                    "target_end": one.target_end,
                    "observed": observed,
                    "crps": of_quantiles(np.array(values), observed),
                    "in50": _inside(values, observed, 0.25),
                    "in90": _inside(values, observed, 0.05),
                }
            )
    return pl.DataFrame(parts)


def of_quantiles(values: Floats, observed: float) -> float:
    """Return the CRPS of quantiles at `LEVELS`: twice the mean of their pinball losses."""
    return float(scoringrules.crps_quantile(observed, values, np.array(LEVELS)))


def _inside(values: Iterable[float], observed: float, tail: float) -> float:
    at = dict(zip(LEVELS, values, strict=True))
    return float(at[tail] <= observed <= at[round(1 - tail, 2)])


def _end(target: Target, day: str) -> int:
    return int(day[:4]) if target.span is ANNUAL else months.of(day)


def failures(found: pl.DataFrame) -> tuple[str, ...]:
    """Return what failed, by the rule that stands in docs/forecast_2027.md since before the outcome; the year as a whole comes first."""
    from premortem.frames import pl

    said, lost, series = [], [], 0
    for (ident, states), rows in found.group_by("target", ~pl.col("location").is_in([MX, US]), maintain_order=True):
        series += 1
        title = f"{TARGETS[str(ident)].title}, {'states' if states else 'nation'}"
        means = dict(rows.group_by("model").agg(pl.col("crps").mean()).iter_rows())
        if means[MODEL] > means[REFEREE]:
            lost.append((ident, states))
            said.append(f"{title}: mean score {means[MODEL]:.4g} above the {REFEREE}'s {means[REFEREE]:.4g}")
        ours = rows.filter(pl.col("model") == MODEL)["in90"]
        share = float(np.mean(ours.to_numpy()))
        if len(ours) >= ENOUGH and share < WITHIN:
            said.append(
                f"{title}: {share:.0%} of {len(ours)} outcomes inside the range of 90 %, less than {WITHIN:.0%}"
            )
    if DECISIVE in lost or 2 * len(lost) > series:
        said.insert(0, f"The year as a whole: it lost to the {REFEREE} in {len(lost)} of {series} series")
    return tuple(said)


def about(filed: Filed) -> dict[str, Any]:
    """Return what a forecast was made of, and how much it forecasts."""
    return filed.model_dump(exclude={"quantiles", "paths", "levels"}) | {
        "cells": len(filed.quantiles),
        "paths": len(filed.paths),
    }
