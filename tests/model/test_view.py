"""What a mechanism asks of the start of a week."""

from __future__ import annotations

import dataclasses
from typing import Any

import jax.numpy as jnp

from premortem.model.mechanism import View

NOTHING: Any = None
VIEW = View(NOTHING, NOTHING, NOTHING, jnp.zeros((), int), 1.0, {}, {}, {}, reader="first")


def test_a_question_is_answered_once_for_each_reader_and_for_what_it_owns() -> None:
    asked: list[tuple[str, object]] = []

    def question(view: View, own: object) -> int:
        asked.append((view.reader, own))
        return len(asked)

    one, other = object(), object()
    assert [VIEW.once(question, one) for _ in range(3)] == [1, 1, 1]
    assert VIEW.once(question, other) == 2  # constants that a second pass has solved are not those before it
    second = dataclasses.replace(VIEW, reader="second")  # what it reads is noted as its own
    assert second.once(question, one) == 3
    assert asked == [("first", one), ("first", other), ("second", one)]
