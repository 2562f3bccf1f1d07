"""Whether a condition of the plan can change at all: interval arithmetic over what its observables can be.

An observable that is a share or an index lies from 0 to 1, any other from 0 up. The answer is conservative: a condition
called constant is so; one called open may still be constant (``x > x``).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from premortem.lint.logic import FALSE, Truth, known, opened
from premortem.plan.controls.program import NEGLIGIBLE_DIVISOR
from premortem.plan.language import catalogue
from premortem.plan.language.expression import Binary, Condition, Literally, Node, Observed, Unary, Window

BOUNDED = frozenset({"share", "index"})
UNDECIDED = opened("condition")


@dataclass(frozen=True)
class _Range:
    """All values of a number; ``total`` is False if it may have none (a division by nearly nothing)."""

    low: float
    high: float
    total: bool = True


def constancy(condition: Condition) -> Truth:
    """Return true if a condition always holds, false if it never does, open if it may change."""
    return _truth(condition.tree)


def _truth(node: Node) -> Truth:
    match node:
        case Literally(value):
            return known(bool(value))
        case Unary("not", operand):
            return ~_truth(operand)
        case Binary("and", left, right):
            return _truth(left) & _truth(right)
        case Binary("or", left, right):
            return _truth(left) | _truth(right)
        case Binary(sign, left, right):
            return _compare(sign, _range(left), _range(right))
    return UNDECIDED


def _compare(sign: str, left: _Range, right: _Range) -> Truth:
    if sign in {"<", "<="}:
        left, right = right, left
    strict = sign in {"<", ">"}
    always = left.low > right.high if strict else left.low >= right.high
    never = left.high <= right.low if strict else left.high < right.low
    if never:
        return FALSE
    return known(True) if always and left.total and right.total else UNDECIDED


def _range(node: Node) -> _Range:
    match node:
        case Literally(value):
            return _Range(float(value), float(value))
        case Observed(name):
            return _Range(0, 1 if catalogue.observables()[name].unit in BOUNDED else math.inf)
        case Unary(_, operand):
            inner = _range(operand)
            return _Range(-inner.high, -inner.low, inner.total)
        case Window("avg", operand, _):
            return _range(operand)
        case Window(_, operand, _):
            inner = _range(operand)
            return _Range(inner.low - inner.high, inner.high - inner.low, inner.total)
        case Binary(sign, left, right):
            return _combine(sign, _range(left), _range(right))


def _combine(sign: str, left: _Range, right: _Range) -> _Range:
    total = left.total and right.total
    if sign == "/":
        if right.low < NEGLIGIBLE_DIVISOR and right.high > -NEGLIGIBLE_DIVISOR:
            return _Range(-math.inf, math.inf, total=False)
        return _hull(left, right, lambda a, b: a / b if math.isfinite(b) else 0.0, total)
    if sign == "*":
        return _hull(left, right, lambda a, b: a * b if a and b else 0.0, total)
    low, high = (right.low, right.high) if sign == "+" else (-right.high, -right.low)
    return _Range(left.low + low, left.high + high, total)


def _hull(left: _Range, right: _Range, operation: Callable[[float, float], float], total: bool) -> _Range:
    values = [operation(a, b) for a in (left.low, left.high) for b in (right.low, right.high)]
    return _Range(min(values), max(values), total)
