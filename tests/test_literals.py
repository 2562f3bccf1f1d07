"""A number about the world is a parameter with a prior and a source, or the law of an open field: code holds none."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from premortem.model import luck

SOURCE = Path(__file__).parents[1] / "src" / "premortem"
MODEL = SOURCE / "model"
ARITHMETIC = {0, 1, 2, 0.5}
"""What formulas need: nothing, all, pairs and squares, halves and roots."""
NUMERICS = {"units.py", "noise.py"}
"""Conversions, guards, and the terms of a series: each documented where it stands. None says anything about the world."""
SHAPES = {"axis", "keepdims", "length", "balance_stage", "maxsize"}
"""Arguments that name an axis, a size or an order."""


def counts_up(tree: ast.AST) -> bool:
    """Tell whether a statement names the members of an index set: ``A, B, C = 0, 1, 2``."""
    if not (
        isinstance(tree, ast.Assign) and isinstance(tree.targets[0], ast.Tuple) and isinstance(tree.value, ast.Tuple)
    ):
        return False
    return [getattr(item, "value", None) for item in tree.value.elts] == list(range(len(tree.value.elts)))


def world_numbers(tree: ast.AST) -> Iterator[tuple[int, float]]:
    """Return (line, number) for every numeric literal that is neither arithmetic nor an index, a label, a slice, an axis or a length."""
    if isinstance(tree, ast.Constant):
        value = tree.value
        if isinstance(value, int | float) and not isinstance(value, bool) and value not in ARITHMETIC:
            yield tree.lineno, value
        return
    if counts_up(tree) or (isinstance(tree, ast.BinOp) and isinstance(tree.left, ast.List)):  # a list repeated
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
    allowed = CONVENTIONS.get(f"model/{file}", set())
    numbers = named_numbers(ast.parse((MODEL / file).read_text()))
    found = [f"{file}:{line}: {number}" for name, line, number in numbers if name not in allowed]
    assert not found, "make it a parameter with a prior and a source (or name a conversion in units.py)"


CONVENTIONS = {
    "analysis/answers.py": {"SEEDS"},
    "analysis/believed.py": {"TAIL", "NAMED"},
    "analysis/box.py": {"RAMP", "ROUNDING"},
    "analysis/decisive.py": {"LEAST_SHARE", "ENDS", "NEAR"},
    "analysis/responses.py": {"FAR", "MANY"},
    "analysis/weights.py": {"LARGEST_FILE", "FACTORS"},
    "analysis/effects.py": {"TRIED"},
    "analysis/gallery_study.py": {"SHOWN", "CLEAR"},
    "analysis/hypotheses.py": {"NAMED"},
    "model/opinion.py": {"MOST_GAINED"},
    "plan/language/runnable.py": {"RUN_WEEKS"},
    "analysis/red_team.py": {"SHORTEST"},
    "analysis/readers.py": {"FUTURES", "WEEKS", "SEED", "TRIED", "LINTED", "ENOUGH", "ELEMENTS"},
    "plan/language/publish.py": {"SHOWN_RULES"},
    "plan/controls/orders.py": {"HOURS_TO_A_JUDGE"},
    "plan/telling/gallery.py": {"PERCENT", "DIGITS"},
    "plan/telling/variants.py": {"TAILS", "SHIFT_WEEKS"},
    "model/conditions.py": {
        *("OUTCOMES", "REPORT_WEEKS", "OBSERVABLES", "BRANCHES", "NUMBERS", "STEPS", "KEPT", "KEPT_WEEKS")
    },
    "model/mechanisms/joint_work.py": {"WAITS", "LONG_AGO"},  # the form of the gaps between transfers
    "model/index_sets.py": {"VARIANT_BITS", "DEALS"},
    "plan/controls/compile.py": {"TASK_FORCES_PADDED_TO"},
    "plan/controls/legal.py": {
        "VIOLATION",
        "EXPOSURE",
        "NEEDS_AUTHORITY",
    },  # of an index: legal exposures, counted by weight
    "plan/controls/program.py": {"NEGLIGIBLE_DIVISOR"},
    "plan/language/document.py": {
        *("SIZE_LIMIT", "DEPTH_LIMIT", "INTEGER_LIMIT", "FIRST_BITS", "CONTINUES", "DECIMAL", "INTEGER_DIGITS")
    },
    "plan/language/expression.py": {"TEXT_LIMIT", "TOKEN_LIMIT", "DEPTH_LIMIT", "WINDOW"},
    "plan/language/extends.py": {"CHAIN_LIMIT", "DIGITS"},
    "plan/language/kinds.py": {"FIRST_DAY", "LAST_DAY", "LAST_WEEK", "CONDITION_LIMIT", "LARGEST_PLAIN"},
    "plan/language/marks.py": {"LIST_LIMIT", "ROUNDING"},
    "plan/language/mistakes.py": {"YEAR_DIGITS"},
    "plan/language/problems.py": {"SHOWN", "FOUND_LIMIT", "LISTED"},
    "plan/language/schema.py": {"HORIZON_WEEKS"},
    "plan/telling/difference.py": {"LISTED"},
    "plan/telling/template.py": {"COMMENT", "MOST_WORDS"},
    "theatre/chronicle.py": {"NEAR", "TERM_BEGINS"},  # how far a row of a table may lie from its event
    "theatre/folder.py": {"SIZE_LIMIT"},
    "theatre/literature.py": {"GROUPS", "RIVALRIES", "ALLIANCES", "POWER", "HEAVIEST"},  # the network of the literature
    "theatre/nowcast/build.py": {"DECIMALS"},
    "theatre/nowcast/drugs.py": {"DECIMALS"},
    "theatre/nowcast/violence.py": {"Z90", "QUARTER"},
    "analysis/first_months.py": {"HALF", "REMEMBERED"},
    "theatre/records.py": {"ROUNDING", "MOST_SPARES"},
    "analysis/aftermath.py": {"YEARS_AFTER", "MOST", "FUTURES_AT_ONCE"},
    "analysis/balance.py": {"SCARCE"},
    "analysis/chance.py": {"Z90", "RANKS", "FEWEST"},
    "analysis/compare.py": {"SHARE", "CLEAR", "AGAINST"},
    "analysis/ensemble.py": {"FUTURES"},
    "analysis/explanation.py": {"SHOWN"},
    "analysis/lever_moves.py": {"FUTURES", "YEARS", "SEED", "NAMED", "LEAST"},
    "analysis/swings.py": {"ENDS"},
    "analysis/ledger.py": {"LEAST", "NOISE"},
    "analysis/promises.py": {"SAME_WITHIN"},
    "analysis/reconciliation.py": {"TAIL", "ROUNDING"},
    "analysis/short_answer.py": {"MOST", "TOGETHER", "DECIDING", "FEWEST"},
    "analysis/screen.py": {"FISHER", "CHANCE", "FEWEST", "AT_ONCE"},
}
"""A number stands beyond the model in a named constant of its module, and only if it is a limit of the language, of what is shown, of
rounding, or a convention of statistics; in the model only if it is room for a plan's conditions. None says anything about the world."""
ROOMS = ("plan", "theatre", "analysis")


