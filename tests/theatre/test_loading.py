import subprocess
import sys

import numpy as np
import pytest

from premortem import theatre
from premortem.errors import InputError
from premortem.evidence import load as load_evidence
from premortem.model.units import NEVER
from premortem.theatre.checks import SIGNED

STARTS = ("2012", "2018", "2025", "2026-04")


@pytest.mark.parametrize(("start", "total"), [("2012", 115_000), ("2018", 147_000), ("2025", 175_000)])
def test_members_sum_to_the_judged_total_of_each_start(start: str, total: float) -> None:
    assert theatre.load(start=start).arrays["members"].sum() == pytest.approx(total, abs=15)  # rows are whole persons


def test_the_reference_start_has_twice_the_registers_first_half_of_2025() -> None:
    assert theatre.load(start="2025").arrays["homicides"].sum() == pytest.approx(28_976, abs=1)


def test_a_start_in_the_past_opens_with_its_own_market_and_knows_what_followed_only_where_it_is_asked_to() -> None:
    now = theatre.load(start="2025").arrays
    past, told = theatre.load(start="2018").arrays, theatre.load(start="2018", events="happened").arrays
    assert now["market.weeks"].size == past["market.weeks"].size == 0
    np.testing.assert_array_equal(now["market.level"], 1.0)
    assert now["market.others"] == 1.0
    # exhibits of 2016, the last counted by then, at a purity first measured in 2018: .278 of the content of 2025
    assert past["market.level"][0] == pytest.approx(0.278, rel=0.01)
    np.testing.assert_array_equal(past["market.level"][1:], 1.0)
    assert past["market.others"] == pytest.approx(44_219 / 31_649)  # 2016, the last year counted by then
    assert (np.diff(told["market.weeks"]) > 0).all()
    assert told["market.content"][0] == 1.0
    assert told["market.content"][-1] * told["market.level"][0] == pytest.approx(1.0)


@pytest.mark.parametrize("field", ["mx_shocks", "pandemic_begins", "precursor_rules"])
def test_what_was_not_known_to_come_is_scripted_only_where_all_that_happened_is_asked_for(field: str) -> None:
    known, happened = (
        theatre.load(start="2018", events=word).arrays[f"calendar.{field}"] for word in ("known", "happened")
    )
    assert (known >= NEVER).all()
    assert (happened < NEVER).any()


def test_elections_and_governments_are_known_at_every_start_and_have_as_many_places() -> None:
    for field in ("us_elections", "us_administrations", "mx_governments"):
        arrays = [theatre.load(start=start).arrays[f"calendar.{field}"] for start in STARTS]
        assert len({array.shape for array in arrays}) == 1
        to_come = [(array < NEVER).sum() for array in arrays]
        assert to_come == sorted(to_come, reverse=True)
        assert to_come[0] > to_come[-1]


def test_states_share_the_homicides_of_2025_as_the_prosecutors_victims() -> None:
    loaded = theatre.load(start="2025")
    victims = {row["iso"]: float(row["victims"]) for row in load_evidence().tables["violence.table.victims_2025"].rows}
    of_state = loaded.arrays["same_state"] @ loaded.arrays["homicides"]
    wanted = [28_976 * victims[region.state] / sum(victims.values()) for region in loaded.regions]
    np.testing.assert_allclose(of_state, wanted, atol=0.01)


def test_a_pool_lives_where_people_and_organised_violence_are() -> None:
    loaded = theatre.load()
    pool = loaded.arrays["members"][loaded.organisation("local")]
    assert pool.sum() == pytest.approx(64_748)
    assert pool.argmax() == loaded.region("MX-GUA")
    whole = loaded.arrays["same_state"] @ pool
    assert whole.argmin() == loaded.region("MX-YUC")


def test_homicides_before_the_escalation_match_the_published_level() -> None:
    # mean rate of 2004-07 at the people of mid 2012: 10,529 a year (mechanisms: rivalry)
    assert theatre.load(start="2012").arrays["homicides_base"].sum() == pytest.approx(10_529, rel=0.01)


@pytest.mark.parametrize("start", STARTS)
def test_ranges_hold_what_is_used(start: str) -> None:
    loaded = theatre.load(start=start)
    for name, (low, high) in loaded.ranges.items():
        # a zone's people have a range in which their state's total is fixed, so compare what the zones hold
        assert (low <= loaded.arrays[name] * (1 + 1e-9)).all(), name
        assert (high >= loaded.arrays[name] * (1 - 1e-9)).all(), name


def test_forces_are_the_national_counts_and_the_guard_is_part_of_them() -> None:
    arrays = theatre.load().arrays
    facts = load_evidence().facts
    deployed = (facts["mx.gn.deployed"].value or 0) + (facts["mx.sedena.deployed"].value or 0)
    assert arrays["federal_forces"].sum() == pytest.approx(deployed, rel=1e-4)
    assert arrays["northern_guard"].sum() == facts["mx.fronteranorte.total"].value
    assert (arrays["northern_guard"] <= arrays["federal_forces"]).all()
    assert not theatre.load(start="2018").arrays["northern_guard"].any()


