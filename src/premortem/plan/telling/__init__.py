"""A plan in words: at a glance, beside another, as a file to fill in."""
