import dataclasses
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from premortem.engine.week import Model
from premortem.model.index_sets import LEGAL_ELEMENTS, PORTS
from premortem.model.mechanism import Outcome
from premortem.model.mechanisms.economy import ECONOMY, GOODS_LOST, GOODS_SHIPPED, GOODS_WAITING, GOODS_WANTED
from premortem.model.signals import (
    CORRIDOR,
    COUNTERMEASURES,
    COURTS,
    DUTY_STOPS,
    HELD_UP,
    JOBLESSNESS,
    PORT_TRAFFIC,
    PORTS_OPEN,
    TRADE_LOST,
    VIOLENCE,
    ZONE_INSPECTION,
)
from tests.model.given import median, of, scripted, simulate, watched
from tests.model.lines import LAND_1, MAIL, PORT_1, PORT_2, SEA, toy_line
from tests.model.toys import one_hot, orders, status_quo

WEEKS = 260
WORLD = toy_line()
CALM: dict[str, Any] = {
    "trade_growth": 0.0,
    "round_trips": 0.0,
    "violence_memory": 1e-3,
    "by_sea": 0.0,
    "lift_rate": 0.0,
}
PROBED = watched(
    ECONOMY,
    Outcome("jobless zone", lambda view, own, moved: view[JOBLESSNESS][0]),
    Outcome("jobless interior", lambda view, own, moved: view[JOBLESSNESS][-1]),
    Outcome("waiting", lambda view, own, moved: moved.stocks[GOODS_WAITING].sum()),
    Outcome("shipped", lambda view, own, moved: moved.stocks[GOODS_SHIPPED].sum()),
    Outcome("lost", lambda view, own, moved: moved.stocks[GOODS_LOST].sum()),
    Outcome("lost south", lambda view, own, moved: moved.stocks[GOODS_LOST][1].sum()),
    Outcome("wanted", lambda view, own, moved: moved.stocks[GOODS_WANTED].sum()),
    Outcome("corridor", lambda view, own, moved: view[CORRIDOR]),
    Outcome("inspected", lambda view, own, moved: view[ZONE_INSPECTION].max()),
    Outcome("open", lambda view, own, moved: view[PORTS_OPEN].min()),
    Outcome("open away from ports", lambda view, own, moved: view[PORTS_OPEN][jnp.asarray([LAND_1, SEA, MAIL])].min()),
    Outcome("held up by orders", lambda view, own, moved: view[HELD_UP]),
    Outcome("lost to orders", lambda view, own, moved: view[TRADE_LOST]),
    Outcome("ended by a duty", lambda view, own, moved: view[DUTY_STOPS]),
    Outcome("port traffic", lambda view, own, moved: view[PORT_TRAFFIC].min()),
)
MODEL = Model((scripted((VIOLENCE, COUNTERMEASURES, COURTS)), PROBED), noise=False)


def weekly(
    violence: float = 1.0,
    countermeasures: Any = 0.0,
    court: float = 1.0,
    parameters: dict[str, Any] | None = None,
    closure: Any = 0.0,
    **plan: Any,
) -> dict[str, np.ndarray]:
    """Return outcomes by week; ``closure`` is a path of the lever that closes ports."""
    made = orders(WEEKS, WORLD, levers={"port_closure": closure} | plan.pop("levers", {}), **plan)
    allowed = [court if element == "ports" else 1.0 for element in LEGAL_ELEMENTS]
    told = {VIOLENCE: violence, COUNTERMEASURES: countermeasures, COURTS: allowed}
    result = simulate(MODEL, made, world=WORLD, told=told, **of(ECONOMY, CALM | (parameters or {})))
    return {name: values[0] for name, values in result.weekly.items()}


def zone(rule: str, **plan: Any) -> dict[str, Any]:
    return {"zone_share": WORLD.zone, "zone_in_force": 1.0, "ports": one_hot(rule, PORTS), **plan}


