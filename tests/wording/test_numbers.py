import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from premortem.analysis.compare import Interval, line_of
from premortem.evidence import outcomes
from premortem.wording.numbers import MINUS, Scale, scale

finite = st.floats(-1e13, 1e13)


@pytest.mark.parametrize(
    ("interval", "unit", "text"),
    [
        (Interval(203_417, 151_030, 269_871), "person", ("200,000", "150,000 to 270,000")),
        (Interval(0.4, 0, 3.2), "attack", ("0", "0 to 3")),
        (Interval(0.3412, 0.321, 0.402), "share", ("34.1", "32.1 to 40.2")),
        (Interval(1.04e12, 0.2e12, 3.1e12), "USD", ("1,000", "200 to 3,100")),
        (Interval(3.4, 0, 160), "death", ("3", "0 to 160")),
        (Interval(-412, -22_000, 13_000), "death", (f"{MINUS}400", f"{MINUS}22,000 to 13,000")),
        (Interval(0.0031, 0, 2.2), "index", ("0.003", "0.0 to 2.2")),
        (Interval(8e9, 1e5, 42e9), "USD", ("8", "0 to 42")),
        (Interval(0, 0, 0), "person", ("0", "0 to 0")),
        (Interval(5, 5, 5), "index", ("5.000", "5.000 to 5.000")),
    ],
)
def test_numbers_are_rounded_to_what_their_interval_supports(
    interval: Interval, unit: str, text: tuple[str, str]
) -> None:
    assert scale(unit, [interval]).interval(interval) == text


def test_a_difference_shows_its_sign_and_zero_has_none() -> None:
    assert Scale("person").interval(Interval(0, -1234, 5678), signed=True) == ("0", f"{MINUS}1,200 to +5,700")


def test_large_sums_of_money_are_shown_in_billions() -> None:
    assert scale("USD", [Interval(1, 2, 3e9)]).unit == "billion USD"
    assert scale("USD/g", [Interval(1, 2, 3e9)]).unit == "USD/g"


@settings(deadline=None)
@given(finite, finite, finite, st.sampled_from(["person", "share", "index", "USD"]))
def test_rounding_moves_no_number_by_more_than_a_tenth_of_the_width_or_a_thousandth_of_its_size(
    a: float, b: float, c: float, unit: str
) -> None:
    low, median, high = sorted((a, b, c))
    interval = Interval(median, low, high)
    how = scale(unit, [interval])
    shown, _ = how.interval(interval)
    back = float(shown.replace(",", "").replace(MINUS, "-")) * how.divisor
    step = max((high - low) / 10, max(abs(low), abs(high)) / 1000, how.divisor if how.whole else 0)
    assert abs(back - median) <= step * (1 + 1e-6) + 1e-300


def back(text: str) -> float:
    return float(text.replace(",", "").replace(MINUS, "-"))


paired = st.lists(st.tuples(st.floats(0, 1e7), st.floats(-1e6, 1e6)), min_size=2, max_size=20)


@settings(deadline=None)
@given(paired, st.sampled_from(["homicides_mx", "members", "mx_cooperation", "gdp_loss", "us_killed"]))
def test_a_row_adds_up_and_no_average_change_is_moved_by_more_than_a_tenth(
    futures: list[tuple[float, float]], outcome: str
) -> None:
    baseline, change = np.array(futures).T
    line = line_of(outcomes.load()[outcome], baseline + change, baseline)
    how = scale(line.outcome.unit, [line.baseline, line.plan, line.difference])
    before, after, difference = map(back, how.row(line))
    true = line.expected.difference / how.divisor
    if abs(line.expected.difference) < line.matters / 100:
        assert (difference, before) == (0, after), "a hundredth of what matters is shown as none"
        return
    assert abs(difference - true) <= 0.1 * abs(true) * (1 + 1e-6) + 1e-9
    largest = max(abs(before), abs(after))
    step = 10 ** (np.floor(np.log10(largest)) - 3) if largest else 0.0
    assert abs((after - before) - difference) <= 1.01 * step + 1e-9 * largest, (
        "to one unit of the fourth digit of the levels"
    )


def test_a_row_shows_the_difference_of_its_levels() -> None:
    """Medians of 340,000 and 330,000 with a median difference of +10 jar; averages do not."""
    rng = np.random.default_rng(1)
    baseline = rng.lognormal(12.7, 0.3, 400)
    plan = baseline + np.where(rng.random(400) < 0.55, 300.0, -9000.0)
    line = line_of(outcomes.load()["displaced"], plan, baseline)
    before, after, difference = map(back, scale("person", [line.baseline, line.plan, line.difference]).row(line))
    assert after - before == difference < 0 < line.difference.median
