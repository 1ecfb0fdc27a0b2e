"""The wheel, the wheel made from the sdist, and an editable checkout hold the same files."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from tests.conftest import ROOT

LINKS = ("corpus", "eval", "pipeline", "train")
OWN = ("commands", "exporting", "planning", "serving", "studio", "writing")
HEAVY = ("torch", "transformers", "daft", "sklearn", "pandas", "numpy", "pyarrow", "scipy",
         "datasets", "trl", "peft", "rich", "yaml")  # fmt: skip

# What the program opens while it runs; a module without its data imports and then fails.
DATA = (
    "corpus/chronology/*.tsv",
    "corpus/prompts/data/*.txt",
    "corpus/eras/web-1995.yaml",
    "corpus/eras/newspaper-1890.yaml",
    "corpus/synthetic/data/*.txt",
    "eval/capability/tasks/*.tsv",
    "eval/capability/tasks/*.yaml",
    "eval/report/palette.css",
    "eval/report/report.css",
    "eval/report/report.html.j2",
    "studio/static/studio.css",
    "studio/static/studio.js",
    "studio/templates/base.html.j2",
    "train/starter/model/config.json",
    "train/starter/model/model.safetensors",
    "train/starter/model/tokenizer.json",
    "py.typed",
)

# Prints every module and every file that Python finds in the installed package.
FOUND = """
import importlib.resources, json, pkgutil, erastyle
names = [m.name for m in pkgutil.walk_packages(erastyle.__path__, "erastyle.")]
def walk(folder, at):
    for item in folder.iterdir():
        if item.name == "__pycache__":
            continue
        if item.is_dir():
            yield from walk(item, f"{at}/{item.name}")
        else:
            yield f"{at}/{item.name}"
files = sorted(walk(importlib.resources.files("erastyle"), "erastyle"))
print(json.dumps({"at": erastyle.__file__, "modules": sorted(names), "files": files}))
"""


def tracked() -> list[str]:
    if not (ROOT / ".git").exists() or shutil.which("git") is None:
        pytest.skip("needs the git checkout, to know which files belong to it")
    command = ["git", "ls-files", "-z"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [name for name in listed.split("\0") if name and os.path.lexists(ROOT / name)]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tracked files alone: what a clone holds."""
    folder = tmp_path_factory.mktemp("clone") / "erastyle"
    for name in tracked():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, folder / name, follow_symlinks=False)
    return folder


def build(kind: str, source: Path, out: Path) -> Path:
    """Call the build backend as pip does, without its private environment and its download."""
    out.mkdir()
    code = f"import hatchling.build as b; print(b.build_{kind}({str(out)!r}))"
    made = subprocess.run(
        [sys.executable, "-c", code], cwd=source, capture_output=True, text=True, check=False
    )
    assert made.returncode == 0, made.stderr
    return out / made.stdout.split()[-1]


def found(path: Path, folder: Path) -> dict[str, list[str]]:
    """What Python finds when `path` is where packages are installed."""
    environment = {**os.environ, "PYTHONPATH": str(path), "PYTHONDONTWRITEBYTECODE": "1"}
    out = subprocess.run(
        [sys.executable, "-c", FOUND],
        cwd=folder, env=environment, check=True, capture_output=True, text=True,
    )  # fmt: skip
    answer: dict[str, list[str]] = json.loads(out.stdout)
    assert str(answer.pop("at")).startswith(str(path))
    return answer


