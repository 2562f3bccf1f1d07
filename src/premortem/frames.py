"""Polars, imported here alone: it sets an environment variable for its memory allocator, and this package changes none."""

from premortem.environment import kept

with kept():
    import polars as pl
    import polars.selectors as cs

__all__ = ["cs", "pl"]
