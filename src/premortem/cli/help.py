"""The help of commands, and what Typer says of wrong words, in the language that is asked for."""

from __future__ import annotations

import re
from typing import Any

from premortem.wording.languages import Messages

PANELS = (
    "ARGUMENTS_PANEL_TITLE",
    "OPTIONS_PANEL_TITLE",
    "COMMANDS_PANEL_TITLE",
    "DEFAULT_STRING",
    "REQUIRED_LONG_STRING",
    "ERRORS_PANEL_TITLE",
    "RICH_HELP",
)
"""Fixed words of Typer's help and errors."""
BROKEN = re.compile(r"(?<!\n)\n(?!\n)")


def speak(command: Any, t: Messages) -> None:
    """Put the help of a command, of its options and of the commands in it into a language."""
    _speak_fixed(t)
    _speak(command, t)


def speak_errors(t: Messages) -> None:
    """Show what is wrong with the words of a command line in a language."""
    from typer import rich_utils

    _speak_fixed(t)
    shown = rich_utils.rich_format_error

    def in_language(error: Any) -> None:
        message = t.translated(error.format_message())
        error.format_message = lambda: message
        if error.ctx is not None:
            _speak(error.ctx.command, t)
        shown(error)

    rich_utils.rich_format_error = in_language  # type: ignore[assignment]  # its parameter has another name


def _speak_fixed(t: Messages) -> None:
    from typer import rich_utils

    for name in PANELS:
        setattr(rich_utils, name, t.translated(getattr(rich_utils, name)))


def _said(text: str, t: Messages) -> str:
    """Return a help in a language, whether or not the lines of its paragraphs are broken."""
    return t.translated(BROKEN.sub(" ", text) if t.of_data(text) == text else text)


def _speak(command: Any, t: Messages) -> None:
    command.help, command.short_help = (text and _said(text, t) for text in (command.help, command.short_help))
    for option in command.params:
        for name in ("help", "show_default", "rich_help_panel"):
            text = getattr(option, name, None)
            if isinstance(text, str):
                setattr(option, name, t.translated(text))
    for name in ("options_metavar", "subcommand_metavar"):
        if isinstance(text := getattr(command, name, None), str):
            setattr(command, name, t.translated(text))
    shown, usage = command.get_help_option, command.get_usage
    command.get_usage = lambda context: usage(context).replace("Usage:", t.translated("Usage:"))

    def help_option(context: Any) -> Any:
        option = shown(context)
        option.help = t.translated(option.help)
        return option

    command.get_help_option = help_option
    for one in getattr(command, "commands", {}).values():
        _speak(one, t)
