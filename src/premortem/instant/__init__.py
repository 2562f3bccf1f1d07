"""Instant levers: runs of a few hundred variants of a plan, and what is fitted to them, which answers for those in between.

`design` makes and runs the variants, `fit` learns from them and measures its errors on others, `answer` answers or refuses (docs/web.md).
"""
