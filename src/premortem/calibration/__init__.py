"""Meaning: posterior, hindcast, findings."""
