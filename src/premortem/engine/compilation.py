"""Programs traced once on a machine and then loaded: tracing the whole model takes seconds, in every process anew.

A program is kept as JAX exports it, in the cache folder, under a digest of all that it is made of. Only programs of the packaged mechanisms
are kept, because the digest reads the package's code; what tests and notebooks make up is traced as usual. Compiled code itself is kept by
JAX's own cache, beside it.
"""

from __future__ import annotations

import contextlib
import dataclasses
import gc
import hashlib
import os
import pickle
import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

import jax
import platformdirs
from jax import export

from premortem.engine.week import Model
from premortem.model.mechanisms.registry import MECHANISMS

# At XLA's level 1 programs compile in four fifths of the time and, when measured, ran no slower than at its default.
COMPILER_OPTIONS: dict[str, Any] = {"xla_backend_optimization_level": 1}

# By default XLA repeats cheap arithmetic in every loop that uses it, and hands sums to a library that is slower at this size. Three of its
# passes make more and smaller loops, each of which costs some twenty milliseconds to compile, and save no time. With these flags the
# model compiles in less than half the time and runs in a third (docs/decisions/005). They are read when a process compiles for the
# first time, and only from here. Who sets ``xla_backend_extra_options`` himself keeps what he set.
XLA_FLAGS = (
    "--xla_backend_extra_options=xla_cpu_use_multi_output_fusion=true",
    "--xla_cpu_experimental_ynn_fusion_type=LIBRARY_FUSION_TYPE_INDIVIDUAL_DOT",
    "--xla_disable_hlo_passes=while-loop-invariant-code-motion,fusion-wrapper,tree_reduction_rewriter",
)
if "xla_backend_extra_options" not in os.environ.get("XLA_FLAGS", ""):
    os.environ["XLA_FLAGS"] = " ".join([*os.environ.get("XLA_FLAGS", "").split(), *XLA_FLAGS])

Function = Callable[..., Any]


@dataclasses.dataclass(frozen=True)
class Program:
    """A program of pytrees of arrays, compiled or being compiled. ``result`` has the shapes and types of what it returns."""

    result: Any
    _compiled: Future[Any]

    def __call__(self, *arguments: Any) -> Any:
        """Run the program, once it is compiled."""
        leaves = self._compiled.result()(*jax.tree.leaves(arguments))
        return jax.tree.unflatten(jax.tree.structure(self.result), jax.tree.leaves(leaves))


_tracing = threading.Lock()
# One at a time, while Python traces the next: two would take twice the memory and end no sooner on two cores.
_compiling = ThreadPoolExecutor(1)
_programs: dict[Any, Program] = {}
_folder: Path | None = None


def use_cache() -> None:
    """Keep programs in the user's cache folder, so that only the first run on a machine traces and compiles.

    ``PREMORTEM_CACHE`` names another folder.
    """
    global _folder  # noqa: PLW0603  # like JAX's own cache: one a process
    folder = Path(os.environ.get("PREMORTEM_CACHE", platformdirs.user_cache_dir("premortem")))
    if folder == _folder:
        return
    options = {
        "jax_compilation_cache_dir": str(folder / "xla"),
        "jax_persistent_cache_min_compile_time_secs": 0.0,
        "jax_persistent_cache_min_entry_size_bytes": -1,
    }
    for name, value in options.items():
        jax.config.update(name, value)  # type: ignore[no-untyped-call]
    _folder = folder


def call(function: Function, model: Model, *arguments: Any) -> Any:
    """Return ``function(model, *arguments)`` of a pure function of arrays, compiled; ``arguments`` are pytrees of arrays."""
    return program(function, model, *arguments)(*arguments)


def program(function: Function, model: Model, *arguments: Any) -> Program:
    """Return the program for arguments of these shapes, traced and perhaps still being compiled.

    ``arguments`` are pytrees whose leaves are arrays or have the ``shape`` and ``dtype`` of one. Threads that need the same program wait
    for one of them to make it.
    """
    leaves, tree = jax.tree.flatten(arguments)
    shapes = tuple((leaf.shape, leaf.dtype) for leaf in leaves)
    key = (function, model, tree, shapes, bool(jax.config.jax_enable_x64))  # type: ignore[attr-defined]
    if key not in _programs:
        with _tracing:
            if key not in _programs:
                _programs[key] = _make(function, model, tree, leaves, repr(key[2:]))
    return _programs[key]


def _make(function: Function, model: Model, tree: Any, leaves: list[Any], signature: str) -> Program:
    def flat(*leaves: Any) -> Any:
        return function(model, *jax.tree.unflatten(tree, leaves))

    flat.__name__ = function.__name__
    if set(model.mechanisms) <= set(MECHANISMS):
        exported, out = _exported(flat, model, leaves, f"{function.__module__}.{function.__qualname__} {signature}")
        result = jax.tree.unflatten(out, exported.out_avals)
        lowered = jax.jit(exported.call).lower(*leaves)
    else:
        traced = jax.jit(flat).trace(*leaves)
        result, lowered = traced.out_info, traced.lower()
    return Program(result, _compiling.submit(lowered.compile, COMPILER_OPTIONS))


def _exported(flat: Function, model: Model, leaves: list[Any], signature: str) -> tuple[export.Exported, Any]:
    """Return a program with the structure of its result, from the cache if it is there."""
    about = (signature, [m.name for m in model.mechanisms], model.dt, model.noise, model.check_every_week, model.mapped)
    name = hashlib.sha256(f"{_code()} {about}".encode()).hexdigest()
    path = _folder / "programs" / name if _folder else None
    try:
        if path is not None:
            content, out = pickle.loads(path.read_bytes())
            return export.deserialize(content), out
    except Exception:  # whatever is wrong with a cached file, it can be made again
        pass
    found: list[Any] = []

    def leaves_of(*leaves: Any) -> list[Any]:
        result, tree = jax.tree.flatten(flat(*leaves))
        found.append(tree)
        return result

    with _nothing_collected():
        exported = export.export(jax.jit(leaves_of))(*leaves)
    if path is not None:
        _keep(path, pickle.dumps((bytes(exported.serialize()), found[0])))
    return exported, found[0]


@contextlib.contextmanager
def _nothing_collected() -> Iterator[None]:
    """Keep the garbage collector from going again and again through what tracing makes, none of which is garbage: a quarter of its time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _keep(path: Path, content: bytes) -> None:
    """Write a file to the cache; a cache that cannot be written only costs time."""
    temporary = path.with_name(f"{path.name}.{uuid.uuid4().hex}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(content)
        temporary.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            temporary.unlink()


@cache
def _code() -> str:
    """Return a digest of the code that programs are made of."""
    package = files("premortem")
    modules = [
        (folder, module)
        for folder in ("engine", "model", "model/mechanisms")
        for module in (package / folder).iterdir()
        if module.name.endswith(".py")
    ]
    digest = hashlib.sha256(f"{version('jax')} {version('jaxlib')} {jax.default_backend()}".encode())
    for folder, module in sorted(modules, key=lambda found: (found[0], found[1].name)):
        digest.update(f"{folder}/{module.name}".encode() + module.read_bytes())
    return digest.hexdigest()
