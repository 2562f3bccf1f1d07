"""Takes the pictures of the README: ``scripts/screenshots RUN`` writes docs/images/report_*.png."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from premortem.report import brief
from premortem.report.files import browser, write
from premortem.wording.languages import messages

IMAGES = Path(__file__).parent.parent / "docs" / "images"
SHOTS = {"report_answer": "answer", "report_outcomes": "outcomes"}
SIZE = {"width": 1180, "height": 860}


def main(run: str) -> None:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        page_file = write(brief.read(run, messages("en")), Path(folder) / "report.html")
        program = driver.chromium.launch(executable_path=browser(), args=["--no-sandbox"])
        page = program.new_page(viewport=SIZE, reduced_motion="reduce")
        page.goto(page_file.as_uri())
        IMAGES.mkdir(parents=True, exist_ok=True)
        for name, section in SHOTS.items():
            page.evaluate(f"document.getElementById('{section}').scrollIntoView()")
            page.screenshot(path=IMAGES / f"{name}.png")
        program.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
