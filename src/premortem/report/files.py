"""A report in every format: one HTML file, PDF, Markdown, and a folder of figures and tables."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from premortem.analysis.compare import Comparison
from premortem.errors import InputError, Problem, RunError
from premortem.report import page, pictures, state_maps
from premortem.report.brief import Material
from premortem.report.figures import style
from premortem.wording.languages import Messages
from premortem.wording.sentences import After, said

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge", "brave-browser")
PRINTING_SECONDS = 120
SUFFIXES = (".html", ".md", ".pdf", "")


def write(material: Material, target: str | Path, t: Messages) -> Path:
    """Write a report in the format that the ending of its name asks for; a name without ending is a folder.

    Raises
    ------
    InputError : another ending.
    RunError : the file cannot be written, or no browser can print it.
    """
    target = Path(target)
    if target.suffix not in SUFFIXES:
        raise InputError(
            Problem("format", "no such format", found=target.name, allowed=".html, .pdf, .md, or a folder (no ending)")
        )
    try:
        if target.suffix == ".html":
            _put(target, page.html(material, t).encode())
        elif target.suffix == ".md":
            _put(target, markdown(material, t).encode())
        elif target.suffix == ".pdf":
            _print(page.html(material, t), target)
        else:
            _folder(material, target, t)
    except OSError as error:
        raise RunError(Problem("storage", f"cannot write {target}: {error.strerror or error}")) from None
    return target


def _put(target: Path, content: bytes) -> None:
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


def _print(html: str, target: Path) -> None:
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
        source.write_text(html, encoding="utf-8")
        command = [
            program, "--headless", "--disable-gpu", "--no-sandbox", "--no-pdf-header-footer", "--generate-pdf-document-outline",
            f"--user-data-dir={folder}/profile",
            f"--print-to-pdf={made}", source.as_uri(),
        ]  # fmt: skip
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=PRINTING_SECONDS)
            content = made.read_bytes()
        except (subprocess.SubprocessError, OSError) as error:
            raise RunError(Problem("printing", f"{program} could not print the report: {error}")) from None
    _put(target, content)


def markdown(material: Material, t: Messages, *, figures: str = "") -> str:
    """Return the report's text and tables as Markdown.

    Parameters
    ----------
    figures : folder of the pictures beside it, if they are to be shown.
    """
    return "\n".join(_lines(page.context(material, t, drawn=False), material, t, figures)) + "\n"


def _lines(content: dict[str, Any], material: Material, t: Messages, figures: str) -> Iterator[str]:
    yield f"# {_plain(content['heading'])}"
    yield f"\n{t('futures_of', futures=content['futures'], years=material.provenance.years)}\n"
    if material.partial:
        yield (
            f"**{t('partial')}.** {t('partial_text')} "
            + " ".join(_plain(t(key, **v)) for key, v in material.partial)
            + "\n"
        )
    yield f"## {t('section.question')}\n\n{_plain(content['question'])}\n\n{t('question.reading')}\n"
    yield f"## {t('section.answer')}\n"
    for result in content["answers"]:
        yield f"{_plain(result.lead)}\n"
        for kind in ("better", "worse", "open", "same"):
            if entries := getattr(result, kind):
                yield f"### {t(f'answer.{kind}')}\n"
                yield from (f"- **{s.title}**: {s.sentence}" for s in entries)
                yield ""
    yield f"{t('answer.caution')}\n"
    for plan, groups, _ in content["tables"]:
        yield f"## {t('outcomes.table')}: {_plain(content['parts'][plan].title)}\n"
        if figures:
            yield f"![]({figures}/{plan}_shares.svg)\n"
        heads = [t(f"outcomes.{key}") for key in ("name", "baseline", "plan", "change", "share")]
        yield f"| {' | '.join(heads)} |\n|---|---:|---:|---:|---:|"
        for _, lines in groups:
            for s in lines:
                cells = [
                    f"{s.title}, {s.measure}",
                    *(f"{a} ({b})" if b else a for a, b in (s.baseline, s.plan, s.difference)),
                    s.better,
                ]
                yield f"| {' | '.join(_plain(cell) for cell in cells)} |"
        yield f"\n{t('outcomes.note')}\n"
    yield from _aftermaths(content["aftermaths"], t)
    for planned in content["planned"]:
        yield f"## {t('section.lint')}: {_plain(planned['part'].title)}\n"
        for severity, found in planned["findings"]:
            yield f"### {t(f'lint.{severity}')}\n"
            yield from (f"- {f.code} {_plain(f.message)} ({_plain(f.rule.citation)})" for f in found)
            yield ""
    yield f"## {t('section.claims')}\n\n{t('claims.text')}\n"
    for claim in content["entries"].claims:
        yield f"- {_plain(claim.paraphrase)} **{t.named('verdict', claim.verdict)}.** {_plain(claim.finding)}"
    yield f"\n## {t('section.limits')}\n"
    yield from (f"- {_plain(text)}" for text in content["limits"])
    yield f"\n## {t('section.provenance')}\n"
    yield from (f"- {_plain(key)}: `{value}`" for key, value in content["provenance"])
    yield f"\n## {t('section.references')}\n"
    for source in content["entries"].sources:
        yield f"- {_plain(source.authors)} ({source.year or '-'}). {_plain(source.title)}. {_plain(source.publisher)}. {source.url}"


def _aftermaths(found: list[After], t: Messages) -> Iterator[str]:
    if found:
        yield f"## {t('section.aftermath')}\n\n{t('aftermath.text')}\n"
    for after in found:
        yield from _after(after, t)


def _after(after: After, t: Messages) -> Iterator[str]:
    """Yield a plan's aftermath, a table a year."""
    yield f"### {_plain(after.title)}\n\n{_plain(after.ends)}\n"
    heads = [*(t(f"outcomes.{key}") for key in ("name", "baseline", "plan", "change", "share")), t("aftermath.lasts")]
    for year, held, lines in after.years:
        yield f"#### {year}\n\n{held}\n"
        if not lines:
            continue
        yield f"| {' | '.join(heads)} |\n|---|---:|---:|---:|---:|---:|"
        for left in lines:
            s = left.said
            cells = [
                f"{s.title}, {s.measure}, {t(f'aftermath.{s.line.outcome.summary}')}",
                *(f"{a} ({b})" for a, b in (s.baseline, s.plan, s.difference)),
                f"{s.better} ({t('aftermath.during', share=left.during)})",
                f"{left.lasts} ({t('aftermath.debt', kept=left.debt)})",
            ]
            yield f"| {' | '.join(_plain(cell) for cell in cells)} |"
        yield f"\n{t('aftermath.note')}\n"


