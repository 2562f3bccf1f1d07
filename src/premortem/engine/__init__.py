"""The engine: a week, many weeks, futures side by side, programs compiled once."""
