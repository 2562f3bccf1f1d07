"""The surface for Python: what ``import premortem as pm`` offers, and what the commands call. ``premortem/__init__.py`` lists it."""
