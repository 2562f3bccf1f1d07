import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from premortem.errors import InputError
from premortem.study.spec import StudySpec, make, read

MINIMAL = """
plans = ["status_quo", "border_task_forces"]
futures = 200
years = 5
seed = 1
design = "monte_carlo"
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "study.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_minimal_file_reads_like_the_same_in_python(tmp_path: Path) -> None:
    same = make(plans=("status_quo", "border_task_forces"), futures=200, years=5, seed=1, design="monte_carlo")
    assert read(write(tmp_path, MINIMAL)) == same
    assert same.uncertainties == "all"


def test_plan_files_are_looked_for_beside_the_study_file(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").touch()
    path = write(tmp_path, MINIMAL.replace("border_task_forces", "mine.toml"))
    assert read(path).plans == ("status_quo", str((tmp_path / "mine.toml").resolve()))


def test_levers_are_combined_in_full() -> None:
    spec = make(plans=["a"], futures=1, years=1, levers={"x": [0, 1], "y": [0.5, 1, 2]})
    assert spec.combinations() == [{"x": x, "y": y} for x in (0, 1) for y in (0.5, 1, 2)]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("futures = 200", "futres = 200", r"study.toml:3:\d+ futres: no such key(.|\n)*did you mean 'futures'"),
        ("futures = 200", "", r"futures: is missing"),
        ("futures = 200", "futures = 0", r"study.toml:3:11 futures: out of bounds(.|\n)*found: +0\n.*at least 1\b"),
        ("futures = 200", "futures = 2.5", r"futures: not a whole number(.|\n)*found: +2.5"),
        ("futures = 200", "futures = true", r"futures: not a whole number"),
        ("years = 5", "years = 500", r"years: out of bounds(.|\n)*at most 40"),
        ("seed = 1", "seed = -1", r"seed: out of bounds(.|\n)*at least 0\b"),
        ("seed = 1", "seed = 4294967296", r"seed: "),
        ('"monte_carlo"', '"montecarlo"', r"study.toml:6:10 design: .*(.|\n)*did you mean 'monte_carlo'"),
        ('["status_quo", "border_task_forces"]', "[]", r"study.toml:2:9 plans: too few entries(.|\n)*at least 1\b"),
        ('["status_quo", "border_task_forces"]', "[1, 2]", r"study.toml:2:10 plans.0: not a text"),
        (
            "seed = 1",
            'seed = 1\nlevers = { "arms.flow" = ["x"] }',
            r"study.toml:6:\d+ levers.arms.flow.0: not a number",
        ),
        ("seed = 1", 'seed = 1\nlevers = { "a.b" = [nan] }', r"levers.a.b"),
        ("seed = 1", 'seed = 1\nkeep = ["weakly"]', r"(?s)keep.0.*did you mean 'weekly'"),
        ("seed = 1", "seed = ", r"study.toml:5:\d+: not TOML"),
        ("seed = 1", "depth_miles = inf", r"depth_miles"),
        (
            "seed = 1",
            "outcomes = 5",
            r"study.toml:5:12 outcomes: not one of the words allowed; not a list(.|\n)*all, or a list in",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read(write(tmp_path, MINIMAL.replace(old, new)))


def test_a_file_that_is_not_there_or_not_text_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such study file"):
        read(tmp_path / "nothing.toml")
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="begins like UTF-16, but is not"):
        read(tmp_path / "binary.toml")


THEIRS = re.compile(r"Input should|valid |Value error|Extra inputs|Field required|\bpydantic")
"""Words of the library that checks values."""
WORDS = st.text("ab.*\0é", max_size=4)
VALUES = (
    st.none() | st.integers() | st.floats() | WORDS | st.lists(WORDS) | st.dictionaries(WORDS, st.lists(st.floats()))
)


@given(st.dictionaries(st.sampled_from(list(StudySpec.model_fields)), VALUES))
def test_whatever_the_values_an_error_is_one_for_people(values: dict[str, object]) -> None:
    said = ""
    try:
        make(**values)
    except InputError as error:
        said = str(error)
    assert not THEIRS.search(said)
