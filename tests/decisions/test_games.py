"""Games with known answers, and the search for best answers on functions with known tops."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from premortem.decisions.compass import climb
from premortem.decisions.games import Played, double_oracle, solve
from premortem.errors import InputError

Floats = NDArray[np.float64]


@pytest.mark.parametrize(
    ("payoffs", "rows", "columns", "value"),
    [
        # matching pennies
        ([[1, -1], [-1, 1]], [0.5, 0.5], [0.5, 0.5], 0),
        # rock, paper, scissors
        ([[0, 1, -1], [-1, 0, 1], [1, -1, 0]], [1 / 3] * 3, [1 / 3] * 3, 0),
        # three cards, the sum if it is at most 4, else minus the sum: Cambridge, Mathematical Tripos IB 2010, paper 3, optimization:
        # for a symmetric invertible matrix A with A^-1 e >= 0 the value is 1 / (e^T A^-1 e), here 57/25
        ([[2, 3, 4], [3, 4, -5], [4, -5, -6]], [0.82, 0.08, 0.10], [0.82, 0.08, 0.10], 2.28),
        # Wikipedia, "Zero-sum game", what red is paid by blue, with red in the columns: value 20/7
        ([[30, 10], [-10, 20], [20, -20]], [0, 4 / 7, 3 / 7], [4 / 7, 3 / 7], 20 / 7),
        # a saddle point
        ([[3, 5], [2, 6]], [1, 0], [0, 1], 5),
        # one choice each
        ([[-7]], [1], [1], -7),
    ],
)
def test_matrix_games_have_their_known_values_whatever_the_unit(
    payoffs: list[list[float]], rows: list[float], columns: list[float], value: float
) -> None:
    for scale, shift in ((1.0, 0.0), (3e9, 1e10), (1e-6, -5.0)):
        found_rows, found_columns, found = solve(np.array(payoffs) * scale + shift)
        assert found_rows == pytest.approx(rows, abs=1e-6)
        assert found_columns == pytest.approx(columns, abs=1e-6)
        assert found == pytest.approx(value * scale + shift, rel=1e-9)


def test_two_finger_morra_has_the_value_and_one_of_the_mixtures_of_the_textbook() -> None:
    # Chvatal 1983, Linear Programming, chapter 15: fair, and only the two choices that guess the other number of fingers, 4/7 to 3/5
    morra = np.array([[0, -2, 3, 0], [2, 0, 0, -3], [-3, 0, 0, 4], [0, 3, -4, 0]])
    rows, columns, value = solve(morra)
    assert value == pytest.approx(0, abs=1e-9)
    for one in (rows, columns):
        assert one[[0, 3]] == pytest.approx(0, abs=1e-9)
        assert 4 / 7 - 1e-6 <= one[1] <= 3 / 5 + 1e-6


@pytest.mark.parametrize("wrong", [np.zeros((0, 3)), np.zeros(3), np.array([[1.0, np.nan]])])
def test_what_is_no_matrix_of_numbers_is_refused(wrong: Floats) -> None:
    with pytest.raises(InputError, match="a number for each pair"):
        solve(wrong)


def played(matrix: Floats, rounds: int = 100) -> Played[int, int]:
    return double_oracle(
        [0],
        [0],
        lambda rows, columns: matrix[np.ix_(list(rows), list(columns))],
        lambda columns, mixture: int((matrix[:, list(columns)] @ mixture).argmin()),
        lambda rows, mixture: int((mixture @ matrix[list(rows)]).argmax()),
        tolerance=1e-9,
        rounds=rounds,
    )


def exploited(matrix: Floats, found: Played[int, int]) -> float:
    """What both sides together gain at best against the mixtures, over all choices of the whole matrix."""
    rows, columns = np.zeros(len(matrix)), np.zeros(len(matrix.T))
    rows[list(found.rows)], columns[list(found.columns)] = found.row_mixture, found.column_mixture
    return float((rows @ matrix).max() - (matrix @ columns).min())


def test_the_bound_holds_at_every_round_and_the_last_mixtures_are_those_of_the_whole_game() -> None:
    random = np.random.default_rng(3)
    for _ in range(6):
        matrix = random.normal(size=(9, 8))
        value = solve(matrix)[2]
        whole = played(matrix)
        assert whole.steps[-1].gap <= 1e-9 + 1e-7
        assert whole.steps[-1].value == pytest.approx(value, abs=1e-7)
        assert exploited(matrix, whole) <= 1e-7
        for rounds in range(1, len(whole.steps) + 1):
            early = played(matrix, rounds)
            step = early.steps[-1]
            assert step.low - 1e-9 <= value <= step.high + 1e-9
            assert exploited(matrix, early) <= step.gap + 1e-9


def test_double_oracle_finds_the_equilibrium_of_a_continuous_game() -> None:
    # the column side is paid the squared distance on [0, 1]: rows stand in the middle, columns at either end alike, and the value is 1/4
    def distance(rows: Sequence[float], columns: Sequence[float]) -> Floats:
        return np.asarray((np.array(rows)[:, None] - np.array(columns)) ** 2)

    def nearest(columns: Sequence[float], mixture: Floats) -> float:
        return float(np.array(columns) @ mixture)

    def farthest(rows: Sequence[float], mixture: Floats) -> float:
        return max((0.0, 1.0), key=lambda end: float(mixture @ (np.array(rows) - end) ** 2))

    found = double_oracle([0.2], [0.3], distance, nearest, farthest, tolerance=1e-6, rounds=50)
    assert found.steps[-1].gap <= 1e-6
    assert found.steps[-1].value == pytest.approx(0.25, abs=1e-6)
    assert np.array(found.rows) @ found.row_mixture == pytest.approx(0.5, abs=1e-3)
    mixture = dict(zip(found.columns, found.column_mixture, strict=True))
    assert [mixture[0.0], mixture[1.0]] == pytest.approx([0.5, 0.5], abs=1e-3)
    assert found.steps[0].gap > found.steps[-1].gap


def test_a_climb_reaches_the_top_of_each_problem_and_leaves_alone_what_does_nothing() -> None:
    random = np.random.default_rng(5)
    luck = random.normal(size=60)

    def asked(polls: object) -> list[Floats]:
        tops = ((1.0, -0.5, 0.0), (-1.0, 0.5, 0.0))
        found = []
        for top, policies in zip(tops, polls, strict=True):  # type: ignore[call-overload]
            values = [-sum((a - b) ** 2 for a, b in zip(one[:2], top[:2], strict=True)) for one in policies]
            # the third choice does nothing
            found.append(np.array(values)[:, None] + luck)
        return found

    assert climb([(0.0, 0.0, 0.0)] * 2, [0, 1, 2], asked) == [(1.0, -0.5, 0.0), (-1.0, 0.5, 0.0)]
    assert climb([(0.0, 0.0, 0.0)] * 2, [1], asked) == [(0.0, -0.5, 0.0), (0.0, 0.5, 0.0)]
    assert climb([(0.0, 0.0, 0.0)] * 2, [], asked) == [(0.0, 0.0, 0.0)] * 2


def test_a_climb_takes_one_change_where_two_together_are_worse() -> None:
    def asked(polls: object) -> list[Floats]:
        worth = [[one[0] + 0.9 * one[1] - 3 * max(one[0], 0) * max(one[1], 0) for one in p] for p in polls]  # type: ignore[attr-defined]
        return [np.repeat(np.array(one)[:, None], 10, axis=1) for one in worth]

    assert climb([(0.0, 0.0)], [0, 1], asked) == [(1.0, 0.0)]


def test_a_choice_that_moves_luck_alone_is_taken_either_way_in_one_case_of_ten() -> None:
    random = np.random.default_rng(6)
    luck = random.normal(size=(400, 40))

    def asked(polls: object) -> list[Floats]:
        return [
            np.array([[one[0]] for one in policies]) * noise
            for policies, noise in zip(polls, luck, strict=True)  # type: ignore[call-overload]
        ]

    found = [value for (value,) in climb([(0.0,)] * 400, [0], asked, polls=1)]
    assert 25 <= found.count(0.5) <= 55  # 40 expected
    assert 25 <= found.count(-0.5) <= 55


def test_what_failed_is_left_out_of_a_poll() -> None:
    def asked(polls: object) -> list[Floats]:
        values = [np.array([[one[0]] * 10 for one in policies]) for policies in polls]  # type: ignore[attr-defined]
        for one in values:
            one[1:, 3] = np.nan
        return values

    assert climb([(0.0,)], [0], asked) == [(1.0,)]
