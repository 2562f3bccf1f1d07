"""The file of instant levers: ``PMIA``, the length of the header (32 bits, little endian), a header in JSON, arrays aligned to 8 bytes.

A page evaluates the same bytes: data/web/surrogate.js. The header holds the constants that both use, and lists its arrays by name; those of
a reading can be packed alone, so that a page loads the second one when it is asked for. ``digest`` in the header is of the arrays, and
``seal`` of all else in the header: measured errors are sealed with what they are of.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from premortem import faults, text
from premortem.errors import InputError, Problem, RunError, Where
from premortem.instant import futures
from premortem.instant.fit import FLOOR, NOTHING, ROUGH_EDGE, ROUGH_MEDIAN, SCALE, Codes, Fitted
from premortem.instant.futures import Futures
from premortem.instant.inputs import Inputs
from premortem.instant.process import JITTER, Kernel, Process

MARK = b"PMIA"
VERSION = 5
LARGEST = 64_000_000  # bytes
ALIGNED = 8
FLOAT, WORD, SIGNED = "<f4", "|u1", "|i1"
CONSTANTS = {
    "scale": SCALE, "floor": FLOOR, "nothing": NOTHING, "future_scale": futures.SCALE, "jitter": JITTER,
    "rough_median": ROUGH_MEDIAN, "rough_edge": ROUGH_EDGE,
}  # fmt: skip
"""What whoever evaluates the file must use; a file of others is refused here."""
AXES = {
    "seen": ("seen", "input"), "parts": ("seen",), "words": ("input",), "table": ("seen", "component"), "mean": ("component",),
    "scale": ("component",), "bases": ("component", "step", "code"), "owner": ("component",), "kind": ("component",),
    "centre": ("outcome", "step", "code"),
    "error_median": ("outcome", "step"), "error_edge": ("outcome", "step"), "least": ("outcome", "step"), "band": ("outcome", "step"),
    "refused": ("outcome",), "most_left": ("one",), "weights": ("process", "input"), "lengths": ("process", "input"),
    "luck": ("process",), "leaning": ("process",), "noise": ("process",),
    "future_table": ("seen", "future", "future_component"), "future_scale": ("future_component",), "future_mean": ("future_component",),
    "future_kernel": ("one",),
    "future_penalty": ("future_component",), "future_bases": ("future_component", "step"), "future_owner": ("future_component",),
    "future_centre": ("outcome", "step"), "future_spread": ("outcome", "step"), "matters": ("outcome",), "error_share": ("outcome",),
}  # fmt: skip
"""What each array of a reading is over; an axis has one size in all of them."""
KERNEL = ("weights", "lengths", "luck", "leaning", "noise")
ARRAYS = (
    "table", "mean", "scale", "bases", "owner", "kind", "centre", "error_median", "error_edge", "least", "refused", "most_left",
)  # fmt: skip


@dataclass(frozen=True)
class Levers:
    """What a file holds. ``rests_on``: digests of the plan, the evidence and the code when it was fitted; ``measured``: bars and errors."""

    inputs: Inputs
    outcomes: tuple[str, ...]
    years: int
    step_weeks: int
    rests_on: Mapping[str, str]
    measured: Mapping[str, Any]
    readings: Mapping[str, Fitted]


def pack(levers: Levers, readings: Collection[str] = ()) -> bytes:
    """Return the bytes of a file, of all readings or of some."""
    arrays: list[bytes] = []
    places: dict[str, Any] = {}
    offset = 0

    def put(name: str, values: Any, kind: str = FLOAT) -> None:
        nonlocal offset
        raw = np.ascontiguousarray(values, kind).tobytes()
        places[name] = {"offset": offset, "shape": list(np.shape(values)), "type": kind}
        arrays.append(raw + b"\0" * (-len(raw) % ALIGNED))
        offset += len(arrays[-1])

    chosen = [reading for reading in levers.readings if not readings or reading in readings]
    for reading in chosen:
        one = levers.readings[reading]
        first = one.processes[0]
        for name in KERNEL:
            put(f"{reading}.{name}", [getattr(process.kernel, name) for process in one.processes])
        put(f"{reading}.words", first.kernel.words, WORD)
        put(f"{reading}.seen", first.seen)
        put(f"{reading}.parts", first.parts)
        for name in ARRAYS:
            put(f"{reading}.{name}", getattr(one, name))
        put(f"{reading}.band", one.codes.band)
        for field in fields(Futures):
            whole = field.name == "future_table"
            put(f"{reading}.{field.name}", getattr(one.futures, field.name), SIGNED if whole else FLOAT)
    header = {
        "version": VERSION, "constants": CONSTANTS, "inputs": levers.inputs.model_dump(mode="json"), "outcomes": levers.outcomes,
        "years": levers.years, "step_weeks": levers.step_weeks, "rests_on": dict(levers.rests_on), "measured": dict(levers.measured),
        "readings": chosen, "arrays": places, "digest": hashlib.sha256(b"".join(arrays)).hexdigest(),
    }  # fmt: skip
    said = json.dumps(header | {"seal": seal(header)}).encode()
    said += b" " * (-(len(MARK) + 4 + len(said)) % ALIGNED)
    return MARK + struct.pack("<I", len(said)) + said + b"".join(arrays)


def write(levers: Levers, path: Path) -> int:
    """Write a file and return its size.

    Raises
    ------
    RunError : it cannot be written.
    """
    content = pack(levers)
    partial = path.with_name(f".{path.name}.partial")
    try:
        partial.write_bytes(content)
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise RunError(Problem("unwritable", f"cannot write {path}: {error.strerror or error}")) from None
    return len(content)


def seal(header: Mapping[str, Any]) -> str:
    """Return the digest of a header without one."""
    return hashlib.sha256(json.dumps(header).encode()).hexdigest()


def read(path: Path) -> Levers:
    """Read a file.

    Raises
    ------
    InputError : it is none, of another version, or damaged.
    """
    where = Where(str(path))
    try:
        content = text.read_bytes(path, LARGEST)
    except FileNotFoundError:
        raise InputError(Problem("unreadable", "cannot be read: no such file", where)) from None
    try:
        (size,) = struct.unpack("<I", content[4:8])
        header = json.loads(content[8 : 8 + size])
        arrays = content[8 + size :]
        if (
            content[:4] != MARK
            or header["version"] != VERSION
            or header["constants"] != CONSTANTS
            or header.pop("seal") != seal(header)
            or header["digest"] != hashlib.sha256(arrays).hexdigest()
        ):
            raise ValueError("its mark, version, constants, seal or digest are wrong")

        def get(name: str) -> Any:
            place = header["arrays"][name]
            count = int(np.prod(place["shape"]))
            return (
                np.frombuffer(arrays, place["type"], count, place["offset"]).reshape(place["shape"]).astype(np.float64)
            )

        inputs = Inputs.model_validate(header["inputs"])
        sizes = {"input": len(inputs.input), "outcome": len(header["outcomes"]), "process": 2, "one": 1}
        readings = {reading: _fitted(reading, get, dict(sizes)) for reading in header["readings"]}
        return Levers(
            inputs,
            tuple(header["outcomes"]),
            header["years"],
            header["step_weeks"],
            header["rests_on"],
            header["measured"],
            readings,
        )
    except (ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError, struct.error) as error:
        why = faults.first(error) if isinstance(error, ValueError) else str(error)
        message = f"not a whole file of instant levers ({why[:80]}); make it again: premortem instant fit"
        raise InputError(Problem("damaged", message, where)) from None


def _fitted(reading: str, get: Any, sizes: dict[str, int]) -> Fitted:
    """Return what answers under a reading; ``sizes`` are those of axes that are known.

    Raises
    ------
    ValueError : arrays do not go together.
    """
    arrays = {name: get(f"{reading}.{name}") for name in AXES}
    for name, axes in AXES.items():
        shape = arrays[name].shape
        if len(shape) != len(axes) or any(
            sizes.setdefault(axis, size) != size for axis, size in zip(axes, shape, strict=True)
        ):
            raise ValueError(f"{reading}.{name} has another shape")
    words = arrays["words"].astype(bool)
    medians, distances = (
        Process(
            Kernel(weights, lengths, words, *map(float, shares)),
            arrays["seen"],
            arrays["parts"],
        )
        for weights, lengths, *shares in zip(*(arrays[name] for name in KERNEL), strict=True)
    )
    single = Futures(**{field.name: arrays[field.name] for field in fields(Futures)})
    found = {name: arrays[name] for name in ARRAYS} | {"refused": arrays["refused"].astype(bool)}
    return Fitted((medians, distances), Codes(arrays["band"]), futures=single, **found)
