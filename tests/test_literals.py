"""A number about the world is a parameter with a prior and a source: the model's code may hold none."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from premortem.model import luck

MODEL = Path(__file__).parents[1] / "src" / "premortem" / "model"
ARITHMETIC = {0, 1, 2, 0.5}
"""What formulas need: nothing, all, pairs and squares, halves and roots."""
NUMERICS = {"units.py", "noise.py"}
"""Conversions, guards, and the terms of a series: each documented where it stands. None says anything about the world."""
SHAPES = {"axis", "keepdims", "length", "balance_stage"}
"""Arguments that name an axis, a size or an order."""


def counts_up(tree: ast.AST) -> bool:
    """Tell whether a statement names the members of an index set: ``A, B, C = 0, 1, 2``."""
    if not (
        isinstance(tree, ast.Assign) and isinstance(tree.targets[0], ast.Tuple) and isinstance(tree.value, ast.Tuple)
    ):
        return False
    return [getattr(item, "value", None) for item in tree.value.elts] == list(range(len(tree.value.elts)))


def world_numbers(tree: ast.AST) -> Iterator[tuple[int, float]]:
    """Return (line, number) for every numeric literal that is neither arithmetic nor an index, a label, a slice or an axis."""
    if isinstance(tree, ast.Constant):
        value = tree.value
        if isinstance(value, int | float) and not isinstance(value, bool) and value not in ARITHMETIC:
            yield tree.lineno, value
        return
    if counts_up(tree):
        return
    skipped = tree.slice if isinstance(tree, ast.Subscript) else None
    for child in ast.iter_child_nodes(tree):
        if child is skipped or (isinstance(child, ast.keyword) and child.arg in SHAPES):
            continue
        yield from world_numbers(child)


@pytest.mark.parametrize(
    "file", sorted(p.relative_to(MODEL).as_posix() for p in MODEL.rglob("*.py") if p.name not in NUMERICS | {"luck.py"})
)
def test_no_number_about_the_world_stands_in_the_model(file: str) -> None:
    found = [f"{file}:{line}: {number}" for line, number in world_numbers(ast.parse((MODEL / file).read_text()))]
    assert not found, "make it a parameter with a prior and a source (or name a conversion in units.py)"


def test_luck_counts_bits_and_nothing_else() -> None:
    """23 random bits in a float: shift by 9 of 32, scale by 2**-23; and the published constants of the cipher, turned by 5 blocks of 4."""
    cipher = {turn for block in luck.ROTATIONS for turn in block} | {luck.PARITY, 3, 6, 32}
    assert {number for _, number in world_numbers(ast.parse((MODEL / "luck.py").read_text()))} <= {9, 23} | cipher


def test_the_test_sees_numbers_and_spares_indices() -> None:
    source = "a = 0.3\nb = x[7] + x.sum(axis=5)\nc = y * 52.0 + 2.0 - 1\nd = x[:, 3:9]\ne = f(axis=1, share=0.9)\n"
    source += "A, B, C, D = 0.0, 1.0, 2.0, 3.0\nE, F = 0.0, 3.0\n"
    assert list(world_numbers(ast.parse(source))) == [(1, 0.3), (3, 52.0), (5, 0.9), (7, 3.0)]
