"""Makes a gallery of finished reports: ``scripts/reports FOLDER [FUTURES]``, each packaged plan against the status quo.

FOLDER gets for each plan its report and its brief in English and Spanish, and an index. What was simulated before comes from the user's
cache.
"""

from __future__ import annotations

import sys
from html import escape
from pathlib import Path

import premortem as pm

BASELINE = "status_quo"
LANGUAGES = {"en": "", "es": "_es"}


def main(folder: Path, futures: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for plan in pm.plans():
        if (name := plan.id) == BASELINE:
            continue
        made = pm.compare(plan, BASELINE, futures=futures)
        links = []
        for language, ending in LANGUAGES.items():
            for kind, brief in (("report", False), ("brief", True)):
                file = made.report(folder / f"{name}{ending}_{kind}.html", lang=language, brief=brief)
                links.append(f'<a href="{file.name}">{kind}, {language}</a>')
        rows.append(f"<li>{escape(plan.title)}: {', '.join(links)}</li>")
        print(name)
    page = f'<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Premortem: reports</title><ul>{"".join(rows)}</ul></html>'
    (folder / "index.html").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 200)
