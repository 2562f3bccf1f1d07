import pytest

from premortem.analysis import balance
from premortem.analysis.balance import Reason, Share, reason, shares
from premortem.analysis.compare import compare
from premortem.evidence import load as load_evidence
from premortem.evidence import outcomes, parameters
from premortem.plan.language import packaged
from tests.analysis.test_compare import table

MEMBERS = outcomes.load()["members"]


def share(better: float, worse: float) -> Share:
    return Share("zone_only", MEMBERS, better, worse, 1 - better - worse)


def test_shares_of_better_worse_and_same_sum_to_one_and_outcomes_without_direction_are_left_out() -> None:
    both = table(
        a={"members": [1.0, 2.0, 3.0, 4.0], "campaign_weeks": [0.0] * 4},
        b={"members": [0.0, 2.0, 4.0, 5.0], "campaign_weeks": [1.0] * 4},
    )
    (found,) = shares([compare(both, "b", "a")])
    assert (found.plan, found.outcome.id) == ("b", "members")
    assert (found.better, found.worse, found.same) == (0.25, 0.5, 0.25)


@pytest.mark.parametrize(
    ("better", "worse", "scarce"),
    [
        (0.5, 0.5, None),
        (0.05, 0.95, None),
        (0.04, 0.96, "better"),
        (0.96, 0.04, "worse"),
        (0.04, 0.1, "better"),
        (0.02, 0.02, None),  # the plan hardly moves the outcome: nothing is one-sided
    ],
)
def test_a_side_is_scarce_under_five_per_cent_where_the_plan_moves_the_outcome(
    better: float, worse: float, scarce: str | None
) -> None:
    assert share(better, worse).scarce == scarce


def test_a_reason_is_found_by_pattern_and_side_and_the_first_one_holds() -> None:
    known = [
        Reason(outcomes=("us_*",), side="better", kind="definition", why="other outcome"),
        Reason(outcomes=("members",), side="worse", kind="definition", why="other side"),
        Reason(outcomes=("members",), plans=("kingpin",), side="better", kind="definition", why="other plan"),
        Reason(outcomes=("mem*",), plans=("zone_*",), side="better", kind="assumption", why="this"),
        Reason(outcomes=("*",), side="better", kind="evidence", why="later"),
    ]
    found = reason(share(0, 1), known)
    assert found is not None
    assert found.why == "this"
    assert reason(share(0.5, 0.5), known) is None
    assert reason(share(1, 0), known[:1]) is None
    assert balance.as_json(share(1, 0), [])["reason"] is None


def test_packaged_reasons_name_what_exists() -> None:
    known = {**load_evidence().records, **parameters.load()}
    for one in balance.reasons():
        assert one.kind == "definition" or one.rests_on
        assert set(one.rests_on) <= set(known), set(one.rests_on) - set(known)
        for pattern in one.outcomes:
            assert any(
                Reason(outcomes=(pattern,), side="better", kind="definition", why="").holds("", id_, "better")
                for id_ in outcomes.load()
            )
        for pattern in one.plans:
            assert any(
                Reason(outcomes=("*",), plans=(pattern,), side="better", kind="definition", why="").holds(
                    name, "x", "better"
                )
                for name in packaged.names()
            )
