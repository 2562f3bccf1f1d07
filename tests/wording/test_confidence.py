"""The word of confidence stands beside every outcome, in both languages and for programs."""

from __future__ import annotations

import numpy as np

from premortem.analysis.compare import line_of
from premortem.evidence import confidence, outcomes
from premortem.wording.languages import messages
from premortem.wording.sentences import statement
from premortem.wording.tables import outcome_table, overview_table, readings_table, unrounded


def test_every_table_and_program_says_how_much_confidence_a_comparison_deserves() -> None:
    line = line_of(outcomes.load()["homicides_mx"], np.array([9.0, 11.0]), np.array([10.0, 10.0]))
    word = confidence.of("homicides_mx").word
    assert line.as_json()["confidence"]["word"] == word
    for language in ("en", "es"):
        t = messages(language)
        one = statement(line, t)
        said = t(f"confidence.{word}")
        tables = (
            outcome_table([one], t),
            outcome_table([one], t, short=True),
            readings_table([one], [one], t, baseline="b"),
            overview_table({"p": [one]}, t, baseline="b"),
        )
        for table in tables:
            (row,) = (row for row in table.rows if not row.group)
            assert said in row.cells[0].below
    assert unrounded([statement(line, messages("en"))])["confidence"].to_list() == [word]
