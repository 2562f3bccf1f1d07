"""What instant answers rest on: the plan varied, the evidence, the model and its fit. A file that was fitted to others is refused."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from premortem.evidence import ledger
from premortem.evidence.made_of import model_digest
from premortem.evidence.reading import data
from premortem.plan.language import packaged
from premortem.plan.language.load import load

BASELINE = "status_quo"


def rests_on(plan: str) -> dict[str, str]:
    """Return digests of what instant answers on a plan rest on here; the file of a plan is read anew each time."""
    is_name = packaged.exists(plan) and not Path(plan).exists()
    content = _of_packaged(plan) if is_name else load(plan).content_hash
    return {"plan": content, "evidence": ledger.load().digest, "model": model()}


@cache
def _of_packaged(plan: str) -> str:
    return load(plan).content_hash


@cache
def model() -> str:
    """Return a digest of the model and of the fits to the record that its draws may follow."""
    fits = sorted(f"data/posterior/{file.name}" for file in (data() / "posterior").iterdir() if file.is_file())
    return model_digest(*fits)
