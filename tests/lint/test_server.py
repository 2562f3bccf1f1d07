"""The language server, spoken to as an editor does: a process, messages over its standard input and output."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import pytest

pytest.importorskip("pygls", reason="needs premortem[lsp]")

PLAN = """\
schema = 1
title = "Mine"
source = ["project"]
extends = "border_task_forces"
summary = "A narrow zone."

[zone]
depth_miles = 5
kind = "presence"
"""


class Editor:
    """One end of the conversation."""

    def __init__(self, into: IO[bytes], out: IO[bytes]) -> None:
        self.into, self.out, self.asked = into, out, 0

    def send(self, method: str, params: dict[str, Any], **more: Any) -> None:
        content = json.dumps({"jsonrpc": "2.0", "method": method, "params": params, **more}).encode()
        self.into.write(b"Content-Length: %d\r\n\r\n%s" % (len(content), content))
        self.into.flush()

    def received(self) -> dict[str, Any]:
        length = 0
        while (line := self.out.readline().strip()) or not length:
            assert line or not length
            if line.lower().startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
        message: dict[str, Any] = json.loads(self.out.read(length))
        return message

    def ask(self, method: str, params: dict[str, Any]) -> Any:
        self.asked += 1
        self.send(method, params, id=self.asked)
        while (message := self.received()).get("id") != self.asked:
            pass
        return message["result"]

    def marks(self) -> list[dict[str, Any]]:
        while (message := self.received()).get("method") != "textDocument/publishDiagnostics":
            pass
        found: list[dict[str, Any]] = message["params"]["diagnostics"]
        return found


@pytest.fixture(scope="module")
def editor() -> Iterator[Editor]:
    command = [sys.executable, "-m", "premortem", "lint", "--lsp"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        made = Editor(process.stdin, process.stdout)
        offered = made.ask("initialize", {"processId": None, "rootUri": None, "capabilities": {}})
        assert offered["serverInfo"]["name"] == "premortem"
        made.send("initialized", {})
        yield made
        made.ask("shutdown", {})
        made.send("exit", {})
        assert process.wait(20) == 0


@pytest.fixture(scope="module")
def document(editor: Editor, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    uri = Path(tmp_path_factory.mktemp("plans") / "mine.toml").as_uri()
    opened = {"uri": uri, "languageId": "toml", "version": 1, "text": PLAN}
    editor.send("textDocument/didOpen", {"textDocument": opened})
    assert editor.marks() != []
    return {"uri": uri}


def changed(editor: Editor, document: dict[str, str], text: str) -> list[dict[str, Any]]:
    params = {"textDocument": document | {"version": 2}, "contentChanges": [{"text": text}]}
    editor.send("textDocument/didChange", params)
    return editor.marks()


def at(document: dict[str, str], line: int, column: int) -> dict[str, Any]:
    return {"textDocument": document, "position": {"line": line, "character": column}}


def test_findings_and_faults_are_marked_at_their_place(editor: Editor, document: dict[str, str]) -> None:
    (fault,) = changed(editor, document, PLAN.replace("depth_miles", "depth_mile"))
    assert (fault["code"], fault["severity"], fault["range"]["start"]) == (
        "unknown_key",
        1,
        {"line": 7, "character": 0},
    )
    assert "did you mean depth_miles" in fault["message"]
    found = changed(editor, document, PLAN)
    assert found
    lines = PLAN.splitlines()
    assert all(mark["code"][:2].isupper() and mark["range"]["end"]["line"] < len(lines) for mark in found)
    left_out = changed(editor, document, f"# lint: ignore {found[0]['code']} because it is a sketch\n{PLAN}")
    assert found[0]["code"] not in {mark["code"] for mark in left_out}
    changed(editor, document, PLAN)


def test_a_line_separator_in_a_comment_moves_no_mark(editor: Editor, document: dict[str, str]) -> None:
    text = "# from a word processor\u2028and on\n" + PLAN
    (fault,) = changed(editor, document, text.replace("depth_miles", "depth_mile"))
    assert fault["range"] == {"start": {"line": 8, "character": 0}, "end": {"line": 8, "character": len("depth_mile")}}
    changed(editor, document, text)
    told = editor.ask("textDocument/hover", at(document, 8, 3))["contents"]["value"]
    assert told.startswith("zone.depth_miles: ")
    changed(editor, document, PLAN)


def test_what_a_field_means_is_shown_under_the_pointer(editor: Editor, document: dict[str, str]) -> None:
    told = editor.ask("textDocument/hover", at(document, 7, 3))["contents"]["value"]
    assert told.startswith("zone.depth_miles: ")
    assert editor.ask("textDocument/hover", at(document, 5, 0)) is None


def test_findings_of_an_earlier_text_are_not_shown_in_one_that_cannot_be_read(
    editor: Editor, document: dict[str, str]
) -> None:
    found = changed(editor, document, PLAN)
    place = at(document, found[0]["range"]["start"]["line"], 0)
    meant = str(editor.ask("textDocument/hover", place))
    assert found[0]["code"] in meant
    changed(editor, document, PLAN + "nothing = 1\n")
    assert found[0]["code"] not in str(editor.ask("textDocument/hover", place))
    changed(editor, document, PLAN)


def test_keys_and_values_are_completed(editor: Editor, document: dict[str, str]) -> None:
    changed(editor, document, PLAN + "s\n")
    offered = {item["label"] for item in editor.ask("textDocument/completion", at(document, 9, 1))}
    assert {"states", "side", "depth_miles"} <= offered
    assert "task_force" not in offered, "a key of the zone, not of the plan"
    values = editor.ask("textDocument/completion", at(document, 8, 8))
    assert {item["label"] for item in values} == {"exclusion", "presence", "screening"}
    assert {item["insertText"] for item in values} == {"exclusion", "presence", "screening"}, "the marks are there"
    changed(editor, document, PLAN)
