"""Writes the tables of docs/ from the source: commands, options, thresholds, eras, files.

    python docs/generate.py            # write the pages
    python docs/generate.py --check    # fail if a page is not current

Tables come from the typer app, from the models of the options and of the era profile, and from the
first line of each file. In a page they stand between two marks; the text around them is written by
hand. docs/commands.md and docs/options.md are generated whole.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))

import typer.main
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from erastyle import cli, config
from erastyle.corpus import era as eras
from erastyle.corpus.atomic import write_atomically
from erastyle.corpus.errors import ErastyleError
from erastyle.corpus.option_texts import texts_of
from erastyle.train import recipe_table

DOCS = ROOT / "docs"
NOTE = "Made by `python docs/generate.py`; do not edit."
SHARED = 4  # commands that must have an option for it to be listed once
NO_MODEL_TABLE = ("train",)  # sections whose table stands in a guide
FOLDERS = {
    "": "From dated documents to a model that writes like them.",
    ".ci": "What continuous integration runs.",
    "benchmarks": "One script for each measured claim.",
    "benchmarks/results": "The figures that the scripts measured.",
    "corpus/eras": "The shipped era profiles.",
    "corpus/prompts/data": "Texts, facts and explanations of the rehearsal rows.",
    "corpus/synthetic/data": "Sentences and names of the generated pages.",
    "docs": "The guides, and the script that writes their tables.",
    "src/erastyle/studio/static": "The studio's own style and script.",
    "src/erastyle/studio/templates": "The templates of the studio's pages.",
    "src/erastyle": "The command line, and links to the packages above.",
    "tests": "Tests; `unit` mirrors the source.",
    "tests/browser": "The report and the studio in a real browser.",
    "tests/faults": "Bad input, full disks, interruptions.",
    "tests/integration": "Whole runs and installations.",
    "tests/property": "Properties that hold for any input.",
    "tests/unit": "One test file for each source file.",
    "train/starter/model": "The weights and the tokenizer of the starter.",
}
FILES = {
    "CHANGELOG.md": "What users notice, by version.",
    "LICENSE": "Apache-2.0.",
    "Makefile": "Installation, demo, tests, lint, docs.",
    "README.md": "What it is, two commands, what comes out.",
    "constraints.txt": "Versions of all dependencies that were tested.",
    "pyproject.toml": "Package, dependencies, settings of the tools.",
    "benchmarks/marked-pages.jsonl": "Pages whose parts were marked by hand.",
    "benchmarks/sentences.tsv": "Sentences in several languages.",
    "corpus/chronology/generators.tsv": "Programs that wrote pages, with their first year.",
    "corpus/chronology/lexicon.tsv": "Words and products with their first year.",
    "corpus/chronology/markup_history.tsv": "Elements and attributes with their first year.",
    "corpus/cleaning/machine_text.tsv": "Weights of the detector of machine text.",
    "corpus/html/dialect.tsv": "Style rules and script features with their first year.",
    "eval/bias/bias.tsv": "Sentences that name stereotypes, to measure what a model leans to.",
    "eval/bias/slurs.tsv": "Slurs and outdated names for groups, in rot13, to be counted.",
    "eval/capability/tasks/arithmetic.tsv": "Sums with one right answer and three wrong ones.",
    "eval/capability/tasks/grammar.tsv": "Minimal pairs of sentences.",
    "eval/report/palette.css": "Colours and typefaces of the report and of the studio.",
    "eval/report/report.css": "The style of the report.",
    "eval/report/report.html.j2": "The template of the report.",
    "src/erastyle/py.typed": "Marks the package as typed.",
    "train/starter/curve.jsonl": "Losses of the starter's training.",
}
GUIDES = (
    *("README", "quickstart-archive", "quickstart-writing", "quickstart-historian", "glossary"),
    *("troubleshooting", "running", "bases", "sources", "eras", "writing", "report", "safety"),
    "studio",
)
"""Pages for users, whose words are counted with those of README.md; generated tables are not."""
MOST_WORDS = 15_000
HIDDEN = (".gitignore", ".pre-commit-config.yaml")


# --- values and rows ------------------------------------------------------------------------


def cell(text: object) -> str:
    """Return text that stays inside its cell of a Markdown table."""
    return " ".join(str(text).split()).replace("|", "\\|").replace("<", "&lt;")


def table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a Markdown table."""
    titles = list(header)
    lines = [f"| {' | '.join(titles)} |", f"|{'---|' * len(titles)}"]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join(line.replace("|  |", "| |") for line in lines)


