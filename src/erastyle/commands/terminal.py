"""What all commands share: errors as one line and an exit code, progress, JSON, links."""

from __future__ import annotations

import dataclasses
import functools
import json as jsonlib
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import typer

from erastyle.commands import verbosity

if TYPE_CHECKING:
    from erastyle.pipeline.runtime.progress import Progress


def reported(command: Callable[..., Any]) -> Callable[..., None]:
    """Turn what a command raises into one line on standard error and an exit code."""

    @functools.wraps(command)
    def wrapped(*arguments: Any, **options: Any) -> None:
        from erastyle.corpus.errors import ErastyleError

        debug = bool(options.get("debug"))
        if not debug and not verbosity.verbose():
            _quiet()
        try:
            code = command(*arguments, **options)
        except ErastyleError as error:
            _fail(str(error), error.exit_code, debug)
        except KeyboardInterrupt:
            # Python ends by the signal, whatever the exit code, when an interruption fell into the
            # making of a dataclass, which it does by running text. Making another one ends that.
            dataclasses.make_dataclass("Forget", [])
            text = "interrupted. What was finished stays valid; run again to continue."
            _fail(text, 130, debug)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(1) from None
        except OSError as error:
            where = f"{error.filename}: " if error.filename else ""
            _fail(f"{where}{error.strerror or error}.", 1, debug)
        if code:
            raise typer.Exit(code)

    return wrapped


def _fail(message: str, code: int, debug: bool) -> NoReturn:
    if debug and code != 130:
        import traceback

        traceback.print_exc()
    lines = message.splitlines() or ["unknown"]
    if not debug and len(lines) == 1:
        lines = [" ".join(lines[0].split())]
    sys.stderr.write("".join(f"error: {line}\n" for line in lines))
    raise typer.Exit(code)


def _quiet() -> None:
    """Keep the libraries' notes off the screen; --debug and --verbose show them."""
    import logging
    import warnings

    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("HF_HUB_VERBOSITY", "error")  # it reports each failed request by itself
    os.environ.setdefault("DAFT_SHOW_QUERY_ID", "0")
    os.environ.setdefault("DAFT_PROGRESS_BAR", "0")
    os.environ.setdefault("PYTHONWARNINGS", "ignore")
    warnings.simplefilter("ignore")
    logging.getLogger().setLevel(logging.ERROR)


def progress(*, verbose: bool = False) -> Progress:
    """Return one line that moves on a terminal, and plain lines elsewhere, on standard error.

    Args:
        verbose: Whether details and examples of what is made are shown; `--verbose` shows them.
    """
    from rich.console import Console

    from erastyle.pipeline.runtime.progress import Lines, OneLine, Progress

    if verbosity.quiet():
        return Progress()
    all_ = verbose or verbosity.verbose()
    if sys.stderr.isatty():
        return OneLine(Console(stderr=True), details=all_)
    return Lines(examples=all_, details=all_)


def on_screen() -> bool:
    """Say whether standard output is a terminal, and not a file or another program."""
    return sys.stdout.isatty()


def no_file_beside() -> None:
    """Say once that texts on standard output have no file beside them with their provenance."""
    typer.echo(
        "(standard output has no file beside it: the label holds the hashes of the models and the "
        "seed. --out DIR also writes the provenance of each text into a file beside it.)",
        err=True,
    )


def can_ask() -> bool:
    """Say whether a person can be asked: standard input and output are a terminal."""
    return sys.stdin.isatty() and on_screen()


def print_json(value: Any, *, ensure_ascii: bool = True) -> None:
    """Print a value as indented JSON."""
    typer.echo(jsonlib.dumps(value, indent=2, ensure_ascii=ensure_ascii))


def measure_and_show(
    measure: Callable[[Progress], Any], show: Callable[[Any], None], *, json: bool
) -> int:
    """Run a measurement that takes minutes with a progress bar, and print its outcome."""
    with progress() as shown:
        outcome = measure(shown)
    if json:
        print_json(outcome)
    else:
        show(outcome)
    return 0


def link_atomically(path: Path, target: str | Path) -> None:
    """Make `path` a symbolic link to `target`, and replace what is there."""
    temporary = path.with_name(f".{path.name}.partial")
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(target)
    temporary.replace(path)
