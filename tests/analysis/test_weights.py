from pathlib import Path

import polars as pl
import pytest

from premortem.analysis.weights import FACTORS, read, weigh
from premortem.errors import InputError
from premortem.study.store import Store
from premortem.wording.languages import messages
from premortem.wording.weights import weighed_table
from tests.report.runs import make

WEIGHTS = {"homicides_mx": 1.0, "us_killed": 10.0}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store.open(make(tmp_path_factory.mktemp("weights") / "run"))


def average_of(store: Store, outcome: str) -> float:
    """Return the average difference, plan minus baseline."""
    table = store.table().collect()
    ours, theirs = (
        table.filter(pl.col("plan") == name)[outcome].mean() for name in ("border_task_forces", "status_quo")
    )
    assert isinstance(ours, float)
    assert isinstance(theirs, float)
    return ours - theirs


def test_the_measure_is_the_sum_of_weight_times_what_is_gained(store: Store) -> None:
    found = weigh(store, "border_task_forces", "status_quo", WEIGHTS)
    gained = [-weight * average_of(store, name) for name, weight in WEIGHTS.items()]
    assert [part.average for part in found.parts] == pytest.approx(gained)
    assert found.average == pytest.approx(sum(gained))


def test_more_of_what_should_be_more_counts_for_the_plan(store: Store) -> None:
    found = weigh(store, "border_task_forces", "status_quo", {"mx_cooperation": 2.0})
    assert found.average == pytest.approx(2 * average_of(store, "mx_cooperation"))


def test_at_the_factor_at_which_it_turns_the_average_is_zero(store: Store) -> None:
    found = weigh(store, "border_task_forces", "status_quo", WEIGHTS)
    for part in found.parts:
        assert part.turns_at is not None  # fewer homicides, more US personnel killed
        turned = WEIGHTS | {part.outcome.id: part.weight * part.turns_at}
        average = weigh(store, "border_task_forces", "status_quo", turned).average
        assert average == pytest.approx(0, abs=1e-6 * abs(found.average))


def test_shares_along_a_weight_are_those_of_the_measure_with_that_weight(store: Store) -> None:
    found = weigh(store, "border_task_forces", "status_quo", WEIGHTS)
    for part in found.parts:
        for factor, share in zip(FACTORS, part.better, strict=True):
            if factor:
                other = WEIGHTS | {part.outcome.id: factor * part.weight}
                assert weigh(store, "border_task_forces", "status_quo", other).better == share
        assert part.better[FACTORS.index(1.0)] == found.better


def test_all_weights_times_one_number_change_no_answer(store: Store) -> None:
    one, other = (
        weigh(store, "border_task_forces", "status_quo", {name: scale * weight for name, weight in WEIGHTS.items()})
        for scale in (1.0, 7.0)
    )
    assert one.better == other.better
    assert [part.turns_at for part in one.parts] == pytest.approx([part.turns_at for part in other.parts])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("homicides_mx = 1", "no weights"),
        ("[weights]", "no weights"),
        ("[weights]\nhomicide_mx = 1", r"(?s)no such outcome.*homicides_mx"),
        ("[weights]\nhomicides_mx = -1", "above zero"),
        ("[weights]\nhomicides_mx = inf", "above zero"),
        ("[weights]\nhomicides_mx = true", "above zero"),
        ('[weights]\nhomicides_mx = "much"', "above zero"),
        ("[weights", "weights.toml"),
    ],
)
def test_wrong_weights_are_a_clear_error(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "weights.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        read(file)


def test_no_weights_are_refused(store: Store) -> None:
    with pytest.raises(InputError, match="no weights"):
        weigh(store, "border_task_forces", "status_quo", {})


def test_a_file_of_weights_is_read(tmp_path: Path) -> None:
    file = tmp_path / "weights.toml"
    file.write_text("[weights]\nhomicides_mx = 1\nus_killed = 10.0\n", encoding="utf-8")
    assert read(file) == WEIGHTS
    with pytest.raises(InputError, match="no such file"):
        read(tmp_path / "other.toml")


def test_the_table_has_a_row_for_each_weight(store: Store) -> None:
    title, table = weighed_table(weigh(store, "border_task_forces", "status_quo", WEIGHTS), messages("en"))
    assert title.startswith("border_task_forces against status_quo by your weights")
    assert len(table.rows) == len(WEIGHTS)
    assert all(len(row.cells) == len(table.columns) for row in table.rows)
