"""How many people a task force has: stated, counted, or open; the linter, the plan's sheet and the simulation say the same."""

import numpy as np
import pytest

from premortem.lint.plan_view import PlanView
from premortem.plan.language.load import load_text
from premortem.plan.language.sizes import size_is_open
from premortem.plan.telling.overview import people
from tests.plan.controls.test_compile import controls

FORCE = """
schema = 1
title = "Sizes"
source = ["project"]
start = 2026-01-05
duration_weeks = 52

[[task_force]]
id = "one"
base_state = "TX"
reach = ["zone"]
"""


@pytest.mark.parametrize(
    ("lines", "is_open"),
    [
        ("", True),
        ("personnel = 0", False),
        ("units = { delta_force = 3 }", True),
        ("units = { delta_force = 3 }\npersonnel = 300", False),
        ("units = { delta_force = 3, infantry_brigade = 1 }", False),
        ("units = { delta_force = 0 }", False),
        ("units = { infantry_brigade = 'unspecified' }", True),
        ("support_army = 100", False),
    ],
)
def test_a_size_is_open_where_nothing_published_says_it(lines: str, is_open: bool) -> None:
    plan = load_text(FORCE + lines).plan
    (force,) = plan.task_force
    assert size_is_open(plan, force) == is_open
    assert (people(plan, force) == "?") == is_open
    assert PlanView(plan).people(force).exact == (not is_open)


def test_a_force_of_units_of_unpublished_size_has_people_in_every_future() -> None:
    sent = np.asarray(controls(FORCE[FORCE.index("[[") :] + "units = { delta_force = 3 }").orders.people)
    assert (sent.max(axis=(1, 2, 3)) > 0).all()
