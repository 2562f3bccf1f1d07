import pytest

from premortem.evidence import ledger, outcomes
from premortem.model.mechanisms.registry import MECHANISMS


def test_every_outcome_of_the_model_is_in_the_table_with_the_same_shape() -> None:
    table = outcomes.load()
    for mechanism in MECHANISMS:
        for outcome in mechanism.outcomes:
            assert outcome.id in table, (
                f"{mechanism.name} reports {outcome.id}, which data/outcomes.toml does not define"
            )
            info = table[outcome.id]
            assert bool(outcome.labels) == info.regional, outcome.id
            assert outcome.flow == (info.summary in {"total", "yearly"}), outcome.id


def test_an_outcome_that_is_recorded_names_a_table_of_the_ledger() -> None:
    tables = ledger.load().tables
    named = [info.series for info in outcomes.load().values() if info.series]
    assert len(named) >= 2
    assert [series for series in named if series not in tables] == []


def test_an_outcome_without_direction_is_not_a_loss_in_people() -> None:
    for info in outcomes.load().values():
        if info.direction == "none":
            assert info.group != "harm", info.id


@pytest.mark.parametrize("group", ["security", "harm", "drugs", "arms", "money", "politics", "economy"])
def test_every_group_has_a_headline(group: str) -> None:
    assert any(info.headline and info.group == group for info in outcomes.load().values())
