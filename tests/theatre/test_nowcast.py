"""Starts of any month: built from what was public on their day, and from nothing else."""

import dataclasses
import datetime
import math
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from premortem import theatre
from premortem.errors import InputError
from premortem.evidence import ledger, months
from premortem.evidence.vintages import EVER, Vintage, of_fact, rule_of
from premortem.model.units import NEVER
from premortem.theatre import nowcast
from premortem.theatre.choosing import start_for
from premortem.theatre.folder import Folder
from premortem.theatre.nowcast import drugs, people, violence
from premortem.theatre.records import Settings, Start

LEDGER = ledger.load()
FOLDER = Folder.find("us-mexico")
RULES = nowcast.read(FOLDER)
assert RULES is not None
RULES_OF_STARTS = RULES
VICTIMS = LEDGER.tables["series.homicide_victims"]
POISON = 1e9
# Seizures were first counted in October 2018: an earlier start takes their first year, by the content of the supply.
# This is later knowledge, said so in docs/theatre.md, and the only one.
FIRST_COUNT = datetime.date(2019, 12, 31)
OF_FIRST_COUNT = {
    "series.drug_seizures",
    "drugs.cbp_seizures_by_fy",
    "drugs.fentanyl_exhibits",
    "drugs.exhibits.growth_2019",
    *RULES_OF_STARTS.drugs.purity.values(),
}


def built(month: str, newer: Mapping[str, Any] | None = None, known: ledger.Ledger = LEDGER) -> nowcast.Built:
    date = nowcast.first_monday(month)
    return nowcast.build(RULES_OF_STARTS, Vintage(date, known, newer or {}), month, date, "a test")


def poisoned(row: Mapping[str, Any], columns: tuple[str, ...]) -> dict[str, Any]:
    """Return a row whose numbers are 1e9; dates and years keep their place in time."""
    times = {
        "year",
        "fiscal_year",
        "start",
        "end",
        "date",
        "known_on",
        "month",
        "months",
        "period_end",
        "months_covered",
    }

    def worse(name: str, value: Any) -> Any:
        if name in times or name not in columns:
            return value
        try:
            float(value)
        except (TypeError, ValueError):
            return value
        return str(POISON)

    return {name: worse(name, value) for name, value in row.items()}


def later_poisoned(cut: datetime.date) -> tuple[dict[str, tuple[Mapping[str, Any], ...]], ledger.Ledger]:
    """Return every table with what became known after a day poisoned, and the ledger with such facts poisoned."""
    tables: dict[str, tuple[Mapping[str, Any], ...]] = {}
    spared = OF_FIRST_COUNT if cut < FIRST_COUNT else set()
    for table in LEDGER.tables.values():
        if not table.file.endswith(".csv") or table.id in spared:
            continue
        rule = rule_of(table, LEDGER)
        rows = []
        for row in table.rows:
            if rule.known(row) > cut:
                rows.append(poisoned(row, tuple(row)))
            else:
                rows.append(poisoned(row, tuple(cell for cell in rule.cells if rule.cell(row, cell) > cut)))
        tables[table.id] = tuple(rows)
    facts = {
        id_: fact.model_copy(update={"value": POISON, "low": POISON, "high": POISON})
        if fact.value is not None and of_fact(fact, LEDGER)[0] > cut and id_ not in spared
        else fact
        for id_, fact in LEDGER.facts.items()
    }
    return tables, dataclasses.replace(LEDGER, facts=MappingProxyType(facts))


@pytest.mark.parametrize("month", ["2007-01", "2012-01", "2016-07", "2018-01", "2021-06", "2025-07", "2026-04"])
def test_rows_and_facts_that_became_known_later_change_no_bit_of_a_start(month: str) -> None:
    tables, facts = later_poisoned(nowcast.first_monday(month))
    assert built(month, tables, facts) == built(month)


def test_a_row_that_was_known_does_change_the_start() -> None:
    rows = VICTIMS.rows
    worse = tuple({**row, "m11": "999"} if row["iso"] == "MX-COL" and row["year"] == "2017" else row for row in rows)
    there = {row["code"]: row["homicides"] for row in built("2018-01").rows["starts.csv"]}
    here = {
        row["code"]: row["homicides"] for row in built("2018-01", {"series.homicide_victims": worse}).rows["starts.csv"]
    }
    assert float(here["MX-COL"]) > 3 * float(there["MX-COL"])


def test_a_month_that_one_state_alone_has_sent_moves_nobody() -> None:
    """Else one row of one state would be the newest month of the nation, and the newer national count would be left aside."""
    one, all_of_them = (
        tuple(
            {**row, "m07": "30"} if row["year"] == "2025" and row["series"] == "victims" and who(row) else row
            for row in VICTIMS.rows
        )
        for who in (lambda row: row["iso"] == "MX-ZAC", lambda row: True)
    )
    usual = built("2026-04").rows["starts.csv"]
    assert built("2026-04", {VICTIMS.id: one}).rows["starts.csv"] == usual
    assert built("2026-04", {VICTIMS.id: all_of_them}).rows["starts.csv"] != usual


