"""The unit registry of the ledger: which units exist, and how they convert (data/evidence/units.txt)."""

from __future__ import annotations

from functools import cache
from typing import Any

import pint

from premortem.evidence.reading import data


@cache
def registry() -> pint.UnitRegistry[Any]:
    """Return the registry of the project's own definitions: a unit that is not in it is a mistake."""
    text = (data() / "evidence" / "units.txt").read_text(encoding="utf-8")
    return pint.UnitRegistry(text.splitlines())


def known(unit: str) -> bool:
    """Return whether ``unit`` is an expression of defined units such as ``death/(thousand person year)``."""
    try:
        registry().parse_units(unit)
    except Exception:  # for malformed text Pint lets errors of its tokenizer and assertions through
        return False
    return True
