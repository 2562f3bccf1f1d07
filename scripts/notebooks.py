"""Executes the notebooks: ``scripts/notebooks [NAME...]`` writes docs/notebooks/NAME.ipynb from NAME.py beside it.

A source is Python in cells: ``# %%`` begins code, ``# %% [markdown]`` text in comments. Cells run one after the other in one namespace, in
an empty folder; what a cell prints, and the value of its last line as a notebook shows it, is kept as its output.
"""

from __future__ import annotations

import ast
import contextlib
import io
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

NOTEBOOKS = Path(__file__).parent.parent / "docs" / "notebooks"
SHOWN = {"text/html": "_repr_html_", "image/svg+xml": "_repr_svg_"}


def cells(source: str) -> Iterator[tuple[str, str]]:
    """Yield the kind of each cell, ``code`` or ``markdown``, and its text."""
    for part in f"\n{source}".split("\n# %%")[1:]:
        head, _, body = part.partition("\n")
        if "[markdown]" in head:
            lines = (line.removeprefix("#").removeprefix(" ") for line in body.strip().splitlines())
            yield "markdown", "\n".join(lines)
        else:
            yield "code", body.strip()


def run(code: str, names: dict[str, Any]) -> list[dict[str, Any]]:
    """Run a cell and return its outputs as a notebook holds them."""
    tree, printed = ast.parse(code), io.StringIO()
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    with contextlib.redirect_stdout(printed):
        exec(compile(tree, "cell", "exec", dont_inherit=True), names)
        value = (
            None
            if last is None
            else eval(compile(ast.Expression(last.value), "cell", "eval", dont_inherit=True), names)
        )
    outputs: list[dict[str, Any]] = []
    if printed.getvalue():
        outputs.append({"output_type": "stream", "name": "stdout", "text": printed.getvalue()})
    if value is not None:
        shown = {kind: getattr(value, how)() for kind, how in SHOWN.items() if hasattr(value, how)}
        data = {"text/plain": repr(value)} | shown
        outputs.append({"output_type": "display_data", "data": data, "metadata": {}})
    return outputs


def executed(source: str) -> dict[str, Any]:
    """Return a source as a notebook with its outputs."""
    names: dict[str, Any] = {"__name__": "__main__"}
    made: list[dict[str, Any]] = []
    for number, (kind, text) in enumerate(cells(source), 1):
        cell: dict[str, Any] = {"cell_type": kind, "id": f"cell-{number}", "metadata": {}, "source": text}
        if kind == "code":
            cell |= {"execution_count": number, "outputs": run(text, names)}
        made.append(cell)
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {"cells": made, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}


def main(wanted: list[str]) -> None:
    here = Path.cwd()
    for name in wanted or sorted(path.stem for path in NOTEBOOKS.glob("*.py")):
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            made = executed((NOTEBOOKS / f"{name}.py").read_text(encoding="utf-8"))
            os.chdir(here)
        text = json.dumps(made, indent=1, ensure_ascii=False) + "\n"
        (NOTEBOOKS / f"{name}.ipynb").write_text(text, encoding="utf-8")
        print(f"{name}.ipynb")


if __name__ == "__main__":
    main(sys.argv[1:])
