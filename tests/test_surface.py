"""The surface that docs/python.md promises to keep within a minor version: names, members and arguments, as listed in a file."""

import dataclasses
import inspect
from collections.abc import Iterator
from pathlib import Path

import premortem as pm

KEPT = Path(__file__).parent / "data/surface.txt"


def arguments(function: object) -> str:
    """Return what a function takes: names, how they are given, and defaults."""
    signature = inspect.signature(function)  # type: ignore[arg-type]
    bare = [p.replace(annotation=inspect.Parameter.empty) for p in signature.parameters.values() if p.name != "self"]
    return str(signature.replace(parameters=bare, return_annotation=inspect.Signature.empty))


def lines() -> Iterator[str]:
    """Yield every name of the surface, and of its classes what begins with no underscore."""
    for name in sorted(pm.__all__):
        offered = getattr(pm, name)
        if not inspect.isclass(offered):
            yield f"{name}{arguments(offered)}" if callable(offered) else name
            continue
        yield name
        fields = {f.name for f in dataclasses.fields(offered)} if dataclasses.is_dataclass(offered) else set()
        for member in sorted((fields | set(dir(offered))) - set(dir(Exception))):
            found = inspect.getattr_static(offered, member, None)
            if not member.startswith("_"):
                yield f"{name}.{member}{arguments(found) if inspect.isfunction(found) else ''}"


def test_the_surface_is_the_one_that_was_promised() -> None:
    """What goes is announced in CHANGELOG.md one minor version before; what comes is added to the file."""
    assert list(lines()) == KEPT.read_text(encoding="utf-8").splitlines()