def test_with_no_checks_and_no_zone_everything_wanted_is_shipped() -> None:
    quiet = weekly()
    week = 872.8e3 / 52 * 0.82
    assert quiet["wanted"][0] == pytest.approx(week, rel=1e-5)  # 13.8 billion USD a week by land
    np.testing.assert_allclose(quiet["shipped"], quiet["wanted"], rtol=1e-6)
    np.testing.assert_allclose(quiet["border_wait"], 3.0, rtol=1e-5)
    np.testing.assert_allclose(quiet["border_throughput"], 1.0, rtol=1e-6)
    for name in ("trade_lost", "gdp_loss", "job_years_lost", "entries_lost", "jobless zone", "waiting"):
        assert (quiet[name] == 0).all()
    assert (quiet["corridor"] == 1).all()
    assert (quiet["open"] == 1).all()


def test_goods_close_whatever_happens() -> None:
    busy = weekly(
        violence=3.0,
        countermeasures=0.7,
        levers={"truck_inspection": 0.5, "port_closure": 0.2},
        **zone("restricted"),
    )
    total = busy["shipped"] + busy["lost"] + busy["waiting"]
    np.testing.assert_allclose(total, busy["wanted"], rtol=2e-5)
    assert busy["lost"][-1] > 0


def test_what_capacity_cannot_pass_is_lost_if_nothing_waits() -> None:
    lost = weekly(parameters={"lost_share": 1.0, "spare_capacity": 0.0}, levers={"port_closure": 0.25})
    np.testing.assert_allclose(lost["trade_lost"] / 1e6, 0.25 * 872.8e3 / 52 * 0.82, rtol=1e-5)
    assert (lost["waiting"] == 0).all()


def test_what_capacity_cannot_pass_waits_if_nothing_is_given_up_and_goes_by_its_own_rate_when_ports_are_free() -> None:
    closure = 0.5 * (np.arange(WEEKS) < 26)
    late = weekly(parameters={"lost_share": 0.0, "spare_capacity": 0.5, "catch_up": 0.05}, closure=closure)
    week = 872.8e3 / 52 * 0.82
    np.testing.assert_allclose(late["waiting"][:26], 0.25 * week * np.arange(1, 27), rtol=1e-4)
    np.testing.assert_allclose(late["waiting"][26:80], late["waiting"][25] * 0.95 ** np.arange(1, 55), rtol=1e-3)
    assert late["trade_lost"].sum() == 0


def test_a_small_share_of_checks_costs_time_and_no_trade() -> None:
    fixed = {"spare_capacity": 0.15, "capacity_full_check": 0.5}
    threshold = 0.15 / (1.15 - 0.5)
    below = weekly(parameters=fixed, levers={"truck_inspection": threshold - 0.01})
    above = weekly(parameters=fixed, levers={"truck_inspection": threshold + 0.02})
    assert below["trade_lost"].sum() == 0
    assert below["border_wait"][0] > 3
    assert below["gdp_loss"].sum() > 0
    assert above["trade_lost"].sum() > 0
    assert above["lost south"][-1] == 0


def test_southbound_checks_slow_exports_to_mexico_and_leave_imports_alone() -> None:
    south = weekly(levers={"southbound_inspection": 0.5})
    assert south["lost south"][-1] == pytest.approx(south["lost"][-1], rel=1e-6)
    assert south["lost"][-1] > 0
    assert (south["jobless zone"] == 0).all()


def test_trucks_held_up_one_way_are_missing_the_other_way() -> None:
    fixed = {"spare_capacity": 0.1, "lost_share": 1.0, "capacity_full_check": 0.5, "north_share": 0.6}
    checks = {"truck_inspection": 1.0}
    north, both, some = (weekly(parameters=fixed | {"round_trips": s}, levers=checks)["lost"][-1] for s in (0, 1, 0.8))
    assert both == pytest.approx(north / 0.6, rel=1e-4)
    assert north < some < both


def test_scanning_slows_by_its_share_of_a_check_and_staff_buys_capacity() -> None:
    fixed = {"spare_capacity": 0.1, "scan_method": 0.3}
    scanned = weekly(parameters=fixed, levers={"port_scanning": 1.0})
    staffed = weekly(parameters=fixed, levers={"port_scanning": 1.0, "port_staffing": 3.0})
    assert scanned["trade_lost"].sum() > 0
    assert staffed["trade_lost"].sum() < scanned["trade_lost"].sum()