def value(default: Any) -> str:
    """Return a default as a run file spells it.

    >>> value(None), value(360_000), value(0.5), value("lora"), value(("html", "text"))
    ('`null`', '`360000`', '`0.5`', '`lora`', '`["html", "text"]`')
    """
    if isinstance(default, str):
        return f"`{default}`" if default else "empty"
    if isinstance(default, float) and default.is_integer():
        default = int(default)
    if isinstance(default, tuple):
        default = list(default)
    return f"`{json.dumps(default, default=str)}`"


def options(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, FieldInfo, str]]:
    """Yield (dotted key, field, text) of every value of a model, those of inner models included."""
    for name, field in model.model_fields.items():
        key = f"{prefix}{field.alias or name}"
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from options(field.annotation, f"{key}.")
        else:
            yield key, field, texts_of(model).get(name, "")


def option_table(model: type[BaseModel], prefix: str = "") -> str:
    """Return the table of a model's values: key, default, and what it does."""
    rows = []
    for key, field, text in options(model, prefix):
        default = field.get_default(call_default_factory=True, validated_data={})
        note = " Not part of the key." if field.exclude else ""
        required = "required" if field.is_required() else value(default)
        rows.append((f"`{key}`", required, cell(text) + note))
    return table(("option", "default", "what it does"), rows)


# --- commands -------------------------------------------------------------------------------


