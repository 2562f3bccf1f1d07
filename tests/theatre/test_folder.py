import shutil
from pathlib import Path

import numpy as np
import pytest

from premortem import theatre
from premortem.errors import InputError
from premortem.theatre import checks
from premortem.theatre.folder import Folder

TINY = Path(__file__).parents[1] / "data/tiny_theatre"


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    return Path(shutil.copytree(TINY, tmp_path / "tiny"))


def test_a_folder_of_data_is_a_theatre() -> None:
    loaded = theatre.load(TINY, depth_miles=5)
    assert [region.code for region in loaded.regions] == ["X-A_zone", "X-A_interior", "X-B", "X-C"]
    assert [organisation.id for organisation in loaded.organisations] == ["east", "others", "spare_1"]
    arrays = loaded.arrays
    np.testing.assert_allclose(arrays["population"], [250_000, 750_000, 2_000_000, 500_000])
    np.testing.assert_allclose(arrays["members"], [[250, 750, 200, 0], [0, 0, 800, 0], [0, 0, 0, 0]])
    np.testing.assert_allclose(arrays["area"], [50, 450, 700, 300])
    np.testing.assert_allclose(arrays["northern_guard"], [100, 100, 0, 0])
    np.testing.assert_allclose(arrays["federal_forces"], [0.25 * 800 + 100, 0.75 * 800 + 100, 3000, 500])
    np.testing.assert_allclose(arrays["adjacency"], [[0, 1, 0, 0], [1, 0, 1, 0], [0, 1, 0, 1], [0, 0, 1, 0]])
    np.testing.assert_allclose(arrays["designated"], [1, 0, 0])
    np.testing.assert_allclose(arrays["crossings.seized"][:, 0], [7, 2, 1])
    np.testing.assert_allclose(arrays["home.people"][1], [100])
    world = loaded.world()
    assert (world.organisations, world.regions) == (3, 4)
    assert world.crossings.region.shape == (3, 4)
    assert all(check.passed for check in checks.check(loaded))


def test_a_theatre_without_a_line_has_no_zones(tiny: Path) -> None:
    for file in ("depths", "line", "ports", "crossings", "sectors"):
        path = tiny / f"{file}.csv"
        path.write_text(path.read_text().splitlines()[0] + "\n")
    loaded = theatre.load(tiny, depth_miles=0)
    assert [region.code for region in loaded.regions] == ["X-A", "X-B", "X-C"]
    assert loaded.world().crossings.mode.shape == (0, 4)


def test_changing_a_file_changes_the_digest(tiny: Path) -> None:
    before = theatre.load(TINY, depth_miles=5).digest
    (tiny / "ties.csv").write_text("start,a,b,rival_weight\n2030,east,others,4\n")
    assert theatre.load(tiny, depth_miles=5).digest != before


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("members.csv", "east,X-A,1000", "west,X-A,1000", "no such organisation"),
        ("members.csv", "1000", "-1", "members: out of bounds"),
        ("members.csv", "1000", "many", "members: not a number"),
        ("members.csv", "members\n", "people\n", "members: is missing"),
        ("ties.csv", "others", "othrs", "no such organisation"),
        ("adjacency.csv", "X-B", "X-D", "no such place"),
        ("depths.csv", "0.5", "nan", "share: not a finite number"),
        ("depths.csv", "X-A,10", "X-Q,10", "no such place"),
        ("starts.csv", "2030,X-B", "2031,X-B", "no such place"),
        ("line.csv", "River", "Rivr", "no such sector"),
        ("line.csv", "X-A", "X-B", "no such place on the line"),
        ("ports.csv", "north", "south", "no such side"),
        ("crossings.csv", "air_mail", "pigeon", "no such mode"),
        ("drugs.csv", "cocaine", "coffee", "no such drug"),
        ("theatre.toml", "spare_slots = 1", "spare_slots = -1", "spare_slots: out of bounds"),
        ("theatre.toml", "title = ", "titel = ", "title: is missing"),
        ("theatre.toml", '"2030"', '"2029"', "default_start '2029' is not one of 2030"),
        ("theatre.toml", '"active"', '"knights"', "no such service"),
        ("theatre.toml", 'spread = "miles"', "", "needs either share or spread"),
        ("theatre.toml", "title", "title = = ", ""),
        (
            "organisations.toml",
            "concentration = 0.1",
            "concentration = 0",
            "concentration: out of bounds",
        ),
    ],
)
def test_a_fault_in_a_file_names_the_file_and_what_is_wrong(
    tiny: Path, file: str, old: str, new: str, message: str
) -> None:
    path = tiny / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(InputError) as caught:
        theatre.load(tiny, depth_miles=5)
    assert any(message in problem.message and problem.where.file == f"tiny/{file}" for problem in caught.value.problems)


def test_a_missing_or_unreadable_file_is_named(tiny: Path) -> None:
    (tiny / "places.csv").unlink()
    with pytest.raises(InputError, match=r"tiny/places\.csv"):
        theatre.load(tiny, depth_miles=5)
    (tiny / "places.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match=r"tiny/places\.csv"):
        theatre.load(tiny, depth_miles=5)


def test_a_target_that_cannot_be_a_folder_is_refused(tiny: Path, tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.write_text("")
    with pytest.raises(InputError, match="no folder can be made"):
        Folder.find(str(tiny)).write(taken)
