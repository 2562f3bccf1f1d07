"""Arguments of the surface, checked before anything is done: one of the wrong type is an `InputError` that names it."""

from __future__ import annotations

import functools
import inspect
import operator
import sys
from collections.abc import Callable, Iterator, Mapping
from types import GenericAlias, SimpleNamespace, UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from pydantic import BeforeValidator, InstanceOf, TypeAdapter, ValidationError

from premortem.errors import InputError, Problem, Where
from premortem.faults import LONGEST, in_words

if TYPE_CHECKING:
    from premortem.study.run import Progress
else:
    Progress = Callable  # its own arguments are types of the house, which whoever only lints must not wait for

__all__ = ["Library", "Progress", "checked", "plain"]
Library = Literal["polars", "pandas"]
Of = TypeVar("Of")
_Taken = dict[str, tuple[str, TypeAdapter[Any]]]


def checked(of: Of) -> Of:
    """Return a function, or a class with its public methods, whose arguments are held to their annotations.

    Any mapping will do, and NumPy's numbers. A call that Python itself refuses (no such argument, or one is missing) remains a `TypeError`.
    """
    if not isinstance(of, type):
        return _checked(of)  # type: ignore[arg-type, return-value]
    for name, member in list(vars(of).items()):
        if not name.startswith("_") and inspect.isfunction(member):
            setattr(of, name, _checked(member))
        elif not name.startswith("_") and isinstance(member, staticmethod):
            setattr(of, name, staticmethod(_checked(member.__func__)))
    return of


def _checked(function: Callable[..., Any]) -> Callable[..., Any]:
    signature, name = inspect.signature(function), function.__qualname__

    @functools.wraps(function)
    def call(*arguments: Any, **options: Any) -> Any:
        given = signature.bind(*arguments, **options)
        if problems := list(_wrong(name, taken(), given)):
            raise InputError(*problems)
        return function(*given.args, **given.kwargs)

    @functools.cache
    def taken() -> _Taken:
        """Return what each argument takes, in words and for pydantic; made at the first call, when every name is known."""
        written = {key: value for key, value in function.__annotations__.items() if key != "return"}
        hints = get_type_hints(SimpleNamespace(__annotations__=written), function.__globals__)
        asked: dict[str, Any] = {key: _asked(hint) for key, hint in hints.items()}
        asked |= {
            one.name: _several(asked[one.name])
            for one in signature.parameters.values()
            if one.kind is one.VAR_POSITIONAL
        }
        return {key: (_words(hints[key], str(written[key])), TypeAdapter(one)) for key, one in asked.items()}

    return call


def _wrong(function: str, taken: _Taken, given: inspect.BoundArguments) -> Iterator[Problem]:
    """Yield what is wrong, and put into its place what is taken."""
    for name, found in given.arguments.items():
        if name not in taken:  # the object whose method it is
            continue
        allowed, adapter = taken[name]
        try:
            given.arguments[name] = adapter.validate_python(found, strict=True)
        except ValidationError as error:
            place, inner = next(in_words(error.errors(include_url=False)))
            where = Where(key=" ".join([f"{function}({name})", *map(str, place)]))
            shown = inner.found if place else repr(found)[:LONGEST]
            yield Problem("argument", "not of the type asked for", where, shown, allowed)


def _several(hint: Any) -> Any:
    return GenericAlias(tuple, (hint, ...))


def _words(hint: Any, written: str) -> str:
    return ", ".join(map(str, get_args(hint))) if get_origin(hint) is Literal else written


def _asked(hint: Any) -> Any:
    """Return what pydantic is to hold a value to: classes of ours are known by their instances."""
    if get_origin(hint) is UnionType:
        return functools.reduce(operator.or_, map(_asked, get_args(hint)))
    if isinstance(hint, type) and hint.__module__.startswith("premortem."):
        return Annotated[hint, InstanceOf()]  # type: ignore[type-arg]
    return Annotated[hint, BeforeValidator(_plain)]


def _plain(value: Any) -> Any:
    """Return any mapping as a dictionary, and a number of NumPy as one of Python."""
    return dict(value) if isinstance(value, Mapping) else plain(value)


def plain(value: Any) -> Any:
    """Return a number, truth value, text or date of NumPy, and whatever else is a whole number, as Python's own; all else as it is.

    >>> import numpy as np
    >>> plain(np.int64(5)), plain(np.True_), plain(np.datetime64("2026-04-01"))
    (5, True, datetime.date(2026, 4, 1))
    """
    numpy = sys.modules.get("numpy")  # whoever has not loaded it has no value of it
    if numpy is not None and isinstance(value, numpy.generic):
        given = value.item()  # of nanoseconds, which Python has not, it is their number
        fine = isinstance(value, numpy.datetime64) and isinstance(given, int)
        return value.astype("datetime64[us]").item() if fine else given
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        return value
    try:
        return operator.index(value)
    except TypeError:  # an array has the method, and is no number
        return value
