"""What a condition is over arrays of results: the same as week by week (`premortem.plan.controls.program`), for all futures at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from premortem.plan.controls.program import ARITHMETIC, COMPARISON, NEGLIGIBLE_DIVISOR
from premortem.plan.language.expression import Binary, Literally, Node, Observed, Unary, Window

Values = NDArray[Any]


def values(node: Node, look: Callable[[str], Values]) -> Values:
    """Return what a condition's tree is, as `premortem.plan.controls.program.holds` defines it week by week.

    Parameters
    ----------
    look : returns what a name of the tree stands for: ``[future, week]``, or ``[future]`` where no window looks at weeks; NaN where
        nothing is known.
    """
    match node:
        case Literally(value):
            return np.asarray(value)
        case Observed(name):
            return look(name)
        case Unary(sign, operand):
            inner = values(operand, look)
            return -inner if sign == "-" else ~inner.astype(bool)
        case Window(function, operand, weeks):
            return _window(function, values(operand, look), weeks)
        case Binary(sign, left, right):
            return _joined(sign, values(left, look), values(right, look))


def _joined(sign: str, left: Values, right: Values) -> Values:
    if sign == "and":
        return np.logical_and(left, right)
    if sign == "or":
        return np.logical_or(left, right)
    if sign == "/":
        fine = np.abs(right) >= NEGLIGIBLE_DIVISOR
        return np.where(fine, left / np.where(fine, right, 1.0), np.nan)
    return np.asarray((ARITHMETIC | COMPARISON)[sign](left, right))  # type: ignore[operator]


def _window(function: str, found: Values, weeks: int) -> Values:
    """Return the mean of what is known of the last weeks, or the change since the oldest of it, week by week."""
    made = np.full(found.shape, np.nan)
    for week in range(found.shape[1]):
        past = found[:, max(week - weeks + (function == "avg"), 0) : week + 1]
        known = ~np.isnan(past)
        some = known.any(axis=1)
        if function == "avg":
            total = np.where(known, past, 0.0).sum(axis=1)
            made[some, week] = (total / np.maximum(known.sum(axis=1), 1))[some]
        else:
            first = past[np.arange(len(past)), known.argmax(axis=1)]
            newest = past[np.arange(len(past)), -1 - known[:, ::-1].argmax(axis=1)]
            made[some, week] = (newest - first)[some]
    return made
