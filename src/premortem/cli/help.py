"""The help of commands in the language that is asked for."""

from __future__ import annotations

from typing import Any

from premortem.wording.languages import Messages

PANELS = (
    "ARGUMENTS_PANEL_TITLE",
    "OPTIONS_PANEL_TITLE",
    "COMMANDS_PANEL_TITLE",
    "DEFAULT_STRING",
    "REQUIRED_LONG_STRING",
)
"""Fixed words of Typer's help."""


def speak(command: Any, t: Messages) -> None:
    """Put the help of a command, of its options and of the commands in it into a language."""
    from typer import rich_utils

    for name in PANELS:
        setattr(rich_utils, name, t.translated(getattr(rich_utils, name)))
    _speak(command, t)


def _speak(command: Any, t: Messages) -> None:
    command.help, command.short_help = (text and t.translated(text) for text in (command.help, command.short_help))
    for option in command.params:
        for name in ("help", "show_default", "rich_help_panel"):
            text = getattr(option, name, None)
            if isinstance(text, str):
                setattr(option, name, t.translated(text))
    shown = command.get_help_option

    def help_option(context: Any) -> Any:
        option = shown(context)
        option.help = t.translated(option.help)
        return option

    command.get_help_option = help_option
    for one in getattr(command, "commands", {}).values():
        _speak(one, t)
