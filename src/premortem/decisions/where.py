"""Conditions over futures, in the language of plans' conditions: ``consent.mexico = none and duration_weeks > 52``.

A condition may name what was drawn (parameters, fields that the plan leaves open), and any outcome of the study under the plan that is
judged (``campaign_weeks > 52``), under the baseline (``baseline.us_killed``), or the difference of the two (``difference.us_killed``).
Fields that take words, flags among them, are compared by ``=``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from premortem.decisions.frame import Frame
from premortem.errors import InputError, Problem
from premortem.evidence import outcomes as outcome_table
from premortem.plan.controls.arrays import values
from premortem.plan.controls.program import NEGLIGIBLE_DIVISOR
from premortem.plan.language.expression import (
    Binary,
    Condition,
    ConditionError,
    Kind,
    Literally,
    Node,
    Observed,
    OneOf,
    Window,
    unit_of,
    walk,
)
from premortem.study.chunks import OPEN

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

FLAGS = ("false", "true")
BASELINE, DIFFERENCE = "baseline.", "difference."


def parse(text: str, frame: Frame, kept: Sequence[str]) -> Condition:
    """Parse a condition over the futures of a frame.

    Parameters
    ----------
    kept : ids of the outcomes that the study keeps.

    Raises
    ------
    InputError : it is empty or not of the language, names what was not drawn and is no outcome of the study, or cannot tell futures apart.
    """
    if not text.strip():
        raise InputError(Problem("expr_syntax", "an empty condition", allowed="such as campaign_weeks > 52, or none"))
    infos = outcome_table.load()
    names: dict[str, Kind | OneOf] = {
        prefix + id_: unit_of(infos[id_].unit) for id_ in kept for prefix in ("", BASELINE, DIFFERENCE)
    }
    for name, drawn in frame.inputs.items():
        is_flag = name.startswith(OPEN) and set(np.unique(drawn)) <= {0.0, 1.0}
        names[name.removeprefix(OPEN)] = OneOf(FLAGS) if is_flag else "any"
    for name, words in frame.words.items():
        names[name.removeprefix(OPEN)] = OneOf(tuple(np.unique(words).tolist()))
    try:
        condition = Condition.parse(text, names)
    except ConditionError as error:
        place = f"column {error.offset + 1} of the condition: {error.message}"
        if error.kind != "unknown_name_of_results":
            raise InputError(Problem(error.kind, place, found=error.found, allowed=error.allowed)) from None
        allowed = "what was drawn (premortem study screen DIR lists what matters), or an outcome of the study"
        raise InputError(
            Problem(error.kind, place, found=error.found, allowed=allowed, nearest=error.allowed)
        ) from None
    if any(isinstance(node, Window) for node in walk(condition.tree)):
        raise InputError(Problem("expr_type", "avg and change look at weeks; a future has one value", found=text))
    _require_telling(condition)
    return condition


def _require_telling(condition: Condition) -> None:
    """Refuse a condition that divides by zero, or whose comparisons name nothing that differs between futures.

    Raises
    ------
    InputError : it does.
    """
    for node in walk(condition.tree):
        if isinstance(node, Literally) and not np.isfinite(node.value):
            raise InputError(
                Problem("expr_type", "a number too large", found=condition.text, allowed="a finite number")
            )
        if isinstance(node, Binary) and node.operator == "/" and _constant(node.right):
            divisor = float(values(node.right, _nothing))
            if not abs(divisor) >= NEGLIGIBLE_DIVISOR:
                message = "a condition that divides by zero"
                raise InputError(Problem("expr_type", message, found=condition.text, allowed="another divisor"))
    if _constant(condition.tree):
        message, allowed = "a condition that is the same in every future", "what was drawn, or an outcome of the study"
        raise InputError(Problem("expr_type", message, found=condition.text, allowed=allowed))


def _constant(node: Node) -> bool:
    return not any(isinstance(part, Observed) for part in walk(node))


def _nothing(name: str) -> NDArray[np.generic]:
    raise KeyError(name)


def outcomes_of(condition: Condition) -> list[str]:
    """Return the outcomes that a condition names."""
    bare = (name.removeprefix(BASELINE).removeprefix(DIFFERENCE) for name in condition.observables)
    return list(dict.fromkeys(name for name in bare if name in outcome_table.load()))


def holds(condition: Condition, frame: Frame, plan: str) -> Bools:
    """Return in which futures a condition holds, ``[future]``; of outcomes, those of ``plan``.

    Raises
    ------
    InputError : it divides by zero in every future.
    """
    look = _looking(frame, plan)
    if _divided(condition, frame, look).all():
        message = "a condition that divides by zero in every future"
        raise InputError(Problem("expr_type", message, found=condition.text, allowed="another divisor"))
    return np.broadcast_to(np.asarray(values(condition.tree, look), np.bool_), len(frame))


def warnings(condition: Condition, frame: Frame, plan: str) -> Iterator[str]:
    """Yield what to know before quoting how often a condition holds: in how many futures it divides by zero."""
    if count := int(_divided(condition, frame, _looking(frame, plan)).sum()):
        yield f"In {count:,} of {len(frame):,} futures the condition divides by zero: no comparison with that number is true there."


def _divided(condition: Condition, frame: Frame, look: Callable[[str], NDArray[np.generic]]) -> Bools:
    """Return in which futures a condition divides by zero."""
    found = np.zeros(len(frame), np.bool_)
    for node in walk(condition.tree):
        if isinstance(node, Binary) and node.operator == "/":
            found |= ~(np.abs(values(node.right, look)) >= NEGLIGIBLE_DIVISOR)
    return found


def _looking(frame: Frame, plan: str) -> Callable[[str], NDArray[np.generic]]:
    return lambda name: _column(name, frame, plan)


def _column(name: str, frame: Frame, plan: str) -> NDArray[np.generic]:
    if name in frame.outcomes:
        return frame.values(name, plan)
    if (bare := name.removeprefix(BASELINE)) != name and bare in frame.outcomes:
        return frame.values(bare, frame.baseline)
    if (bare := name.removeprefix(DIFFERENCE)) != name and bare in frame.outcomes:
        return frame.difference(bare, plan)
    name, equals, word = name.partition("=")
    column = name if name in frame.inputs else OPEN + name
    if not equals:
        return frame.inputs[column]
    if column in frame.words:
        return np.asarray(frame.words[column] == word)
    return np.asarray(frame.inputs[column] == FLAGS.index(word))
