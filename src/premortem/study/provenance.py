"""With which versions, on which machine: what else can decide the bits of a result."""

from __future__ import annotations

import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

from premortem import __version__

LIBRARIES = ("jax", "jaxlib", "numpy", "scipy", "polars", "zarr")


def environment() -> dict[str, Any]:
    """Return versions and type of machine, as JSON."""
    return {
        "versions": {
            "premortem": __version__,
            "python": platform.python_version(),
            **{name: version(name) for name in LIBRARIES},
        },
        "machine": {"system": platform.system(), "architecture": platform.machine(), "processor": _processor()},
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.processor()
    )
