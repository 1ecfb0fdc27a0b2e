"""The command `studio`: what can go wrong before a page is shown."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

pytest.importorskip("fastapi", reason="the extra `serve` is not installed")

from erastyle.serving import listen
from tests.conftest import erastyle
from tests.studio_run import make_run


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return make_run(tmp_path / "run")


@pytest.fixture(autouse=True)
def served(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The applications that would be served; none of them is."""
    applications: list[object] = []

    def serve(app: object, bound: socket.socket) -> None:
        bound.close()
        applications.append(app)

    monkeypatch.setattr(listen, "serve", serve)
    return applications


def started(run: Path, *more: object) -> object:
    history = run.parent / "h.sqlite"
    return erastyle("studio", run, "--port", 0, "--history", history, "--no-browser", *more)


def test_it_says_where_it_is(run, served):
    result = started(run)
    assert result.exit_code == 0, result.output
    assert "The studio is at http://127.0.0.1:" in result.output
    assert len(served) == 1


def test_a_token_stands_in_the_address(run):
    assert "/?token=s3cret-token" in started(run, "--token", "s3cret-token").output


def test_a_port_in_use_is_told(run, served):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        result = erastyle("studio", run, "--port", port, "--no-browser")
    assert result.exit_code == 2
    assert f"Port {port} is in use" in result.output
    assert served == []


def test_other_machines_need_a_token(run, served):
    result = started(run, "--host", "0.0.0.0")
    assert result.exit_code == 2
    assert "--token" in result.output
    assert served == []


def test_a_run_without_a_model_opens_and_says_so(tmp_path):
    result = started(make_run(tmp_path / "bare", model=False))
    assert result.exit_code == 0, result.output
    assert "bare cannot write: It has no model yet" in result.output


def test_what_is_no_run_is_told_in_one_line(tmp_path):
    result = started(tmp_path / "nothing")
    assert result.exit_code == 1
    assert "is not a run directory" in result.output
    assert result.output.count("\n") == 1


def test_a_history_that_is_none_is_told(run):
    (run.parent / "h.sqlite").write_text("notes " * 200)
    result = started(run)
    assert result.exit_code == 1
    assert "--history FILE" in result.output


def test_without_runs_it_says_what_to_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = erastyle("studio", "--port", 0, "--no-browser")
    assert result.exit_code == 2
    assert "Name a run" in result.output
