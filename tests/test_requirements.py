"""The file of exact versions with hashes (scripts/hashes) holds the versions that the project is tested with, and no place to load from."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
PIN = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)(?: ; .+)? \\$")
ONLY_THERE = {"colorama"}
"""Packages that only other systems than the project's own install."""


def name(text: str) -> str:
    return re.sub(r"[-_.]+", "-", re.split(r"[ <>=!~;\[]", text)[0]).lower()


def test_every_version_is_that_of_the_constraints_and_has_hashes() -> None:
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    pinned: dict[str, tuple[str, int]] = {}
    last = ""
    for line in lines:
        if found := PIN.match(line):
            last = name(found[1])
            pinned[last] = found[2], 0
        else:
            assert re.fullmatch(r" {4}--hash=sha256:[0-9a-f]{64}(?: \\)?", line), line
            pinned[last] = pinned[last][0], pinned[last][1] + 1
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    constrained = {name(one): one.partition("==")[2] for one in lines if "==" in one}
    assert {key: version for key, (version, _) in pinned.items() if key not in ONLY_THERE} == {
        key: constrained[key] for key in pinned if key not in ONLY_THERE
    }
    assert all(count for _, count in pinned.values())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert {name(one) for one in project["dependencies"]} <= pinned.keys()