def members(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return {n for n in archive.namelist() if ".dist-info/" not in n}


@pytest.fixture(scope="module")
def expected() -> set[str]:
    """Every tracked file of the package, under its import path."""
    names = set()
    for name in tracked():
        if (ROOT / name).is_symlink():
            continue
        if name.startswith("src/"):
            names.add(name.removeprefix("src/"))
        elif name.startswith(tuple(f"{link}/" for link in LINKS)):
            names.add(f"erastyle/{name}")
    return names


@pytest.fixture(scope="module")
def wheel(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("wheel", checkout, tmp_path_factory.mktemp("wheel") / "out")


def test_the_wheel_holds_exactly_the_tracked_files(wheel: Path, expected: set[str]) -> None:
    assert members(wheel) == expected


def test_the_wheel_made_from_the_sdist_is_the_same_wheel(
    checkout: Path, wheel: Path, tmp_path: Path
) -> None:
    sdist = build("sdist", checkout, tmp_path / "sdist")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    (unpacked,) = (tmp_path / "unpacked").iterdir()
    again = build("wheel", unpacked, tmp_path / "again")
    with zipfile.ZipFile(wheel) as one, zipfile.ZipFile(again) as other:
        assert {n: one.read(n) for n in one.namelist()} == {
            n: other.read(n) for n in other.namelist()
        }


def test_the_sdist_holds_what_a_person_needs_to_test_it(checkout: Path, tmp_path: Path) -> None:
    with tarfile.open(build("sdist", checkout, tmp_path / "sdist")) as archive:
        names = {name.split("/", 1)[1] for name in archive.getnames()}
    needed = {n for n in tracked() if n.startswith(("tests/", "benchmarks/", "docs/"))}
    assert needed | {"pyproject.toml", "LICENSE", "README.md", "Makefile"} <= names


def test_an_installed_wheel_and_an_editable_checkout_show_the_same_modules_and_files(
    checkout: Path, wheel: Path, expected: set[str], tmp_path: Path
) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    editable = build("editable", checkout, tmp_path / "editable")
    with zipfile.ZipFile(editable) as archive:
        (pth,) = (n for n in archive.namelist() if n.endswith(".pth"))
        (place,) = archive.read(pth).decode().split()
    assert Path(place) == checkout / "src"
    installed, linked = found(tmp_path / "site", tmp_path), found(Path(place), tmp_path)
    assert installed == linked
    assert set(installed["files"]) == expected
    assert {"erastyle.corpus.era", "erastyle.train.fit.sft"} <= set(installed["modules"])


@pytest.mark.parametrize("pattern", DATA)
def test_the_data_is_in_the_wheel(pattern: str, wheel: Path) -> None:
    assert [n for n in members(wheel) if fnmatchcase(n, f"erastyle/{pattern}")]


def test_nothing_of_tests_benchmarks_or_documents_is_installed(wheel: Path) -> None:
    tops = {tuple(n.split("/")[:2]) for n in members(wheel) if n.count("/") > 1}
    assert tops == {("erastyle", name) for name in (*LINKS, *OWN)}


@pytest.mark.parametrize("name", LINKS)
def test_the_four_folders_are_links_in_the_front_door(name: str) -> None:
    link = ROOT / "src" / "erastyle" / name
    assert link.is_symlink()
    assert link.readlink() == Path("../..") / name
    assert (link / "__init__.py").is_file()


def test_every_module_imports() -> None:
    code = """
import importlib, pkgutil, erastyle
names = [m.name for m in pkgutil.walk_packages(erastyle.__path__, "erastyle.")]
for name in names:
    if not name.endswith("__main__"):
        importlib.import_module(name)
print(len(names))
"""
    out = run_here(code)
    assert out.returncode == 0, out.stderr
    assert int(out.stdout) > 80


def run_here(code: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, "-W", "ignore", "-c", code]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["run", "--help"], ["eras", "--help"]]
)
def test_help_answers_without_anything_heavy(arguments: list[str]) -> None:
    code = f"""
import sys
sys.argv = ["erastyle", *{arguments!r}]
from erastyle.cli import main
try:
    main()
finally:
    print("heavy:", *sorted(set({HEAVY!r}) & set(sys.modules)))
"""
    out = run_here(code)
    assert out.returncode == 0, out.stderr
    assert "erastyle" in out.stdout
    assert out.stdout.splitlines()[-1] == "heavy:"
