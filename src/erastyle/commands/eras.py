"""The `erastyle eras` commands."""

from __future__ import annotations

import json as jsonlib
from pathlib import Path

import typer
import yaml
from rich.console import Console
from rich.table import Table

from erastyle.corpus import era as eras
from erastyle.corpus import era_template, yamlfile
from erastyle.corpus.errors import ConfigError


def show_all(*, json: bool) -> int:
    """Print the shipped eras."""
    found = [eras.load(name) for name in eras.names()]
    if json:
        rows = [e.model_dump(mode="json", by_alias=True) for e in found]
        typer.echo(jsonlib.dumps(rows, indent=2, ensure_ascii=False))
        return 0
    table = Table("era", "period", "medium", "title", box=None)
    for era in found:
        period = f"{era.period.first.year}-{era.period.last.year}"
        table.add_row(era.name, period, era.medium, era.title)
    Console().print(table)
    return 0


def show(name: str) -> int:
    """Print an era with its defaults filled in, as YAML."""
    data = eras.load(name).model_dump(mode="json", by_alias=True)
    typer.echo(yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=100), nl=False)
    return 0


def check(path: Path) -> int:
    """Say whether a profile is valid."""
    era = eras.check(yamlfile.read(path), str(path))
    typer.echo(f"{path}: a valid profile of {era.name}, {era.period.first} to {era.period.last}.")
    return 0


def new(path: Path, like: str) -> int:
    """Write a complete profile to start from: every value with a line that says what it does.

    Raises:
        ConfigError: The file is there already, or its name cannot be an era's.
    """
    if path.suffix not in (".yaml", ".yml"):
        path = path.with_name(path.name + ".yaml")
    if path.exists():
        raise ConfigError(f"{path} is there already. Choose another name.")
    era = eras.load(like)
    values = era.model_dump(mode="json", by_alias=True) | {"name": path.stem}
    named = yamlfile.validate(eras.Era, values, str(path), {})
    body = era_template.write(named, like, path.name)
    eras.check(body, str(path))
    path.write_text(body, encoding="utf-8")
    typer.echo(f"{path}: written. Next: erastyle eras check {path}")
    return 0
