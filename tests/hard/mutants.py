"""Small faults put into the code on purpose: what no test notices shows which test is missing.

usage: python -m tests.hard.mutants TARGET [--count 40] [--first 0] [--seconds 500] [--reach FILE]
(targets: linter, ledger, evidence, week)

A mutant has one operator, comparison, number, condition, ``min`` or ``any`` changed within a function. Places are shuffled once, so that
``--first`` goes on where an earlier run ended. It is killed if a test fails that runs its line, and survives if all pass, or none runs it.
Survivors are printed with what was changed, for somebody to look at: of a function whose result is kept (``cache``) only the first test
that asks for it is known to run it.

The tests are collected once. For each mutant a fork of this process gives the functions of the changed file their new code, forgets what
functions have kept, and runs the tests, the quickest first. So nothing may use JAX while the tests are collected.
"""

from __future__ import annotations

import argparse
import ast
import functools
import gc
import importlib
import json
import os
import random
import signal
import sys
import tempfile
import threading
import time
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import Any
from unittest.mock import patch

import hypothesis
import pytest
from _pytest.runner import runtestprotocol

from premortem.engine import compilation

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "premortem"
TARGETS = {
    "linter": (
        (
            "lint/engine.py",
            "lint/logic.py",
            "lint/elements.py",
            "lint/plan_view.py",
            "lint/against.py",
            "lint/checks/*.py",
        ),
        ("tests/lint", "tests/cli/test_lint.py"),
    ),
    "ledger": (("model/flows.py", "model/closure.py"), ("tests/model/test_flows.py", "tests/model/test_closure.py")),
    "evidence": (
        ("evidence/ledger.py", "evidence/parameters.py", "evidence/checks.py"),
        (
            "tests/evidence/test_ledger.py",
            "tests/evidence/test_parameters.py",
            "tests/evidence/test_checks.py",
            "tests/evidence/test_own.py",
            "tests/cli/test_evidence.py",
        ),
    ),
    "week": (
        ("engine/week.py",),
        (
            "tests/engine/test_week.py",
            "tests/engine/test_simulate.py",
            "tests/model/test_planted_leak.py",
            "tests/model/test_campaign.py",
        ),
    ),
}
OTHER = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE,
    ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.And: ast.Or, ast.Or: ast.And,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr,
}  # fmt: skip
OTHER_NAME = {"min": "max", "max": "min", "minimum": "maximum", "maximum": "minimum", "any": "all", "all": "any"}
begin_jax = compilation.prepare_xla
TOO_LONG = 600
"""Seconds for the tests of one mutant, on a busy machine."""
ALIVE, KILLED, ENDLESS, UNREACHED = "survive", "killed", f"did not end in {TOO_LONG} s", "are run by no test"


def places(tree: ast.Module) -> list[tuple[ast.AST, str]]:
    """Return what can be changed, in the order of the text; annotations and decorators (``frozen=True``) are left alone."""
    found: list[tuple[ast.AST, str]] = []
    skipped = {
        id(inner)
        for node in ast.walk(tree)
        for part in (
            getattr(node, "annotation", None),
            getattr(node, "returns", None),
            *getattr(node, "decorator_list", ()),
        )
        if part is not None
        for inner in ast.walk(part)
    }
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.BinOp | ast.BoolOp) and type(node.op) in OTHER:
            found.append((node, "op"))
        elif isinstance(node, ast.Compare) and type(node.ops[0]) in OTHER:
            found.append((node, "ops"))
        elif isinstance(node, ast.Constant) and type(node.value) in {int, float, bool}:
            found.append((node, "value"))
        elif isinstance(node, ast.If | ast.IfExp):
            found.append((node, "test"))
        elif isinstance(node, ast.comprehension) and node.ifs:
            found.append((node, "ifs"))
        elif isinstance(node, ast.Name) and node.id in OTHER_NAME:
            found.append((node, "id"))
        elif isinstance(node, ast.Attribute) and node.attr in OTHER_NAME:
            found.append((node, "attr"))
    return found


def inside(tree: ast.Module) -> list[int]:
    """Return the numbers of places that lie in functions, whose code can be changed while the program runs."""
    functions = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.Lambda))
    bodies = {id(inner) for function in functions for inner in ast.walk(function)}
    defaults = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.arguments)
        for default in (*node.defaults, *filter(None, node.kw_defaults))
        for inner in ast.walk(default)
    }
    return [at for at, (node, _) in enumerate(places(tree)) if id(node) in bodies - defaults]


