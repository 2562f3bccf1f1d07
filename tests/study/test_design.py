import numpy as np
import pytest

from premortem.errors import InputError
from premortem.study.design import MORRIS_RANGE, Design

NAMES = ("arms.flow", "drugs.demand", "people.backlash")


def table(design: Design) -> np.ndarray:
    return np.column_stack(list(design.uniforms(np.arange(design.futures)).values()))


def luck(design: Design) -> np.ndarray:
    return design.luck(np.arange(design.futures))


def test_monte_carlo_leaves_every_draw_to_its_own_address() -> None:
    design = Design("monte_carlo", 10, (), 1)
    assert design.uniforms(np.arange(10)) == {}
    assert luck(design).tolist() == list(range(10))


@pytest.mark.parametrize("kind", ["latin_hypercube", "sobol"])
def test_each_column_has_one_point_in_each_stratum(kind: str) -> None:
    points = table(Design(kind, 64, NAMES, 5))  # type: ignore[arg-type]
    assert all(sorted((column * 64).astype(int)) == list(range(64)) for column in points.T)


def test_an_uncertainty_more_moves_no_column_of_a_latin_hypercube() -> None:
    few, more = (Design("latin_hypercube", 20, names, 5).uniforms(np.arange(20)) for names in (NAMES[1:], NAMES))
    assert all(np.array_equal(few[name], more[name]) for name in NAMES[1:])
    assert not np.array_equal(more[NAMES[0]], more[NAMES[1]])


def test_saltelli_has_the_published_number_of_rows_and_shares_luck_where_it_compares() -> None:
    assert Design("saltelli", 1024, tuple("abcdefghijklmnopqrst"), 1).futures == 43_008
    design = Design("saltelli", 4, NAMES, 1)
    points, lucks = table(design), luck(design)
    for block in range(4):
        rows = points[8 * block : 8 * block + 8]
        a, with_b, with_a, b = rows[0], rows[1:4], rows[4:7], rows[7]
        assert np.array_equal(with_b, np.where(np.eye(3), b, a))
        assert np.array_equal(with_a, np.where(np.eye(3), a, b))
        assert lucks[8 * block : 8 * block + 8].tolist() == [2 * block] * 4 + [2 * block + 1] * 4


def test_a_morris_path_moves_one_uncertainty_a_step_under_one_luck() -> None:
    design = Design("morris", 6, NAMES, 2)
    points = table(design).reshape(6, 4, 3)
    assert (np.sum(np.diff(points, axis=1) != 0, axis=2) == 1).all()
    assert points.min() == pytest.approx(MORRIS_RANGE[0])
    assert points.max() == pytest.approx(MORRIS_RANGE[1])
    assert luck(design).tolist() == np.repeat(range(6), 4).tolist()


def test_rows_do_not_depend_on_which_others_are_asked_for() -> None:
    design = Design("sobol", 32, NAMES, 1)
    some = design.uniforms(np.array([17, 3]))
    assert np.array_equal(np.column_stack(list(some.values())), table(design)[[17, 3]])


@pytest.mark.parametrize("kind", ["sobol", "saltelli"])
def test_a_sequence_that_would_be_unbalanced_is_refused_with_the_sizes_allowed(kind: str) -> None:
    with pytest.raises(InputError, match=r"(?s)powers of two.*futures = 100.*64 or 128"):
        table(Design(kind, 100, NAMES, 1))  # type: ignore[arg-type]


def test_a_design_over_nothing_is_refused() -> None:
    with pytest.raises(InputError, match="at least one uncertainty"):
        Design("morris", 4, (), 1).uniforms(np.arange(1))


GROUPS = (("effort", ("own_effort.injury_effect",)), ("left open", ()), ("luck", ("washington.clock_luck",)))


def test_a_design_over_groups_exchanges_one_group_at_a_time_and_luck_and_open_fields_are_groups() -> None:
    design = Design("saltelli", 3, (), 1, groups=GROUPS)
    rows = np.arange(design.futures)
    assert design.futures == 3 * 5
    assert design.uniforms(rows) == {}
    found = np.stack([design.address(name, rows) for name, _ in GROUPS])
    for sample in range(3):
        a, with_b, b = np.split(found[:, 5 * sample : 5 * sample + 5], [1, 4], axis=1)
        assert (a == 2 * sample).all()
        assert (b == 2 * sample + 1).all()
        assert np.array_equal(with_b, np.where(np.eye(3, dtype=bool), b, a))
    assert np.array_equal(design.luck(rows), found[2])
