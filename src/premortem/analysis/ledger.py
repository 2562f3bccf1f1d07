"""Where everything went: what the accounts of one unit gave and took over a run, as means and ranges over futures.

A study keeps the change of every account, not each flow between two: from givers to takers everything passes one ledger, whose two sides
are equal.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from premortem.analysis.compare import Interval
from premortem.errors import InputError, Problem, RunError
from premortem.frames import pl
from premortem.study.provenance import AccountRecord, Provenance
from premortem.study.reading import as_words
from premortem.study.store import Store

LEAST = 1e-3  # of a unit, in the mean; below it an account has not moved
NOISE = 1e-6  # of the mean size of an account: what single precision leaves


@dataclass(frozen=True)
class Flowed:
    """One account over the run: the mean change and its range over futures; below zero it gave."""

    name: str
    meaning: str
    mean: float
    low: float
    high: float


def units(accounts: Mapping[str, AccountRecord]) -> tuple[str, ...]:
    """Return the units of a study's accounts."""
    return tuple(sorted({account.unit for account in accounts.values()}))


def flowed(table: pl.DataFrame, accounts: Mapping[str, AccountRecord], plan: str, unit: str) -> list[Flowed]:
    """Return the accounts of a unit that changed under a plan, greatest first; an account of the world outside gives what it counts.

    Parameters
    ----------
    table : a row per plan and future (``Store.table``).
    accounts : of the study, by name (``Provenance.accounts``).
    """
    found: list[Flowed] = []
    fine = table.filter((pl.col("plan") == plan) & pl.col("fault").is_null())
    for name, account in accounts.items():
        column = f"account.{name}"
        if account.unit != unit or column not in fine.columns:
            continue
        values = fine[column].drop_nulls().to_numpy() * (-1 if account.source else 1)
        if len(values) and np.abs(values).max() > NOISE * max(1.0, float(np.abs(values).mean())):
            range_ = Interval.of(values)
            if abs(values.mean()) > LEAST:
                found.append(Flowed(name, account.meaning, float(values.mean()), range_.low, range_.high))
    return sorted(found, key=lambda one: -abs(one.mean))


def edges(table: pl.DataFrame, provenance: Provenance) -> Iterator[dict[str, Any]]:
    """Yield a row for every account that gave or took, as a Sankey reads it: source, target, value, unit; the mean over futures."""
    for plan in provenance.plans:
        for unit in units(provenance.accounts):
            for one in flowed(table, provenance.accounts, plan, unit):
                hub = f"ledger ({unit})"
                gave = one.mean < 0
                low, high = (-one.high, -one.low) if gave else (one.low, one.high)
                yield {
                    "plan": plan,
                    "source": one.name if gave else hub,
                    "target": hub if gave else one.name,
                    "value": abs(one.mean),
                    "unit": unit,
                    "low": low,
                    "high": high,
                    "meaning": one.meaning,
                }


def export(store: Store, target: str | Path) -> None:
    """Write the edges of all plans of a study as CSV or JSON, by the ending of the name.

    Raises
    ------
    InputError : another ending, or the study keeps no accounts.
    RunError : the file cannot be written.
    """
    target = Path(target)
    if target.suffix not in {".csv", ".json"}:
        raise InputError(Problem("format", "no such format for the ledger", found=target.name, allowed=".csv, .json"))
    frame = pl.DataFrame(list(edges(store.table().collect(), store.provenance)))
    if frame.is_empty():
        raise InputError(Problem("no_accounts", "the study holds no accounts, or none moved"))
    partial = target.with_name(f".{target.stem}.partial{target.suffix}")
    try:
        frame.with_columns(as_words()).write_csv(partial) if target.suffix == ".csv" else frame.write_json(partial)
        partial.replace(target)
    except OSError as error:
        raise RunError(Problem("storage", f"cannot write {target}: {error.strerror or error}")) from None
    finally:
        partial.unlink(missing_ok=True)
