from premortem.plan.language.load import load
from premortem.report import notebook
from premortem.report.material import Material


def test_a_notebook_shows_a_comparison_with_its_ranges(material: Material) -> None:
    html = notebook.comparison_html(material.comparisons[0])
    assert "Homicides in Mexico, deaths" in html
    assert html.count("<tr>") == 1 + sum(line.outcome.headline for line in material.comparisons[0].lines)


def test_a_notebook_shows_a_plan_with_its_timeline() -> None:
    html = notebook.plan_html(load("border_task_forces"))
    assert "No Go Zone" in html
    assert "<svg" in html
