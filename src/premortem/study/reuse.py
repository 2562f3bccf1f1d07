"""Runs that were made already: the same question on the same evidence, code, versions and type of machine has the same answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from premortem.errors import PremortemError
from premortem.evidence import own
from premortem.study.provenance import Environment
from premortem.study.recipes import Recipe
from premortem.study.spec import EVERYTHING
from premortem.study.store import OWN, PROVENANCE, Store
from premortem.study.verify import verify

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
            store = Store.open(file.parent)
        except PremortemError:  # somebody else's folder, damaged, or of another version
            continue
        made = store.provenance.as_json()
        same = all(made.get(key) == value for key, value in asked.items())
        if same and store.seals.finished and not verify(file.parent) and _with_the_same_data(store):
            return store
    return None


def _with_the_same_data(store: Store) -> bool:
    """Return whether the copy of own data in a run is what this process has: measures and outcomes too, which no result rests on."""
    kept = {name: store.seals.read(f"{OWN}/{name}") for name in store.folder.names(OWN)}
    return kept == own.given().contents
