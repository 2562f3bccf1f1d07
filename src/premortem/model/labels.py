"""How many members each labelled index set has, for accounts and signals."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from premortem.errors import DataError, Problem, Where
from premortem.model.controls import Controls
from premortem.model.index_sets import (
    CHANNELS,
    DEALS,
    DIRECTIONS,
    DRUGS,
    FATES,
    HOME_SERVICES,
    INCOMES,
    LEGAL_ELEMENTS,
    LOADS,
    MANDATED,
    OUTLAYS,
    PARTIES,
    PAYERS,
    PERMISSIONS,
    SPENDING,
    US_HARMS,
    VENDORS,
    WEAPON_LOSSES,
    WEAPONS,
)
from premortem.model.world import World


def sizes(world: World, controls: Controls) -> dict[str, int]:
    """Return the size of each labelled index set."""
    return {
        "o": world.organisations,
        "r": world.regions,
        "f": int(controls.regions.shape[0]),
        "a": len(PARTIES),
        "k": int(world.crossings.trucks.shape[0]),
        "q": int(world.home.agents.shape[0]),
        "s": int(world.home.people.shape[1]),
        "u": len(HOME_SERVICES),
        "x": len(FATES),
        "y": len(US_HARMS),
        "h": len(WEAPON_LOSSES),
        "g": len(INCOMES),
        "z": len(OUTLAYS),
        "d": len(DRUGS),
        "l": len(LOADS),
        "v": len(VENDORS),
        "w": len(WEAPONS),
        "i": int(world.crossings.side.shape[1]) + len(VENDORS) + 1,
        "j": len(DIRECTIONS),
        "c": len(PERMISSIONS),
        "m": len(MANDATED),
        "e": len(LEGAL_ELEMENTS),
        "t": len(CHANNELS),
        "p": len(PAYERS),
        "b": DEALS,
        "n": len(SPENDING),
    }


def check_shapes(mechanism: str, record: Any, size: Mapping[str, int]) -> None:
    """Hold every array of a mechanism's constants or state that declares its letters (`premortem.model.pytrees.array`) to them.

    Raises
    ------
    DataError
        Naming each array of another shape.
    """
    problems = list(_misshapen(mechanism, record, size))
    if problems:
        raise DataError(*problems)


def _misshapen(mechanism: str, record: Any, size: Mapping[str, int]) -> Iterator[Problem]:
    for field in dataclasses.fields(record):
        value = getattr(record, field.name)
        if dataclasses.is_dataclass(value):
            yield from _misshapen(mechanism, value, size)
        elif "labels" in field.metadata:
            labels, shape = field.metadata["labels"], value.shape
            declared = tuple(size.get(label) for label in labels)
            if len(shape) != len(declared) or any(
                n is not None and n != m for n, m in zip(declared, shape, strict=True)
            ):
                where = Where(key=f"{mechanism} {type(record).__name__}.{field.name}")
                yield Problem(
                    "shape", f"has another shape than its labels [{labels}]", where, f"{shape}", f"{declared}"
                )
