"""Help: the order of the work, an example each, types in words, two options everywhere."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
import typer.main

from erastyle import cli
from erastyle.commands import help, verbosity  # noqa: A004
from tests.conftest import erastyle
from tests.unit.test_docs import APP, leaves, problem


def test_the_groups_stand_in_the_order_of_the_work():
    text = erastyle("--help").output
    places = [text.index(name) for name in (cli.START, cli.WRITE, cli.LOOK, cli.STAGES, cli.CARE)]
    assert places == sorted(places)


@pytest.mark.parametrize("example", [entry.example for entry in cli.ENTRIES])
def test_every_example_in_the_help_parses(example):
    assert not problem(example.removeprefix("erastyle "))


def test_every_command_of_the_first_level_has_an_example():
    for name, command in APP.commands.items():
        assert (command.epilog or "").startswith("Example: erastyle"), name


def test_the_list_of_commands_cuts_no_sentence_and_draws_no_boxes():
    for words in ([], ["sources"], ["eras"], ["bases"]):
        text = erastyle(*words, "--help").output
        assert "..." not in text.replace("[ARGS]...", "")
        assert not set(text) & set("╭│╰─")


def test_a_group_of_commands_leaves_quiet_as_it_was():
    assert erastyle("--quiet", "eras", "list").exit_code == 0
    assert verbosity.quiet()


def test_usage_names_arguments_without_brackets_in_brackets():
    for path, _ in leaves(typer.main.get_command(cli.app)):
        usage = erastyle(*path, "--help").output.splitlines()[0]
        assert not set(usage) & set("{}"), usage
        assert "[[" not in usage, usage
        assert "]..." not in usage, usage


def test_an_argument_shows_no_type():
    rows = erastyle("score", "--help").output.split("Arguments:")[1].split("Options:")[0]
    assert "FILE…  A run to score" in rows


def test_no_help_names_a_type_of_python():
    for path, _ in leaves(typer.main.get_command(cli.app)):
        options = [line for line in erastyle(*path, "--help").output.splitlines() if " --" in line]
        for line in options:
            if "--help" not in line:
                assert "<bool>" not in line, line
                assert "list[" not in line, line
                assert "<str>" not in line, line


@pytest.mark.parametrize(
    ("words", "level"),
    [
        (["bases", "--quiet"], verbosity.QUIET),
        (["-v", "bases"], verbosity.VERBOSE),
        (["bases"], verbosity.NORMAL),
    ],
)
def test_quiet_and_verbose_go_anywhere(words, level):
    assert erastyle(*words).exit_code == 0
    assert {verbosity.quiet(): -1, verbosity.verbose(): 1}.get(True, 0) == level


def test_words_behind_two_dashes_are_no_options(monkeypatch):
    seen = []
    monkeypatch.setattr(help.TyperGroup, "parse_args", lambda _self, _ctx, args: seen.append(args))
    help.WorkGroup(name="x").parse_args(None, ["-q", "generate", "--", "--verbose"])
    assert seen == [["generate", "--", "--verbose"]]
    assert verbosity.quiet()


def test_completion_for_a_shell_is_printed():
    command = [sys.executable, "-m", "erastyle", "--show-completion", "bash"]
    # Without a shell above the tests there is none to detect; then the option takes its name.
    env = os.environ | {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=env)
    assert done.returncode == 0
    assert "COMP_WORDS" in done.stdout


def test_no_color_prints_no_colours():
    env = os.environ | {"NO_COLOR": "1", "FORCE_COLOR": "", "TERM": "xterm"}
    command = [sys.executable, "-m", "erastyle", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=env)
    assert "\x1b[3" not in done.stdout


def test_a_command_is_imported_when_it_is_called():
    code = (
        "import sys\nfrom erastyle.cli import app\n"
        "try:\n    app(['doctor', '--help'])\nexcept SystemExit:\n    pass\n"
        "print(*sorted(m for m in sys.modules if m.startswith('erastyle.commands.')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = done.stdout.splitlines()[-1]
    assert "erastyle.commands.doctor" in loaded
    assert "erastyle.commands.studio" not in loaded


@pytest.mark.parametrize("entry", cli.ENTRIES, ids=lambda entry: entry.name)
def test_the_list_of_commands_says_the_first_sentence_of_each_help(entry):
    assert entry.summary().endswith(".")
    assert " ".join(entry.built().help.split()).startswith(entry.summary())
    assert entry.summary() in " ".join(erastyle("--help").output.split())