def test_joblessness_moves_to_okuns_share_of_lost_exports_and_more_at_the_line() -> None:
    fixed = {"lost_share": 1.0, "spare_capacity": 0.0, "job_half_time": 8.0, "north_share": 0.58}
    jobs = {"okun": 0.4, "value_added": 0.5, "border_multiple": 3.0, "mexico_product": 1818.0}
    lost = weekly(parameters=fixed | jobs, levers={"port_closure": 0.25})
    final = 100 * 0.4 * 0.5 * (872.8 * 0.58 / 1818.0) * 0.82 * 0.25
    np.testing.assert_allclose(lost["jobless interior"], final * (1 - 0.5 ** ((np.arange(WEEKS) + 1) / 8)), rtol=1e-4)
    np.testing.assert_allclose(lost["jobless zone"], 3 * lost["jobless interior"], rtol=1e-5)
    paid = weekly(parameters=fixed | jobs, levers={"port_closure": 0.25}, trade_compensation=5000.0)
    assert paid["jobless interior"][-1] < lost["jobless interior"][-1]


def test_supply_chains_adapt_while_losses_last() -> None:
    fixed = {"lost_share": 1.0, "spare_capacity": 0.0, "supply_shock": 1.0, "adapt_time": 10.0, "delay_cost": 0.0}
    only = fixed | {"usd_per_entry": 0.0, "gdp_per_trade_lost": 0.8, "jobs_per_gdp": 8000.0}
    lost = weekly(parameters=only, levers={"port_closure": 0.25})
    rate = 0.8 * lost["trade_lost"] * (1 + np.exp(-np.arange(WEEKS) / 10))
    np.testing.assert_allclose(lost["gdp_loss"], rate, rtol=1e-4)
    np.testing.assert_allclose(lost["job_years_lost"], lost["gdp_loss"] / 1e9 * 8000, rtol=1e-4)


@pytest.mark.parametrize(
    ("rule", "corridor", "inspected", "ports_open"),
    [("open", 1.0, 0.0, 1.0), ("inspected", 1.0, 0.2, 1.0), ("restricted", 0.4, 0.0, 1.0), ("closed", 0.0, 0.0, 0.0)],
)
def test_a_zone_lets_through_what_its_rule_for_ports_says(
    rule: str, corridor: float, inspected: float, ports_open: float
) -> None:
    fixed = {"corridor_restricted": 0.4, "zone_inspection": 0.2, "lanes": 0.5}
    under = weekly(parameters=fixed, **zone(rule))
    assert under["corridor"][0] == pytest.approx(corridor)
    assert under["inspected"][0] == pytest.approx(inspected)
    assert under["open"][0] == pytest.approx(ports_open)
    lanes = weekly(parameters=fixed, **zone(rule, priority_lanes=1.0))
    assert lanes["corridor"][0] == pytest.approx(corridor + (0.3 if rule == "restricted" else 0.0))
    assert lanes["inspected"][0] == pytest.approx(inspected / 2)
    barred = weekly(parameters=fixed, court=0.0, **zone(rule))
    assert barred["corridor"][0] == 1
    assert barred["trade_lost"].sum() == 0


def test_a_zone_costs_its_share_of_capacity_where_no_corridor_exempts() -> None:
    fixed = {"zone_port_loss": 0.5, "spare_capacity": 0.0, "lost_share": 1.0, "corridor_restricted": 0.4}
    under = weekly(parameters=fixed, **zone("restricted"))
    covered = np.asarray(WORLD.crossings.region @ WORLD.zone)[[PORT_1, PORT_2]]
    assert (covered == 1).all()
    np.testing.assert_allclose(under["border_throughput"][0], 1 - 0.5 * 0.6, rtol=1e-5)
    assert under["entries_lost"][0] == pytest.approx(7 * float(median(PROBED, WORLD).entries) * 0.3, rel=1e-4)


