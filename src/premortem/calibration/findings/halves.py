"""The published rule that draws training and test halves, by study: fixed before anything was fitted.

A study is all findings that share a source, directly or through others. Its id is its sources in alphabetical order, joined by ``+``.
SHA-256 of the salt, a line break and the id: an even first byte is the training half, an odd one the test half. Nothing else is read:
neither what a finding says nor how the model answers it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Literal

from premortem.calibration.findings.reading import packaged
from premortem.calibration.findings.schema import Finding

SALT = "premortem findings, 29 November 2026"
"""Published with the rule; another salt is another draw and another published rule."""

Use = Literal["train", "test"]
USES: tuple[Use, ...] = ("train", "test")


def studies(findings: Iterable[Finding]) -> dict[str, str]:
    """Return by the id of each finding the id of its study."""
    leader: dict[str, str] = {}

    def head(key: str) -> str:
        while leader.setdefault(key, key) != key:
            key = leader[key]
        return key

    rows = list(findings)
    for one in rows:
        first = head(one.sources[0])
        for key in one.sources[1:]:
            leader[head(key)] = first
    members: dict[str, set[str]] = {}
    for key in list(leader):
        members.setdefault(head(key), set()).add(key)
    return {one.id: "+".join(sorted(members[head(one.sources[0])])) for one in rows}


def drawn(study: str) -> Use:
    """Return the half of a study by its id."""
    return USES[hashlib.sha256(f"{SALT}\n{study}".encode()).digest()[0] % 2]


def uses(findings: Iterable[Finding]) -> Mapping[str, Use]:
    """Return the half of each finding. One that shares a source with packaged findings goes where they go."""
    known = {key: study for ident, study in studies(packaged().values()).items() for key in packaged()[ident].sources}
    rows = list(findings)
    own = studies(rows)
    return {one.id: drawn(next((known[key] for key in one.sources if key in known), own[one.id])) for one in rows}
