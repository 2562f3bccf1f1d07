import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from premortem import theatre
from premortem.analysis import reconciliation
from premortem.analysis.reconciliation import Line, Row, Year, line
from premortem.engine.week import Model
from premortem.errors import DataError
from premortem.evidence import load as load_evidence
from premortem.evidence import outcomes, parameters
from premortem.model.mechanisms.registry import MECHANISMS

FACT = "drugs.seizures.cbp.fentanyl.fy2025"  # 11,488.3 to 12,027.3 lb/year
POUND = 0.45359237


def year() -> Year:
    """Return a made-up year of two futures: fentanyl seized at crossings, a flow and a level."""
    seized = np.zeros((2, 21, 4))
    seized[:, 0, 0] = [100.0, 300.0]
    seized[:, 19, 0] = 50.0
    return Year(
        {"users": np.array([1e6, 2e6])},
        {"seized_at": seized},
        {"homicides_mx": np.full((2, 52), 500.0), "mx_opinion": np.full((2, 52), 0.4)},
        {"drugs.purity.fentanyl": np.array([0.05, 0.1])},
        {"seized_at": "kd", "users": ""},
        {"seized_at": "kg", "users": "person"},
    )


def row(model: Sequence[dict[str, Any]], unit: str, facts: tuple[str, ...] = (FACT,), **more: Any) -> Row:
    return Row.model_validate({"quantity": "x", "unit": unit, "model": model, "facts": facts, **more})


def test_a_flow_is_a_year_of_it_summed_over_the_members_named_and_over_futures_a_median() -> None:
    at_line = [{"account": "seized_at", "at": ["fentanyl", "ports", "between"]}]
    found = line(row(at_line, "kg/year"), theatre.load(), year())
    of_a_year = 365.25 / 364
    assert found.model == pytest.approx(200.0 * of_a_year)
    assert (found.model_low, found.model_high) == pytest.approx((110.0 * of_a_year, 290.0 * of_a_year))
    everywhere = line(row([{"account": "seized_at"}], "kg/year"), theatre.load(), year())
    assert everywhere.model == pytest.approx(250.0 * of_a_year)


def test_a_ratio_is_taken_future_by_future() -> None:
    gross = row(
        [{"account": "seized_at", "at": ["sdc_ports"]}], "kg/year", over=[{"parameter": "drugs.purity.fentanyl"}]
    )
    assert line(gross, theatre.load(), year()).model == pytest.approx((100 / 0.05 + 300 / 0.1) / 2 * 365.25 / 364)


def test_the_range_is_that_of_the_facts_in_the_rows_unit() -> None:
    found = line(row([{"theatre": "crossings.seized"}], "kg/year"), theatre.load(), None)
    assert (found.low, found.high) == pytest.approx((11488.3 * POUND, 12027.3 * POUND))
    dead = ("mx.police.killed", "arms.mil.army_deaths_by_aggression")
    hull = line(row([{"theatre": "homicides"}], "person/year", dead), theatre.load(), None)
    assert (hull.low, hull.high) == (8, 524)
    both = line(row([{"theatre": "homicides"}], "person/year", dead, combine="sum"), theatre.load(), None)
    assert (both.low, both.high) == (328, 562)
    times = row(
        [{"theatre": "homicides"}], "person/year", ("mx.army.losses_2025", "mx.army.exchange_ratio"), combine="product"
    )
    assert line(times, theatre.load(), None).high == pytest.approx(36 * 19.7)


def test_what_was_counted_over_months_becomes_a_rate_a_year() -> None:
    half = "violence.homicides.inegi_2025h1"
    found = line(
        row([{"theatre": "homicides"}], "person/year", (half,), months={half: 6}), theatre.load(start="2025"), None
    )
    assert found.low == found.high == pytest.approx(2 * 14488)
    assert found.inside


@pytest.mark.parametrize(
    ("amount", "unit"),
    [
        ({"theatre": "population"}, "kg/year"),
        ({"theatre": "population", "at": ["fentanyl"]}, "person"),
        ({"theatre": "population", "at": ["MX-XXX"]}, "person"),
    ],
)
def test_a_row_in_another_unit_or_with_an_unknown_member_is_an_error(amount: dict[str, object], unit: str) -> None:
    with pytest.raises(DataError):
        line(row([amount], unit, ("geo.mx.population_total",)), theatre.load(), None)


def test_nothing_rests_on_a_fact_from_memory_or_without_a_number() -> None:
    known = load_evidence().facts
    memory = next(fact.id for fact in known.values() if fact.grade == "M" and fact.value is not None)
    words = next(fact.id for fact in known.values() if fact.value is None)
    for bad in (memory, words, "no.such.fact"):
        with pytest.raises(DataError, match="number to rest on"):
            line(row([{"theatre": "population"}], "person", (bad,)), theatre.load(), None)


def test_every_packaged_row_reads_what_exists_and_rests_on_facts() -> None:
    model, facts, starts = Model(MECHANISMS), load_evidence().facts, ("2012", "2018", "2025", "2026-04")
    packaged = reconciliation.rows()
    for start in ("2025", "2026-04"):
        assert len([row for row in packaged if not row.starts or start in row.starts]) >= 40
    for one in packaged:
        assert set(one.starts) <= set(starts)
        assert set(one.months) <= set(one.facts) <= set(facts)
        for amount in (*one.model, *one.over):
            assert not amount.theatre or amount.theatre in reconciliation.ARRAYS
            for account in filter(None, (amount.opening, amount.account)):
                assert account in model.accounts
            assert not amount.outcome or amount.outcome in model.outcomes
            assert not amount.outcome or amount.outcome in outcomes.load()
            assert not amount.parameter or amount.parameter in parameters.load()


@pytest.mark.parametrize("start", ["2012", "2018", "2025", "2026-04"])
@pytest.mark.parametrize("depth", [0.0, 20.0, 100.0])
def test_the_packaged_theatre_lies_inside_the_evidence_at_every_start_and_depth(start: str, depth: float) -> None:
    world = theatre.load(start=start, depth_miles=depth)
    rows = [row for row in reconciliation.rows() if not row.simulated and (not row.starts or start in row.starts)]
    assert len(rows) >= 15
    assert [found for row in rows if not (found := line(row, world, None)).inside] == []


@pytest.mark.parametrize(
    ("name", "factor"), [("population", 1.1), ("homicides", 1.1), ("border_miles", 2.0), ("crossings.seized", 0.5)]
)
def test_a_wrong_array_is_outside(name: str, factor: float) -> None:
    """At the reference start, whose levels are counted: what was known of April 2026 leaves room for a tenth of homicides."""
    good = theatre.load(start="2025")
    bad = dataclasses.replace(good, arrays={**good.arrays, name: factor * good.arrays[name]})
    rows = [row for row in reconciliation.rows() if not row.simulated and (not row.starts or good.start in row.starts)]
    assert any(not line(row, bad, None).inside for row in rows)


def test_a_number_on_the_bound_is_inside_and_one_beyond_it_is_not() -> None:
    assert Line("x", "person", 5.0, 5.0, 5.0, 5.0, 7.0, ()).inside
    assert not Line("x", "person", 7.01, 7.0, 8.0, 5.0, 7.0, ()).inside


@pytest.mark.slow
def test_stocks_and_flows_of_the_status_quo_lie_inside_the_evidence() -> None:
    found = reconciliation.check(theatre.load())
    assert len(found) >= 40
    assert [one.quantity for one in found if not one.inside] == []
