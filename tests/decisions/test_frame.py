import subprocess
import sys
import textwrap

import numpy as np
import pytest

from premortem.decisions.frame import group_of, read, readings
from premortem.errors import InputError
from tests.decisions.made import made

FUTURES = 40
NUMBERS = np.arange(FUTURES, dtype=float)
PLAIN = {"status_quo": {"members": NUMBERS}, "b": {"members": NUMBERS + 2}}


def test_a_frame_pairs_plans_by_future_and_leaves_out_and_counts_those_that_failed_under_any() -> None:
    found = read(made(PLAIN, {"p.x": NUMBERS}, faults={"b": {3: "week 2: rivalry"}, "status_quo": {3: "week 9: arms"}}))
    assert found.baseline == "status_quo"
    assert (len(found), 3 in found.futures, found.failed) == (FUTURES - 1, False, {"week 2: rivalry": 1})
    assert (found.difference("members", "b") == 2).all()
    assert found.inputs["p.x"].tolist() == found.futures.tolist()


def test_more_than_one_failure_in_twenty_is_refused_because_the_rest_may_be_another_population() -> None:
    with pytest.raises(InputError, match="too many futures failed") as error:
        read(made(PLAIN, faults={"b": dict.fromkeys(range(3), "week 1: arms")}))
    assert "3 of 40" in str(error.value)


def test_a_field_that_two_plans_leave_open_is_one_input_and_words_become_columns() -> None:
    words = ["ask", "go"] * (FUTURES // 2)
    found = read(made(PLAIN, left_open={"b": {"consent.if_refused": words, "start": NUMBERS}}))
    assert set(found.words) == {"open.consent.if_refused"}
    assert found.numbers()["open.consent.if_refused=go"].tolist() == [0.0, 1.0] * (FUTURES // 2)
    assert group_of("open.consent.if_refused=go") == "plan: consent"
    assert "open.start" in found.inputs


def test_what_a_study_lacks_is_named_with_what_it_has() -> None:
    for asked, said in (({"outcomes": ["member"]}, "did you mean 'members'"), ({"plans": ["c"]}, "no such plan")):
        with pytest.raises(InputError, match=said):
            read(made(PLAIN), **asked)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="keeps no draws"):
        read(made(PLAIN)).require_inputs()


def test_a_study_in_which_nobody_could_stop_a_plan_has_one_reading() -> None:
    assert readings(made(PLAIN)) == ("as_likely",)
    both = made(PLAIN, carried_out={"b": {"members": NUMBERS + 7}})
    assert readings(both) == ("as_likely", "carried_out")
    assert read(both, reading="carried_out").difference("members", "b").mean() == 7


def test_decisions_load_no_engine() -> None:
    code = """
        import sys
        import premortem.decisions.conditions, premortem.decisions.robustness
        assert "jax" not in sys.modules
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=True)
