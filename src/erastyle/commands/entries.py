"""Commands that are imported and built when they are asked for.

Typer builds every command at each start, from modules that are all imported. Here a command is a
line of a table until somebody calls it: `erastyle status` loads neither `studio` nor `score`.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import typer
import typer.main

from erastyle.commands.help import Group, WorkCommand


@dataclass(frozen=True)
class Entry:
    """A command, or a group of commands, by name.

    Attributes:
        panel: The heading that it stands under in the help.
        place: Its module below `erastyle.commands`, and its name there, such as `stages.ingest`.
        example: A command line that the help shows.
    """

    panel: str
    place: str
    example: str

    @property
    def name(self) -> str:
        """The word that calls it."""
        module, _, attribute = self.place.partition(".")
        return (module if attribute == "app" else attribute).replace("_", "-")

    def found(self) -> Any:
        """Return the function, or the typer app of a group."""
        module, _, attribute = self.place.partition(".")
        return getattr(importlib.import_module(f"erastyle.commands.{module}"), attribute)

    def summary(self) -> str:
        """Return the first sentence of its help."""
        found = self.found()
        text = found.info.help if isinstance(found, typer.Typer) else found.__doc__
        return re.split(r"(?<=\.)\s", " ".join(str(text or "").split()))[0]

    def built(self) -> Any:
        """Return the command as the parser takes it."""
        outer = typer.Typer(rich_markup_mode=None)
        found, epilog = self.found(), f"Example: {self.example}"
        if isinstance(found, typer.Typer):
            for inner in found.registered_commands:
                inner.cls = WorkCommand
            outer.add_typer(found, name=self.name, cls=Group, epilog=epilog)
        else:
            outer.command(self.name, cls=WorkCommand, epilog=epilog)(found)
        return typer.main.get_group(outer).commands[self.name]


class Commands(Mapping[str, Any]):
    """The commands of a table by name, each built at its first use."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        """Take the table; nothing is imported."""
        self.entries = {entry.name: entry for entry in entries}
        self._built: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        """Return a command.

        Raises:
            KeyError: There is none of this name.
        """
        if name not in self._built:
            self._built[name] = self.entries[name].built()
        return self._built[name]

    def __iter__(self) -> Iterator[str]:
        """Yield the names, in the order of the work."""
        return iter(self.entries)

    def __len__(self) -> int:
        """Return how many commands there are."""
        return len(self.entries)
