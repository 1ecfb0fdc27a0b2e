"""The commands `eras list`, `eras show`, `eras check` and `eras new`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from erastyle.commands.options import Debug, Json
from erastyle.commands.tables import print_table
from erastyle.commands.terminal import print_json, reported
from erastyle.corpus.errors import ConfigError

app = typer.Typer(no_args_is_help=True, help="Era profiles: list, show, check, new.")


@app.command("list")
@reported
def list_eras(*, json: Json = False, debug: Debug = False) -> int:
    """List the shipped eras."""
    del debug
    from erastyle.corpus import era as eras

    shipped = [eras.load(name) for name in eras.names()]
    if json:
        profiles = [e.model_dump(mode="json", by_alias=True) for e in shipped]
        print_json(profiles, ensure_ascii=False)
        return 0
    table = Table("era", "period", "medium", "title", box=None)
    for era in shipped:
        period = f"{era.period.first.year}-{era.period.last.year}"
        table.add_row(era.name, period, era.medium, era.title)
    print_table(table)
    return 0


@app.command()
@reported
def show(*, era: Annotated[str, typer.Argument(help="Name or path.")], debug: Debug = False) -> int:
    """Print an era profile, every default filled in."""
    del debug
    import yaml

    from erastyle.corpus import era as eras

    profile = eras.load(era).model_dump(mode="json", by_alias=True)
    typer.echo(yaml.safe_dump(profile, sort_keys=False, allow_unicode=True, width=100), nl=False)
    return 0


@app.command()
@reported
def check(
    *, path: Annotated[Path, typer.Argument(help="An era profile.")], debug: Debug = False
) -> int:
    """Check an era profile; say file and line of each problem."""
    del debug
    from erastyle.corpus import era as eras
    from erastyle.corpus import yamlfile

    era = eras.check(yamlfile.read(path), str(path))
    typer.echo(f"{path}: a valid profile of {era.name}, {era.period.first} to {era.period.last}.")
    return 0


@app.command()
@reported
def new(
    *,
    path: Annotated[Path, typer.Argument(help="File to write; its name becomes the era's.")],
    like: Annotated[str, typer.Option("--like", help="Era to start from.")] = "web-1995",
    debug: Debug = False,
) -> int:
    """Write a new era profile with comments, to be filled in."""
    del debug
    from erastyle.corpus import era as eras
    from erastyle.corpus import era_template, yamlfile

    if path.suffix not in (".yaml", ".yml"):
        path = path.with_name(path.name + ".yaml")
    if path.exists():
        raise ConfigError(f"{path} is there already. Choose another name.")
    values = eras.load(like).model_dump(mode="json", by_alias=True) | {"name": path.stem}
    named = yamlfile.validate(eras.Era, values, str(path), {})
    body = era_template.write(named, like, path.name)
    eras.check(body, str(path))
    path.write_text(body, encoding="utf-8")
    typer.echo(f"{path}: written. Next: erastyle eras check {path}")
    return 0
