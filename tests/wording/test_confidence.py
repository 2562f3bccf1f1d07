"""The word of confidence stands beside every outcome, in both languages and for programs."""

from __future__ import annotations

import numpy as np

from premortem.analysis.compare import Comparison, line_of
from premortem.evidence import confidence, outcomes
from premortem.wording.languages import messages
from premortem.wording.sentences import statement, statements
from premortem.wording.short_answer import Abreast, abreast_tables
from premortem.wording.tables import outcome_table, readings_table, unrounded


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
            *abreast_tables(
                ["homicides_mx"], [Abreast("p", "p", (Comparison("p", "b", 2, {}, (line,)),))], 5, t, whole=True
            ),
        )
        for table in tables:
            (row,) = (row for row in table.rows if not row.group)
            assert said in row.cells[0].below
    assert unrounded([statement(line, messages("en"))])["confidence"].to_list() == [word]


def test_two_readings_of_one_outcome_are_never_shown_in_two_units_under_one_name() -> None:
    info, t = outcomes.load()["fiscal_cost"], messages("en")
    billions = line_of(info, np.array([2.0e9, 2.2e9]), np.array([1.0e9, 1.0e9]))
    millions = line_of(info, np.array([3.0e8, 3.2e8]), np.array([2.0e7, 2.0e7]))
    first, second = statements([billions, millions], t)
    assert first.change == second.change == "billion USD"
    assert second.difference.average.startswith("+0.29")
    table = readings_table([statement(billions, t)], [statement(millions, t)], t, baseline="b")
    (row,) = (row for row in table.rows if not row.group)
    assert row.cells[1].text.startswith("+1.1")
    assert row.cells[3].text == "+290.0 million USD"
