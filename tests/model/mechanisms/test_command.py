import dataclasses
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from premortem.engine.simulate import Trajectories
from premortem.engine.week import Model
from premortem.model.mechanism import Outcome, Own
from premortem.model.mechanisms.command import COMMAND
from premortem.model.signals import BEGUN, COOPERATION, EFFICIENCY, INCIDENT_FACTOR
from tests.model.given import GROW, median, one_week, scripted, simulate
from tests.model.toys import WEEKS, campaign, first_week, orders, toy_world

SEEN = (
    Outcome("efficiency", lambda view, own, moved: view[EFFICIENCY][0]),
    Outcome("incidents", lambda view, own, moved: view[INCIDENT_FACTOR]),
    Outcome("begun", lambda view, own, moved: view[BEGUN]),
)
MODEL = Model((dataclasses.replace(COMMAND, outcomes=SEEN), GROW, scripted((COOPERATION,))), noise=False)
ALL, NONE = [1.0] * 3, [0.0] * 3


def play(*controls: Any, told: Any = None, **changes: Any) -> Trajectories:
    return simulate(MODEL, controls, told={"cooperation": 1.0} | (told or {}), **changes)


def plan(**changes: Any) -> Any:
    return campaign(1000.0, **changes)


def test_with_all_seams_closed_nothing_is_lost_late_or_confused() -> None:
    closed: dict[str, Any] = {"command_answered_command": 0.0, "command_answered_duties": 0.0}
    told = {"cooperation": [1.0, 1.0]}
    result = play(plan(seam_answered=ALL), orders(seam_answered=ALL), told=told, command_d_max=0.7, **closed)
    assert (result.weekly["efficiency"] == 1).all()
    np.testing.assert_allclose(result.weekly["incidents"], 0.3, rtol=1e-6)
    assert (result.weekly["begun"] == 1).all()


@pytest.mark.parametrize(("f", "efficiency"), [([0.2, 0, 0, 0], 0.8), ([0.2, 0.2, 0, 0], 0.64), ([0, 0, 0, 0.2], 1.0)])
def test_an_open_seam_costs_its_share_and_two_multiply(f: list[float], efficiency: float) -> None:
    assert play(orders(), command_f=[f]).weekly["efficiency"][0, 0] == pytest.approx(efficiency)


def test_open_seams_are_learned_down_to_their_floor_while_the_campaign_lasts() -> None:
    learning: dict[str, Any] = {"command_f": [[0.2, 0, 0, 0]], "command_floor": 0.3, "command_tau": 13.0}
    result = play(plan(), plan(in_force=0.0), **learning)
    opened = 0.3 + 0.7 * np.exp(-1)
    assert opened == pytest.approx(0.5575, abs=1e-4)
    assert result.weekly["efficiency"][0, 12] == pytest.approx(1 - 0.2 * opened, abs=1e-6)
    assert result.weekly["efficiency"][0, 12] == pytest.approx(0.8885, abs=1e-4)
    assert (result.weekly["efficiency"][1] == result.weekly["efficiency"][1, 0]).all()


def test_the_seam_with_the_host_follows_cooperation_and_is_never_learned_away() -> None:
    told = {"cooperation": [0.0, 0.5, 1.0]}
    result = play(plan(), plan(), plan(), told=told, command_f=[[0, 0, 0, 0.2]])
    np.testing.assert_allclose(result.weekly["efficiency"], [[0.8] * WEEKS, [0.9] * WEEKS, [1.0] * WEEKS], rtol=1e-6)


def test_closing_a_seam_never_lowers_effort_and_what_is_open_to_choice_lies_between() -> None:
    answers = [NONE, [1.0, 0, 0], [1.0, 1.0, 0], ALL]
    told = [plan(seam_answered=a) for a in answers]
    levers = plan(levers={"single_supported_commander": 1.0, "written_duties": 1.0})
    unknown = plan(seam_unspecified=ALL)
    start = play(*told, levers, unknown, told={"cooperation": 0.5}, command_f=[[0.1] * 4]).weekly["efficiency"][:, 0]
    assert (np.diff(start[:4]) > 0).all()
    assert start[4] == pytest.approx(start[3])
    assert start[0] < start[5] < start[3]


def test_liaison_closes_part_of_the_seam_with_the_host() -> None:
    liaison = plan(levers={"liaison_with_host": 1.0})
    f: Any = [[0, 0, 0, 0.2]]
    result = play(plan(), liaison, told={"cooperation": 0.0}, command_f=f, command_liaison=0.5)
    np.testing.assert_allclose(result.weekly["efficiency"][:, 0], [0.8, 0.9], rtol=1e-6)


def test_open_seams_lose_deconfliction() -> None:
    told = {"cooperation": 0.8}
    result = play(plan(seam_answered=NONE), told=told, command_d_max=0.5, command_k_dec=0.25, command_tau=1e9)
    assert result.weekly["incidents"][0, 0] == pytest.approx(1 - 0.5 * 0.8 * 0.75)


def test_the_start_slips_by_a_count_of_weeks_and_what_has_begun_has_begun() -> None:
    luck = np.array([0.05, 0.5, 0.95])
    seams: dict[str, Any] = {"command_delay": 2.0, "command_tau": 1e9}
    begun = simulate(MODEL, [plan()] * 3, told={"cooperation": 0.5}, command_slip=luck, **seams).weekly["begun"]
    late = (begun == 0).sum(1)
    np.testing.assert_array_equal(late, np.maximum(stats.poisson(2.0 * 3.5).ppf(luck) - 1, 0))
    assert (np.diff(begun, axis=1) >= 0).all()


def test_each_further_task_force_in_a_region_gets_in_the_way() -> None:
    view = one_week(toy_world(), signals={COOPERATION: 1.0})
    nobody = orders(1, task_forces=3)
    forces = dataclasses.replace(
        first_week(nobody), people=jnp.asarray([100.0, 100.0, 0.0]), reach=jnp.asarray([[1.0, 1.0, 1.0]] * 3)
    )
    controls = dataclasses.replace(nobody, regions=jnp.asarray([[1.0, 1, 0, 0], [0, 1, 1, 0], [0, 1, 1, 1]]))
    alone = {"f": jnp.zeros(4), "overlap": 0.1}
    own = Own(median(COMMAND, toy_world(), **alone), *COMMAND.start(view, median(COMMAND, toy_world())))
    efficiency = COMMAND.signals[EFFICIENCY](dataclasses.replace(view, orders=forces, controls=controls), own)
    np.testing.assert_allclose(efficiency, [1.0, 0.9, 1.0, 1.0], rtol=1e-6)
