"""Results counted: halves apart, what counts as a test apart from checks of consistency, losses first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from premortem.calibration.findings.verdicts import VERDICTS

WORDS = {
    "inside": "inside",
    "outside": "outside",
    "wrong_sign": "wrong sign",
    "not_expressible": "cannot be expressed",
}
LOSSES_FIRST = ("wrong_sign", "outside", "inside", "not_expressible")


def ordered(rows: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return results with losses first, those with power before those without."""
    return sorted(rows, key=lambda one: (LOSSES_FIRST.index(one["verdict"]), not one["power"], one["id"]))


def counted(rows: Iterable[Mapping[str, Any]]) -> dict[str, tuple[int, int]]:
    """Return by verdict how many there are, and how many of them have power."""
    kept = list(rows)
    return {
        verdict: (
            sum(one["verdict"] == verdict for one in kept),
            sum(one["verdict"] == verdict and one["power"] for one in kept),
        )
        for verdict in VERDICTS
    }
