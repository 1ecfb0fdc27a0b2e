"""The command `serve`: an OpenAI-compatible server over the fine-tuned models of runs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from erastyle.commands.options import Debug, Yes, allow_fetching
from erastyle.commands.terminal import reported
from erastyle.commands.writing_options import LaterTopics
from erastyle.corpus.errors import ConfigError

RUNS = Path("runs")
"""Where runs are looked for if none is named."""
LOOPBACK = ("localhost", "127.0.0.1", "::1")
"""Hosts that only this machine reaches."""
Host = Annotated[
    str,
    typer.Option("--host", help="Where to listen; another than this machine needs --token."),
]
Port = Annotated[
    int, typer.Option("--port", min=0, max=65535, help="Port; 0 takes one that is free.")
]
Token = Annotated[
    str | None,
    typer.Option(
        "--token",
        envvar="ERASTYLE_TOKEN",
        help="What every request has to show as `Authorization: Bearer TOKEN`.",
        show_default=False,
    ),
]


@reported
def serve(
    *,
    runs: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[RUN]…",
            help="Run directories or style-model folders; left out, all in runs/.",
            show_default=False,
        ),
    ] = None,
    host: Host = "127.0.0.1",
    port: Port = 8095,
    token: Token = None,
    strength: Annotated[
        list[float] | None,
        typer.Option(
            "--strength",
            help="A strength that the list of models names beside the style as trained; 0.5 if "
            "left out. Repeatable. Any other can be asked for all the same.",
            show_default=False,
        ),
    ] = None,
    texts: Annotated[
        int, typer.Option("--texts", min=1, max=256, help="Texts that are written at once.")
    ] = 8,
    waiting: Annotated[
        int, typer.Option("--waiting", min=1, help="Requests that wait; more are refused (429).")
    ] = 8,
    later: LaterTopics = None,
    yes: Yes = False,
    debug: Debug = False,
) -> int:
    """Serve fine-tuned models to programs that speak OpenAI's API."""
    del debug
    if yes:
        allow_fetching()
    check_access(host, token)
    check_installed()
    from erastyle.commands import bases
    from erastyle.serving import listen
    from erastyle.serving.access import Access
    from erastyle.serving.app import create_app
    from erastyle.serving.scheduler import Scheduler
    from erastyle.serving.styles import LISTED, Styles

    styles = Styles.of(runs_or_all(runs or []), strength or LISTED)
    for style in styles:
        bases.ready(style.about.base)
    app = create_app(
        styles,
        scheduler=Scheduler(texts=texts, waiting=waiting),
        access=Access(token or ""),
        later=later or "decline",
    )
    with listen.bind(host, port) as bound:
        typer.echo(f"{listen.address(bound)}/v1 serves {', '.join(styles.names())}", err=True)
        listen.serve(app, bound)
    return 0


def check_access(host: str, token: str | None) -> None:
    """Refuse to let other machines ask without a token.

    Raises:
        ConfigError: The host is reached by others and there is no token, or it is too weak.
    """
    if token is not None and (len(token) < 8 or not token.isascii() or not token.isprintable()):
        raise ConfigError("--token: give at least 8 printable ASCII characters.")
    if host not in LOOPBACK and not token:
        raise ConfigError(
            f"--host {host} is reached by other machines: give --token TOKEN, or leave --host out."
        )


def check_installed() -> None:
    """Say what to install where the web framework is missing.

    Raises:
        ConfigError: It is.
    """
    from importlib.util import find_spec

    missing = [name for name in ("fastapi", "uvicorn") if find_spec(name) is None]
    if missing:
        raise ConfigError(
            f"{' and '.join(missing)} missing. Install the server: pip install 'erastyle[serve]'"
        )


def runs_or_all(runs: Sequence[Path]) -> list[Path]:
    """Return the runs that were named, or all in `runs/` that have a fine-tuned model.

    Raises:
        ConfigError: There is none.
    """
    if runs:
        return list(runs)
    trained = sorted(file.parents[1] for file in RUNS.glob("*/model/style.json"))
    if not trained:
        raise ConfigError(
            f"No run in {RUNS}/ has a fine-tuned model. Name a run: erastyle serve RUN."
        )
    return trained