def test_the_missing_of_a_start_are_the_last_year_counted_and_before_any_count_a_share_of_homicides() -> None:
    def total(start: str, what: str) -> float:
        return sum(float(row[what]) for row in built(start).rows["starts.csv"])

    assert total("2019-02", "missing") == 6614  # the register's year 2018, whole with January's end
    assert total("2014-01", "missing") == pytest.approx(0.22 * total("2014-01", "homicides"), rel=1e-3)
    assert 0.1 < built("2019-02").entry["missing_spread"] < built("2014-01").entry["missing_spread"]


@pytest.mark.parametrize("start", ["2012", "2018", "2026-04"])
def test_a_shipped_start_is_what_is_built_for_its_day(start: str) -> None:
    settings = FOLDER.build(Settings, FOLDER.toml("theatre.toml"), FOLDER.where("theatre.toml")).starts[start]
    again = nowcast.build(RULES_OF_STARTS, Vintage(settings.date), start, settings.date, settings.title)
    assert Start.model_validate(again.entry) == settings


def test_the_level_of_a_start_holds_what_was_counted_in_its_year_in_nine_years_of_ten() -> None:
    """The range of 90 % beside the year's own spread; outside is 2009, when homicides had doubled since the newest count."""
    outside = []
    for year in range(2008, 2024):
        date = nowcast.first_monday(f"{year}-01")
        found = violence.levels(Vintage(date), RULES_OF_STARTS, date)
        error = math.log(people.national(Vintage(EVER))[year] / sum(found.yearly.values()))
        if abs(error) > violence.Z90 * math.hypot(found.national_spread, RULES_OF_STARTS.nation_change.value):
            outside.append(year)
    assert outside == [2009]


def test_a_start_has_the_deaths_by_overdose_of_its_time_in_nine_starts_of_ten() -> None:
    """The range of 90 % of each quarter's start beside what was counted since.

    Outside: after the outbreak of 2006, as fentanyl spread (2014 to 2016), and as deaths fell by a third within a year (2024).
    """
    known, outside = drugs.counted(Vintage(EVER)), []
    months_of_starts = [f"{year}-{month}" for year in range(2007, 2026) for month in ("01", "04", "07", "10")]
    for month in (one for one in months_of_starts if one <= "2025-04"):
        date = nowcast.first_monday(month)
        *_, now = drugs.overdoses(Vintage(date), RULES_OF_STARTS.drugs, date)
        error = math.log(drugs.along(known, months.year_of(date)) / now.deaths)
        if abs(error) > violence.Z90 * now.spread:
            outside.append(month)
    assert outside == ["2007-07", "2014-07", "2014-10", "2015-01", "2015-04", "2016-07", "2024-07"]


def test_the_deaths_of_the_pandemic_are_known_once_they_were_counted() -> None:
    """In January 2022 the start had 36,359 deaths a year, the count of 2019; 70,601 died in 2021 and 73,838 in 2022."""
    date = nowcast.first_monday("2022-01")
    *_, now = drugs.overdoses(Vintage(date), RULES_OF_STARTS.drugs, date)
    assert 65_000 < now.deaths < 80_000
    assert 30_000 < now.others < 37_000


def test_a_level_ages() -> None:
    """Between two publications nothing new is known: the later start is surer of nothing."""
    early, late = (
        violence.levels(Vintage(d), RULES_OF_STARTS, d)
        for d in (nowcast.first_monday(m) for m in ("2014-01", "2014-06"))
    )
    assert early.newest == late.newest
    assert late.national_spread > early.national_spread
    assert all(late.spread[iso] > early.spread[iso] for iso in early.spread)


def test_the_start_of_april_2026_is_where_its_counts_are() -> None:
    found = built("2026-04")
    daily = {row["code"]: float(row["homicides"]) / 365.25 for row in found.rows["starts.csv"]}
    assert 52 < sum(daily.values()) < 58
    assert found.newest == datetime.date(2026, 1, 31)
    assert daily["MX-GUA"] / sum(daily.values()) == pytest.approx(0.088, abs=0.001)
    assert found.entry["members_factor"] == {"sinaloa_chapitos": 0.8, "cjng": 0.98}
    assert found.entry["levers"] == {"sea.strikes": 1.15, "economy.duty": 0.1, "mexico.intelligence_sharing": 0.6}
    loaded, reference = theatre.load(start="2026-04"), theatre.load(start="2025")
    for organisation, factor in (("sinaloa_chapitos", 0.8), ("cjng", 0.98), ("golfo", 1.0)):
        row = loaded.organisation(organisation)
        assert loaded.arrays["members"][row].sum() == pytest.approx(factor * reference.arrays["members"][row].sum())


