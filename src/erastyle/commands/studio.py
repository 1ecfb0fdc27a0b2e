"""The command `studio`: a page to write, check, approve and collect in."""

from __future__ import annotations

import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from erastyle.commands.options import Debug
from erastyle.commands.terminal import reported
from erastyle.corpus.errors import ConfigError

PORT = 8765
"""Port of the studio."""


@reported
def studio(
    *,
    runs: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[RUN…]", help="Runs; without any, those in the folder runs/."),
    ] = None,
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="Port; 0 takes a free one.")
    ] = PORT,
    host: Annotated[
        str, typer.Option("--host", help="Address to listen on; another needs --token.")
    ] = "127.0.0.1",
    token: Annotated[
        str,
        typer.Option("--token", envvar="ERASTYLE_TOKEN", help="What every request has to show."),
    ] = "",
    history: Annotated[
        Path | None, typer.Option("--history", metavar="FILE", help="Where texts are kept.")
    ] = None,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open the page in a browser.")
    ] = True,
    debug: Debug = False,
) -> int:
    """Open a page to write, check, approve and collect texts in, and to look into a corpus."""
    del debug
    try:
        from erastyle.serving import listen
        from erastyle.serving.access import LOOPBACK, Access
        from erastyle.studio import app as studio_app
    except ImportError as error:
        raise ConfigError(
            f"The studio needs {error.name}. Install it: pip install 'erastyle[serve]'."
        ) from None
    if host not in LOOPBACK and not token:
        raise ConfigError(f"--host {host} lets other machines ask: set a --token, too.")
    bound = listen.bind(host, port)
    where = listen.address(bound)
    opened = studio_app.create(runs or _runs(), history or _history(), Access(token), address=where)
    shown = f"{where}/?token={token}" if token else where
    typer.echo(f"The studio is at {shown}. Ctrl-C ends it.", err=True)
    for style in opened.studio.styles:
        if style.problem:
            typer.echo(f"({style.name} cannot write: {style.problem})", err=True)
    if browser:
        webbrowser.open(shown)
    try:
        listen.serve(opened.app, bound)
    finally:
        opened.studio.jobs.stop_all()
    return 0


def _runs() -> list[Path]:
    """Return the runs in the folder `runs`.

    Raises:
        ConfigError: There is none.
    """
    runs = sorted(file.parent for file in Path("runs").glob("*/run.yaml"))
    if not runs:
        raise ConfigError("Name a run, such as runs/web-1995: the folder runs/ holds none.")
    return runs


def _history() -> Path:
    """Return the file of the history of this user."""
    import platformdirs

    return Path(platformdirs.user_data_dir("erastyle")) / "studio.sqlite"
