"""Entry point of the ``premortem`` command: a signal ends it from its first moment, while nothing can be left behind yet."""

from __future__ import annotations

from premortem.cli import streams


def main() -> None:
    """Run the command line."""
    streams.end_at_once()
    from premortem.cli import main as commands

    commands.main()
