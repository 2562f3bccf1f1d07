"""From flat draws, keyed ``mechanism.name`` or ``mechanism.name.element``, to one typed record of parameters per mechanism."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from premortem.arrays import jax, jnp
from premortem.model.index_sets import AXES
from premortem.model.mechanism import Mechanism

Draws = Mapping[str, np.ndarray | jax.Array | float]


def names(mechanisms: Iterable[Mechanism]) -> list[str]:
    """Return the dotted name of every parameter that the mechanisms declare."""
    return [f"{m.name}.{field.name}" for m in mechanisms for field in dataclasses.fields(m.parameters)]


def assemble(mechanisms: Iterable[Mechanism], draws: Draws, organisations: Sequence[str] = ()) -> dict[str, Any]:
    """Return ``{mechanism: parameters}`` from draws; every leaf keeps the shape of its draw (a leading future axis included).

    Draws of the elements of an axis become one array, whose last axis is the index set. Those of one organisation take the place of what
    was drawn for it as for any: ``organisations`` are the theatre's, by id.
    """
    return {
        m.name: m.parameters(
            **{
                f.name: _value(f"{m.name}.{f.name}", f.metadata.get("axes", ""), draws, organisations)
                for f in dataclasses.fields(m.parameters)
            }
        )
        for m in mechanisms
    }


def _value(name: str, axes: str, draws: Draws, organisations: Sequence[str]) -> jax.Array:
    if name in draws or axes not in AXES:
        value = jnp.asarray(draws[name], float)
        for i, organisation in enumerate(organisations if axes == "org" else ()):
            if (own := f"{name}.{organisation}") in draws:
                value = value.at[..., i].set(draws[own])
        return value
    return jnp.stack([jnp.asarray(draws[f"{name}.{element}"], float) for element in AXES[axes]], -1)
