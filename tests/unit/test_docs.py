"""The documentation is tested: commands parse, links lead somewhere, values are right."""

from __future__ import annotations

import importlib.util
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import typer.main
import yaml

from erastyle import cli, config
from erastyle.corpus import era as eras
from erastyle.corpus import yamlfile
from erastyle.corpus.errors import ErastyleError
from tests.conftest import ROOT

DOCS = ROOT / "docs"
PAGES = [p for p in (ROOT / "README.md", *sorted(DOCS.glob("*.md"))) if p.is_file()]
APP: Any = typer.main.get_command(cli.app)
BLOCK = re.compile(r"^```[\s\S]*?^```|(?:^(?: {4}|\t).*\n)+", re.M)
COMMAND = re.compile(r"^(?:\$ )?(?:\.venv/bin/)?erastyle(?= )(.*)")
LINK = re.compile(r"(?<!!)\[[^\]\n]*\]\(([^)\s]+)\)|!\[[^\]\n]*\]\(([^)\s]+)\)")


def leaves(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every command that does something, with the words that name it."""
    for name, inner in getattr(command, "commands", {}).items():
        yield from leaves(inner, (*path, name))
    if not hasattr(command, "commands"):
        yield path, command


def commands(text: str) -> Iterator[str]:
    """Yield what stands behind `erastyle` in code blocks and in code within a line."""
    joined = text.replace("\\\n", " ")
    for block in BLOCK.findall(joined):
        for line in block.splitlines():
            if match := COMMAND.match(line.strip()):
                yield match[1].strip()
    rest = BLOCK.sub("\n", joined)
    for code in re.findall(r"`([^`]+)`", rest):
        if match := COMMAND.match(" ".join(code.split())):
            yield match[1].strip()


def problem(line: str) -> str:
    """Return why the command line does not parse, or nothing."""
    words = [word for word in shlex.split(line, comments=True) if word not in ("…", "...")]
    command: Any = APP
    name = "erastyle"
    while hasattr(command, "commands") and words and not words[0].startswith("-"):
        name = words.pop(0)
        if name not in command.commands:
            return f"no command {name!r}"
        command = command.commands[name]
    if words and words[-1] in ("--help", "--version"):
        return "" if words[-1] == "--help" or command is APP else "--version is of the whole"
    try:
        # A command that is only named, such as `erastyle why`, may lack its arguments.
        context = command.make_context(name, list(words), resilient_parsing=not words)
    except Exception as error:  # noqa: BLE001 - the class differs with the version of typer
        return str(getattr(error, "message", "")) or f"{type(error).__name__}: {error}"
    try:
        config.load("web-1995", context.params.get("set") or ())
    except Exception as error:  # noqa: BLE001
        return str(error)
    return ""


LINES = [(page.name, line) for page in PAGES for line in commands(page.read_text("utf-8"))]


@pytest.mark.parametrize(("page", "line"), LINES, ids=[f"{p}: {line}" for p, line in LINES])
def test_a_command_in_the_documentation_parses(page: str, line: str) -> None:
    assert not problem(line), f"{page}: erastyle {line}: {problem(line)}"


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("rum web-1995", "no command 'rum'"),
        ("run web-1995 --sauce a", "--sauce"),
        ("status", ""),
        ("status a b c", "unexpected"),
        ("generate x --count many", "valid integer"),
        ("run web-1995 --set train.epoch=3", "unknown key train.epoch"),
        ("run web-1995 --set train.epochs=none", "train.epochs"),
        ("eras new a.yaml --like web-1995", ""),
    ],
)
def test_the_parser_of_this_test_tells_right_from_wrong(line: str, why: str) -> None:
    found = problem(line)
    assert (why in found) if why else not found, found


def test_commands_are_found_in_blocks_and_in_lines() -> None:
    text = "Say `erastyle status RUN`.\n\n    erastyle run a \\\n        --until clean  # stop\n\n"
    text += "```sh\n$ erastyle doctor\n```\n`erastyle.corpus.era` and erastyle run are prose.\n"
    assert sorted(" ".join(c.split()) for c in commands(text)) == [
        "doctor", "run a --until clean # stop", "status RUN",
    ]  # fmt: skip
    assert len(LINES) > 30


@pytest.mark.parametrize("path", [path for path, _ in leaves(APP)], ids=" ".join)
def test_every_command_has_help(path: tuple[str, ...]) -> None:
    command = dict(leaves(APP))[path]
    assert command.help, f"{' '.join(path)} has no help"
    for option in command.params:
        if option.param_type_name == "option":
            assert option.help, f"{' '.join(path)} {option.opts[0]} has no help"


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_every_link_leads_to_a_file_and_a_heading(page: Path) -> None:
    text = BLOCK.sub("\n", page.read_text("utf-8"))
    for target in (a or b for a, b in LINK.findall(text)):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        file = page.parent / name if name else page
        assert file.exists(), f"{page.name}: {target} leads nowhere"
        if anchor and file.suffix == ".md":
            assert anchor in anchors(file.read_text("utf-8")), f"{page.name}: no heading {target}"


def anchors(text: str) -> set[str]:
    """Return the anchors that a Markdown page gives its headings."""
    headings = re.findall(r"^#+ +(.+)$", BLOCK.sub("\n", text), re.M)
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}


def test_the_index_names_every_page() -> None:
    index = (DOCS / "README.md").read_text("utf-8")
    missing = [p.name for p in DOCS.glob("*.md") if p.name not in index and p.name != "README.md"]
    assert not missing


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_every_file_and_script_that_is_named_is_there(page: Path) -> None:
    text = page.read_text("utf-8")
    for name in re.findall(
        r"\b((?:tests|benchmarks|corpus|pipeline|train|eval|src)/[\w./-]+\.\w+)", text
    ):
        there = (ROOT / name).exists() or name.startswith("benchmarks/results/")
        assert there, f"{page.name} names {name}, which is not there"


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_run_files_and_named_options_are_valid(page: Path) -> None:
    text = page.read_text("utf-8")
    for block in re.findall(r"^```yaml\n(.*?)^```", text, re.M | re.S):
        data = yaml.safe_load(block)
        if "era" in data:
            data["era"] = eras.load(data["era"])
            yamlfile.validate(config.RunConfig, data, page.name, {}, ())
    known = set(yamlfile.keys(config.RunConfig))
    sections = {key.partition(".")[0] for key in known if "." in key}
    for name in re.findall(r"`([a-z]+\.[a-z_.]+)`", text):
        if name.split(".")[0] in sections and not name.endswith((".md", ".py", ".html", ".json")):
            assert name in known, f"{page.name} names the option {name}, which there is not"


def test_exit_codes_are_those_of_the_command() -> None:
    table = re.findall(r"^\| (\d+) \|", (DOCS / "running.md").read_text("utf-8"), re.M)
    assert sorted(table) == sorted(re.findall(r"\b(\d+)(?= \w|,)", cli.EPILOG))


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", DOCS / "generate.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_reference_names_every_command_and_every_option(generate: ModuleType) -> None:
    page = generate.commands()
    headings = re.findall(r"^## (.+)$", page, re.M)
    words = {" ".join(path) for path, _ in leaves(APP)}
    assert words <= set(headings)
    assert "`--explain ID\\|TEXT`" in page, "a bar inside a cell is escaped"
    assert "--arithmetic" not in page, "it is hidden"


def test_a_default_that_changes_makes_the_page_old(
    generate: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = generate.pages()
    assert generate.pages() == before
    field = config.TrainOptions.model_fields["rank"]
    monkeypatch.setattr(field, "default", 65)
    after = generate.pages()
    assert [path.name for path in after if after[path] != before[path]] == ["training.md"]


def test_a_page_without_marks_is_refused(generate: ModuleType) -> None:
    text = generate.filled(
        "a\n<!-- x: begin. " + generate.NOTE + " -->\n<!-- x: end -->b", "x", "t"
    )
    assert text.startswith("a\n")
    assert "\n\nt\n\n" in text
    assert text.endswith("b")
    with pytest.raises(ErastyleError, match="x: begin"):
        generate.filled("no marks", "x", "t")


def test_the_tree_has_a_line_for_every_module(generate: ModuleType) -> None:
    tree = generate.tree()
    assert re.search(r"^ +why\.py +The command `why`", tree, re.M)
    modules = [name for name in generate.tracked() if name.endswith(".py")]
    source = [name for name in modules if not name.startswith("tests/")]
    assert not [name for name in source if not generate.purpose(name)]
    for module in modules:
        if not module.endswith("__init__.py"):
            assert f" {Path(module).name} " in f" {' '.join(tree.split())} "


def test_the_pages_for_users_stay_short(
    generate: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert generate.user_words() <= generate.MOST_WORDS
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) <= 150
    monkeypatch.setattr(generate, "MOST_WORDS", 10)
    monkeypatch.setattr("sys.argv", ["generate.py", "--check"])
    with pytest.raises(SystemExit, match="words, at most 10"):
        generate.main()


def messages() -> list[str]:
    """Return the messages of docs/troubleshooting.md: the code in the first column."""
    page = (DOCS / "troubleshooting.md").read_text("utf-8")
    return [
        m for row in re.findall(r"^\| ([^|]+) \|", page, re.M) for m in re.findall("`(.+?)`", row)
    ]


@pytest.mark.parametrize("message", messages())
def test_a_message_that_is_explained_is_one_of_the_program(message: str) -> None:
    folders = ("corpus", "pipeline", "train", "eval", "src/erastyle/commands")
    files = [p for name in folders for p in (ROOT / name).rglob("*.py")]
    joined = "\n".join(re.sub(r'"\s*\n\s*f?"', "", p.read_text("utf-8")) for p in files)
    for part in message.split("…"):
        assert part.strip(" .:") in joined, f"no message says {part!r}"


def test_the_three_quickstarts_are_the_first_of_the_documentation() -> None:
    index = (DOCS / "README.md").read_text("utf-8")
    places = [index.index(f"({name}.md)") for name in ("quickstart-archive", "running")]
    assert places == sorted(places)
