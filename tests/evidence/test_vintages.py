"""What was known when: every row and fact has its day, and a vintage shows nothing later."""

import datetime

import pytest

from premortem.errors import InputError
from premortem.evidence import ledger
from premortem.evidence.vintages import ALWAYS, EVER, Vintage, of_fact, rule_of, rules, standing

LEDGER = ledger.load()
DAY = datetime.date.fromisoformat


def test_every_row_of_every_table_that_is_shipped_has_a_day_from_which_it_is_known() -> None:
    for table in LEDGER.tables.values():
        if table.file:
            rule = rule_of(table, LEDGER)
            assert rule.basis
            assert all(ALWAYS <= rule.known(row) < EVER for row in table.rows)


def test_every_fact_has_a_day_and_what_says_so_and_none_is_known_before_its_newest_source() -> None:
    for fact in LEDGER.facts.values():
        known, basis = of_fact(fact, LEDGER)
        assert basis
        if fact.known_on is None and fact.id not in standing() and known != ALWAYS:
            assert known.year == max(LEDGER.sources[key].year or 0 for key in fact.sources)


def test_rules_and_standing_facts_name_what_is_in_the_ledger() -> None:
    assert set(rules()) <= set(LEDGER.tables)
    assert set(standing()) <= set(LEDGER.facts)


@pytest.mark.parametrize(
    ("table", "day", "newest"),
    [
        ("series.homicide_victims", "2018-01-19", (2017, 11)),
        ("series.homicide_victims", "2018-01-20", (2017, 12)),
        ("series.drug_seizures", "2025-02-20", (2025, 1)),
    ],
)
def test_a_month_is_known_from_the_day_on_which_its_producer_publishes_it(
    table: str, day: str, newest: tuple[int, int]
) -> None:
    months = Vintage(DAY(day)).months(table)
    assert max(max(cells) for cells in months.values()) == newest[0] * 12 + newest[1] - 1


def test_a_year_of_the_register_is_not_known_before_it_is_published() -> None:
    years = {int(row["year"]) for row in Vintage(DAY("2018-07-28")).rows("violence.table.national")}
    assert max(years) == 2016
    assert max(int(row["year"]) for row in Vintage(DAY("2018-07-29")).rows("violence.table.national")) == 2017


def test_an_event_is_known_from_its_stated_day_not_from_its_date() -> None:
    april = {row["what"] for row in Vintage(DAY("2026-04-06")).rows("now.table.events")}
    june = {row["what"] for row in Vintage(DAY("2026-06-16")).rows("now.table.events")}
    assert not any("breaks into regional factions" in what for what in april)
    assert any("breaks into regional factions" in what for what in june)


def test_a_fact_is_refused_before_it_was_known() -> None:
    assert Vintage(EVER).number("now.mx.homicide_daily_jan2026") == 52.4
    with pytest.raises(InputError, match="not known on 2025"):
        Vintage(DAY("2025-12-30")).fact("now.mx.homicide_daily_jan2026")
