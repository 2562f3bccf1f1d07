"""What users install: exact versions with hashes (scripts/hashes), and what they are (scripts/sbom), all of the versions tested with."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
PIN = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)(?: ; .+)? \\$")
ONLY_THERE = {"colorama"}
"""Packages that only other systems than the project's own install."""
NOT_FOR_USERS = {"browser", "dev"}
"""Extras that test the project itself."""
COPYLEFT = {"moocore", "psycopg", "psycopg-binary"}
"""Packages that only extras bring, under a Lesser General Public License."""


def name(text: str) -> str:
    return re.sub(r"[-_.]+", "-", re.split(r"[ <>=!~;\[]", text)[0]).lower()


def read(file: str) -> str:
    return (ROOT / file).read_text(encoding="utf-8")


PROJECT = tomllib.loads(read("pyproject.toml"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
PINNED = {name(found[1]): found[2] for line in read("requirements.txt").splitlines() if (found := PIN.match(line))}


def test_every_version_is_that_of_the_constraints_and_has_hashes() -> None:
    hashes: dict[str, int] = {}
    last = ""
    for line in read("requirements.txt").splitlines():
        if found := PIN.match(line):
            last = name(found[1])
            hashes[last] = 0
        else:
            assert re.fullmatch(r" {4}--hash=sha256:[0-9a-f]{64}(?: \\)?", line), line
            hashes[last] += 1
    assert all(hashes.values())
    constrained = {name(one): one.partition("==")[2] for one in read("constraints.txt").splitlines() if "==" in one}
    here = {key: version for key, version in PINNED.items() if key not in ONLY_THERE}
    assert here == {key: constrained[key] for key in here}


def test_all_that_users_can_choose_is_pinned() -> None:
    chosen = set(re.findall(r"--extra ([a-z]+)", read("scripts/hashes")))
    assert chosen == EXTRAS.keys() - NOT_FOR_USERS
    wanted = {name(one) for one in PROJECT["dependencies"]} | {name(one) for extra in chosen for one in EXTRAS[extra]}
    assert wanted - {"premortem"} <= PINNED.keys()


def test_the_bill_of_materials_and_the_licences_list_what_is_pinned_and_nothing_else() -> None:
    expected = {key: version for key, version in PINNED.items() if key not in ONLY_THERE}
    expected["premortem"] = PROJECT["version"]
    bill = json.loads(read("sbom.json"))
    assert bill["bomFormat"] == "CycloneDX"
    assert {name(one["name"]): one["version"] for one in bill["components"]} == expected
    lines = [line.split("\t") for line in read("licences.txt").splitlines()]
    assert {name(package): version for package, version, _ in lines} == expected
    assert len(lines) == len(bill["components"]) == len(expected)
    assert all(licence.strip() for _, _, licence in lines)
    assert {name(package) for package, _, licence in lines if "GPL" in licence} == COPYLEFT
