"""What instant answers rest on: the plan varied, the evidence, the model and its fit. A file that was fitted to others is refused."""

from __future__ import annotations

from functools import cache

from premortem.evidence import ledger
from premortem.evidence.made_of import model_digest
from premortem.evidence.reading import data
from premortem.plan.language.load import load

BASELINE = "status_quo"


@cache
def rests_on(plan: str) -> dict[str, str]:
    """Return digests of what instant answers on a plan rest on here."""
    return {"plan": load(plan).content_hash, "evidence": ledger.load().digest, "model": model()}


@cache
def model() -> str:
    """Return a digest of the model and of the fits to the record that its draws may follow."""
    fits = sorted(f"data/posterior/{file.name}" for file in (data() / "posterior").iterdir() if file.is_file())
    return model_digest(*fits)
