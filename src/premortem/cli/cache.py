"""``premortem cache``: what is kept so that it need not be computed again."""

from __future__ import annotations

from pathlib import Path

import typer

from premortem.cli.output import Format, FormatOption, console, print_json

app = typer.Typer(help="Show or clear what is kept so that it need not be computed again.")

KINDS = {
    "units": "futures simulated before, taken again where plan, draws, luck and model are the same",
    "programs": "the model as traced",
    "xla": "the model as compiled",
}


def register(root: typer.Typer) -> None:
    """Add the group to the command line."""
    root.add_typer(app, name="cache")


@app.callback(invoke_without_command=True)
def show(context: typer.Context, form: FormatOption = Format.TEXT) -> None:
    """Show or clear what is kept so that it need not be computed again.

    PREMORTEM_CACHE names another folder; PREMORTEM_CACHE_MB caps the units, in megabytes (0: keep none).
    """
    from premortem.engine import compilation
    from premortem.study.cache import Cache

    if context.invoked_subcommand is not None:
        return
    folder, units = compilation.cache_folder(), Cache.of_user()
    found = {kind: _count(folder / kind) if folder is not None else (0, 0) for kind in KINDS}
    if form is Format.JSON:
        kinds = {kind: {"files": files, "bytes": size} for kind, (files, size) in found.items()}
        print_json({"folder": folder and str(folder), "cap_bytes": units.most if units else 0, **kinds})
        return
    console().print(f"Folder: {folder or 'none: this system knows no home'}", markup=False, soft_wrap=True)
    for kind, (files, size) in found.items():
        console().print(f"{_size(size):>9} in {files:,} files: {KINDS[kind]}", markup=False, soft_wrap=True)
    cap = f"at most {_size(units.most)}; those used longest ago go first" if units else "none are kept"
    console().print(f"Units: {cap}. To remove them: premortem cache clear", markup=False, soft_wrap=True)


@app.command()
def clear() -> None:
    """Remove the simulated futures; compiled programs stay. Results do not change: what is asked again is simulated again."""
    from premortem.study.cache import Cache

    folder = Cache.folder_of_user()
    units = Cache(folder, 0) if folder is not None else None  # also where PREMORTEM_CACHE_MB keeps no more
    before = units.bytes() if units else 0
    count = units.clear() if units else 0
    gone = before - units.bytes() if units else 0
    console().print(f"Removed {count:,} units, {_size(gone)}.", markup=False)


def _count(folder: Path) -> tuple[int, int]:
    """Return how many files there are in a folder, and how large they are together."""
    sizes = []
    for path in folder.glob("*"):
        try:
            sizes.append(path.stat().st_size)
        except OSError:  # removed by another process
            continue
    return len(sizes), sum(sizes)


def _size(count: int) -> str:
    return f"{count / 1e6:,.0f} MB"
