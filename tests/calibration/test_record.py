"""What a fit reads, and that it reads nothing later than its cut."""

from __future__ import annotations

import datetime

import numpy as np
import pytest

from premortem.calibration import record
from premortem.calibration.record import MOVEMENT, Simulated, movement, observed
from premortem.evidence.series import series
from premortem.evidence.vintages import MONTHS, Vintage, rules

CUT = datetime.date(2022, 1, 1)
STATES = tuple(sorted({str(row["iso"]) for row in Vintage(CUT).rows(record.REGISTER)}))


def test_rows_after_the_cut_change_no_bit() -> None:
    plain = record.known(Vintage(CUT), 2014, 8, STATES)
    poisoned = {}
    for ident in {one.table for one, _ in observed().values()} | {record.REGISTER}:
        rule = rules()[ident]
        numbers = {
            "deaths",
            "still_missing",
            "police_killed",
            "soldiers_killed",
            "swb_lb",
            "coastal_interior_lb",
            *MONTHS,
        }
        numbers |= {"deaths_all_drugs", "deaths_synthetic_opioids"}
        poisoned[ident] = tuple(
            {key: "1e9" if key in numbers and rule.known(row) > CUT else value for key, value in row.items()}
            for row in Vintage(CUT).ledger.tables[ident].rows
        )
        assert any("1e9" in row.values() for row in poisoned[ident]), ident
    found = record.known(Vintage(CUT, newer=poisoned), 2014, 8, STATES)
    assert found.labels == plain.labels
    assert (found.values == plain.values).all()
    assert max(found.state_years) == 2020  # the register's months of 2021 came late in 2022
    assert "overdose 2021" not in found.labels


def test_the_record_of_a_cut_is_what_was_published() -> None:
    found = record.known(Vintage(datetime.date(2026, 4, 1)), 2018, 8, STATES)
    values = dict(zip(found.labels, np.exp(found.values), strict=True))
    assert values["homicides 2019"] == pytest.approx(36_662)
    assert values["overdose 2024"] == pytest.approx(79_384)
    assert found.labels[-len(MOVEMENT) :] == MOVEMENT


def test_movement_of_states_with_a_known_walk() -> None:
    """Independent walks of spread .2 a year: .2 over one year, .2 sqrt 2 over two; no momentum; nothing from the nation."""
    steps = 0.2 * np.random.default_rng(2).standard_normal((20, 40, 300))
    found = movement(1e9 * np.exp(np.cumsum(steps, axis=1))).mean(axis=0)
    assert np.exp(found[:3]) == pytest.approx(0.2 * np.sqrt([1, 2, 3]), rel=0.03)
    assert found[3:] == pytest.approx([0.0, 0.0], abs=0.03)
    together = np.exp(np.cumsum(steps[:, :, :1], axis=1)) * np.ones(300)
    assert movement(1e9 * together * np.exp(1e-6 * steps))[:, 4] == pytest.approx(1.0, abs=1e-6)


def test_noise_of_recording_has_the_stated_size() -> None:
    """One year: reporting, scatter and a first step of drift. From the first year to the fifth: scatter twice, drift four times."""
    _, layer = observed()["missing"]
    noise = layer.noise(np.random.default_rng(1), 20_000, 5)
    assert noise[:, 0].std() == pytest.approx(np.sqrt(layer.reporting**2 + layer.scatter**2 + layer.drift**2), rel=0.02)
    later = (noise[:, 4] - noise[:, 0]).std()
    assert later == pytest.approx(np.sqrt(2 * layer.scatter**2 + 4 * layer.drift**2), rel=0.03)


def test_futures_are_summed_up_as_the_record_is() -> None:
    """A future that is the record itself gives the record's data, without noise."""
    found = record.known(Vintage(datetime.date(2026, 4, 1)), 2018, 8, STATES)
    counts, years = record.by_state(Vintage(datetime.date(2026, 4, 1)), STATES)
    states = np.ones((1, 8, len(STATES)))
    states[0, [year - 2018 for year in years if year >= 2018]] = counts[[year >= 2018 for year in years]]
    yearly, over = {}, {}
    for one in series():
        if one.id in observed():
            yearly[one.outcome] = np.array([[one.recorded().get(year, 1.0) for year in range(2018, 2026)]])
            if one.over:
                over[one.over] = np.ones(1)
    same = found.of(Simulated(2018, STATES, yearly, states, over), None)
    assert same[0] == pytest.approx(found.values)
