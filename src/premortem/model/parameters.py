"""From flat draws, keyed ``mechanism.name``, to one typed record of parameters per mechanism."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from premortem.model.mechanism import Mechanism


def names(mechanisms: Iterable[Mechanism]) -> list[str]:
    """Return the dotted name of every parameter that the mechanisms declare."""
    return [f"{m.name}.{field.name}" for m in mechanisms for field in dataclasses.fields(m.parameters)]


def assemble(mechanisms: Iterable[Mechanism], draws: Mapping[str, np.ndarray | jax.Array | float]) -> dict[str, Any]:
    """Return ``{mechanism: parameters}`` from draws; every leaf keeps the shape of its draw (a leading future axis included)."""
    return {
        m.name: m.parameters(
            **{f.name: jnp.asarray(draws[f"{m.name}.{f.name}"], float) for f in dataclasses.fields(m.parameters)}
        )
        for m in mechanisms
    }
