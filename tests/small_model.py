"""A part of the model that compiles in seconds, for tests of what stands around it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from premortem.analysis.couplings import couplings
from premortem.model.mechanism import Mechanism
from premortem.model.mechanisms.recruitment import RECRUITMENT
from premortem.model.mechanisms.rivalry import RIVALRY
from premortem.study import experiment

SMALL_MODEL = (RECRUITMENT, RIVALRY)


@contextmanager
def simulating(mechanisms: tuple[Mechanism, ...]) -> Iterator[None]:
    """Let studies simulate these mechanisms, and forget what was made for others."""
    remembered = (experiment.parameters_of, experiment._drawn, couplings)

    def forget() -> None:
        for cached in remembered:
            cached.cache_clear()

    with patch.object(experiment, "MECHANISMS", mechanisms):
        forget()
        yield
    forget()
