"""Immutable dataclasses that JAX can trace through: the one way state, parameters and controls are written down."""

from __future__ import annotations

import dataclasses
from typing import Any, TypeVar, dataclass_transform

from premortem.arrays import jax

T = TypeVar("T")

RECORDS: list[type] = []
"""All such classes, in the order in which they were made."""


def static() -> Any:
    """Mark a field as part of the structure (compiled in), not as an array."""
    return dataclasses.field(metadata={"static": True})


def param(unit: str, axes: str = "") -> Any:
    """Declare a parameter: its unit, and the labels of its axes as its entry in data/parameters has them ("drug", "org,turn").

    `premortem.study.declared` holds both to the entry.
    """
    return dataclasses.field(metadata={"unit": unit, "axes": axes})


def array(unit: str, labels: str = "", meaning: str = "") -> Any:
    """Declare an array of a mechanism's constants or state: its unit, its index letters (as accounts have them), and what it is.

    "?" stands for an index set of the mechanism's own, such as slots or neighbours.

    `premortem.model.labels.check_shapes` holds its shape to the letters when the model starts.
    """
    return dataclasses.field(metadata={"unit": unit, "labels": labels, "meaning": meaning})


@dataclass_transform(frozen_default=True, field_specifiers=(static, param, array))
def pytree(cls: type[T]) -> type[T]:
    """Make a class a frozen dataclass that is a JAX pytree; fields marked ``static()`` belong to its structure."""
    frozen = dataclasses.dataclass(frozen=True)(cls)
    names = {f.name: bool(f.metadata.get("static")) for f in dataclasses.fields(frozen)}  # type: ignore[arg-type]
    jax.tree_util.register_dataclass(
        frozen,
        data_fields=[name for name, is_static in names.items() if not is_static],
        meta_fields=[name for name, is_static in names.items() if is_static],
    )
    RECORDS.append(frozen)
    return frozen


@pytree
class Nothing:
    """An empty record, for a mechanism that has no parameters, constants or state of its own."""
