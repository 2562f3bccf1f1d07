"""``python -m premortem``: the same as the console script."""

from premortem.cli.main import main

main()
