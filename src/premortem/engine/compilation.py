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
import json
import os
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

import platformdirs

from premortem import sealed_file
from premortem.arrays import export, jax
from premortem.engine.batching import side_by_side
from premortem.engine.week import Model
from premortem.errors import InputError, Problem
from premortem.model.mechanisms.registry import MECHANISMS
from premortem.model.pytrees import RECORDS

# At XLA's level 1 programs compile in four fifths of the time and, when measured, ran no slower than at its default. Three of its passes
# make more and smaller loops, each of which costs some twenty milliseconds to compile, and save no time (docs/decisions/005). Without the
# second XLA cannot compile a scatter: these options are given to our programs only.
COMPILER_OPTIONS: dict[str, Any] = {
    "xla_backend_optimization_level": 1,
    "xla_disable_hlo_passes": "while-loop-invariant-code-motion,fusion-wrapper,tree_reduction_rewriter",
}

# A program that runs once for many runs of another compiles in a quarter of the time without XLA's newer emitters of loops and without
# optimisation, and runs slower.
QUICK_TO_COMPILE: dict[str, Any] = {"xla_cpu_use_fusion_emitters": False, "xla_backend_optimization_level": 0}

# By default XLA repeats cheap arithmetic in every loop that uses it, and hands sums to a library that is slower at this size. With these
# flags the model compiles in less than half the time and runs in a third. They cannot be given to one program, only to a process:
# `configure` does so. Who sets ``xla_backend_extra_options`` himself keeps what he set.
EXTRA = "xla_backend_extra_options"
XLA_FLAGS = (
    f"--{EXTRA}=xla_cpu_use_multi_output_fusion=true",
    "--xla_cpu_experimental_ynn_fusion_type=LIBRARY_FUSION_TYPE_INDIVIDUAL_DOT",
)

MARK = b"premortem program 1\n"
"""What a kept program begins with; then come the SHA-256 of the rest and the program as JAX exports it."""

ENGINES = ("side_by_side", "vmap")

NOT_SUPPORTED = {
    "JAX_ENABLE_X64": "Premortem computes with 32-bit numbers: with 64-bit ones results are others and take twice the memory",
    "JAX_DISABLE_JIT": "without compilation a future takes hours",
}

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
_named: set[type] = set()
_folder: Path | None = None
_engine = ENGINES[0]
_flags: str | None = None  # what XLA was started with; nothing where somebody else had started it


def configure() -> None:
    """Set this process up for simulation, once: what XLA is asked for, where programs are kept, which engine runs them.

    Called before anything is compiled, by whatever simulates: the commands, the workers of a study. Importing Premortem sets up nothing.
    Of the environment it reads ``PREMORTEM_CACHE`` (another folder than the user's cache), ``PREMORTEM_ENGINE`` (``vmap`` simulates without
    `premortem.engine.batching`, more slowly) and ``XLA_FLAGS``, and leaves it as it was.

    Raises
    ------
    InputError : an unknown engine.
    """
    global _engine, _folder  # noqa: PLW0603  # like JAX's own settings: one a process
    require_settings()
    folder = cache_folder()
    with _tracing:
        _engine = _asked_engine()
        if folder is None or folder == _folder:
            return
        options = {
            "jax_compilation_cache_dir": str(folder / "xla"),
            "jax_persistent_cache_min_compile_time_secs": 0.0,
            "jax_persistent_cache_min_entry_size_bytes": -1,
        }
        for name, value in options.items():
            jax.config.update(name, value)  # type: ignore[no-untyped-call]
        warnings.filterwarnings("ignore", "Error (reading|writing) persistent compilation cache")  # it only costs time
        _folder = folder


def cache_folder() -> Path | None:
    """Return the folder of this user for what can be made again; nowhere if neither the environment nor the system knows a home."""
    if given := os.environ.get("PREMORTEM_CACHE", ""):
        return Path(given).absolute()
    folder = Path(platformdirs.user_cache_dir("premortem"))
    return folder if folder.is_absolute() else None


def require_settings() -> None:
    """Refuse an environment in which results would be others, or never come; called before anything is made.

    Raises
    ------
    InputError : an unknown engine, 64-bit numbers, no compilation, or a platform that JAX does not find.
    """
    engine = _asked_engine()
    if engine not in ENGINES:
        allowed = " or ".join(ENGINES)
        raise InputError(Problem("engine", "PREMORTEM_ENGINE names no engine", found=engine, allowed=allowed))
    for name, what in NOT_SUPPORTED.items():
        value = os.environ.get(name, "")
        if value.lower() in {"1", "true", "yes", "on"}:
            raise InputError(Problem("setting", f"{what}; unset {name}", found=f"{name}={value}"))
    try:
        prepare_xla()
        jax.devices()
    except (RuntimeError, AssertionError) as error:  # JAX asserts that it has found one
        cause = str(error).partition("\n")[0] or "it finds no such platform"
        found = f"JAX_PLATFORMS={os.environ.get('JAX_PLATFORMS', '')}"
        message = f"JAX cannot start: {cause}; unset JAX_PLATFORMS, or set it to cpu"
        raise InputError(Problem("setting", message, found=found, allowed="cpu")) from None


def _asked_engine() -> str:
    return os.environ.get("PREMORTEM_ENGINE", "") or ENGINES[0]