def leaves(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Yield (name, command) of every command that does something."""
    inner = getattr(command, "commands", {})
    if path and (not inner or getattr(command, "invoke_without_command", False)):
        yield " ".join(path), command
    for name, sub in inner.items():
        yield from leaves(sub, (*path, name))


def shown(command: Any) -> list[Any]:
    """Return the options of a command that --help shows."""
    return [
        p
        for p in command.params
        if p.param_type_name == "option" and not p.hidden and p.name not in ("help", "debug")
    ]


def option_row(option: Any) -> tuple[str, str, str]:
    """Return an option as (spelling, default, help)."""
    name = option.opts[0]
    if not option.is_flag:
        name += f" {option.metavar or option.name.strip('_').upper()}"
    plain = isinstance(option.default, str | int | float) and not isinstance(option.default, bool)
    return f"`{cell(name)}`", value(option.default) if plain else "", cell(option.help)


def commands() -> str:
    """Return docs/commands.md."""
    every = dict(leaves(typer.main.get_command(cli.app)))
    users: dict[tuple[str, str, str], list[str]] = {}
    for name, command in every.items():
        for option in shown(command):
            users.setdefault(option_row(option), []).append(name)
    shared = {row for row, names in users.items() if len(names) >= SHARED}
    lines = [
        "# Commands",
        "",
        f"<!-- {NOTE} -->",
        "",
        "All commands with their options. [running.md](running.md) says what to do with them.",
        "`--help` behind a command prints the same; `--debug` shows tracebacks and the notes of",
        "libraries, for every command.",
        "",
        "## Options of several commands",
        "",
        table(
            ("option", "what it does", "commands"),
            (
                (row[0], row[2], ", ".join(f"`{name}`" for name in users[row]))
                for row in users
                if row in shared
            ),
        ),
    ]
    for name, command in every.items():
        lines += ["", f"## {name}", "", *described(command)]
        rows = [option_row(option) for option in shown(command)]
        if own := [row for row in rows if row not in shared]:
            lines += ["", table(("option", "default", "what it does"), own)]
    return "\n".join(lines) + "\n"


def described(command: Any) -> Iterator[str]:
    """Yield the help of a command and its arguments."""
    yield re.sub(r"(?<!\n)\n(?!\n)", " ", command.help or "").strip()
    for argument in command.params:
        if argument.param_type_name == "argument":
            yield ""
            name = argument.metavar or argument.name.upper()
            yield f"`{name}`: {argument.help}"


# --- options and eras -----------------------------------------------------------------------


def all_options() -> str:
    """Return docs/options.md: every section of a run file."""
    lines = [
        "# Options",
        "",
        f"<!-- {NOTE} -->",
        "",
        "Every value of a run file, by section. `--set SECTION.NAME=VALUE` replaces one",
        "([running.md](running.md)). The options of `train` are in",
        "[training.md](training.md#options), the values of `era` in [eras.md](eras.md).",
    ]
    for name, field in config.RunConfig.model_fields.items():
        section = field.annotation
        if name == "era" or name in NO_MODEL_TABLE:
            continue
        lines += ["", f"## {name}", "", texts_of(config.RunConfig).get(name, "")]
        if isinstance(section, type) and issubclass(section, BaseModel):
            if section.model_fields:
                lines += ["", option_table(section, f"{name}.")]
        else:
            lines += ["", f"Default: {value(field.default)}."]
    return "\n".join(lines) + "\n"


def settings_by_size() -> str:
    """Return the table of training settings by the size of the base."""
    header = (
        *(
            "parameters of the base",
            "rate of `lora`, below 60 updates",
            "of `full`, `blend`",
            "rank, scale",
            "adapter",
        ),
        *("tokens in an update", "epochs at most", "passes in the budget", "source"),
    )
    rows = [
        (
            row.name,
            f"{row.lora.lr:g}" + (f", {row.short_lr:g}" if row.short_lr != row.lora.lr else ""),
            f"{row.full_lr:g}",
            f"{row.lora.rank}, {row.lora.alpha:g}",
            f"`{row.lora.adapter}`",
            f"{row.lora.batch_tokens:,}",
            str(row.lora.epochs),
            str(row.lora.passes),
            cell(row.source),
        )
        for row in recipe_table.TABLE
    ]
    return table(header, rows)


def shipped_eras() -> str:
    """Return the table of the shipped eras."""
    rows = []
    for name in eras.names():
        era = eras.load(name)
        years = f"{era.period.first.year}-{era.period.last.year}"
        words = f"{era.quality.min_words:,} to {era.quality.max_words:,}"
        formats = ", ".join(era.formats)
        rows.append((f"`{name}`", years, formats, era.markup, words, str(era.lexicon_cutoff)))
    header = ("era", "period", "format", "newest markup", "words of prose")
    return table((*header, "words and markup up to"), rows)


def profile() -> str:
    """Return the table of an era profile's own keys."""
    rows = []
    for name, field in eras.Era.model_fields.items():
        default = "" if field.is_required() else value(field.default)
        if isinstance(field.default, BaseModel):
            default = "see its table"
        rows.append((f"`{name}`", default or "required", cell(texts_of(eras.Era).get(name, ""))))
    return table(("key", "default", "what it says"), rows)


# --- the tree -------------------------------------------------------------------------------


def tracked() -> list[str]:
    """Return the files of the repository; in a checkout those that git knows.

    A new one counts from `git add` on.
    """
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if not listed.returncode:
        names = [name for name in listed.stdout.split("\0") if name]
        return sorted(name for name in names if os.path.lexists(ROOT / name))
    inside = (p for p in ROOT.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    return sorted(p.relative_to(ROOT).as_posix() for p in inside)


def purpose(name: str) -> str:
    """Return what a file is for: the first line of its docstring, its heading or its comment."""
    if name in FILES:
        return FILES[name]
    path = ROOT / name
    if path.is_symlink():
        return f"-> {path.readlink()}"
    if path.suffix not in (".py", ".md", ".yaml", ".tsv", ".js", ""):
        return ""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        return (ast.get_docstring(ast.parse(text)) or "").partition("\n")[0]
    pattern = {
        ".md": r"\A# (.+)",
        ".yaml": r"^title: (.+)",
        ".tsv": r"\A# ([^.;]+[.;])",
        ".js": r"\A// ([^.]+\.)",
        "": r"^# (.+)",
    }[path.suffix]
    match = re.search(pattern, text, re.M)
    return match[1].strip().replace(";", ".") if match else ""


def tree() -> str:
    """Return the repository as a tree, with one line for each file."""
    folders: dict[str, list[str]] = {}
    for name in tracked():
        if name not in HIDDEN:
            folder, _, file = name.rpartition("/")
            folders.setdefault(folder, []).append(file)
            while folder:  # a folder without files of its own
                folder = folder.rpartition("/")[0]
                folders.setdefault(folder, [])
    lines = []
    for folder in sorted(folders):
        depth = folder.count("/") + 1 if folder else 0
        if folder:
            about = FOLDERS.get(folder) or folder_purpose(folder)
            lines.append(line(depth - 1, folder.rpartition("/")[2] + "/", about))
        rest: dict[str, int] = {}
        for file in folders[folder]:
            name = f"{folder}/{file}" if folder else file
            if file == "__init__.py" and folder != "src/erastyle":
                continue
            about = purpose(name)
            if about or file.endswith(".py"):
                lines.append(line(depth, file, about))
            else:
                rest[Path(file).suffix or file] = rest.get(Path(file).suffix or file, 0) + 1
        lines += [line(depth, f"*{suffix}", "data") for suffix in sorted(rest)]
    return "\n".join(["```text", *lines, "```"])


def folder_purpose(folder: str) -> str:
    """Return the first line of the docstring of the folder's package."""
    init = ROOT / folder / "__init__.py"
    return purpose(f"{folder}/__init__.py") if init.is_file() else ""


def line(depth: int, name: str, about: str) -> str:
    """Return one line of the tree."""
    return f"{'  ' * depth + name:36} {about}".rstrip()


# --- pages ----------------------------------------------------------------------------------

PARTS: Mapping[str, Mapping[str, Callable[[], str]]] = {
    "training.md": {
        "train": lambda: option_table(config.TrainOptions, "train."),
        "settings": settings_by_size,
    },
    "scores.md": {"gate": lambda: option_table(eras.Gate, "gate.")},
    "eras.md": {
        "eras": shipped_eras,
        "profile": profile,
        "quality": lambda: option_table(eras.Quality, "quality."),
        "files": lambda: option_table(eras.Files, "files."),
    },
    "house.md": {"tree": tree},
}
WHOLE: Mapping[str, Callable[[], str]] = {"commands.md": commands, "options.md": all_options}


def filled(text: str, name: str, part: str) -> str:
    """Return a page with `part` between the marks `name`.

    Raises:
        ErastyleError: A mark is missing.
    """
    begin, end = f"<!-- {name}: begin. {NOTE} -->", f"<!-- {name}: end -->"
    before, one, rest = text.partition(begin)
    _, other, after = rest.partition(end)
    if not one or not other:
        raise ErastyleError(f"A page has no `{begin}` and `{end}` to put the table between.")
    return f"{before}{begin}\n\n{part}\n\n{end}{after}"


def pages() -> dict[Path, str]:
    """Return every generated page as it should be."""
    made = {DOCS / name: page() for name, page in WHOLE.items()}
    for name, parts in PARTS.items():
        text = (DOCS / name).read_text(encoding="utf-8")
        for part, make in parts.items():
            text = filled(text, part, make())
        made[DOCS / name] = text
    return made


def without_tables(text: str) -> str:
    r"""Return a page without what stands between marks of generated tables.

    >>> without_tables("a <!-- x: begin. Note -->\nb c\n<!-- x: end --> d").split()
    ['a', 'd']
    """
    return re.sub(r"<!-- ([\w-]+): begin\.[^>]*-->.*?<!-- \1: end -->", "", text, flags=re.S)


def user_words() -> int:
    """Return the words of the pages that users read."""
    paths = [ROOT / "README.md", *(DOCS / f"{name}.md" for name in GUIDES)]
    return sum(len(without_tables(path.read_text(encoding="utf-8")).split()) for path in paths)


def main() -> None:
    """Write the pages, or check them."""
    parser = argparse.ArgumentParser(description="Make the generated tables of docs/.")
    parser.add_argument("--check", action="store_true", help="fail if a page is not current")
    check = parser.parse_args().check
    if check and (words := user_words()) > MOST_WORDS:
        sys.exit(f"error: the pages for users have {words:,} words, at most {MOST_WORDS:,}")
    for path, text in pages().items():
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            continue
        name = path.relative_to(ROOT)
        if check:
            sys.exit(f"error: {name} is not current. Run: make docs")
        write_atomically(path, text)
        print(f"{name} written")


if __name__ == "__main__":
    main()
