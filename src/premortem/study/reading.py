"""A study as one lazy xarray dataset, and as files of other programs."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from premortem.errors import InputError, Problem, RunError
from premortem.evidence import outcomes
from premortem.frames import cs, pl
from premortem.study.cases import READINGS
from premortem.study.chunks import OPEN
from premortem.study.store import Store
from premortem.study.trajectories import Trajectory

MOST_ROWS_OF_A_SHEET = 1_048_575
AS_TEXT = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
"""Options of a workbook in which text stays text: what begins like a formula is never computed."""
FORMULA = r"^[=+\-@\t\r]"
"""How words begin that a spreadsheet would compute; an apostrophe before them, which it does not show, makes them words."""
ROWS = 1000
"""Futures of which an outcome over time is in memory at once while it is written."""
SUFFIXES: dict[Trajectory, str] = {"weekly": "", "regional": "_by_region", "mapped": "_by_region_weekly"}


def dataset(store: Store) -> xr.Dataset:
    """Return all outcomes of a study; trajectories are read when they are looked at.

    Variables, by outcome id: ``members`` [plan, future, week] (a flow: the amount of the week; a level: at its end),
    ``members_by_region`` [plan, future, quarter, region] (a flow: summed over the quarter), ``members_by_region_weekly``
    [plan, future, region, week] (mapped outcomes, rounded: see ``premortem.study.store``), ``members_summary`` [plan, future]
    (``summary`` in the attributes says how a trajectory became one number). NaN: not computed yet, or the future failed
    (``fault`` [plan, future] says why). ``open.PATH`` [plan, future]: what a field that a plan leaves open came to (flags as 0 and 1, words
    as they are; NaN or empty under plans that state it).
    """
    about = store.provenance
    labels = {"plan": list(about.plans), "region": list(about.regions)}
    arrays = store.dataset()
    parts: list[xr.Dataset] = []
    for name, suffix in SUFFIXES.items():
        if name in arrays:
            whole_array, ids = arrays[name], store.ids(name)
            packed = whole_array.rename({whole_array.dims[0]: "plan"}).isel(plan=store.places)
            split = packed.assign_coords({packed.dims[1]: ids}).to_dataset(packed.dims[1])
            parts.append(split.rename({id_: id_ + suffix for id_ in ids}))
    parts.append(_summaries(store))
    whole: xr.Dataset = xr.merge(parts, compat="no_conflicts", join="outer")
    whole = whole.assign_coords({name: values for name, values in labels.items() if name in whole.dims})
    for id_ in about.outcomes:
        info = outcomes.load()[id_]
        for suffix in (*SUFFIXES.values(), "_summary"):
            if id_ + suffix in whole:
                described = {
                    "long_name": info.title,
                    "units": info.unit,
                    "direction": info.direction,
                    "definition": info.definition,
                }
                whole[id_ + suffix].attrs = described | ({"summary": info.summary} if suffix == "_summary" else {})
    whole.attrs = {"title": "Premortem study", "provenance": json.dumps(about.as_json(), ensure_ascii=False)}
    return whole


def _summaries(store: Store) -> xr.Dataset:
    about = store.provenance
    table = store.table().select("plan", "future", "fault", *about.outcomes, cs.starts_with(OPEN)).collect()
    everything = pl.DataFrame({"plan": about.plans}).join(pl.DataFrame({"future": range(about.futures)}), how="cross")
    full = everything.join(table, on=["plan", "future"], how="left", maintain_order="left")
    shape = (len(about.plans), about.futures)
    numbers = {f"{id_}_summary": (("plan", "future"), full[id_].to_numpy().reshape(shape)) for id_ in about.outcomes}
    others = {
        name: (("plan", "future"), _known(full[name]).reshape(shape)) for name in full.columns if name.startswith(OPEN)
    }
    return xr.Dataset({**numbers, "fault": (("plan", "future"), _known(full["fault"]).reshape(shape)), **others})


def _known(column: pl.Series) -> NDArray[Any]:
    """Return words, empty where there is none, or numbers, NaN where there is none."""
    if column.dtype in {pl.String, pl.Null}:
        return column.cast(pl.String).fill_null("").to_numpy().astype(str)
    return column.cast(pl.Float64).to_numpy()


def export(store: Store, target: str | Path) -> None:
    """Write a study as a file of another program, by the ending of its name.

    ``.nc`` (NetCDF) holds everything, with a first dimension ``reading`` where a plan could be stopped; ``.csv`` scalar outcomes, a row per
    plan, reading and future; ``.xlsx`` (Excel) the same, with a sheet of definitions and one of provenance.

    Raises
    ------
    InputError : another ending, a library is missing, or too many rows for a sheet.
    RunError : the file cannot be written.
    """
    target = Path(target)
    writers = {".nc": _netcdf, ".csv": _csv, ".xlsx": _excel}
    if target.suffix not in writers:
        raise InputError(Problem("format", "no such format", found=target.name, allowed=", ".join(writers)))
    partial = target.with_name(f".{target.stem}.partial{target.suffix}")
    try:
        writers[target.suffix](store, partial)
        partial.replace(target)
    except ImportError as error:
        raise InputError(
            Problem("missing_library", f"{error.name} is missing; install it with: pip install 'premortem[export]'")
        ) from None
    except OSError as error:
        raise RunError(Problem("storage", f"cannot write {target}: {error.strerror or error}")) from None
    finally:
        partial.unlink(missing_ok=True)


def as_words() -> pl.Expr:
    """Return all columns of words as a spreadsheet shows them without computing anything."""
    words = cs.string()
    return pl.when(words.str.contains(FORMULA)).then(pl.lit("'") + words).otherwise(words).name.keep()


def as_word(cell: Any) -> Any:
    """Return one cell as a spreadsheet shows it without computing anything; what is no text stays as it is."""
    return f"'{cell}" if isinstance(cell, str) and re.match(FORMULA, cell) else cell


def _netcdf(store: Store, target: Path) -> None:
    import h5netcdf

    readings = READINGS if store.provenance.stoppable else (store.reading,)
    parts = [dataset(store.under(reading)) for reading in readings]
    courses = [name for name, values in parts[0].items() if len(values.dims) > 2]
    small = [part.drop_vars(courses) for part in parts]
    apart = ("reading",) if len(parts) > 1 else ()
    names = xr.DataArray(list(readings), dims="reading", name="reading")
    whole = xr.concat(small, names, combine_attrs="override") if apart else small[0]
    whole.to_netcdf(target, engine="h5netcdf")
    with h5netcdf.File(target, "a") as file:
        for name in courses:
            one = parts[0][name]
            file.dimensions.update({dim: size for dim, size in one.sizes.items() if dim not in file.dimensions})
            written = file.create_variable(name, (*apart, *one.dims), one.dtype, fillvalue=np.nan)
            written.attrs.update(one.attrs)
            for place, part in enumerate(parts):
                for first in range(0, store.provenance.futures, ROWS):
                    here = slice(first, first + ROWS)
                    written[(place,) * len(apart) + (slice(None), here)] = part[name].isel(future=here).values


def _csv(store: Store, target: Path) -> None:
    store.all_cases().with_columns(as_words()).sink_csv(target)


def _excel(store: Store, target: Path) -> None:
    import xlsxwriter

    table = store.all_cases().collect()
    if len(table) > MOST_ROWS_OF_A_SHEET:
        raise InputError(
            Problem(
                "too_large",
                f"{len(table):,} rows do not fit into a sheet; export to .csv or .nc, or open the folder outcomes.parquet",
            )
        )
    about = pl.DataFrame([_about(id_) for id_ in store.provenance.outcomes])
    provenance = pl.DataFrame(
        [
            {"key": key, "value": json.dumps(value, ensure_ascii=False)[:32_000]}
            for key, value in store.provenance.as_json().items()
        ]
    )
    with xlsxwriter.Workbook(target, AS_TEXT) as book:
        for name, frame in (("outcomes", table), ("definitions", about), ("provenance", provenance)):
            frame.write_excel(book, name, autofit=len(frame) < 10_000)


def _about(id_: str) -> dict[str, Any]:
    info = outcomes.load()[id_].model_dump()
    return {key: info[key] for key in ("id", "title", "group", "unit", "direction", "summary", "definition")}