@pytest.mark.parametrize(
    ("month", "designated", "tables"),
    [("2007-01", 0, "2012"), ("2016-12", 0, "2012"), ("2024-08", 0, "2018"), ("2025-03", 7, "2025")],
)
def test_a_month_is_a_start_with_the_organisations_of_its_time(month: str, designated: int, tables: str) -> None:
    loaded, theirs = theatre.load(start=month), theatre.load(start=tables)
    assert (loaded.start, loaded.date) == (month, nowcast.first_monday(month))
    assert loaded.arrays["designated"].sum() == designated
    named = loaded.arrays["pooled"] == 0
    assert loaded.arrays["members"][named].sum() == pytest.approx(theirs.arrays["members"][named].sum())
    assert (loaded.arrays["rival_weight"] == theirs.arrays["rival_weight"]).all()
    assert {name: array.shape for name, array in loaded.arrays.items() if name != "overdoses.years"}.keys() >= {
        "homicides"
    }


@pytest.mark.parametrize(
    ("month", "pair", "weight"),
    [
        ("2012-06", ("golfo", "noreste"), 8),  # since January 2010
        ("2024-09", ("sinaloa_chapitos", "sinaloa_mayiza"), 0),  # the war inside Sinaloa begins on 9 September
        ("2024-10", ("sinaloa_chapitos", "sinaloa_mayiza"), 10),
        ("2026-04", ("sinaloa_chapitos", "sinaloa_mayiza"), 10),
    ],
)
def test_a_war_under_way_is_in_the_ties_of_the_starts_after_it(month: str, pair: tuple[str, str], weight: int) -> None:
    loaded = theatre.load(start=month)
    a, b = (loaded.organisation(name) for name in pair)
    assert loaded.arrays["rival_weight"][a, b] == loaded.arrays["rival_weight"][b, a] == weight


def test_what_went_on_at_a_start_and_how_old_the_last_transfer_is_are_known_at_it_and_not_before() -> None:
    by_start = {month: theatre.load(start=month) for month in ("2018-01", "2025-07", "2025-11", "2026-04")}
    assert [dict(one.levers) for one in by_start.values()] == [
        {},
        {"economy.duty": 0.25},
        {"economy.duty": 0.25, "sea.strikes": 1.8},
        {"economy.duty": 0.1, "mexico.intelligence_sharing": 0.6, "sea.strikes": 1.15},
    ]
    since = [float(one.arrays["last_transfer"]) for one in by_start.values()]
    assert since[0] == NEVER
    assert since[1:] == pytest.approx([130 / 7, 83 / 7, 76 / 7])


@pytest.mark.parametrize("month", ["2006-12", "2031-01", "2019-13"])
def test_a_month_without_records_is_refused_with_what_is_allowed(month: str) -> None:
    with pytest.raises(InputError) as error:
        theatre.load(start=month)
    assert month in str(error.value)
    assert error.value.problems[0].allowed


def test_newer_series_make_a_start_of_a_later_month(tmp_path: Path) -> None:
    rows = tuple(
        {**row, "m07": "90"} if row["year"] == "2025" and row["series"] == "victims" else row for row in VICTIMS.rows
    )
    folder = nowcast.required(FOLDER, "2025-09", {VICTIMS.id: rows})
    folder.write(tmp_path / "later")
    later, usual = theatre.load(tmp_path / "later"), theatre.load(start="2025-09")
    assert (later.start, later.newest_homicides) == ("2025-09", datetime.date(2025, 7, 31))
    assert usual.newest_homicides == datetime.date(2025, 6, 30)
    assert later.arrays["homicides"].sum() > usual.arrays["homicides"].sum()  # 32 times 90 a month
    folder.write(tmp_path / "later")  # the same again is nothing wrong
    with pytest.raises(InputError, match="holds something else"):
        nowcast.required(FOLDER, "2025-10").write(tmp_path / "later")


@pytest.mark.parametrize(
    ("dates", "start"),
    [
        ((), "2026-04"),
        (("2031-05-01",), "2026-04"),
        (("2026-04-06", "2026-10-05"), "2026-04"),
        (("2025-07-07", "2026-10-05"), "2025-07"),
        (("2025-07-06",), "2025-06"),
        (("2019-03-03",), "2019-02"),
        (("2019-03-04", "2026-10-05"), "2019-03"),
        (("2007-01-01",), "2007-01"),
    ],
)
def test_plans_choose_the_start_by_the_earliest_of_their_dates(dates: tuple[str, ...], start: str) -> None:
    assert start_for("us-mexico", map(datetime.date.fromisoformat, dates)) == start


def test_a_theatre_without_rules_gives_the_last_of_its_own_starts() -> None:
    toy = str(Path(__file__).parents[1] / "data/tiny_theatre")
    assert start_for(toy, [datetime.date(2029, 1, 1)]) == start_for(toy, [datetime.date(2031, 1, 1)]) == "2030"


def test_a_war_that_was_known_to_have_begun_is_what_the_state_s_level_is_above_the_year_before() -> None:
    assert built("2024-09").entry["wars"] == {}
    assert set(built("2026-04").entry["wars"]) == {"MX-SIN"}
    assert 1.5 < math.exp(built("2026-04").entry["wars"]["MX-SIN"]) < 3
    assert set(built("2012-01").entry["wars"]) == {"MX-TAM"}
    assert built("2018-01").entry["wars"] == {}
    loaded = theatre.load(start="2026-04")
    there = [region.state == "MX-SIN" for region in loaded.regions]
    assert ((loaded.arrays["wars"] > 0) == there).all()
