import datetime
import math
from typing import Any

import jax
import numpy as np
import pytest

from premortem import theatre
from premortem.errors import InputError
from premortem.model.controls import Controls
from premortem.model.index_sets import HOME_DUTIES, HOME_SERVICES, PORTS, REACHES, RESIDENTS, TASKS
from premortem.plan.controls.compile import Compiled, compile_plan
from premortem.plan.language import catalogue, packaged
from premortem.plan.language.load import load, load_text

FUTURES = np.arange(40)
WEEKS = 156
HEAD = 'title = "Test"\nsource = ["project"]\nstart = 2026-04-06\nduration_weeks = 104\n'
FORCE = """
[[task_force]]
id = "west"
base = "fort_bliss"
reach = ["home_side", "zone"]
regions = ["Chihuahua"]
personnel = 1000
forward_share = 0.5
deploy_weeks = 10
effort = { presence = 0.5, raids = "unspecified", partner = "unspecified" }
from_week = 4
to_week = 60
"""


def compiled(text: str, weeks: int = WEEKS, seed: int = 1, futures: Any = FUTURES) -> Compiled:
    return compile_plan(load_text(HEAD + text), theatre.load(), seed=seed, futures=np.asarray(futures), weeks=weeks)


def controls(text: str, **options: Any) -> Controls:
    return compiled(text, **options).controls


def test_a_force_builds_up_serves_and_leaves_in_its_weeks() -> None:
    people = np.asarray(controls(FORCE).orders.people)[0, :, 0, 0]
    assert people[3] == 0
    assert people[4] == 100
    assert people[13] == 1000
    assert people[59] == 1000
    assert people[60] == 0


def test_stated_shares_hold_and_open_ones_split_the_rest() -> None:
    effort = np.asarray(controls(FORCE).orders.effort)[:, 10, 0, 0]
    assert (effort[:, TASKS.index("presence")] == 0.5).all()
    assert (effort[:, TASKS.index("strikes")] == 0).all()
    np.testing.assert_allclose(effort.sum(1), 1.0, rtol=1e-6)
    assert effort[:, TASKS.index("raids")].std() > 0.1


def test_a_zone_of_half_the_depth_covers_part_of_the_strip_and_only_in_the_named_states() -> None:
    zone = (
        '[zone]\nkind = "exclusion"\ndepth_miles = {depth}\nstates = ["Sonora"]\n'
        'residents = "warned"\nports = "closed"\nfrom_week = 2\nto_week = 50\n'
    )
    world = theatre.load()
    full, half = (np.asarray(controls(zone.format(depth=d)).orders.zone_share)[0, 10, 0] for d in (20, 10))
    sonora = world.region("MX-SON_zone")
    assert full[sonora] == 1
    assert 0 < half[sonora] < 1
    assert np.delete(full, sonora).sum() == 0
    orders = controls(zone.format(depth=20)).orders
    ports = np.asarray(orders.ports)[0, :, 0]
    assert ports[10, PORTS.index("closed")] == 1
    assert ports[1, PORTS.index("open")] == ports[50, PORTS.index("open")] == 1
    assert np.asarray(orders.residents)[0, 10, 0, RESIDENTS.index("warned")] == 1


def test_a_zone_deeper_than_the_theatre_is_refused() -> None:
    with pytest.raises(InputError, match="deeper"):
        controls('[zone]\nkind = "exclusion"\ndepth_miles = 40\n')


def test_a_plan_that_starts_after_the_simulated_time_is_refused() -> None:
    with pytest.raises(InputError, match="does not start within"):
        compile_plan(
            load_text(HEAD.replace("2026-04-06", "2035-01-01") + FORCE),
            theatre.load(),
            seed=1,
            futures=FUTURES,
            weeks=WEEKS,
        )


def test_a_measure_moves_its_lever_for_its_weeks_with_a_ramp_and_no_other() -> None:
    text = '[[measure]]\nlever = "state.arrest_capacity"\nlevel = 1.05\nweeks = [10, 40]\nramp_weeks = 10\n'
    made = controls(text)
    column = made.lever_names.index("state.arrest_capacity")
    levels = np.asarray(made.orders.levers)[0, :, 0]
    np.testing.assert_allclose(levels[[9, 10, 14, 19, 39, 40], column], [1.0, 1.005, 1.025, 1.05, 1.05, 1.0], rtol=1e-6)
    others = [column, made.lever_names.index("economy.duty")]  # the duty that stands at the start lapses by itself
    assert (np.delete(levels, others, axis=1) == np.delete(levels[0], others)).all()


