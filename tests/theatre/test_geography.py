import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.csgraph import connected_components

from premortem import theatre
from premortem.evidence import load as load_evidence

DEPTHS = st.floats(0, 100, allow_nan=False)
SPREAD = (
    "population",
    "homicides",
    "homicides_before",
    "homicides_base",
    "federal_forces",
    "state_police",
    "area",
    "northern_guard",
)


def by_state(loaded: theatre.Theatre, name: str) -> dict[str, float]:
    totals: dict[str, float] = {}
    for region, value in zip(loaded.regions, loaded.arrays[name].T, strict=True):
        totals[region.state] = totals.get(region.state, 0.0) + float(value.sum())
    return totals


def zones(loaded: theatre.Theatre, name: str) -> float:
    return float(loaded.arrays[name] @ loaded.arrays["zone"])


@settings(max_examples=40)
@given(DEPTHS)
def test_any_depth_keeps_every_states_totals_and_is_never_negative(depth: float) -> None:
    split, whole = theatre.load(depth_miles=depth), theatre.load(depth_miles=0)
    for name in (*SPREAD, "members"):
        assert (split.arrays[name] >= 0).all(), name
        assert by_state(split, name) == pytest.approx(by_state(whole, name)), name


@settings(max_examples=40)
@given(DEPTHS, DEPTHS)
def test_a_deeper_zone_holds_no_less(a: float, b: float) -> None:
    shallow, deep = (theatre.load(depth_miles=depth) for depth in sorted((a, b)))
    for name in SPREAD:
        in_zone = shallow.arrays["zone"] > 0
        assert (shallow.arrays[name][in_zone] <= deep.arrays[name][in_zone] * (1 + 1e-12) + 1e-9).all(), name


def test_thirty_two_states_make_thirty_eight_regions() -> None:
    regions = theatre.load().regions
    assert len(regions) == 38
    assert len({region.code for region in regions}) == 38
    assert sum(region.zone for region in regions) == 6
    assert {r.code.removesuffix("_zone").removesuffix("_interior") for r in regions} == {r.state for r in regions}


@pytest.mark.parametrize(
    ("depth", "people"),
    [(5, 5_264_751), (10, 7_212_543), (20, 7_479_154), (60, 8_501_370), (100, 14_191_851)],
)
def test_zones_hold_the_people_of_the_tabulated_depths(depth: float, people: float) -> None:
    loaded = theatre.load(depth_miles=depth)
    census = {row["iso"]: float(row["population_2020"]) for row in load_evidence().tables["geo.mx_states"].rows}
    now = by_state(loaded, "population")
    share = [p / now[r.state] for r, p in zip(loaded.regions, loaded.arrays["population"], strict=True)]
    found = sum(census[r.state] * s for r, s in zip(loaded.regions, share, strict=True) if r.zone)
    assert found == pytest.approx(people, rel=1e-5)


def test_a_five_mile_zone_carries_its_known_doubt() -> None:
    loaded = theatre.load(depth_miles=5)
    low, high = (float(side @ loaded.arrays["zone"]) for side in loaded.ranges["population"])
    assert low < 0.9 * zones(loaded, "population")
    assert high > 1.2 * zones(loaded, "population")


def test_no_depth_leaves_empty_zones_in_a_world_without_gaps() -> None:
    loaded = theatre.load(depth_miles=0)
    for name in SPREAD:
        assert zones(loaded, name) == 0, name
    assert not loaded.arrays["members"][:, loaded.arrays["zone"] > 0].any()
    world = loaded.world()
    for name in ("population", "members", "federal_forces"):
        assert np.isfinite(np.asarray(getattr(world, name))).all()
    assert zones(loaded, "border_miles") > 1_900


def test_sixty_to_a_hundred_miles_takes_in_monterrey() -> None:
    people = [zones(theatre.load(depth_miles=depth), "population") for depth in (60, 70, 100)]
    assert people[1] < 1.05 * people[0]
    assert people[2] > 1.6 * people[0]


def test_the_map_is_symmetric_connected_and_zones_touch_only_along_the_line() -> None:
    loaded = theatre.load()
    adjacency = loaded.arrays["adjacency"]
    assert (adjacency == adjacency.T).all()
    assert not adjacency.diagonal().any()
    assert connected_components(adjacency)[0] == 1

    def touch(a: str, b: str) -> bool:
        return bool(adjacency[loaded.region(a), loaded.region(b)])

    assert touch("MX-BCN_zone", "MX-BCN_interior")
    assert touch("MX-BCN_zone", "MX-SON_zone")
    assert touch("MX-SON_interior", "MX-SIN")
    assert touch("MX-CHH_interior", "MX-COA_interior")
    assert not touch("MX-BCN_zone", "MX-SON_interior")
    assert not touch("MX-BCN_zone", "MX-CHH_zone")
    assert not touch("MX-SON_zone", "MX-SIN")
    assert not touch("MX-BCN_zone", "MX-BCS")


def test_the_northern_guard_stands_near_the_line() -> None:
    assert zones(theatre.load(depth_miles=20), "northern_guard") == 10_000
    assert zones(theatre.load(depth_miles=5), "northern_guard") == pytest.approx(2_500)