def test_violence_and_mexicos_answer_drag_and_violence_only_so_far() -> None:
    fixed = {"spare_capacity": 0.0, "violence_drag": 0.05, "countermeasure_drag": 0.2, "violence_max": 3.0}
    violent = weekly(violence=2.0, parameters=fixed | {"lost_share": 1.0})
    np.testing.assert_allclose(violent["border_throughput"][1], 0.95, rtol=1e-5)
    extreme, more = (
        weekly(violence=v, parameters=fixed | {"lost_share": 1.0})["border_throughput"][1] for v in (4.0, 40.0)
    )
    assert extreme == pytest.approx(more) == pytest.approx(0.85, rel=1e-5)
    answered = weekly(countermeasures=0.5, parameters=fixed)
    np.testing.assert_allclose(answered["border_throughput"][0], 0.9, rtol=1e-5)
    calm = weekly(violence=0.5, parameters=fixed)
    assert calm["trade_lost"].sum() == 0
    slow = weekly(violence=2.0, parameters=fixed | {"lost_share": 1.0, "violence_memory": 8.0})["border_throughput"]
    rise = 1 - np.exp(-np.arange(WEEKS) / 8.0)
    np.testing.assert_allclose(slow, 1 - 0.05 * rise, atol=1e-3)


def test_only_what_orders_on_ports_hold_up_counts_as_their_doing() -> None:
    """Mexico answers and Washington gives way for orders (1969, 2022, 2023); violence and Mexico's own answer slow ports without one."""
    fixed = {"spare_capacity": 0.0, "violence_drag": 0.05, "countermeasure_drag": 0.2, "lost_share": 1.0}
    slowed: dict[str, Any] = {"violence": 2.0, "countermeasures": 0.5, "parameters": fixed}
    free, closed = weekly(**slowed), weekly(**slowed, levers={"truck_closure": 0.5})
    assert free["trade_lost"].min() > 0
    assert free["held up by orders"].max() == 0
    assert free["lost to orders"].max() == 0
    np.testing.assert_allclose(closed["held up by orders"][2:], 0.5 * 0.95 * 0.9, rtol=1e-5)
    np.testing.assert_allclose(closed["lost to orders"][2:], 0.5 * 0.95 * 0.9, rtol=1e-5)


def test_waits_grow_like_a_queue_up_to_the_longest() -> None:
    fixed = {"spare_capacity": 0.15, "capacity_full_check": 0.5}
    waits = [weekly(parameters=fixed, levers={"truck_inspection": x})["border_wait"][0] for x in (0.0, 0.1, 0.2, 1.0)]
    assert waits == sorted(waits)
    load = 1 / (1.15 * (1 - 0.1 * (1 - 0.5 / 1.15)))
    north = 3 * (1 - 1 / 1.15) / (1 - load)
    assert waits[1] == pytest.approx(0.6 * north + 0.4 * 3, rel=1e-4)
    assert waits[3] <= 30


def test_people_stay_away_from_a_travel_closure_and_trade_passes() -> None:
    closed = weekly(parameters={"travel_stopped": 0.4}, levers={"travel_closure": 1.0})
    assert closed["trade_lost"].sum() == 0
    assert closed["entries_lost"][0] == pytest.approx(7 * float(median(PROBED, WORLD).entries) * 0.4, rel=1e-4)
    assert closed["port traffic"][0] == pytest.approx(0.6)
    assert closed["open"][0] == 1


def test_a_closure_to_trucks_stops_goods_and_nobody_else() -> None:
    closed = weekly(parameters={"lost_share": 1.0, "spare_capacity": 0.0}, levers={"truck_closure": 0.5})
    np.testing.assert_allclose(closed["border_throughput"], 0.5, rtol=1e-5)
    assert (closed["entries_lost"] == 0).all()
    assert (closed["port traffic"] == 1).all()


def test_orders_on_ports_close_no_land_and_no_sea() -> None:
    closed = weekly(levers={"port_closure": 1.0})
    assert closed["open"].max() == 0
    assert closed["open away from ports"].min() == 1


def test_firms_leave_slow_bridges_for_ships_a_little_every_week_and_come_back() -> None:
    closure = 0.5 * (np.arange(WEEKS) < 52)
    fixed = {"lost_share": 1.0, "spare_capacity": 0.0, "by_sea": 0.3, "by_sea_pace": 0.02}
    ships = weekly(parameters=fixed, closure=closure)
    week = 872.8e9 / 52 * 0.82
    np.testing.assert_allclose(ships["trade_by_sea"][:20] / week, 0.02 * np.arange(1, 21).clip(max=15), rtol=1e-4)
    assert ships["trade_lost"][30] == pytest.approx(week * 0.2, rel=1e-4)  # a half passes, three tenths go by sea
    assert ships["trade_by_sea"][-1] == 0


