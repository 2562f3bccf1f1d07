"""``premortem serve``: the web application."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from premortem.cli.output import MOST_WORKERS
from premortem.errors import InputError, Problem

NEEDED = ("alembic", "fastapi", "sqlalchemy", "uvicorn")


def register(root: typer.Typer) -> None:
    """Add the command to the command line."""
    root.command(name="serve")(serve)


def serve(
    port: Annotated[int, typer.Option(help="Port; 0: any free one.", min=0, max=65535)] = 8000,
    host: Annotated[
        str, typer.Option(help="Address to listen at; others than this machine's own need a token.")
    ] = "127.0.0.1",
    token: Annotated[
        str, typer.Option(help="What whoever asks must know.", envvar="PREMORTEM_TOKEN", show_default="none")
    ] = "",
    folder: Annotated[
        Path,
        typer.Option(
            help="Where runs, reports and the database are kept.", show_default="premortem in the user's data folder"
        ),
    ] = Path(),
    database: Annotated[
        str,
        typer.Option(
            help="SQLAlchemy address, such as postgresql+psycopg://USER@HOST/NAME.", show_default="SQLite in the folder"
        ),
    ] = "",
    workers: Annotated[
        int, typer.Option(help="Worker processes for futures.", min=0, max=MOST_WORKERS, show_default="threads of one")
    ] = 0,
    dask: Annotated[str, typer.Option(help="Address of a Dask scheduler that computes.", show_default="none")] = "",
    no_open: Annotated[bool, typer.Option("--no-open", help="Do not open a browser.")] = False,
) -> None:
    """Serve the web application to this machine: write plans, run them, read and share results in a browser.

    Prints its address on one line, and one line a request on standard error. Ctrl-C stops it; what runs then goes on at the next start.
    """
    from importlib.util import find_spec

    if missing := [name for name in NEEDED if find_spec(name) is None]:
        message = "the web application needs more libraries: pip install 'premortem[web]'"
        raise InputError(Problem("missing_library", message, found=f"without {', '.join(missing)}"))
    import platformdirs

    from premortem.web import server
    from premortem.web.settings import Settings

    kept = folder if folder != Path() else Path(platformdirs.user_data_dir("premortem")) / "web"
    settings = Settings(kept.absolute(), host, port, database, token, workers, dask, warm=True)
    address = server.bind(settings)
    typer.echo(address.url)
    graphic = (
        sys.platform != "linux" or {"DISPLAY", "WAYLAND_DISPLAY"} & os.environ.keys()
    )  # else it would be one in the terminal
    if graphic and not no_open:
        import webbrowser

        webbrowser.open(address.url)
    server.run(settings, address)
