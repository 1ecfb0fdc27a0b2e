"""The command `studio`: a page to write, check, approve and collect in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from erastyle.commands.options import Debug
from erastyle.commands.serve import RUNS, Host, Port, Token, check_access, check_installed
from erastyle.commands.terminal import reported
from erastyle.corpus.errors import ConfigError


@reported
def studio(
    *,
    runs: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[RUN]…",
            help="Run directories; left out, all in runs/.",
            show_default=False,
        ),
    ] = None,
    host: Host = "127.0.0.1",
    port: Port = 8765,
    token: Token = None,
    history: Annotated[
        Path | None,
        typer.Option("--history", metavar="FILE", help="Where texts are kept.", show_default=False),
    ] = None,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open the page in a browser.")
    ] = True,
    debug: Debug = False,
) -> int:
    """Open a page to write, check, approve and collect texts in, and to look into a corpus."""
    del debug
    check_access(host, token)
    check_installed()
    import webbrowser

    from erastyle.serving import listen
    from erastyle.serving.access import Access
    from erastyle.studio import app as studio_app

    bound = listen.bind(host, port)
    where = listen.address(bound)
    opened = studio_app.create(
        runs or _runs(), history or _history(), Access(token or ""), address=where
    )
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
        opened.studio.close()
    return 0


def _runs() -> list[Path]:
    """Return the runs in the folder `runs`.

    Raises:
        ConfigError: There is none.
    """
    runs = sorted(file.parent for file in RUNS.glob("*/run.yaml"))
    if not runs:
        raise ConfigError(f"Name a run, such as {RUNS}/web-1995: the folder {RUNS}/ holds none.")
    return runs


def _history() -> Path:
    """Return the file of the history of this user."""
    import platformdirs

    return Path(platformdirs.user_data_dir("erastyle")) / "studio.sqlite"