def test_a_lever_rises_no_faster_than_it_can_be_had_and_falls_at_once() -> None:
    text = '[[measure]]\nlever = "overdose.treatment_coverage"\nlevel = {}\nweeks = [0, 100]\n'
    rising, cut = (controls(text.format(level)) for level in (0.3, 0.1))
    column = rising.lever_names.index("overdose.treatment_coverage")
    pace = catalogue.levers()["overdose.treatment_coverage"].most_a_year
    assert pace is not None
    levels = np.asarray(rising.orders.levers)[0, :100, 0, column]
    assert np.diff(levels).max() == pytest.approx(pace / (365.25 / 7), rel=0.01)
    assert levels[51] == pytest.approx(0.2 + pace, rel=0.01)
    assert np.asarray(cut.orders.levers)[0, 0, 0, column] == pytest.approx(0.1)


def test_an_open_level_lies_between_the_bounds() -> None:
    made = controls('[[measure]]\nlever = "mexico.diplomacy"\nlevel = "unspecified"\n')
    level = np.asarray(made.orders.levers)[:, 20, 0, made.lever_names.index("mexico.diplomacy")]
    lever = catalogue.levers()["mexico.diplomacy"]
    assert (level >= lever.low).all()
    assert (level <= lever.high).all()
    assert level.std() > 0.1


def test_open_draws_do_not_depend_on_other_fields_or_on_how_futures_are_cut() -> None:
    open_roe = '[roe]\ntarget_definition = "unspecified"\n'
    alone = np.asarray(controls(open_roe).orders.rules)
    with_force = np.asarray(controls(open_roe + FORCE).orders.rules)
    part = np.asarray(controls(open_roe, futures=[7, 23]).orders.rules)
    assert (alone == with_force).all()
    assert (part == alone[[7, 23]]).all()
    assert not (np.asarray(controls(open_roe, seed=2).orders.rules) == alone).all()


def home_force(service: str, tasks: list[str], **more: str) -> Any:
    """Return the duties of a force at home, [service, duty], in a week of the first future."""
    fields = "".join(f'{name} = "{value}"\n' for name, value in more.items())
    text = f'[[domestic]]\nid = "added"\nservice = "{service}"\npersonnel = 1000\ntasks = {tasks}\n{fields}'
    return np.asarray(controls(text).orders.home_work)[0, 60, 0]


@pytest.mark.parametrize(
    ("service", "tasks", "more", "expected"),
    [
        ("army", ["surveillance", "arrest"], {}, {"line_support": 0.5}),
        ("ng", ["surveillance", "arrest"], {"status": "title10"}, {"line_support": 0.5}),
        ("ng", ["surveillance", "arrest"], {"status": "title32"}, {"line_support": 0.5, "line": 0.5}),
        ("ng", ["search"], {"status": "sad", "place": "port_of_entry"}, {"ports": 1.0}),
        ("cbp", ["search"], {"place": "port_of_entry"}, {"ports": 1.0}),
        ("cbp", [], {}, {"line": 1.0}),
        ("cbp", ["search", "southbound_inspection"], {"place": "port_of_entry"}, {"ports": 0.5, "southbound": 0.5}),
        ("ng", ["southbound_inspection"], {"status": "sad"}, {"southbound": 1.0}),
        ("ng", ["southbound_inspection"], {"status": "title10"}, {}),
        ("dea", [], {}, {"cities": 1.0}),
        ("dea", ["intel_share"], {"place": "interior_mx"}, {}),
        ("local_police", ["police"], {"place": "interior_us"}, {"cities": 1.0}),
        ("local_police", ["police", "crowd_control"], {"place": "interior_us"}, {"cities": 0.5}),
        ("local_police", ["immigration_enforcement"], {"place": "interior_us"}, {}),
        ("cbp", ["immigration_enforcement", "arrest"], {}, {"line": 1.0}),
        ("cbp", ["logistics", "surveillance"], {}, {"line_support": 0.5, "line": 0.5}),
    ],
)
def test_forces_at_home_do_what_task_place_and_status_allow(
    service: str, tasks: list[str], more: dict[str, str], expected: dict[str, float]
) -> None:
    duties = home_force(service, tasks, **more).sum(0)
    np.testing.assert_allclose(duties, [expected.get(duty, 0.0) for duty in HOME_DUTIES])


