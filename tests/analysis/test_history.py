import numpy as np
import pytest

from premortem.analysis import history
from premortem.analysis.history import judge
from premortem.engine.week import Model
from premortem.errors import InputError
from premortem.evidence import outcomes, parameters
from premortem.evidence.series import Series, series
from premortem.model.mechanisms.registry import MECHANISMS
from premortem.report.figures import past, style

HOMICIDES = next(one for one in series() if one.id == "homicides")


def flat(low: float, high: float, years: int = 3) -> np.ndarray:
    """Return amounts of 101 futures, evenly from low to high, the same in every year."""
    return np.repeat(np.linspace(low, high, 101)[:, None], years, axis=1)


def test_a_year_is_inside_where_nine_futures_of_ten_enclose_the_record() -> None:
    found = judge(HOMICIDES, 2018, {"homicides_mx": flat(36_650, 36_680)}, {})
    assert [(year.year, year.recorded, year.inside) for year in found.years] == [
        (2018, 36_687, False),
        (2019, 36_662, True),
        (2020, 36_773, False),
    ]
    assert found.years[0].model.low == pytest.approx(36_651.5)


def test_a_year_without_a_record_is_shown_and_not_judged_and_years_after_the_record_are_left_out() -> None:
    found = judge(HOMICIDES, 2021, {"homicides_mx": flat(-1e6, 1e6, years=6)}, {})
    assert [(year.year, year.inside) for year in found.years] == [
        (2021, True),
        (2022, None),
        (2023, True),
        (2024, True),
    ]


def test_gross_weights_are_taken_with_each_futures_own_purity_and_records_in_the_unit_of_the_model() -> None:
    heroin = next(one for one in series() if one.id == "heroin_seized")
    recorded = heroin.recorded()
    assert recorded[2019] == pytest.approx((5552.5 + 650.9) * 0.45359237)
    assert 2026 not in recorded  # seven months only
    purity = np.array([0.05, 0.1])
    found = judge(heroin, 2019, {"heroin_seized": np.array([[50.0], [100.0]])}, {heroin.over: purity})
    assert found.years[0].model.low == found.years[0].model.high == pytest.approx(1000.0)


def test_columns_are_added_and_what_nobody_has_seen_in_print_is_left_out() -> None:
    forces = next(one for one in series() if one.id == "forces_killed")
    assert forces.recorded()[2012] == 386 + 73
    assert forces.recorded()[2013] == 297
    overdose, synthetic = (next(one for one in series() if one.id == id_) for id_ in ("overdose", "overdose_synthetic"))
    assert 2021 not in overdose.recorded()
    assert synthetic.recorded()[2020] == 56516
    assert 2022 not in HOMICIDES.recorded()


def test_every_packaged_series_reads_what_exists_and_has_a_record() -> None:
    known = Model(MECHANISMS).outcomes
    for one in series():
        assert one.outcome in known
        assert one.outcome in outcomes.load()
        assert not one.over or one.over in parameters.load()
        assert len(one.recorded()) >= 4
        assert all(value > 0 for value in one.recorded().values())


def test_a_start_that_nothing_follows_is_an_input_error() -> None:
    with pytest.raises(InputError, match="before the theatre's epoch"):
        history.hindcast("2025")
    with pytest.raises(InputError):
        history.hindcast("1812")


def test_the_figure_marks_years_outside_otherwise_than_years_inside() -> None:
    points = [past.Point(2018, 1, 2, 3, 2.5), past.Point(2019, 1, 2, 3, 4), past.Point(2020, 1, 2, 3, None)]
    drawn = style.svg(past.past([("homicides", points)]))
    assert drawn.count('aria-roledescription="point"') == 2
    assert drawn.count(style.WORSE) == 1


@pytest.mark.slow
def test_most_recorded_years_of_deaths_and_arms_lie_inside_from_both_starts() -> None:
    for start in ("2012", "2018"):
        by_id = {one.series.id: [year.inside for year in one.years] for one in history.hindcast(start)}
        for id_ in ("homicides", "missing", "forces_killed", "overdose", "arms_seized"):
            assert by_id[id_].count(True) > by_id[id_].count(False), (start, id_)


def test_a_series_needs_a_column() -> None:
    with pytest.raises(ValueError, match="columns"):
        Series(id="x", title="x", outcome="members", table="x", columns=())
