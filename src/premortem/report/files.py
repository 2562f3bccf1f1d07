"""A brief in every format: one HTML file, PDF, Markdown, Excel, and a folder of figures and tables."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

from premortem.errors import InputError, Problem, RunError
from premortem.report.brief import Brief
from premortem.report.figures import style
from premortem.report.markdown import markdown
from premortem.report.page import html, two_pages
from premortem.report.pictures import Figure
from premortem.report.workbook import workbook
from premortem.study.reading import as_words
from premortem.text import target as place
from premortem.wording.tables import unrounded

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge", "brave-browser")
PRINTING_SECONDS = 120


def write(brief: Brief, target: str | Path, *, short: bool = False) -> Path:
    """Write a brief in the format that the ending of its name asks for; a name without ending is a folder.

    ``short``: two pages, as ``.html`` or ``.pdf``.

    Raises
    ------
    InputError : another ending, no such folder, no name of a file, or a library is missing.
    RunError : the file cannot be written, or no browser can print it.
    """
    target = Path(target)
    faces: dict[str, Callable[[], None]] = {
        ".html": lambda: put(target, html(brief).encode()),
        ".pdf": lambda: _print(html(brief), target),
        ".md": lambda: put(target, markdown(brief).encode()),
        ".xlsx": lambda: put(target, workbook(brief)),
        "": lambda: _folder(brief, target),
    }
    if short:
        faces = {
            ".html": lambda: put(target, two_pages(brief).encode()),
            ".pdf": lambda: _print(two_pages(brief), target),
        }
    if target.suffix not in faces:
        allowed = ", ".join(filter(None, faces)) + (", or a folder (no ending)" if "" in faces else "")
        raise InputError(Problem("format", "no such format", found=target.name, allowed=allowed))
    place(target)
    try:
        faces[target.suffix]()
    except OSError as error:
        raise RunError(Problem("storage", f"cannot write {target}: {error.strerror or error}")) from None
    return target


def put(target: Path, content: bytes) -> None:
    """Write a file whole."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.partial")
    try:
        partial.write_bytes(content)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def browser() -> str | None:
    """Return the headless browser of this machine, None if there is none."""
    return next((found for name in BROWSERS if (found := shutil.which(name))), None)


def _print(page: str, target: Path) -> None:
    program = browser()
    if program is None:
        raise RunError(
            Problem(
                "no_browser",
                "a PDF needs Chromium or Chrome, and none was found; install it (Debian: apt-get install chromium), "
                "or open the HTML report in any browser and print it",
            )
        )
    with tempfile.TemporaryDirectory() as folder:
        source, made = Path(folder) / "report.html", Path(folder) / "report.pdf"
        source.write_text(page, encoding="utf-8")
        command = [
            program, "--headless", "--disable-gpu", "--no-pdf-header-footer", "--generate-pdf-document-outline",
            f"--user-data-dir={folder}/profile",
            f"--print-to-pdf={made}", source.as_uri(),
        ]  # fmt: skip
        try:
            _run_browser(command)
            content = made.read_bytes()
        except (subprocess.SubprocessError, OSError) as error:
            raise RunError(Problem("printing", f"{program} could not print the report: {error}")) from None
    put(target, content)


def _run_browser(command: list[str]) -> None:
    """Run a browser in its sandbox; without it only where the system allows none, as for root and in many containers."""
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=PRINTING_SECONDS)
    except subprocess.CalledProcessError:
        outside = [command[0], "--no-sandbox", *command[1:]]
        subprocess.run(outside, check=True, capture_output=True, timeout=PRINTING_SECONDS)


def _folder(brief: Brief, target: Path) -> None:
    if target.exists() and any(target.iterdir()):
        raise InputError(Problem("exists", f"{target} is not empty; name a new or empty folder"))
    put(target / "report.html", html(brief).encode())
    put(target / "report.md", markdown(brief, figures="figures").encode())
    for figure in _figures(brief):
        put(target / "figures" / f"{figure.name}.svg", style.svg(figure.chart).encode())
        put(target / "figures" / f"{figure.name}.png", style.png(figure.chart))
    for plan, statements in brief.statements.items():
        put(target / "tables" / f"{plan}.csv", unrounded(statements).with_columns(as_words()).write_csv().encode())
    if find_spec("xlsxwriter"):  # without it the CSV files stand alone
        put(target / "tables" / "report.xlsx", workbook(brief))


def _figures(brief: Brief) -> Iterator[Figure]:
    yield from brief.shares.values()
    for _, cards in brief.cards:
        for card in cards:
            yield from card.figures
    for page in brief.plans:
        yield page.timeline
        if page.map is not None:
            yield page.map
    yield from (maps.figure for maps in brief.states)
    yield from (one.figure for one in brief.screens if one.figure is not None)