def named_numbers(tree: ast.Module) -> Iterator[tuple[str, int, float]]:
    """Yield (constant or "", line, number): numbers of a module, with the name of the constant whose value they are."""
    for statement in tree.body:
        names = {""}
        if isinstance(statement, ast.Assign):
            names = {part.id for part in ast.walk(statement.targets[0]) if isinstance(part, ast.Name)}
        for line, number in world_numbers(statement):
            yield from ((name if name.isupper() else "", line, number) for name in names)


@pytest.mark.parametrize(
    "file", sorted(p.relative_to(SOURCE).as_posix() for room in ROOMS for p in (SOURCE / room).rglob("*.py"))
)
def test_beyond_the_model_a_number_is_a_named_convention(file: str) -> None:
    allowed = CONVENTIONS.get(file, set())
    numbers = list(named_numbers(ast.parse((SOURCE / file).read_text())))
    found = [f"{file}:{line}: {number} {name}" for name, line, number in numbers if name not in allowed]
    assert not found, "make it a parameter, the law of an open field or data of the theatre; or name a convention"
    held = {name for name, _, _ in numbers}
    assert allowed <= held, "a convention that is no longer there"


def test_the_lint_checks_hold_named_judgements_only() -> None:
    """A threshold of a rule that no fact gives is a named constant, said to be a judgement; conversions are named too."""
    found = [
        f"{path.name}:{line}: {number}"
        for path in sorted((SOURCE / "lint/checks").glob("*.py"))
        for name, line, number in named_numbers(ast.parse(path.read_text()))
        if not name
    ]
    assert not found


def test_luck_counts_bits_and_nothing_else() -> None:
    """23 random bits in a float: shift by 9 of 32, scale by 2**-23; and the published constants of the cipher, turned by 5 blocks of 4."""
    cipher = {turn for block in luck.ROTATIONS for turn in block} | {luck.PARITY, 3, 6, 32}
    assert {number for _, number in world_numbers(ast.parse((MODEL / "luck.py").read_text()))} <= {9, 23} | cipher


def test_the_test_sees_numbers_and_spares_indices() -> None:
    source = "a = 0.3\nb = x[7] + x.sum(axis=5)\nc = y * 52.0 + 2.0 - 1\nd = x[:, 3:9]\ne = f(axis=1, share=0.9)\n"
    source += "A, B, C, D = 0.0, 1.0, 2.0, 3.0\nE, F = 0.0, 3.0\n"
    assert list(world_numbers(ast.parse(source))) == [(1, 0.3), (3, 52.0), (5, 0.9), (7, 3.0)]
