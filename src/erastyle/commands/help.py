"""The help of the commands: types in words, and two options that go with every command."""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand, TyperGroup

from erastyle.commands import verbosity

WORDS = {
    "str": "TEXT",
    "text": "TEXT",
    "int": "NUMBER",
    "integer": "NUMBER",
    "float": "NUMBER",
    "bool": "",
    "boolean": "",
    "path": "PATH",
    "file": "FILE",
    "directory": "DIR",
}
"""What help calls the type of a value; a switch has none."""
EVERYWHERE = {
    "--quiet": verbosity.QUIET,
    "-q": verbosity.QUIET,
    "--verbose": verbosity.VERBOSE,
    "-v": verbosity.VERBOSE,
}
"""Options that every command takes, at any place."""


class WorkCommand(TyperCommand):
    """A command whose help names types in words."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        """Make the command, and name the types of its options."""
        super().__init__(*arguments, **options)
        for param in self.params:
            if getattr(param, "metavar", None) is None and param.param_type_name == "option":
                param.metavar = words_of(param)


class WorkGroup(TyperGroup):
    """The commands, in the order of the work, with `--quiet` and `--verbose` at any place."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        """Make the group, and name the types of its options."""
        super().__init__(*arguments, **options)
        for param in self.params:
            if getattr(param, "metavar", None) is None:
                param.metavar = words_of(param)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Take `--quiet` and `--verbose` out wherever they stand, then parse the rest."""
        end = args.index("--") if "--" in args else len(args)
        levels = [EVERYWHERE[word] for word in args[:end] if word in EVERYWHERE]
        verbosity.set_level(levels[-1] if levels else verbosity.NORMAL)
        rest = [word for word in args[:end] if word not in EVERYWHERE] + args[end:]
        return super().parse_args(ctx, rest)


def words_of(param: Any) -> str:
    """Return what help calls the values of an option."""
    if getattr(param, "is_flag", False):
        return ""
    name = _type_name(param).removesuffix(" range").removeprefix("list[").removesuffix("]")
    return WORDS.get(name, name)


def _type_name(param: Any) -> str:
    """Return the type of an option as typer calls it, without its brackets."""
    if hasattr(param, "display_type"):
        return str(param.display_type(None)).strip("<>")
    return str(param.type.name).lower()  # versions of typer before 0.29 rest on click
