"""Stored results: their digests are looked up again, what is older says so wherever it is printed, and a sample comes out again."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from premortem.analysis import exercise_page
from premortem.calibration import hindcast
from premortem.calibration.targets import TARGETS
from premortem.evidence import confidence, ledger, made_of, skill
from premortem.evidence.made_of import KEPT, Kept
from premortem.evidence.skill import MODEL
from premortem.report import research_agenda, what_to_believe

SAMPLE = ("overdose_yearly", "cocaine_seized")


def test_a_digest_moves_with_every_file_it_rests_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "premortem"
    for name in ("evidence/made_of.py", "model/a.py", "data/evidence/t.csv", "calibration/ahead.py", "cli/run.py"):
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_text("1", encoding="utf-8")
    for name in (*(f"data/{file}" for file in made_of.FILES), *made_of.SEAMS):
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_text("1", encoding="utf-8")
    monkeypatch.setattr(made_of, "__file__", str(package / "evidence/made_of.py"))
    digest = made_of.model_digest.__wrapped__

    def changed(name: str) -> bool:
        before = digest("calibration/ahead.py")
        (package / name).write_text("2", encoding="utf-8")
        return bool(digest("calibration/ahead.py") != before)

    assert changed("model/a.py")
    assert changed("data/evidence/t.csv")
    assert changed("data/levers.toml")
    assert changed("study/recipes.py")
    assert changed("calibration/ahead.py")
    assert not changed("cli/run.py")


@pytest.mark.parametrize("old", [KEPT[:1], KEPT[2:], ()], ids=["hindcast", "studies", "nothing"])
def test_what_is_older_is_named_and_what_is_not_is_not(old: tuple[Kept, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Kept, "older", property(lambda one: one in old))
        made_of.older.cache_clear()
        assert made_of.older() == tuple(one.called for one in old)
        assert confidence.of("homicides_mx").as_json()["of_another_version"] == [one.called for one in old]
        for page, shown in (
            (what_to_believe.page(), KEPT),
            (exercise_page.page(), (made_of.EXERCISE,)),
            (research_agenda.page(), (made_of.DECIDES,)),
        ):
            named = [one.called for one in shown if one in old]
            assert ("Results of another version" in page) == bool(named)
            assert (f"since these were run: {', '.join(named)}." in page) == bool(named)
    made_of.older.cache_clear()


def test_rivals_score_again_what_is_stored_of_them() -> None:
    """Every rival's mean scores of two series over all origins; where the evidence has changed since, pages say so."""
    stored = skill.load()
    if stored.evidence != ledger.load().digest:
        assert made_of.HINDCAST.older
        return
    origins = hindcast.quarterly(stored.oldest, stored.newest)
    targets = {name: TARGETS[name] for name in SAMPLE}
    scores = hindcast.scores(origins, [None] * len(origins), targets=targets)
    for line in (one for one in stored.lines if one.target in SAMPLE):
        here = scores.filter((pl.col("target") == line.target) & pl.col("horizon").is_between(line.first, line.last))
        again = dict(here.group_by("model").agg(pl.col("crps").mean()).iter_rows())
        assert again == pytest.approx({name: score for name, score in line.scores.items() if name != MODEL}, rel=1e-4)
