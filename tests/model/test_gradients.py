import json
import subprocess
import sys

import pytest

from premortem.model.mechanisms.registry import MECHANISMS
from premortem.model.parameters import names


@pytest.mark.slow
def test_gradients_of_smooth_outcomes_by_every_parameter_of_the_full_model_are_those_of_small_steps() -> None:
    found = json.loads(
        subprocess.run(
            [sys.executable, "-m", "tests.model.gradients"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    )
    assert found["not_finite"] == []
    assert found["apart"] == []
    assert found["checked"] == len(names(MECHANISMS))
