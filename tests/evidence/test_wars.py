"""Wars and movement of homicides on record: the ledger's table and facts follow from its own series."""

import datetime

import numpy as np
import pytest

from premortem.evidence import heat, parameters, wars
from premortem.evidence import load as load_evidence

CUT = datetime.date(2022, 1, 1)  # the cut of the ledger's facts


def known() -> wars.Series:
    return wars.recorded().before(CUT)


def value(ident: str) -> float:
    found = load_evidence().facts[ident].value
    assert found is not None
    return found


def test_the_table_of_wars_is_what_the_rule_finds_in_the_series() -> None:
    series = known()

    def when(month: int) -> str:
        return f"{series.first_year + month // 12}-{month % 12 + 1:02d}"

    found = {(war.state, when(war.onset)): war for war in wars.wars(series, series.month(2007))}
    table = {(row["iso"], row["onset"]): row for row in load_evidence().tables["war.table.by_state"].rows}
    assert set(found) == set(table)
    for key, row in table.items():
        war = found[key]
        assert war.multiple == pytest.approx(float(row["multiple_at_peak"]), abs=0.006)
        assert war.peak - war.onset == int(row["months_onset_to_peak_window"])
        assert (when(war.half_gone) if war.half_gone else "") == (row["half_gone"] or "")
        assert war.excess == pytest.approx(float(row["excess_deaths_until_half_gone_or_2021_12"]), abs=1)


def test_facts_on_the_movement_of_states_follow_from_the_series() -> None:
    moved = wars.movement(known())
    for years in (1, 3, 5, 10):
        assert moved.spread[years] == pytest.approx(value(f"heat.state.sd{years}"), abs=0.003)
    assert moved.national_share == pytest.approx(value("heat.state.national_share"), abs=0.02)
    assert moved.lag == pytest.approx(value("heat.state.lag1"), abs=0.02)
    assert 3 < moved.kurtosis < 5
    assert moved.season < 0.03
    assert abs(moved.classes) < 0.4  # few states stay volatile: no classes of states in the model


def test_a_series_without_a_war_has_none_and_a_made_one_is_found_whole() -> None:
    quiet = np.full((2, 240), 20.0)
    people = np.full_like(quiet, 2e6)
    series = wars.Series(("A", "B"), 2000, quiet, people)
    assert wars.wars(series, 24) == []
    violent = quiet.copy()
    violent[0, 60:96] = 100.0
    (war,) = wars.wars(wars.Series(("A", "B"), 2000, violent, people), 24)
    assert war.state == "A"
    assert 60 - 12 < war.onset < 60  # the first month whose next twelve have doubled
    assert war.peak == 60
    assert war.half_gone == 96 - 5  # of the twelve months from there, five are of the war: less than half of the excess
    assert war.highest == 1200


def test_nothing_after_the_cut_is_read() -> None:
    cut = datetime.date(2018, 1, 1)
    series = wars.recorded()
    poisoned = series.deaths.copy()
    poisoned[:, series.month(2018) :] = 1e6
    other = wars.Series(series.states, series.first_year, poisoned, series.population)
    one, two = heat.estimate(cut), heat.estimate(cut, other)
    assert one.nation == two.nation
    np.testing.assert_array_equal(one.deaths, two.deaths)


def test_the_estimate_finds_what_made_a_simulated_record() -> None:
    luck = np.random.default_rng(4)
    states, months = 24, 348
    slow = luck.normal(0, 0.09, (states, months)).cumsum(1)
    passing = np.zeros((states, months))
    growth = level = 0.0
    nation = np.zeros(months)
    for month in range(1, months):
        passing[:, month] = 0.75 * passing[:, month - 1] + luck.normal(0, 0.12 * (1 - 0.75**2) ** 0.5, states)
        level += growth + luck.normal(0, 0.012)
        growth = 0.93 * growth + luck.normal(0, 0.005)
        nation[month] = level
    people = np.full((states, months), 4e6)
    log_rate = nation + slow - slow.mean(0) + passing
    deaths = luck.poisson(60 * np.exp(log_rate)).astype(float)
    made = wars.Series(tuple(f"S{i}" for i in range(states)), 1993, deaths, people)
    found = heat.estimate(CUT, made)
    assert found.states.s_x == pytest.approx(0.09 / np.sqrt(52 / 12), rel=0.12)
    assert found.states.s_u == pytest.approx(0.12, rel=0.25)
    assert 6 < found.states.tau_u < 40
    assert abs(found.nation.growth - 12 * growth) < 2.5 * found.nation.growth_sd
    assert found.nation.level == pytest.approx(12 * deaths[:, -3:].mean() * states, rel=0.15)


def test_priors_of_heat_hold_what_the_record_before_2022_gives() -> None:
    found = heat.estimate(CUT)
    given = {"s_x": found.states.s_x, "s_u": found.states.s_u, "tau_u": found.states.tau_u}
    given |= {"s_g": found.nation.s_g, "tau_g": found.nation.tau_g, "s_l": found.nation.s_l}
    priors = parameters.load()
    for name, estimate in given.items():
        low, high = priors[f"rivalry.{name}"].distribution.interval(0.9)
        assert low < estimate < high, name
