"""Checks that every flow of the model closes, writes every page and schema made from the code and its data, and says which changed.

scripts/generate
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from premortem.analysis import couplings, exercise_page
from premortem.analysis import readers as traced
from premortem.calibration import forecast_page, hindcast_page
from premortem.calibration.findings import page as findings_page
from premortem.calibration.findings import schema as findings
from premortem.engine.week import check
from premortem.evidence import outcome_page
from premortem.lint import reference
from premortem.plan.language import publish, readers
from premortem.plan.telling import gallery
from premortem.report import research_agenda, what_to_believe
from premortem.wording import glossary

ROOT = Path(__file__).parents[1]
PAGES: Mapping[str, Callable[[], str]] = {
    "src/premortem/data/schema/plan_readers.json": traced.text,
    "docs/exercise.md": exercise_page.page,
    "docs/findings.md": findings_page.page,
    "docs/forecast_2027.md": forecast_page.page,
    "docs/glossary.md": glossary.page,
    "docs/hindcast.md": hindcast_page.page,
    "docs/research_agenda.md": research_agenda.page,
    "docs/what_to_believe.md": what_to_believe.page,
    "docs/gallery.md": gallery.page,
    "docs/model/who_feeds_whom.md": couplings.page,
    "docs/reference/lint_rules.md": reference.page,
    "docs/reference/outcomes.md": outcome_page.page,
    "docs/reference/plan_fields.md": publish.field_table,
    "src/premortem/data/schema/plan.schema.json": publish.json_schema_text,
    "src/premortem/data/schema/findings.schema.json": findings.json_schema_text,
}
"""By its place in the repository, what makes each; the readers of fields first, because pages show them."""


def main() -> None:
    check(*couplings.default())
    for place, make in PAGES.items():
        file, text = ROOT / place, make()
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")
            print(f"changed: {place}")
        readers.readers.cache_clear()


if __name__ == "__main__":
    main()
