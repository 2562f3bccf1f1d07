"""What each of several adds to what all are worth together (Shapley, A value for n-person games, 1953)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import factorial
from typing import Any

from numpy.typing import NDArray


def shares(names: Sequence[str], worth: Mapping[frozenset[str], NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Return the average change that comes with each name, over all orders in which they can come; together they make the whole change.

    ``worth``: set of names -> any array, of every set, the empty one too.
    """
    found = {}
    for name in names:
        total = 0.0 * worth[frozenset()]
        for before, reached in worth.items():
            if name not in before:
                orders = factorial(len(before)) * factorial(len(names) - len(before) - 1)
                total += orders * (worth[before | {name}] - reached)
        found[name] = total / factorial(len(names))
    return found
