"""Numbers and sentences for people, in every language."""
