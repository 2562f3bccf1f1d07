"""Premortem: write a plan as a file, lint it like code, simulate it against its alternatives."""

__version__ = "0.1.0"
