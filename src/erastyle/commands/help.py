"""The help of the commands: grouped, types in words, and two options that go with every command.

The help is plain text. Rich's boxes cost a tenth of a second at every start and break in a pipe.
"""

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
UNCUT = 1_000
"""Characters of a sentence that the list of commands shows: more than any has."""


class WorkCommand(TyperCommand):
    """A command whose help names types in words."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        """Make the command, and name the types of its options."""
        super().__init__(*arguments, **options)
        for param in self.params:
            if getattr(param, "metavar", None) is None and param.param_type_name == "option":
                param.metavar = words_of(param)

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Return the words of the usage line; an argument's own name says if it may be left out."""
        arguments = [p for p in self.get_params(ctx) if p.param_type_name == "argument"]
        return ["[OPTIONS]", *(p.metavar or (p.name or "").upper() for p in arguments)]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the arguments, which need no type, and then the options."""
        for title, kind in (("Arguments", "argument"), ("Options", "option")):
            given = [param for param in self.get_params(ctx) if param.param_type_name == kind]
            rows = [row for param in given if (row := param.get_help_record(ctx))]
            if kind == "argument":
                rows = [(name.partition(" <")[0], text) for name, text in rows]
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)


class Group(TyperGroup):
    """Commands whose list cuts no sentence."""

    def listed(self, ctx: Any) -> dict[str, list[tuple[str, str]]]:
        """Return name and first sentence of the commands under each heading."""
        commands = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        rows = [(name, made.get_short_help_str(UNCUT)) for name, made in commands if made]
        return {"Commands": rows} if rows else {}

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the commands under their headings, all in one column."""
        listed = self.listed(ctx)
        width = max((len(name) for rows in listed.values() for name, _ in rows), default=0)
        for title, rows in listed.items():
            with formatter.section(title):
                formatter.write_dl([(name.ljust(width), text) for name, text in rows])


class WorkGroup(Group):
    """All commands, in the order of the work, with `--quiet` and `--verbose` at any place."""

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
