"""From flat draws, keyed ``mechanism.name`` or ``mechanism.name.element``, to one typed record of parameters per mechanism."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from premortem.model.index_sets import AXES
from premortem.model.mechanism import Mechanism

Draws = Mapping[str, np.ndarray | jax.Array | float]


def names(mechanisms: Iterable[Mechanism]) -> list[str]:
    """Return the dotted name of every parameter that the mechanisms declare."""
    return [f"{m.name}.{field.name}" for m in mechanisms for field in dataclasses.fields(m.parameters)]


def assemble(mechanisms: Iterable[Mechanism], draws: Draws) -> dict[str, Any]:
    """Return ``{mechanism: parameters}`` from draws; every leaf keeps the shape of its draw (a leading future axis included).

    Draws of the elements of an axis become one array, whose last axis is the index set.
    """
    return {
        m.name: m.parameters(
            **{
                f.name: _value(f"{m.name}.{f.name}", f.metadata.get("axes", ""), draws)
                for f in dataclasses.fields(m.parameters)
            }
        )
        for m in mechanisms
    }


def _value(name: str, axes: str, draws: Draws) -> jax.Array:
    if name in draws or axes not in AXES:
        return jnp.asarray(draws[name], float)
    return jnp.stack([jnp.asarray(draws[f"{name}.{element}"], float) for element in AXES[axes]], -1)
