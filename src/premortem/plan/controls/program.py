"""What a condition computes: its postfix program for the simulation, and a plain evaluator to test that one against."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence

from premortem.plan.language.expression import Binary, Condition, Literally, Node, Observed, Unary, Window

NEGLIGIBLE_DIVISOR = 1e-12
Token = tuple[str, float | str | int]

ARITHMETIC: Mapping[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": lambda left, right: left / right if abs(right) >= NEGLIGIBLE_DIVISOR else math.nan,
}
COMPARISON: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def program(condition: Condition) -> tuple[Token, ...]:
    """Return a condition in postfix order.

    Tokens are ``("number", x)``, ``("observed", name)``, ``("avg" | "change", weeks)``, ``("neg" | "not", 0)`` and
    ``(operator, 0)`` with the operators of the language.

    Examples
    --------
    >>> program(Condition.parse("avg(us_killed, 4) > 5"))
    (('observed', 'us_killed'), ('avg', 4), ('number', 5.0), ('>', 0))
    """
    return tuple(_postfix(condition.tree))


def _postfix(node: Node) -> list[Token]:
    match node:
        case Literally(value):
            return [("number", value)]
        case Observed(name):
            return [("observed", name)]
        case Unary(sign, operand):
            return [*_postfix(operand), ("neg" if sign == "-" else sign, 0)]
        case Window(function, operand, weeks):
            return [*_postfix(operand), (function, weeks)]
        case Binary(sign, left, right):
            return [*_postfix(left), *_postfix(right), (sign, 0)]


def holds(condition: Condition, known: Mapping[str, Sequence[float]], week: int) -> bool:
    """Tell whether a condition holds at the end of a week: the definition, in plain Python.

    Parameters
    ----------
    known
        For each observable, what decision-makers know at the end of each week from 0 (lag and error applied); NaN
        where nothing is known yet.
    week
        The week at whose end the condition is looked at.
    """
    return bool(_value(condition.tree, known, week))


def _value(node: Node, known: Mapping[str, Sequence[float]], week: int) -> float:
    """Return a number (NaN if it cannot be known) or a truth value; a comparison with NaN is false."""
    match node:
        case Literally(value):
            return value
        case Observed(name):
            return known[name][week]
        case Unary(sign, operand):
            inner = _value(operand, known, week)
            return -inner if sign == "-" else not inner
        case Window():
            return _window(node, known, week)
        case Binary("and" | "or", left, right):
            both = bool(_value(left, known, week)), bool(_value(right, known, week))
            return all(both) if node.operator == "and" else any(both)
        case Binary(sign, left, right):
            pair = _value(left, known, week), _value(right, known, week)
            return ARITHMETIC[sign](*pair) if sign in ARITHMETIC else COMPARISON[sign](*pair)


def _window(node: Window, known: Mapping[str, Sequence[float]], week: int) -> float:
    """Return a mean or change over the weeks that exist and are known, NaN if there is none."""
    first = week - node.weeks + (node.function == "avg")
    values = [_value(node.operand, known, past) for past in range(max(first, 0), week + 1)]
    there = [value for value in values if not math.isnan(value)]
    if not there:
        return math.nan
    return sum(there) / len(there) if node.function == "avg" else values[-1] - there[0]