def test_what_stops_trade_is_lifted_in_weeks_unless_it_is_carried_out_and_what_exempts_it_stands() -> None:
    fixed = {"noticed": 0.05, "lift_rate": 0.5, "lift_most": 3.0, "lift_luck": np.exp(-2.0), "lost_share": 1.0}
    stopped = weekly(parameters=fixed, levers={"port_closure": 1.0})
    after = int(np.ceil(2.0 / (0.5 * np.sqrt(3.0))))
    np.testing.assert_array_equal(stopped["open"], np.arange(WEEKS) > after - 2)
    np.testing.assert_array_equal(stopped["port_rules_lifted"][after:], 1.0)
    assert stopped["trade_lost"][after + 1 :].sum() == 0
    assert weekly(parameters=fixed, levers={"port_closure": 1.0}, carried_out=1.0)["open"].max() == 0
    travel = weekly(parameters=fixed, levers={"travel_closure": 1.0})
    assert travel["port traffic"].max() < 1


DUTY = {"treaty_share": 0.8, "duty_elasticity": 3.0, "duty_time": 1e-3, "north_share": 0.6}


def test_a_duty_ends_trade_by_its_elasticity_is_paid_by_who_still_buys_and_stops_no_port() -> None:
    """Known: at a mean duty d sales fall by the factor (1 + d)^-3; output lost is the triangle under them; no queue, no order."""
    quiet, levied = weekly(parameters=DUTY), weekly(parameters=DUTY, levers={"duty": 0.25, "duty_treaty_goods": 0.5})
    d, north, sold = 0.25 * (1 - 0.8 * 0.5), 0.6, quiet["wanted"][0] * 0.6 / 0.82
    kept = (1 + d) ** -3
    assert np.diff(levied["wanted"])[-1] == pytest.approx(quiet["wanted"][0] * (1 - north * (1 - kept)), rel=1e-2)
    assert levied["shipped"][-1] == pytest.approx(levied["wanted"][-1])
    assert levied["duties_paid"][-1] == pytest.approx(1e6 * sold * d * kept, rel=1e-3)
    assert levied["gdp_loss"][-1] == pytest.approx(1e6 * sold * d / 2 * (1 - kept), rel=1e-3)
    assert levied["ended by a duty"][-1] == pytest.approx(north * (1 - kept), rel=1e-3)
    assert levied["lost to orders"][-1] == pytest.approx(levied["ended by a duty"][-1])
    assert levied["held up by orders"].max() == 0
    assert levied["border_wait"][-1] <= quiet["border_wait"][-1]
    assert levied["jobless interior"][-1] > quiet["jobless interior"][-1] == 0


def test_a_duty_that_exempts_treaty_goods_ends_little_trade() -> None:
    exempt, whole = (
        weekly(parameters=DUTY, levers={"duty": 0.25, "duty_treaty_goods": t})["ended by a duty"][-1] for t in (0, 1)
    )
    assert 0 < 3 * exempt < whole


def test_a_duty_that_ends_after_it_stood_at_the_start_brings_trade_back() -> None:
    """A duty of the start is in the trade of the start: until it ends it has ended nothing."""
    names = [name.partition(".")[2] for name in status_quo()]
    path = np.where(np.arange(WEEKS) < 15, 0.1, 0.0)
    made = orders(WEEKS, WORLD, levers={"duty": path})
    standing = tuple(0.1 if name == "duty" else x for name, x in zip(names, made.lever_status_quo, strict=True))
    told = {VIOLENCE: 1.0, COUNTERMEASURES: 0.0, COURTS: [1.0] * len(LEGAL_ELEMENTS)}
    ordered = dataclasses.replace(made, lever_status_quo=standing)
    run = simulate(MODEL, ordered, world=WORLD, told=told, **of(ECONOMY, CALM | DUTY))
    duties, ended = run.weekly["duties_paid"][0], run.weekly["ended by a duty"][0]
    wanted = np.diff(run.weekly["wanted"][0], prepend=0)
    assert duties[14] > 0 == duties[15]
    assert wanted[14] == pytest.approx(wanted[0], rel=1e-4)
    assert wanted[17] > 1.01 * wanted[0]
    assert ended.max() == 0