def prepare_xla() -> None:
    """Start XLA with our flags beside those in the environment, and leave the environment as it was; child processes do so themselves.

    A process that has compiled something before keeps XLA's own way: the same numbers but for the last digits, later.
    """
    global _flags  # noqa: PLW0603  # one a process, like XLA itself
    given = os.environ.get("XLA_FLAGS")
    if _flags is None:
        _flags = "" if _xla_runs() else " ".join([*(given or "").split(), *XLA_FLAGS])
    if EXTRA in (given or ""):
        return
    os.environ["XLA_FLAGS"] = " ".join([*(given or "").split(), *XLA_FLAGS])
    try:
        jax.devices()  # XLA reads the flags when it starts, and never again
    finally:
        if given is None:
            del os.environ["XLA_FLAGS"]
        else:
            os.environ["XLA_FLAGS"] = given


def _xla_runs() -> bool:
    """Whether XLA has started in this process. JAX offers no way to ask: where its inner one has gone, the answer is yes."""
    try:
        from jax._src import xla_bridge  # noqa: TID251  # JAX is there by now

        return bool(xla_bridge.backends_are_initialized())
    except (ImportError, AttributeError):
        return True


def signature(model: Model) -> str:
    """Return a digest of what decides the bits of a simulation beside its inputs and the processor: code, model, engine, settings of XLA.

    Nothing where that is not known: mechanisms are not ours, or XLA was started by somebody else.
    """
    if not _flags or not _ours(model):
        return ""
    about = (_code(), _described(model), _engine, _flags, COMPILER_OPTIONS, QUICK_TO_COMPILE)
    return hashlib.sha256(repr(about).encode()).hexdigest()


def _ours(model: Model) -> bool:
    return set(model.mechanisms) <= set(MECHANISMS)


def _described(model: Model) -> tuple[Any, ...]:
    return [m.name for m in model.mechanisms], model.dt, model.noise, model.check_every_week, model.mapped


def many(function: Function, varies: Sequence[bool]) -> Function:
    """Return a function of one future as one of many futures, by the engine in use; see `premortem.engine.batching.side_by_side`."""
    if _engine == "side_by_side":
        return side_by_side(function, varies)
    return jax.vmap(function, in_axes=tuple(-1 if mark else None for mark in varies), out_axes=-1)


def call(function: Function, model: Model, *arguments: Any) -> Any:
    """Return ``function(model, *arguments)`` of a pure function of arrays, compiled; ``arguments`` are pytrees of arrays."""
    return program(function, model, *arguments)(*arguments)


def program(function: Function, model: Model, *arguments: Any, quick: bool = False) -> Program:
    """Return the program for arguments of these shapes, traced and perhaps still being compiled.

    ``quick``: to be compiled quickly rather than well, because it runs seldom.

    ``arguments`` are pytrees whose leaves are arrays or have the ``shape`` and ``dtype`` of one. Threads that need the same program wait
    for one of them to make it.
    """
    leaves, tree = jax.tree.flatten(arguments)
    shapes = tuple((leaf.shape, leaf.dtype) for leaf in leaves)
    key = (function, model, tree, shapes, _engine, bool(jax.config.jax_enable_x64), quick)  # type: ignore[attr-defined]
    if key not in _programs:
        with _tracing:
            if key not in _programs:
                _programs[key] = _make(function, model, tree, leaves, repr(key[2:-1]), quick)
    return _programs[key]


def _make(function: Function, model: Model, tree: Any, leaves: list[Any], signature: str, quick: bool) -> Program:
    def flat(*leaves: Any) -> Any:
        return function(model, *jax.tree.unflatten(tree, leaves))

    flat.__name__ = function.__name__
    if _ours(model):
        exported = _exported(flat, model, leaves, f"{function.__module__}.{function.__qualname__} {signature}")
        result = jax.tree.unflatten(exported.out_tree, exported.out_avals)
        lowered = jax.jit(exported.call).lower(*leaves)
    else:
        traced = jax.jit(flat).trace(*leaves)
        result, lowered = traced.out_info, traced.lower()
    options = COMPILER_OPTIONS | QUICK_TO_COMPILE if quick else COMPILER_OPTIONS
    return Program(result, _compiling.submit(lowered.compile, options))


def _exported(flat: Function, model: Model, leaves: list[Any], signature: str) -> export.Exported:
    """Return a program, from the cache if it is there."""
    about = (signature, *_described(model))
    name = hashlib.sha256(f"{_code()} {about}".encode()).hexdigest()
    path = _folder / "programs" / name if _folder else None
    _name_records()
    if path is not None and (found := _kept(path)) is not None:
        return found
    with _nothing_collected():
        exported = export.export(jax.jit(flat))(*leaves)
    if path is not None:
        sealed_file.write(path, MARK, bytes(exported.serialize()))  # a cache that cannot be written only costs time
    return exported


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


def _name_records() -> None:
    """Name the model's records to JAX, so that a program that returns them can be kept; what is static in one is written as JSON."""
    for record in RECORDS:
        if record in _named or not record.__module__.startswith("premortem."):
            continue
        export.register_pytree_node_serialization(
            record,
            serialized_name=f"{record.__module__}.{record.__qualname__}",
            serialize_auxdata=lambda static: json.dumps(static).encode(),
            deserialize_auxdata=lambda text: _tuples(json.loads(text)),
        )
        _named.add(record)


def _tuples(value: Any) -> Any:
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value


def _kept(path: Path) -> export.Exported | None:
    """Return a program from the cache; nothing if what is there is not whole, or not ours. Nothing in a file is executed by reading it."""
    try:
        serialized = sealed_file.read(path, MARK)
        return None if serialized is None else export.deserialize(bytearray(serialized))
    except Exception:  # whatever is wrong with a cached file, it can be made again
        return None


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
