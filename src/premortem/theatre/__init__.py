"""World: regions, organisations, forces and crossings, read from a folder of data into arrays for the model.

``theatre.load()`` gives the default one; ``Theatre.world()`` turns it into what the model sees. Nothing else here needs JAX, and
``glossary`` not even NumPy: names are imported when they are asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from premortem.theatre.geography import Region
    from premortem.theatre.loading import load
    from premortem.theatre.records import Organisation, Quantity
    from premortem.theatre.theatre import Theatre

__all__ = ["Organisation", "Quantity", "Region", "Theatre", "load"]

_HOMES = {
    "Organisation": "records",
    "Quantity": "records",
    "Region": "geography",
    "Theatre": "theatre",
    "load": "loading",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
