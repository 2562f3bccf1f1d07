"""The compact series: complete, and in agreement with the totals that others published."""

from collections import defaultdict

import pytest

from premortem.evidence import ledger

TABLES = ledger.load().tables
MONTHS = tuple(f"m{month:02d}" for month in range(1, 13))
STATES = {row["iso"] for row in TABLES["geo.mx_states"].rows}


def by_year(table: str, series: str = "") -> dict[int, float]:
    total: dict[int, float] = defaultdict(float)
    for row in TABLES[table].rows:
        if row.get("series", series) == series:
            total[int(row["year"])] += sum(float(row[month] or 0) for month in MONTHS)
    return dict(total)


@pytest.mark.parametrize(
    ("table", "years"),
    [
        ("series.homicide_victims", 11),
        ("series.extortion_kidnapping", 11),
        ("series.homicides_registered", 32),
        ("series.missing_persons", 11),
    ],
)
def test_a_series_has_every_state_and_every_month_once_and_no_month_after_its_end(table: str, years: int) -> None:
    cells: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for row in TABLES[table].rows:
        cells[row.get("series", "")].append((row["iso"], int(row["year"])))
        blank = [month for month in MONTHS if row[month] == ""]
        assert blank == (list(MONTHS[6:]) if int(row["year"]) == 2025 else [])
        assert all(float(row[month] or 0) >= 0 for month in MONTHS)
    for found in cells.values():
        assert len(set(found)) == len(found) == len(STATES) * years
        assert {iso for iso, _ in found} == STATES


def test_homicides_agree_with_the_published_totals_of_their_own_producer() -> None:
    published = {
        (row["series"], int(row["year"])): float(row["deaths"]) for row in TABLES["violence.table.national"].rows
    }
    registered = by_year("series.homicides_registered")
    shares = [registered[year] / published["inegi", year] for year in range(2000, 2025) if ("inegi", year) in published]
    assert len(shares) > 20
    assert all(0.90 < share <= 1.0 for share in shares)
    assert by_year("series.homicide_victims", "victims")[2019] == pytest.approx(35_700, rel=0.01)


def test_victims_by_firearm_are_among_the_victims() -> None:
    cells = {(row["series"], row["iso"], row["year"]): row for row in TABLES["series.homicide_victims"].rows}
    for (series, iso, year), row in cells.items():
        if series == "firearm":
            whole = cells["victims", iso, year]
            assert all(float(row[month] or 0) <= float(whole[month] or 0) for month in MONTHS)


def test_the_missing_add_up_and_the_yearly_record_is_the_sum_of_the_states() -> None:
    yearly = {int(row["year_of_disappearance"]): row for row in TABLES["violence.table.missing_year"].rows}
    assert [int(yearly[year]["still_missing"]) for year in (2021, 2022, 2023, 2024)] == [7913, 8005, 10155, 12895]
    for series in ("reported", "found_dead", "still_missing"):
        sums = by_year("series.missing_persons", series)
        assert {year: float(row[series]) for year, row in yearly.items()} == {
            year: total for year, total in sums.items() if year < 2025
        }
    for row in yearly.values():
        parts = sum(int(row[part]) for part in ("found_alive", "found_dead", "still_missing"))
        assert parts == pytest.approx(int(row["reported"]), rel=0.002)


def test_seizures_by_area_agree_with_the_fiscal_years_of_the_border() -> None:
    kilograms: dict[tuple[str, int], float] = defaultdict(float)
    for row in TABLES["series.drug_seizures"].rows:
        if row["series"] == "kg":
            for month, name in enumerate(MONTHS, start=1):
                kilograms[row["drug"], int(row["year"]) + (month >= 10)] += float(row[name] or 0)
    published = [
        row for row in TABLES["drugs.cbp_seizures_by_fy"].rows if row["months_covered"] == "12" and row["swb_lb"]
    ]
    ratios = {
        (row["drug"], int(row["fiscal_year"])): kilograms[row["drug"], int(row["fiscal_year"])]
        / (float(row["swb_lb"]) * 0.45359237)
        for row in published
        if 2019 <= int(row["fiscal_year"]) <= 2024
        and row["drug"] in {"fentanyl", "methamphetamine", "cocaine", "heroin"}
    }
    assert len(ratios) > 8
    assert {key: ratio for key, ratio in ratios.items() if not 0.9 < ratio < 1.1} == {}


def test_deaths_by_pair_lie_in_their_ranges_and_clashes_count_their_dead() -> None:
    for row in TABLES["series.conflict_deaths"].rows:
        assert int(row["low"]) <= int(row["deaths"]) <= int(row["high"])
        assert int(row["civilians"]) <= int(row["high"])
    army = [row for row in TABLES["series.clashes"].rows if (row["force"], row["begun_by"]) == ("army", "forces")]
    dead = sum(int(row["organised_crime_dead"]) for row in army) / sum(int(row["clashes"]) for row in army)
    assert ledger.load().facts["state.clash_army.organised_crime_dead"].value == pytest.approx(dead, abs=5e-4)


def test_remittances_by_state_lie_little_above_the_national_totals() -> None:
    sums: dict[int, float] = defaultdict(float)
    for row in TABLES["series.remittances"].rows:
        sums[int(row["year"])] += sum(float(row[f"q{quarter}"] or 0) for quarter in range(1, 5))
    for row in TABLES["table.remittances"].rows:
        assert 1.0 <= sums[int(row["year"])] / 1000 / float(row["remittances_usd_bn"]) < 1.025
