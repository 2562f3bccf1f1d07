"""``python -m premortem``: the same as the console script."""

from premortem.cli.entry import main

main()
