"""docs/exercise.md, made from the stored record of predictions."""

from __future__ import annotations

from premortem.analysis import hypotheses
from premortem.analysis.drawn import field
from premortem.analysis.hypotheses import Found, Hypothesis, Judged
from premortem.evidence.made_of import EXERCISE, since

HEAD = """# Exercise record: what was predicted, and in how many futures it comes true

Thirty-two predictions of a tabletop exercise, of experts for and against force and of officials (the table `table.ttx_findings` of the
ledger), and the two of the op-ed, each as a condition on what the model simulates (`src/premortem/data/hypotheses.toml`). A share says
how the model answers, not how likely the world is to: where the model rests on assumptions, so does the share. More and less
mean by 1 %. Nothing was tuned to any of them.

{futures:,} futures of {years} years from {begins}, seed {seed}, run of {run_on}. "As likely": Washington, Mexico and courts decide what
becomes of the plan; "carried out": it goes as written. Decided by: the inputs whose rank correlation with the prediction's coming true is
beyond chance. `premortem exercise` prints it, `premortem exercise DIR` judges the predictions in a study of yours; `scripts/exercise.py`
makes it again. This page is written by `scripts/generate`.

{since}"""


def page() -> str:
    """Return the page."""
    record = hypotheses.stored()
    both = list(zip(hypotheses.hypotheses(), record.judged, strict=True))
    head = HEAD.format(
        **{name: getattr(record, name) for name in ("futures", "years", "begins", "seed", "run_on")},
        since=since(EXERCISE),
    )
    rows = "".join(_row(one, judged) for one, judged in both if not one.cannot)
    unsaid = "".join(
        f"| `{one.id}` | {one.said[0]} ({one.said[1]}) | {one.cannot} |\n" for one, _ in both if one.cannot
    )
    return (
        head
        + "| prediction | plan | how it is read | as likely | carried out | decided by (as likely) |\n|---|---|---|---|---|---|\n"
        + rows
        + "\n## What the model cannot express\n| prediction | says | why not |\n|---|---|---|\n"
        + unsaid
    )


def _row(one: Hypothesis, judged: Judged) -> str:
    says, source = one.said
    likely, written = judged.found["as_likely"], judged.found["carried_out"]
    shares = f"{likely.share:.0%} | {written.share:.0%}".replace("%", " %")
    against = "" if one.against == hypotheses.BASELINE else f" against `{one.against}`"
    return f"| `{one.id}` {says} ({source}) | `{one.plan}`{against} | {one.reads} | {shares} | {_decides(likely)} |\n"


def _decides(found: Found) -> str:
    return (
        ", ".join(f"`{field(name) or name}` {rho:+.2f}" for name, rho in found.decides.items())
        or "nothing drawn beyond chance"
    )
