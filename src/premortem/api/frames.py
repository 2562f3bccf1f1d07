"""Frames: Polars by nature, pandas for who asks for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal, overload

from premortem.api.arguments import Library
from premortem.errors import InputError, Problem
from premortem.frames import pl

if TYPE_CHECKING:
    import pandas as pd

WORDS = pl.List(pl.String)
FINDING: dict[str, Any] = {
    "code": pl.String, "severity": pl.String, "line": pl.Int64, "message": pl.String, "name": pl.String, "file": pl.String,
    "column": pl.Int64, "path": pl.String, "citation": pl.String, "grade": pl.String, "open": pl.Boolean, "depends_on": WORDS,
    "also": WORDS, "phase": pl.String, "facts": WORDS,
}  # fmt: skip
DIFFERENCE: dict[str, Any] = dict.fromkeys(("path", "before", "after", "words"), pl.String)
DECIDES: dict[str, Any] = {
    "input": pl.String, "kind": pl.String, "grade": pl.String, "score": pl.Float64, "clear": pl.Boolean, "outcomes": WORDS,
}  # fmt: skip
MOVERS: dict[str, Any] = {
    "input": pl.String, "kind": pl.String, "share": pl.Float64, "share_low": pl.Float64, "share_high": pl.Float64,
    "correlation": pl.Float64, "clear": pl.Boolean, "grade": pl.String, "prior": pl.String, "unit": pl.String,
    "meaning": pl.String, "facts": WORDS, "sources": WORDS, "chain": WORDS,
}  # fmt: skip
ENTRY: dict[str, Any] = dict.fromkeys(("kind", "id", "title", "grade"), pl.String)
OPEN: dict[str, Any] = {"path": pl.String, "stated": pl.Boolean, "law": pl.String}


def of_records(records: Iterable[Mapping[str, Any]], types: Mapping[str, Any]) -> pl.DataFrame:
    """Return a frame with a row a record and the columns of ``types``, also where there is no record."""
    return pl.DataFrame(list(records), schema=dict(types), infer_schema_length=None)


@overload
def given(frame: pl.DataFrame, library: Literal["polars"]) -> pl.DataFrame: ...
@overload
def given(frame: pl.DataFrame, library: Literal["pandas"]) -> pd.DataFrame: ...
@overload
def given(frame: pl.DataFrame, library: Library) -> pl.DataFrame | pd.DataFrame: ...
def given(frame: pl.DataFrame, library: Library) -> pl.DataFrame | pd.DataFrame:
    """Return a frame in the library asked for.

    Raises
    ------
    InputError : no such library, or it is not installed.
    """
    if library == "polars":
        return frame
    if library != "pandas":
        raise InputError(Problem("library", "no such kind of frame", found=str(library), allowed="polars, pandas"))
    try:
        import pandas as pd
    except ImportError:
        raise InputError(Problem("missing_library", "pandas is missing; install it with: pip install pandas")) from None
    return pd.DataFrame(frame.to_dict(as_series=False))
