"""Runs that were made already: the same question on the same evidence, code, versions and type of machine has the same answer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from premortem.study.provenance import Environment
from premortem.study.recipes import Recipe
from premortem.study.spec import EVERYTHING
from premortem.study.store import PROVENANCE, Store

RUNS = Path("runs")
"""Where runs are kept that nobody names a folder for, below the current folder."""


def identical(recipe: Recipe, below: Path = RUNS) -> Store | None:
    """Return a complete run that would give the same results, bit by bit, None if there is none."""
    asked: dict[str, Any] = {
        "plans": list(recipe.plans),
        "futures": recipe.futures,
        "years": recipe.years,
        "seed": recipe.seed,
        "keep": list(EVERYTHING),
        "source": recipe.provenance().model_dump(mode="json", by_alias=True),
        **Environment.here().model_dump(mode="json"),
    }
    for file in sorted(below.glob(f"*/{PROVENANCE}")):
        try:
            made = json.loads(file.read_bytes())
        except (OSError, ValueError):  # somebody else's folder
            continue
        if isinstance(made, dict) and all(made.get(key) == value for key, value in asked.items()):
            store = Store.open(file.parent)
            if store.status().complete:
                return store
    return None