def _plain(text: str) -> str:
    """Return text that Markdown shows as it is: no tags, no cells, no links of its own."""
    return re.sub(r"([\\`*_\[\]<>|#])", r"\\\1", text.replace("\n", " "))


def _folder(material: Material, target: Path, t: Messages) -> None:
    if target.exists() and any(target.iterdir()):
        raise InputError(Problem("exists", f"{target} is not empty; name a new or empty folder"))
    _put(target / "report.html", page.html(material, t).encode())
    _put(target / "report.md", markdown(material, t, figures="figures").encode())
    for figure in _figures(material, t):
        _put(target / "figures" / f"{figure.name}.svg", style.svg(figure.chart).encode())
        _put(target / "figures" / f"{figure.name}.png", style.png(figure.chart))
    frames = {c.plan: table(c, t) for c in material.comparisons}
    for plan, frame in frames.items():
        _put(target / "tables" / f"{plan}.csv", frame.write_csv().encode())
    _excel(frames, target / "tables" / "outcomes.xlsx")


def _figures(material: Material, t: Messages) -> Iterator[pictures.Figure]:
    parts = {part.id: part for part in material.plans}
    for comparison in material.comparisons:
        yield pictures.shares_figure(material, parts[comparison.plan], t)
    for line in material.comparisons[0].lines:
        if line.outcome.headline:
            yield from pictures.outcome_figures(material, said(line, t), t)
    for part in material.plans:
        if part.loaded is not None:
            yield pictures.timeline_figure(part, t)
            if (found := pictures.map_figure(part, t)) is not None:
                yield found
    yield from (figure for figure, _, _ in state_maps.by_year(material, t))
    yield from (figure for _, _, figure in pictures.screens(material, t) if figure is not None)


def table(comparison: Comparison, t: Messages) -> pl.DataFrame:
    """Return every outcome of a comparison, unrounded."""
    rows = []
    for line in comparison.lines:
        entry = line.as_json()
        flat = {"id": entry["id"], "title": said(line, t).title, "unit": entry["unit"], "direction": entry["direction"]}
        for name in ("baseline", "plan", "difference"):
            flat |= {f"{name}_{key}": value for key, value in entry[name].items()}
        rows.append(flat | {"share_better": entry["share_better"], "share_same": entry["share_same"]})
    return pl.DataFrame(rows, infer_schema_length=None)


def _excel(frames: dict[str, pl.DataFrame], target: Path) -> None:
    """Write one sheet a plan; without the library for it the CSV files stand alone."""
    try:
        import xlsxwriter
    except ImportError:
        return
    partial = target.with_name(f".{target.stem}.partial.xlsx")
    with xlsxwriter.Workbook(partial) as book:
        for number, (plan, frame) in enumerate(frames.items(), 1):
            frame.write_excel(book, f"{number} {re.sub(r'[^A-Za-z0-9_ -]', '', plan)[:26]}", autofit=True)
    partial.replace(target)
