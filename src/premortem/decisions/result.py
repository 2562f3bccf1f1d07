"""What every method of decision returns, and how it refuses when the futures are too few for it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from premortem.errors import InputError, Problem, nearest


@dataclass(frozen=True)
class Table:
    """A table for people: cells are text, the first column names the row."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


@dataclass(frozen=True)
class Result:
    """The answer of one method.

    Attributes
    ----------
    method : its name, as in ``premortem decide METHOD``.
    inputs : what it was asked and what it read: plans, baseline, reading, futures, failed runs, options.
    result : the numbers, unrounded, as JSON can hold them.
    uncertainty : how sure they are: intervals, resamples, stability.
    warnings : what a reader must know before quoting a number.
    words : what it says, in sentences.
    tables : the same for people, rounded.
    """

    method: str
    inputs: Mapping[str, Any]
    result: Mapping[str, Any]
    uncertainty: Mapping[str, Any]
    warnings: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    tables: tuple[Table, ...] = field(default=(), compare=False)

    def as_json(self) -> dict[str, Any]:
        """Return it for programs: ``method, inputs, result, uncertainty, warnings``."""
        return {
            "method": self.method,
            "inputs": dict(self.inputs),
            "result": dict(self.result),
            "uncertainty": dict(self.uncertainty),
            "warnings": list(self.warnings),
        }


READING_WORDS = {"as_likely": "As likely to unfold", "carried_out": "Carried out as written"}


def together(results: Mapping[str, Result]) -> Result:
    """Return one result of a method under several readings: what differs stands by reading; a warning of some readings alone names them."""
    first = next(iter(results.values()))
    apart = ("reading", "futures", "failed")
    ran = {"new_runs": sum(one.inputs["new_runs"] for one in results.values())} if "new_runs" in first.inputs else {}
    return Result(
        method=first.method,
        inputs={key: value for key, value in first.inputs.items() if key not in apart}
        | ran
        | {"readings": {name: {key: one.inputs[key] for key in apart[1:]} for name, one in results.items()}},
        result={name: one.result for name, one in results.items()},
        uncertainty={name: one.uncertainty for name, one in results.items()},
        warnings=tuple(
            dict.fromkeys(
                said if all(said in other.warnings for other in results.values()) else f"{READING_WORDS[name]}: {said}"
                for name, one in results.items()
                for said in one.warnings
            )
        ),
        words=tuple(f"{READING_WORDS[name]}: {said}" for name, one in results.items() for said in one.words),
        tables=tuple(
            replace(table, title=f"{READING_WORDS[name]}: {table.title}")
            for name, one in results.items()
            for table in one.tables
        ),
    )


def require_futures(method: str, futures: int, fewest: int, why: str) -> None:
    """Check, before anything is computed, that there are enough futures.

    Raises
    ------
    InputError : there are not; it says how many would be enough.
    """
    if futures < fewest:
        raise InputError(
            Problem(
                "too_few",
                f"too few futures for {method}: {why}",
                found=f"{futures:,} futures finished under all plans asked for",
                allowed=f"at least {fewest:,}",
            )
        )


def require_level(level: object, outcome: str) -> None:
    """Check that a level that an outcome is measured by is a finite number.

    Raises
    ------
    InputError : it is not.
    """
    if isinstance(level, bool) or not isinstance(level, int | float | np.number) or not math.isfinite(level):
        raise InputError(
            Problem("level", "not a level of an outcome", found=f"{outcome}: {level}", allowed="a finite number")
        )


def require_known(what: str, asked: Sequence[str], known: Sequence[str], where: str) -> None:
    """Check that names exist.

    Raises
    ------
    InputError : one does not; it says which would.
    """
    unknown = [name for name in asked if name not in known]
    if unknown:
        raise InputError(
            *(
                Problem(
                    f"unknown_{what.replace(' ', '_')}",
                    f"no such {what} {where}",
                    found=name,
                    allowed=_listed(known),
                    nearest=nearest(name, known),
                )
                for name in unknown
            )
        )


def _listed(names: Sequence[str], most: int = 12) -> str:
    more = len(names) - most
    return ", ".join(names[:most]) + (f", and {more} more" if more > 0 else "")
