"""The exact run beside the levers, in Node with a made-up server: replies that overtake each other are told in their order."""

import shutil
import subprocess
from pathlib import Path

import pytest

from premortem.evidence.reading import data

NODE = shutil.which("node")
COMMON = """
export const waiting = [];
export const post = async () => ({ id: "one", address: "/runs/one" });
export const problem = (one) => one.message;
export const get = () => new Promise((answer) => waiting.push(answer));
"""
PAGE = """
import { waiting } from "./common.js";
import { Exact } from "./exact.js";
let progress;
globalThis.EventSource = class { addEventListener(_, heard) { progress = heard; } close() {} };
const told = [], exact = new Exact("mine", 5, (error) => { throw error; });
await exact.start("", "as_likely", (run) => told.push(run.done));
const seen = [40, 80].map((paired) => progress({ data: JSON.stringify({ state: "running", paired }) }));
waiting[1]({ futures: 80, outcomes: {} });
await seen[1];
waiting[0]({ futures: 40, outcomes: {} });
await seen[0];
console.log(told.join(" "));
"""


@pytest.mark.skipif(NODE is None, reason="no Node on this machine")
def test_a_reply_that_comes_late_does_not_take_the_place_of_a_later_one(tmp_path: Path) -> None:
    shutil.copy(str(data() / "web/exact.js"), tmp_path / "exact.js")
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "common.js").write_text(COMMON)
    (tmp_path / "page.js").write_text(PAGE)
    ended = subprocess.run(
        [str(NODE), "page.js"], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )
    assert ended.stdout.split() == ["0", "80"], ended.stderr
