"""Face: figures and reports."""