def test_the_status_quo_orders_nothing_beyond_what_stands() -> None:
    made = compile_plan(load("status_quo"), theatre.load(), seed=1, futures=FUTURES, weeks=WEEKS).controls
    orders = made.orders
    for block in (orders.people, orders.zone_share, orders.home_people, orders.partner_people, orders.partner_aid):
        assert (np.asarray(block) == 0).all()
    levers, stands = np.asarray(orders.levers), np.asarray(made.lever_status_quo, np.float32)
    duty = made.lever_names.index("economy.duty")
    lapsed = (datetime.date(2026, 7, 24) - theatre.load().date).days / 7
    assert (np.delete(levers, duty, axis=-1) == np.delete(stands, duty)).all()
    assert set(np.flatnonzero((levers[..., duty] == 0).all(axis=(0, 2)))) == set(
        range(math.ceil(lapsed), levers.shape[1])
    )


def test_the_op_ed_plan_fills_in_what_it_leaves_open_and_says_so() -> None:
    made = compile_plan(load("border_task_forces"), theatre.load(), seed=1, futures=np.arange(400), weeks=WEEKS)
    orders = made.controls.orders
    people = np.asarray(orders.people)[:, :, 0]
    total = people.sum(-1).max(1)
    started = total > 0
    assert started.mean() > 0.9
    assert 4000 < np.median(total[started]) < 12000  # operations.md: 7,770 (1,670-30,900) for all three groups
    assert (people[..., 3] == 0).all()
    reach = np.asarray(orders.reach)[:, 60, 0, 0]
    assert (reach[:, REACHES.index("home_side")] == 1).all()
    assert 0.3 < reach[:, REACHES.index("interior")].mean() < 0.7
    assert 0.3 < (np.asarray(orders.residents)[:, 60, 0, RESIDENTS.index("stay")]).mean() < 0.7
    guard = np.asarray(orders.home_people)[:, 60, 0, HOME_SERVICES.index("guard")].sum(-1)
    assert guard.max() <= 10000
    assert {"start", "duration_weeks", "zone.residents", "task_force.all.personnel"} <= set(made.open_fields)


@pytest.mark.parametrize("name", packaged.names())
def test_every_packaged_plan_compiles_to_finite_controls(name: str) -> None:
    made = compile_plan(load(name), theatre.load(), seed=3, futures=np.arange(5), weeks=WEEKS).controls
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(made))


def test_branches_become_variants_and_exits_become_stops() -> None:
    text = (
        """
[exit]
criteria = "us_killed > 100"
after = "withdraw"
[[phase]]
name = "draw_down"
set = { "task_force.west.personnel" = 300 }
[[phase]]
name = "later"
from_week = 20
set = { "task_force.west.forward_share" = 0.1 }
[[branch]]
id = "losses"
when = "us_killed > 10"
then = { phase = "draw_down" }
delay_weeks = 2
"""
        + FORCE
    )
    made = controls(text)
    people, forward = np.asarray(made.orders.people)[0, :, :, 0], np.asarray(made.orders.forward_share)[0, :, :, 0]
    assert people[30].tolist() == [1000, 300]
    assert forward[[19, 20]].tolist() == [[0.5, 0.5], [np.float32(0.1), np.float32(0.1)]]
    assert [(b.name, b.bit, b.delay) for b in made.branches] == [("losses", 0, 2), ("exit.criteria", -1, 0)]
    assert [o.name for o in made.observables] == ["us_killed"]


def test_agencies_that_do_not_support_a_campaign_leave_their_seam_unanswered_not_open() -> None:
    made = [controls(f"[command]\nsupporting = {agencies}\n") for agencies in ('["dod", "intelligence"]', "[]")]
    assert [np.asarray(c.seam_unspecified)[0].tolist() for c in made] == [[1, 1, 1], [1, 1, 0]]
    assert (np.asarray(made[1].seam_answered) == 0).all()


def test_a_force_of_which_neither_people_nor_units_are_stated_is_of_open_size_not_empty() -> None:
    force = '[[task_force]]\nid = "a"\nreach = ["home_side"]\n{}\n'
    silent, empty = (
        np.asarray(controls(force.format(told)).orders.people)[:, 60, 0, 0] for told in ("", "personnel = 0")
    )
    assert (silent > 0).all()
    assert silent.std() > 0
    assert (empty == 0).all()


def test_an_open_number_of_aircraft_alone_is_a_few_crews_and_not_a_ground_force() -> None:
    force = '[[task_force]]\nid = "a"\nreach = ["zone"]\nunits = {{ {} = "unspecified" }}\n'
    drones, rangers = (
        np.asarray(controls(force.format(unit)).orders.people)[:, 60, 0, 0]
        for unit in ("mq9_patrol", "ranger_battalion")
    )
    crew = 160
    assert (drones >= crew).all()
    assert np.median(drones) <= 4 * crew
    assert np.median(rangers) > 10 * np.median(drones)
    assert (drones % crew == 0).all()
    assert np.ptp(drones) > 0
