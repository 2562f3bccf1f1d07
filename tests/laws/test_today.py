"""Laws of starts: what the newest start opens with, what it may not know, and what lapses by itself."""

import datetime

import numpy as np
import pytest

from premortem import theatre
from premortem.evidence import parameters
from premortem.evidence.vintages import EVER, Vintage, rule_of
from premortem.model.units import NEVER
from tests.laws.futures import experiment, run

DAY = datetime.date.fromisoformat
EVENTS = Vintage(EVER).rows("now.table.events")


def test_events_have_dates_that_parse_sources_that_resolve_and_are_known_on_or_after_their_day_or_announced() -> None:
    sources = Vintage(EVER).ledger.sources
    announced = {"election", "trade_review", "tariff", "event", "designation", "mx_deployment", "leader_convicted"}
    for row in EVENTS:
        known, first = DAY(row["known_on"]), DAY((row["date"] + "-01")[:10])
        assert known >= first or row["kind"] in announced or row["date_precision"] != "day", row["what"]
        assert set(filter(None, row["sources"].split(";"))) <= set(sources), row["what"]


def test_the_word_that_jalisco_breaks_up_does_not_reach_a_start_of_april_2026() -> None:
    rule = rule_of(Vintage(EVER).ledger.tables["now.table.events"], Vintage(EVER).ledger)
    (split,) = [row for row in EVENTS if row["kind"] == "split" and row["date"] == "2026-06-16"]
    assert rule.known(split) > DAY("2026-04-06")
    assert split not in Vintage(DAY("2026-04-06")).rows("now.table.events")


@pytest.mark.parametrize(("start", "scripted"), [("2025-07", 0), ("2026-04", 0), ("2026-07", 0)])
def test_no_act_that_injures_relations_is_known_to_come(start: str, scripted: int) -> None:
    known, happened = (
        theatre.load(start=start, events=word).arrays["calendar.mx_shocks"] for word in ("known", "happened")
    )
    assert (known < NEVER).sum() == scripted
    later = [row for row in ("2026-04-19", "2026-04-29") if DAY(row) >= theatre.load(start=start).date]
    assert (happened < NEVER).sum() == len(later)


def test_the_mid_term_election_is_in_the_calendar_of_every_start_before_it() -> None:
    for start in ("2012", "2018", "2025-07", "2026-04"):
        loaded = theatre.load(start=start)
        weeks = loaded.arrays["calendar.us_elections"]
        assert ((DAY("2026-11-03") - loaded.date).days / 7) in weeks


@pytest.mark.slow
def test_the_first_four_weeks_of_april_2026_kill_as_many_as_are_counted_and_fewer_than_the_start_of_2025_would() -> (
    None
):
    made = experiment("", 128, 1, "2026-04")
    assert made.theatre.date == DAY("2026-04-06")
    daily = run("", 128, 1, "2026-04").weekly["homicides_mx"][:, :4].sum(1) / 28
    low, median, high = np.quantile(daily, [0.1, 0.5, 0.9])
    assert 45 < low < high < 68
    assert 52 < median < 58


def test_a_head_lost_is_an_open_succession_only_at_a_start_that_knew_of_it() -> None:
    weeks = {
        start: theatre.load(start=start).arrays["succession"] for start in ("2025", "2026-03", "2026-04", "2026-07")
    }
    assert (weeks["2025"] >= NEVER).all()
    for start, passed in (("2026-03", 8), ("2026-04", 43), ("2026-07", 134)):
        loaded = theatre.load(start=start)
        assert weeks[start][loaded.organisation("cjng")] == pytest.approx(passed / 7)
        assert (weeks[start] < NEVER).sum() == 1


def test_from_april_2026_the_open_succession_splits_in_a_share_of_futures_that_holds_the_record() -> None:
    """Record: the word of 16 June 2026, ten weeks on, that it breaks into regional factions."""
    drawn = {
        name: parameters.load()[f"leadership.{name}"].distribution for name in ("p_open", "open_weeks", "open_hazard")
    }
    quantiles = (np.arange(400) + 0.5) / 400
    p, weeks, hazard = (
        np.random.default_rng(i).permutation(one.quantile(quantiles)) for i, one in enumerate(drawn.values())
    )
    left = np.minimum(np.maximum(weeks - 43 / 7, 0), 26)
    assert 0.3 < (1 - (1 - p) ** (hazard * left / weeks)).mean() < 0.8


@pytest.mark.parametrize(
    ("start", "rate", "lapses"),
    [("2018", 0, False), ("2025-07", 0.25, False), ("2026-04", 0.1, True), ("2026-07", 0.1, True)],
)
def test_a_start_has_the_duty_on_mexican_goods_of_its_day_and_the_end_that_was_known(
    start: str, rate: float, lapses: bool
) -> None:
    loaded = theatre.load(start=start)
    assert loaded.levers.get("economy.duty", 0) == rate
    weeks = loaded.arrays["calendar.duty_lapses"]
    assert ((DAY("2026-07-24") - loaded.date).days / 7 in weeks) == lapses


def test_what_the_task_force_of_january_2026_shares_goes_on_at_starts_after_its_first_raid_was_known() -> None:
    levels = {
        day: theatre.load(start=day).levers.get("mexico.intelligence_sharing", 0.5) for day in ("2025-07", "2026-04")
    }
    assert levels["2026-04"] > levels["2025-07"] == 0.5


def test_a_standing_duty_lapses_under_every_plan_but_one_that_orders_a_duty_after_that_day() -> None:
    lapse = (DAY("2026-07-24") - DAY("2026-04-06")).days / 7

    def duty(text: str) -> np.ndarray:
        made = experiment(text, 1, 1, "2026-04").inputs(0, np.arange(1)).setup.controls
        return np.asarray(made.orders.levers)[0, :, 0, made.lever_names.index("economy.duty")]

    weeks = np.arange(52)
    assert (duty("") == np.where(weeks < lapse, np.float32(0.1), 0)).all()
    again = duty('[[measure]]\nid = "again"\nlever = "economy.duty"\nlevel = 0.1\nauthority = ["s301"]\n')
    assert again[-1] == np.float32(0.1)
