"""Provenance of studies that no test ran."""

from typing import Any

from premortem.study.provenance import Provenance, RecipeRecord


def provenance(**values: Any) -> Provenance:
    """Return a provenance of nothing, but for the values given, as its file holds them."""
    nothing = {
        "store": 7,
        "plans": [],
        "stoppable": [],
        "futures": 1,
        "years": 1,
        "seed": 1,
        "chunk": 40,
        "outcomes": [],
    }
    return Provenance.model_validate(nothing | values)


def recipe(*plans: dict[str, Any]) -> RecipeRecord:
    """Return what is recorded of plans, of which only the id need be given."""
    nothing = {"title": "", "file": "", "hash": ""}
    return RecipeRecord.model_validate({"plans": [nothing | plan for plan in plans]})
