"""Figures and the report: a run folder as a brief to hand on.

``material`` reads a run, ``words`` and ``pictures`` say and draw it, ``page`` lays it out, ``files`` writes it in every format.
``figures`` is the visual language that notebooks and the web application share. Nothing here needs JAX.
"""
