"""Small faults put into the code on purpose: what no test notices shows which test is missing.

usage: python -m tests.hard.mutants TARGET [--count 40] [--first 0] [--seconds 500] [--reach FILE]
(targets: linter, ledger, evidence, week)

A mutant is a copy of the package with one operator, comparison, number, condition, ``min`` or ``any`` changed, in code that is no
annotation or decorator. The places are shuffled once, so that ``--first`` goes on where an earlier run ended. It is killed if one of the
target's tests fails, and survives if all pass: first the tests that run its line are tried, the quickest first, then all. Survivors are
printed with what was changed, for somebody to look at.

The tests run in forks of a process that has imported the libraries once; a copy that cannot be imported is killed by that.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import hypothesis
import pytest

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
        ("tests/evidence/test_ledger.py", "tests/evidence/test_parameters.py", "tests/evidence/test_checks.py"),
    ),
    "week": (("engine/week.py",), ("tests/engine/test_week.py", "tests/model/test_planted_leak.py")),
}
OTHER = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE,
    ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.And: ast.Or, ast.Or: ast.And,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr,
}  # fmt: skip
OTHER_NAME = {"min": "max", "max": "min", "minimum": "maximum", "maximum": "minimum", "any": "all", "all": "any"}
LIBRARIES = (
    "altair",
    "hypothesis",
    "jax",
    "numcodecs",
    "numpy",
    "polars",
    "pydantic",
    "rich",
    "scipy.stats",
    "tomlkit",
    "typer",
    "zarr",
)
TOO_LONG = 300
ALIVE, KILLED, ENDLESS = "survives", "killed", f"does not end in {TOO_LONG} s"


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


def mutate(text: str, number: int) -> tuple[str, str, int]:
    """Return a text with its place of this number changed, what it was, and its line."""
    tree = ast.parse(text)
    node: Any
    node, what = places(tree)[number]
    inside = node.iter if what == "ifs" else node
    before = ast.unparse(node)
    if what == "op":
        node.op = OTHER[type(node.op)]()
    elif what == "ops":
        node.ops[0] = OTHER[type(node.ops[0])]()
    elif what == "value":
        node.value = (not node.value) if isinstance(node.value, bool) else node.value + 1
    elif what == "test":
        node.test = ast.UnaryOp(ast.Not(), node.test)
    elif what == "ifs":
        node.ifs = [ast.UnaryOp(ast.Not(), node.ifs[0]), *node.ifs[1:]]
    else:
        setattr(node, what, OTHER_NAME[getattr(node, what)])
    changed = f"{before.splitlines()[0][:90]} -> {ast.unparse(node).splitlines()[0][:90]}"
    return ast.unparse(tree), changed, inside.lineno


@dataclass
class Reach:
    """A plugin of pytest that notes which test runs which line below a folder, and how long each test takes."""

    below: str
    note: Path

    def __post_init__(self) -> None:
        self.at, self.lines, self.seconds = "", defaultdict[str, set[str]](set), dict[str, float]()
        sys.settrace(self._enter)

    def _enter(self, frame: FrameType, event: str, _: Any) -> Any:
        return self._line if frame.f_code.co_filename.startswith(self.below) else None

    def _line(self, frame: FrameType, event: str, _: Any) -> Any:
        self.lines[f"{frame.f_code.co_filename.removeprefix(self.below)}:{frame.f_lineno}"].add(self.at)
        return self._line

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Any:
        """Note what this test runs."""
        self.at, since = item.nodeid, time.monotonic()
        sys.settrace(self._enter)
        try:
            return (yield)
        finally:
            self.seconds[self.at] = time.monotonic() - since

    def pytest_sessionfinish(self) -> None:
        """Write what was noted."""
        sys.settrace(None)
        found = {line: sorted(tests) for line, tests in self.lines.items()}
        self.note.write_text(json.dumps({"lines": found, "seconds": self.seconds}), encoding="utf-8")


def run(copy: Path, tests: tuple[str, ...], seconds: float = TOO_LONG, note: Path | None = None) -> str:
    """Run tests on a copy of the package in a fork of this process."""
    child = os.fork()
    if not child:
        os.setpgid(0, 0)
        printed = os.open(copy.parent / "printed", os.O_RDWR | os.O_CREAT | os.O_TRUNC)
        for stream in (1, 2):
            os.dup2(printed, stream)
        os.chdir(ROOT)
        os.environ |= {"PYTHONPATH": str(copy.parent), "HYPOTHESIS_STORAGE_DIRECTORY": str(copy.parent / "examples")}
        sys.dont_write_bytecode = True
        sys.path.insert(0, str(copy.parent))
        hypothesis.settings.register_profile(
            "patient", deadline=None, suppress_health_check=list(hypothesis.HealthCheck)
        )
        hypothesis.settings.load_profile("patient")  # on a busy machine slowness kills no mutant
        plugins = [Reach(f"{copy}/", note)] if note else []
        quiet = ("-W", "ignore::pytest.PytestAssertRewriteWarning")  # of libraries imported here before
        wanted = [
            "-x",
            "-q",
            *quiet,
            "-n",
            "0",
            "-p",
            "no:cacheprovider",
            "-m",
            "not slow",
            "--hypothesis-seed=0",
            *tests,
        ]
        code = 3
        try:
            code = int(pytest.main(wanted, plugins))
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return ALIVE if status == 0 else KILLED
        time.sleep(0.02)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return ENDLESS


def verdict(copy: Path, tests: tuple[str, ...], reached: list[str], seconds: dict[str, float]) -> str:
    """Try the tests that run the changed line, the quickest first, and then all."""
    near = tuple(sorted((test for test in reached if test in seconds), key=seconds.__getitem__))
    found = run(copy, near[:300]) if near else ALIVE
    return run(copy, tests) if found == ALIVE else found


def main() -> None:
    """Print every survivor, and a count."""
    options = argparse.ArgumentParser()
    options.add_argument("target", choices=TARGETS)
    options.add_argument("--count", type=int, default=40)
    options.add_argument("--first", type=int, default=0)
    options.add_argument("--seconds", type=float, default=500, help="after it is known which test runs what")
    options.add_argument("--reach", type=Path, help="where it is kept between calls which test runs what")
    chosen = options.parse_args()
    patterns, tests = TARGETS[chosen.target]
    for library in LIBRARIES:
        importlib.import_module(library)
    files = sorted(file for pattern in patterns for file in PACKAGE.glob(pattern))
    known = [(file, at) for file in files for at in range(len(places(ast.parse(file.read_text(encoding="utf-8")))))]
    random.Random(chosen.target).shuffle(known)
    counts = dict.fromkeys((KILLED, ALIVE, ENDLESS), 0)
    with tempfile.TemporaryDirectory() as scratch:
        copy, note = Path(scratch) / "premortem", chosen.reach or Path(scratch) / "reach.json"
        shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
        if not note.is_file() and run(copy, tests, 10 * TOO_LONG, note.absolute()) != ALIVE:
            sys.exit(f"{(copy.parent / 'printed').read_text(encoding='utf-8')}\nthe tests fail without any fault")
        reach, until = json.loads(note.read_text(encoding="utf-8")), time.monotonic() + chosen.seconds
        for number, (file, at) in enumerate(known[chosen.first : chosen.first + chosen.count], chosen.first):
            if time.monotonic() > until:
                break
            text, place = file.read_text(encoding="utf-8"), copy / file.relative_to(PACKAGE)
            changed, what, line = mutate(text, at)
            place.write_text(changed, encoding="utf-8")
            name = file.relative_to(PACKAGE).as_posix()
            reached = reach["lines"].get(f"{name}:{line}", [])
            found = verdict(copy, tests, reached, reach["seconds"])
            counts[found] += 1
            if found != KILLED:
                none = "" if reached else ", no test runs it"
                print(f"{chosen.target} {number} {found}{none}: {name} line {line}: {what}", flush=True)
            place.write_text(text, encoding="utf-8")
    counted = ", ".join(f"{count} {word}" for word, count in counts.items())
    print(f"{chosen.target}: {sum(counts.values())} of {len(known)} mutants from {chosen.first}: {counted}")


if __name__ == "__main__":
    main()
