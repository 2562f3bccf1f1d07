"""Plans and comparisons as a notebook shows them: ``%load_ext premortem.report.notebook``."""

from __future__ import annotations

from html import escape
from typing import Any

from premortem.analysis.compare import Comparison, headlines
from premortem.analysis.unfolding import Unfolding
from premortem.plan.language.load import LoadedPlan
from premortem.plan.telling.overview import bars
from premortem.report.figures import plans, style
from premortem.wording.languages import messages
from premortem.wording.sentences import statement, unfolding_sentence
from premortem.wording.tables import Table, outcome_table, readings_table


def load_ipython_extension(shell: Any) -> None:
    """Teach a notebook to show plans and comparisons (called by ``%load_ext``)."""
    formatter = shell.display_formatter.formatters["text/html"]
    formatter.for_type(LoadedPlan, plan_html)
    formatter.for_type(Comparison, comparison_html)


def plan_html(loaded: LoadedPlan) -> str:
    """Return a plan's title, summary and timeline."""
    plan, t = loaded.plan, messages("en")
    chart = plans.timeline(
        list(bars(plan)), plan.horizon_weeks, t("plan.weeks"), (t("plan.end_stated"), t("plan.end_open"))
    )
    return f"<h3>{escape(plan.title)}</h3><p>{escape(plan.summary or '')}</p>{style.svg(chart)}"


def comparison_html(
    comparison: Comparison, unfolding: Unfolding | None = None, carried_out: Comparison | None = None
) -> str:
    """Return the headline outcomes of a comparison as a table, and in both readings where the plan could be stopped."""
    t = messages("en")
    shown, written = (
        [statement(line, t) for line in headlines(each.lines)] if each else [] for each in (comparison, carried_out)
    )
    table = outcome_table(shown, t)
    parts = [_table(table, f"{t.count('future', comparison.futures)}. {table.note}")]
    if unfolding is not None and written:
        both = readings_table(written, shown, t, baseline=comparison.baseline)
        words = unfolding_sentence(unfolding, t)
        parts += [f"<h4>{escape(t('readings.title'))}</h4><p>{escape(words)}</p>", _table(both, both.note)]
    return "".join(parts)


def _table(table: Table, note: str) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in table.columns)
    body = "".join(
        f"<tr><th>{escape(first.text)}{f', {escape(first.below)}' if first.below else ''}</th>"
        + "".join(f"<td>{escape(cell.text)}<br><small>{escape(cell.below)}</small></td>" for cell in cells)
        + "</tr>"
        for first, *cells in (row.cells for row in table.rows if not row.group)
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table><p>{escape(note)}</p>"