def mutate(tree: ast.Module, number: int) -> tuple[str, int]:
    """Change the place of this number and return what it was, and its line."""
    node: Any
    node, what = places(tree)[number]
    line = (node.iter if what == "ifs" else node).lineno
    before = ast.unparse(node)
    if what == "op":
        node.op = OTHER[type(node.op)]()
    elif what == "ops":
        node.ops[0] = OTHER[type(node.ops[0])]()
    elif what == "value":
        node.value = (not node.value) if isinstance(node.value, bool) else node.value + 1
    elif what == "test":
        node.test = ast.copy_location(ast.UnaryOp(ast.Not(), node.test), node.test)
    elif what == "ifs":
        node.ifs = [ast.copy_location(ast.UnaryOp(ast.Not(), node.ifs[0]), node.ifs[0]), *node.ifs[1:]]
    else:
        setattr(node, what, OTHER_NAME[getattr(node, what)])
    ast.fix_missing_locations(tree)
    return f"{before.splitlines()[0][:90]} -> {ast.unparse(node).splitlines()[0][:90]}", line


def codes(code: CodeType) -> Iterator[CodeType]:
    """Yield the code of all functions in a module's code."""
    for part in code.co_consts:
        if isinstance(part, CodeType):
            yield part
            yield from codes(part)


def address(code: CodeType) -> tuple[str, int, int | None]:
    """Return where a function is written; two of no name may stand in one line."""
    columns = (start for _, _, start, _ in code.co_positions() if start)
    return code.co_qualname, code.co_firstlineno, next(columns, None)


def replace(file: Path, tree: ast.Module) -> None:
    """Give every function of a file that is loaded the code of a changed tree, and let functions of the package and its tests forget."""
    new = {address(code): code for code in codes(compile(tree, str(file), "exec"))}
    forgetful = "premortem.lint" if "lint" in file.parts else "premortem."  # loading the ledger anew takes a second
    gc.unfreeze()  # tests/conftest.py hides from the collector what was there before the tests
    for one in gc.get_objects():
        if isinstance(one, FunctionType) and one.__code__.co_filename == str(file):
            code = new.get(address(one.__code__))
            if code is not None and code.co_freevars == one.__code__.co_freevars:
                one.__code__ = code
        elif isinstance(one, functools._lru_cache_wrapper) and one.__module__.startswith((forgetful, "tests.")):
            one.cache_clear()


@dataclass
class Reach:
    """Which test runs which line of some files, and how long each takes."""

    files: frozenset[str]
    note: Path

    def __post_init__(self) -> None:
        self.at, self.lines, self.seconds = "", defaultdict[str, set[str]](set), dict[str, float]()

    def _enter(self, frame: FrameType, event: str, _: Any) -> Any:
        return self._line if frame.f_code.co_filename in self.files else None

    def _line(self, frame: FrameType, event: str, _: Any) -> Any:
        name = frame.f_code.co_filename.removeprefix(f"{PACKAGE}/")
        self.lines[f"{name}:{frame.f_lineno}"].add(self.at)
        return self._line

    def look(self, items: list[pytest.Item]) -> bool:
        """Run tests and write what they run; false if one fails."""
        for item, following in zip(items, [*items[1:], None], strict=True):
            self.at, since = item.nodeid, time.monotonic()
            sys.settrace(self._enter)
            threading.settrace(self._enter)
            failed = any(report.failed for report in runtestprotocol(item, log=False, nextitem=following))
            sys.settrace(None)
            threading.settrace(None)
            self.seconds[self.at] = time.monotonic() - since
            if failed:
                return False
        found = {line: sorted(tests) for line, tests in self.lines.items()}
        self.note.write_text(json.dumps({"lines": found, "seconds": self.seconds}), encoding="utf-8")
        return True


def pass_all(items: list[pytest.Item]) -> bool:
    """Run tests until one fails."""
    following = [*items[1:], None]
    return all(
        not report.failed
        for item, then in zip(items, following, strict=True)
        for report in runtestprotocol(item, log=False, nextitem=then)
    )


