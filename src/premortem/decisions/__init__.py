"""What a study means for a decision: robustness, conditions, discovery, value of information, sensitivity, pathways.

Every method reads a `Frame` (a study's results, paired by future) and returns a `Result`. None of them needs the engine, but
`premortem.decisions.wedges`, which runs a plan without some of its elements.
"""
