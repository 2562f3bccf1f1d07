"""The plans that come with the package: those offered for comparison, and a gallery of real texts."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from premortem.errors import nearest

PREFIX = "packaged:"


@cache
def _plans() -> dict[str, Traversable]:
    """Return the files by name: plans offered, the gallery, and last ``fixtures`` (not options, but parents of examples)."""
    return dict(_toml()) | dict(_toml("gallery")) | dict(_toml("fixtures"))


def _toml(*folder: str) -> Iterator[tuple[str, Traversable]]:
    place = files("premortem").joinpath("data", "plans", *folder)
    for file_ in sorted(place.iterdir(), key=lambda entry: entry.name):
        if file_.name.endswith(".toml"):
            yield file_.name.removesuffix(".toml"), file_


@cache
def names() -> tuple[str, ...]:
    """Return the names of the plans offered, in order of the alphabet."""
    return tuple(name for name, _ in _toml())


@cache
def gallery() -> tuple[str, ...]:
    """Return the names of the plans that encode a real text, in order of the alphabet; none of them is among `names`."""
    return tuple(name for name, _ in _toml("gallery"))


def exists(name: str) -> bool:
    """Whether a plan of this name is packaged, offered or not."""
    return name in _plans()


def text(name: str) -> str:
    """Return the text of a packaged plan."""
    return _plans()[name].read_text(encoding="utf-8")


def file(name: str) -> str:
    """Return the name that places in a packaged plan use.

    >>> file("status_quo")
    'packaged:status_quo.toml'
    """
    return f"{PREFIX}{name}.toml"


def is_packaged(file_name: str) -> bool:
    """Whether a name of a place is that of a packaged plan."""
    return file_name.startswith(PREFIX)


def nearest_name(name: str) -> str:
    """Return the packaged name closest to ``name``, or nothing."""
    return nearest(name.rpartition("/")[2].removesuffix(".toml"), (*names(), *gallery()))