def test_the_home_side_holds_the_baseline_forces() -> None:
    people = theatre.load().arrays["home.people"]
    guard, active, border_patrol = people[0], people[1], people[2]
    assert guard.sum() == 4_750
    assert active.sum() == pytest.approx(8_500)
    assert border_patrol.sum() == pytest.approx(16_717, abs=5)


def test_forces_of_the_status_quo_plan_are_the_baseline_and_add_nothing() -> None:
    baseline = theatre.load().baseline
    assert baseline["jtf_southern_border"] == 8_500
    assert baseline["frontera_norte"] == 10_000
    assert "frontera_norte" not in theatre.load(start="2018").baseline


def test_crossings_carry_the_recorded_traffic_and_seizures() -> None:
    arrays = theatre.load(start="2025").arrays
    facts = load_evidence().facts
    assert arrays["crossings.trucks"].sum() == facts["geo.poe.trucks_northbound"].value
    assert arrays["crossings.vehicles"].sum() == facts["geo.poe.personal_vehicles_northbound"].value
    assert arrays["crossings.seized"].sum(axis=0) == pytest.approx([5_421, 73_006, 22_792, 583], abs=1)
    land = arrays["crossings.sector"].sum(axis=1) > 0
    assert arrays["crossings.region"].sum(axis=1) == pytest.approx(np.where(land, 1.0, 0.0))
    assert arrays["crossings.side"].sum(axis=1) == pytest.approx(1.0)
    assert (arrays["crossings.region"][:, arrays["zone"] == 0] == 0).all()
    laredo = arrays["crossings.trucks"] / arrays["crossings.trucks"].sum()
    assert laredo.max() == pytest.approx(0.397, abs=0.001)


@pytest.mark.parametrize("start", STARTS)
def test_a_world_is_finite_and_has_the_arrays_of_the_theatre(start: str) -> None:
    loaded = theatre.load(start=start)
    world = loaded.world()
    assert world.members.shape == (22, 38)
    assert world.crossings.mode.shape == (21, 4)
    np.testing.assert_allclose(world.home.agents, loaded.arrays["home.agents"], rtol=1e-6)
    for name, array in loaded.arrays.items():
        assert np.isfinite(array).all(), name
        assert (array >= 0).all() or name in SIGNED, name
    assert world.arrest_step == (start >= "2025")


def test_designations_begin_in_2025_and_only_for_the_six() -> None:
    assert theatre.load().arrays["designated"].sum() == 7  # six designations, one of them in two slots
    assert theatre.load(start="2018").arrays["designated"].sum() == 0


def test_equal_theatres_have_equal_digests_and_depth_and_start_change_them() -> None:
    digests = {theatre.load(start=s, depth_miles=d).digest for s in STARTS for d in (5.0, 20.0)}
    assert len(digests) == 2 * len(STARTS)
    assert theatre.load().digest == theatre.load("us-mexico", "2026-04", 20).digest


def test_arrays_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="read-only"):
        theatre.load().arrays["members"][0, 0] = 1


def test_every_source_of_a_quantity_is_in_the_ledger() -> None:
    known = load_evidence().records
    loaded = theatre.load()
    cited = {i for q in loaded.quantities for i in q.origin} | {i for f in loaded.home_forces for i in f.evidence}
    cited |= {i for o in loaded.organisations for i in o.evidence}
    assert cited - set(known) == set()


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        ({"name": "us-mexiko"}, "unknown_theatre"),
        ({"start": "2026"}, "unknown_start"),
        ({"depth_miles": -1.0}, "out_of_range"),
        ({"depth_miles": 100.5}, "out_of_range"),
        ({"depth_miles": float("nan")}, "out_of_range"),
    ],
)
def test_what_does_not_exist_is_one_clear_problem(arguments: dict[str, object], kind: str) -> None:
    with pytest.raises(InputError) as caught:
        theatre.load(**arguments)  # type: ignore[arg-type]
    assert [problem.kind for problem in caught.value.problems] == [kind]
    assert caught.value.problems[0].found


def test_loading_a_theatre_does_not_import_jax() -> None:
    code = "import sys; from premortem import theatre; theatre.load(); sys.exit('jax' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_calendar_counts_weeks_from_the_start_and_what_is_past_never_comes() -> None:
    now, then = theatre.load(start="2025").arrays, theatre.load(start="2018", events="happened").arrays

    def first(name: str) -> float:
        return float(now[f"calendar.{name}"].min())

    assert first("us_administrations") == pytest.approx(1293 / 7)  # 20 January 2029
    assert first("mx_governments") == pytest.approx(1912 / 7)  # 1 October 2030
    assert first("us_elections") == pytest.approx(484 / 7)  # 3 November 2026
    assert first("mx_shocks") == first("pandemic_begins") == first("pandemic_ends") == NEVER
    assert then["calendar.mx_shocks"].min() == pytest.approx(1018 / 7)  # 15 October 2020
    assert (then["calendar.mx_shocks"] < NEVER).sum(axis=1).tolist() == [1] * len(then["calendar.mx_shocks"])
    assert then["calendar.pandemic_begins"] == pytest.approx([790 / 7])  # 1 March 2020
    assert all((weeks >= 0).all() for name, weeks in then.items() if name.startswith("calendar."))
