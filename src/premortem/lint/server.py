"""A language server for plan files: findings as one types, what a field or rule means under the pointer, names to complete.

Speaks the Language Server Protocol over standard input and output (``premortem lint --lsp``), with pygls.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from lsprotocol import types as lsp
from pygls.lsp.server import LanguageServer
from pygls.uris import to_fs_path

from premortem import __version__
from premortem.errors import InputError, Problem
from premortem.lint.choosing import chosen, reasons
from premortem.lint.engine import lint
from premortem.lint.finding import Finding
from premortem.lint.show import explanation
from premortem.plan.language import catalogue
from premortem.plan.language.fields import Field, fields, keys, tables
from premortem.plan.language.kinds import Word
from premortem.plan.language.load import LoadedPlan, load_text
from premortem.text import lines as lines_of

HEADER = re.compile(r"\s*\[\[?\s*([A-Za-z_.]+)\s*\]")
KEY = re.compile(r"\s*([A-Za-z_][\w.]*)\s*=")
GRAVITY = {
    "violation": lsp.DiagnosticSeverity.Error,
    "exposure": lsp.DiagnosticSeverity.Warning,
    "needs-authority": lsp.DiagnosticSeverity.Information,
    "notice": lsp.DiagnosticSeverity.Hint,
}


class Server(LanguageServer):
    """Plans that are open in an editor, as they were when they could last be read."""

    def __init__(self) -> None:
        super().__init__("premortem", __version__, text_document_sync_kind=lsp.TextDocumentSyncKind.Full)
        self.plans: dict[str, LoadedPlan] = {}
        self.findings: dict[str, tuple[Finding, ...]] = {}

    def check(self, uri: str) -> None:
        """Lint a document and publish what is found on its own lines."""
        document = self.workspace.get_text_document(uri)
        file, lines = to_fs_path(uri) or uri, lines_of(document.source)
        try:
            plan = load_text(document.source, file, Path(file).parent)
            found = chosen(lint(plan), (), tuple(reasons(plan)))
        except InputError as error:
            self.findings.pop(uri, None)  # their lines are those of an earlier text
            marks = [_of_problem(one, lines) for one in error.problems if one.where.file in {file, ""}]
        else:
            self.plans[uri] = plan
            self.findings[uri] = tuple(one for one in found if one.where.file == file)
            marks = [_of_finding(one, lines) for one in self.findings[uri]]
        self.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(uri, marks))


def made() -> Server:
    """Return a server that is not started yet."""
    server = Server()

    @server.feature(lsp.TEXT_DOCUMENT_DID_OPEN)
    def _opened(asked: lsp.DidOpenTextDocumentParams) -> None:
        server.check(asked.text_document.uri)

    @server.feature(lsp.TEXT_DOCUMENT_DID_CHANGE)
    def _changed(asked: lsp.DidChangeTextDocumentParams) -> None:
        server.check(asked.text_document.uri)

    @server.feature(lsp.TEXT_DOCUMENT_HOVER)
    def _hovered(asked: lsp.HoverParams) -> lsp.Hover | None:
        uri, line = asked.text_document.uri, asked.position.line
        row = field_at(server.workspace.get_text_document(uri).source, line)
        told = [] if row is None else [_about(row)]
        told += [explanation(one.rule) for one in server.findings.get(uri, ()) if one.where.line == line + 1]
        return lsp.Hover(lsp.MarkupContent(lsp.MarkupKind.PlainText, "\n\n".join(told))) if told else None

    @server.feature(lsp.TEXT_DOCUMENT_COMPLETION, lsp.CompletionOptions(trigger_characters=['"', "="]))
    def _completed(asked: lsp.CompletionParams) -> list[lsp.CompletionItem]:
        text = server.workspace.get_text_document(asked.text_document.uri).source
        plan = server.plans.get(asked.text_document.uri)
        return list(words_at(text, asked.position.line, asked.position.character, plan))

    return server


def serve() -> None:
    """Serve one editor until it hangs up."""
    made().start_io()


def table_at(text: str, line: int) -> str:
    """Return the table of the field table that a line (from 0) stands in: ``""`` the top, ``task_force[]`` an element."""
    above = lines_of(text)[: line + 1]
    header = next((found[1] for one in reversed(above) if (found := HEADER.match(one))), "")
    return f"{header}[]" if f"{header}[]" in tables() else header


def field_at(text: str, line: int) -> Field | None:
    """Return the field that a line (from 0) states, if it states one."""
    lines = lines_of(text)
    key = KEY.match(lines[line]) if line < len(lines) else None
    return None if key is None else fields().get(f"{table_at(text, line)}.{key[1]}".lstrip("."))


def words_at(text: str, line: int, column: int, plan: LoadedPlan | None) -> Iterator[lsp.CompletionItem]:
    """Yield what can stand at a place: values of its field behind an equals sign, else keys of its table."""
    lines = lines_of(text)
    before = lines[line][:column] if line < len(lines) else ""
    if KEY.match(before):
        row = field_at(text, line)
        kind, _, rest = row.kind.partition(":") if row else ("", "", "")
        name = rest.partition(" ")[0] if kind in {"enum", "list"} else kind if kind in Word.own_notation else ""
        if name:
            glossary = plan.plan.glossary if plan else catalogue.default_glossary()
            quote = "" if before.count('"') % 2 else '"'
            for word, meaning in catalogue.vocabulary(name, glossary).words.items():
                inserted = f"{quote}{word}{quote}"
                yield lsp.CompletionItem(word, detail=meaning, insert_text=inserted, kind=lsp.CompletionItemKind.Value)
    else:
        table = table_at(text, line)
        for key in keys(table):
            told = fields().get(f"{table}.{key}".lstrip("."))
            detail = told.meaning if told else "a table"
            yield lsp.CompletionItem(key, detail=detail, insert_text=f"{key} = ", kind=lsp.CompletionItemKind.Field)


def _about(row: Field) -> str:
    default = f"\nLeft out: {row.default}" if row.default else ""
    law = f"\nLeft open: {row.law}" if row.law else ""
    return f"{row.path}: {row.kind}\n{row.meaning}{default}{law}"


def _of_problem(one: Problem, lines: list[str]) -> lsp.Diagnostic:
    more = [f"found {one.found}"] * bool(one.found) + [f"allowed: {one.allowed}"] * bool(one.allowed)
    more += [f"did you mean {one.nearest}?"] * bool(one.nearest)
    message = "; ".join([one.message, *more])
    place = _place(one.where.line, one.where.column, lines)
    return lsp.Diagnostic(place, message, severity=lsp.DiagnosticSeverity.Error, code=one.kind, source="premortem")


def _of_finding(one: Finding, lines: list[str]) -> lsp.Diagnostic:
    message = one.message + (f" ({one.rule.citation})" if one.rule.citation else "")
    place, gravity = _place(one.where.line, one.where.column, lines), GRAVITY[one.severity]
    return lsp.Diagnostic(place, message, severity=gravity, code=one.code, source="premortem")


def _place(line: int, column: int, lines: list[str]) -> lsp.Range:
    """Return the range from a place (from 1) to the end of what is written there."""
    number, first = max(line - 1, 0), max(column - 1, 0)
    rest = lines[number][first:] if number < len(lines) else ""
    length = len(re.split("[=#]", rest, maxsplit=1)[0].rstrip()) or len(rest)
    return lsp.Range(lsp.Position(number, first), lsp.Position(number, first + length))
