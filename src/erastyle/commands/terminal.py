"""How a command ends: one line on standard error and an exit code, or a traceback with --debug."""

from __future__ import annotations

import dataclasses
import functools
import os
import sys
from collections.abc import Callable
from typing import Any, NoReturn

import typer


def reported(command: Callable[..., Any]) -> Callable[..., None]:
    """Turn what a command raises into one line on standard error and an exit code."""

    @functools.wraps(command)
    def wrapped(*arguments: Any, **options: Any) -> None:
        from erastyle.corpus.errors import ErastyleError

        debug = bool(options.get("debug"))
        if not debug:
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
    """Keep the libraries' notes off the screen; --debug shows them."""
    import logging
    import warnings

    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("PYTHONWARNINGS", "ignore")
    warnings.simplefilter("ignore")
    logging.getLogger().setLevel(logging.ERROR)
