"""Both readings in the report: how a campaign unfolds, and its outcomes as carried out beside those that are likely."""

import dataclasses

import pytest

from premortem.analysis.compare import Interval
from premortem.analysis.unfolding import Stop, Unfolding
from premortem.report import page
from premortem.report.brief import Brief
from premortem.report.material import Material
from premortem.wording.languages import messages


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_answer_shows_both_readings_of_a_plan_that_could_be_stopped(material: Material, language: str) -> None:
    t, one = messages(language), material.comparisons[0]
    assert Brief(material, t).readings == {}
    unfolds = Unfolding(80, 0.73, Interval(25, 3, 90), {"support": Stop(0.2, Interval(12, 4, 40))})
    brief = Brief(dataclasses.replace(material, carried_out={one.plan: (unfolds, one)}), t)
    words, table = brief.readings[one.plan]
    assert t("readings.by_support") in words
    for row in table.rows:
        if not row.group:
            assert row.cells[1:3] == row.cells[3:5]
    assert words in page.html(brief)
