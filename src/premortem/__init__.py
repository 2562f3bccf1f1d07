"""Premortem: write a plan as a file, lint it like code, simulate it against its alternatives.

>>> import premortem as pm
>>> narrow = pm.plan("border_task_forces").replace({"zone.depth_miles": 5})
>>> narrow.lint().columns[:4]
['code', 'severity', 'line', 'message']

``pm.compare(narrow, "status_quo", futures=200)`` simulates both plans in the same futures; see docs/python.md.

The surface is what ``__all__`` names: names, arguments and columns of frames stay as they are within a minor version, and
what goes is announced in CHANGELOG.md one minor version before. All other modules are the house behind it and may change at any time.

Importing this package is quick and changes nothing: a function's room is imported when it is first asked for.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import Any

__version__ = "0.1.0"

# Name of the surface -> module that holds it. The types of all of them are in ``__init__.pyi``.
_HOMES = {
    "Comparison": "api.comparisons",
    "Decisions": "api.decisions",
    "Entry": "api.entries",
    "Explanation": "api.explanations",
    "Plan": "api.plans",
    "PremortemError": "errors",
    "Study": "api.studies",
    "calibrate": "api.calibrations",
    "compare": "api.comparisons",
    "evidence": "api.entries",
    "explain": "api.explanations",
    "hindcast": "api.forecasts",
    "lint": "api.plans",
    "own_data": "api.own_data",
    "plan": "api.plans",
    "plans": "api.plans",
    "posterior": "api.calibrations",
    "replace": "api.plans",
    "report": "api.studies",
    "run": "api.studies",
    "search": "api.searching",
    "study": "api.studies",
    "validate": "api.validations",
}
__all__ = list(_HOMES)  # a list of names, made of the table above

_ROOMS = frozenset({"evidence", "lint", "plan", "report", "study"})
"""Functions of the surface whose name is also that of a package below this one (docs/decisions/008)."""


def _surface(name: str) -> Any:
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)


class _Room(ModuleType):
    """A package that is also the function of its name: ``premortem.lint("kingpin")`` beside ``premortem.lint.rules``."""

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        return self.__wrapped__(*arguments, **options)

    @property
    def __wrapped__(self) -> Any:
        """The function; it gives the signature and the documentation."""
        return _surface(self.__name__.rpartition(".")[2])

    @property
    def __doc__(self) -> str | None:  # type: ignore[override]
        """What ``help`` and notebooks show: the documentation of the function."""
        return str(self.__wrapped__.__doc__)


class _Front(ModuleType):
    """This package: its names are imported when they are asked for, and rooms become callable as they are imported."""

    def __getattr__(self, name: str) -> Any:
        if name in _ROOMS:
            return importlib.import_module(f"{self.__name__}.{name}")
        if name in _HOMES:
            return _surface(name)
        raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _ROOMS and type(value) is ModuleType:
            value.__class__ = _Room
        super().__setattr__(name, value)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *__all__})


sys.modules[__name__].__class__ = _Front
