"""Small faults put into the code on purpose: what no test notices shows which test is missing.

usage: python -m tests.hard.mutants TARGET [--count 40] [--first 0] [--seconds 500]   (targets: linter, ledger, week)

A mutant is a copy of the package with one operator, comparison, number or condition changed, on a line that is no text. It is killed if one
of the target's tests fails, and survives if all pass. Survivors are printed with what was changed, for somebody to look at.
"""

from __future__ import annotations

import argparse
import ast
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

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
    "ledger": (("model/flows.py",), ("tests/engine/test_week.py", "tests/model/test_planted_leak.py")),
    "week": (
        ("engine/week.py",),
        ("tests/engine/test_week.py", "tests/engine/test_engines.py", "tests/model/test_campaign.py"),
    ),
}
OTHER = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE,
    ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.And: ast.Or, ast.Or: ast.And,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
TOO_LONG = 300


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
    return found


def mutate(text: str, luck: random.Random) -> tuple[str, str]:
    """Return a text with one thing changed, and what it was."""
    tree = ast.parse(text)
    node, what = luck.choice(places(tree))
    line = getattr(node, "lineno", 0)
    before = ast.unparse(node)
    if what == "op":
        node.op = OTHER[type(node.op)]()  # type: ignore[attr-defined]
    elif what == "ops":
        node.ops[0] = OTHER[type(node.ops[0])]()  # type: ignore[attr-defined]
    elif what == "value":
        value = node.value  # type: ignore[attr-defined]
        node.value = (not value) if isinstance(value, bool) else value + 1  # type: ignore[attr-defined]
    else:
        node.test = ast.UnaryOp(ast.Not(), node.test)  # type: ignore[attr-defined]
    after = ast.unparse(node)
    return ast.unparse(tree), f"line {line}: {before.splitlines()[0][:90]} -> {after.splitlines()[0][:90]}"


def survives(copy: Path, tests: tuple[str, ...]) -> bool | None:
    """Run the tests of a target on a copy of the package; None if they do not end."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-x",
        "-q",
        "-n",
        "0",
        "-p",
        "no:cacheprovider",
        "-m",
        "not slow",
        *tests,
    ]
    environment = os.environ | {"PYTHONPATH": str(copy.parent), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, timeout=TOO_LONG, check=False, text=True
        )
    except subprocess.TimeoutExpired:
        return None
    return done.returncode == 0


def main() -> None:
    """Print every survivor, and a count."""
    options = argparse.ArgumentParser()
    options.add_argument("target", choices=TARGETS)
    options.add_argument("--count", type=int, default=40)
    options.add_argument("--first", type=int, default=0)
    options.add_argument("--seconds", type=float, default=500)
    chosen = options.parse_args()
    patterns, tests = TARGETS[chosen.target]
    files = sorted(file for pattern in patterns for file in PACKAGE.glob(pattern))
    sizes = [len(places(ast.parse(file.read_text(encoding="utf-8")))) for file in files]
    until, tried, left, endless = time.monotonic() + chosen.seconds, 0, 0, 0
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / "premortem"
        shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
        if not survives(copy, tests):
            sys.exit("the tests fail without any fault")
        for number in range(chosen.first, chosen.first + chosen.count):
            if time.monotonic() > until:
                break
            luck = random.Random(f"{chosen.target} {number}")
            (file,) = luck.choices(files, sizes)
            text = file.read_text(encoding="utf-8")
            changed, what = mutate(text, luck)
            place = copy / file.relative_to(PACKAGE)
            place.write_text(changed, encoding="utf-8")
            tried += 1
            alive = survives(copy, tests)
            left, endless = left + (alive is True), endless + (alive is None)
            if alive is not False:
                word = "survives" if alive else f"does not end in {TOO_LONG} s"
                print(f"{chosen.target} {number} {word}: {file.relative_to(PACKAGE)} {what}", flush=True)
            place.write_text(text, encoding="utf-8")
    killed = tried - left - endless
    print(f"{chosen.target}: {tried} mutants, {killed} killed, {left} survive, {endless} did not end")


if __name__ == "__main__":
    main()
