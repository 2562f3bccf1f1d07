"""Numbers and sentences for people, in every language."""

SETTING = "PREMORTEM_LANG"
"""Variable of the environment that says the language."""
