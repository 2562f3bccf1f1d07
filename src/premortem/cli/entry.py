"""Entry point of the ``premortem`` command: a signal ends it as soon as this module is loaded, while nothing can be left behind yet.

Before, Python and the front of the package are being loaded, and a signal ends the command as it ends any program of Python.
"""

from __future__ import annotations

from premortem.cli import ending


def main() -> None:
    """Run the command line."""
    ending.end_at_once()
    from premortem.cli import main as commands

    commands.main()
