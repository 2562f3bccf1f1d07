"""What a study means for a decision: robustness, conditions, discovery, value of information, sensitivity, pathways, timeline, attribution.

Every method reads a `Frame` (a study's results, paired by future) and returns a `Result`. None of them needs the engine: what attribution
has to run, `premortem.analysis.wedges` runs.
"""