def aside(do: Callable[[], bool], seconds: float) -> str:
    """Do something in a fork of this process: whether it says yes, no, or nothing in time."""
    with warnings.catch_warnings(
        action="ignore"
    ):  # JAX has not begun: a fork would lack its threads, and wait for them for ever
        child = os.fork()
    if not child:
        os.setpgid(0, 0)
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in range(3):
            os.dup2(nowhere, stream)
        code = 1
        try:
            begin_jax()
            with patch.object(
                compilation, "_ours", lambda _: False
            ):  # a kept program would lack the fault, or be kept with it
                code = 0 if do() else 1
        finally:
            os._exit(code)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return ALIVE if status == 0 else KILLED
        time.sleep(0.01)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return ENDLESS


@dataclass
class Mutants:
    """A plugin that runs no test once but the tests of each mutant."""

    target: str
    first: int
    count: int
    seconds: float
    reach: Path

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Print every survivor, and a count."""
        files = sorted(file for pattern in TARGETS[self.target][0] for file in PACKAGE.glob(pattern))
        for file in files:  # what a test would load later would be without a fault
            importlib.import_module(".".join(file.relative_to(PACKAGE.parent).with_suffix("").parts))
        if not self.reach.is_file():
            print("looking at what each test runs", flush=True)
            if aside(lambda: Reach(frozenset(map(str, files)), self.reach).look(session.items), 6 * TOO_LONG) != ALIVE:
                pytest.exit("the tests fail without any fault")
        reach, by_id = json.loads(self.reach.read_text(encoding="utf-8")), {item.nodeid: item for item in session.items}
        known = [(file, at) for file in files for at in inside(ast.parse(file.read_text(encoding="utf-8")))]
        random.Random(self.target).shuffle(known)
        until, counts = time.monotonic() + self.seconds, dict.fromkeys((KILLED, ALIVE, UNREACHED, ENDLESS), 0)
        for number, (file, at) in enumerate(known[self.first : self.first + self.count], self.first):
            if time.monotonic() > until:
                break
            tree, name = ast.parse(file.read_text(encoding="utf-8")), file.relative_to(PACKAGE).as_posix()
            what, line = mutate(tree, at)
            tests = [test for test in reach["lines"].get(f"{name}:{line}", ()) if test in by_id]
            near = [by_id[test] for test in sorted(tests, key=reach["seconds"].__getitem__)]
            found = aside(functools.partial(_tried, file, tree, near), TOO_LONG) if near else UNREACHED
            counts[found] += 1
            if found != KILLED:
                print(f"{self.target} {number} {found} ({len(near)} tests): {name} line {line}: {what}", flush=True)
        counted = ", ".join(f"{count} {word}" for word, count in counts.items())
        print(f"{self.target}: {sum(counts.values())} of {len(known)} mutants from {self.first}: {counted}", flush=True)
        return True


def _tried(file: Path, tree: ast.Module, tests: list[pytest.Item]) -> bool:
    replace(file, tree)
    return pass_all(tests)


def main() -> None:
    """Collect the tests of a target, and try mutants on them."""
    options = argparse.ArgumentParser()
    options.add_argument("target", choices=TARGETS)
    options.add_argument("--count", type=int, default=40)
    options.add_argument("--first", type=int, default=0)
    options.add_argument("--seconds", type=float, default=500, help="after it is known which test runs what")
    options.add_argument("--reach", type=Path, help="where it is kept between calls which test runs what")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = f"{scratch}/examples"
        hypothesis.settings.register_profile(
            "patient", deadline=None, database=None, suppress_health_check=list(hypothesis.HealthCheck)
        )
        reach = (chosen.reach or Path(scratch) / "reach.json").absolute()
        plugin = Mutants(chosen.target, chosen.first, chosen.count, chosen.seconds, reach)
        quiet = ("-W", "ignore::pytest.PytestAssertRewriteWarning")  # of libraries imported here before
        with patch.object(compilation, "prepare_xla"):  # of tests/conftest.py
            pytest.main(
                [
                    "-q",
                    "-s",
                    "-n",
                    "0",
                    *quiet,
                    "-p",
                    "no:cacheprovider",
                    "-m",
                    "not slow",
                    "--hypothesis-seed=0",
                    "--hypothesis-profile=patient",
                ]
                + [str(ROOT / test) for test in TARGETS[chosen.target][1]],
                [plugin],
            )


if __name__ == "__main__":
    main()
