"""What docs/findings.md promises of the halves is what the rule draws."""

import re
from collections import Counter
from pathlib import Path

from premortem.calibration.findings.halves import SALT, uses
from premortem.calibration.findings.reading import packaged

PAGE = (Path(__file__).parents[2] / "docs/findings.md").read_text(encoding="utf-8")
LEANS = {
    "force helps": "force_helps",
    "force harms": "force_harms",
    "force does nothing": "force_null",
    "civil measures help": "civil_helps",
    "civil measures harm": "civil_harms",
    "civil measures do nothing": "civil_null",
    "shocks without a measure": "shock",
}


def test_the_page_prints_salt_and_halves_as_they_are() -> None:
    assert SALT in PAGE
    halves = uses(packaged().values())
    drawn: Counter[tuple[str, str]] = Counter((one.lean, halves[one.id]) for one in packaged().values())
    rows = {
        words: (int(a), int(b))
        for words, a, b in re.findall(r"^\| ([a-z ]+) \| \d+, \d+, (\d+) \| \d+, \d+, (\d+) \|$", PAGE, re.M)
    }
    assert rows == {words: (drawn[lean, "train"], drawn[lean, "test"]) for words, lean in LEANS.items()}


def test_every_kind_of_intervention_is_on_the_page() -> None:
    assert {one.intervention.kind for one in packaged().values()} <= set(re.findall(r"`(\w+)`", PAGE))
