"""The checks of the rules, one module a group; ``data/lint`` holds the card of each."""
