"""The quickstarts: their commands run, in order, in a folder like the one they speak of."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from erastyle.corpus.record import Record
from erastyle.corpus.sources.registry import open_source
from tests.conftest import ROOT, erastyle

DOCS = ROOT / "docs"
PARTS = (("synthetic:200@7", "old-pages"), ("synthetic-modern:150@7", "modern-pages"))


def commands(name: str) -> list[list[str]]:
    """Return the commands behind `$` in a quickstart."""
    page = (DOCS / f"quickstart-{name}.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```console\n(.*?)^```", page, re.M | re.S)
    lines = [line for block in blocks for line in block.splitlines() if line.startswith("$ ")]
    return [shlex.split(line)[2:] for line in lines]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with old and modern pages, one file a page, as a person may have it."""
    root = tmp_path_factory.mktemp("quickstart")
    for spec, name in PARTS:
        for n, item in enumerate(open_source(spec).read()):
            assert isinstance(item, Record)
            path = root / name / item.source.split("//")[1].split("/")[0] / f"page{n}.html"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(item.raw)
    (root / "draft.txt").write_text("The club meets on Monday at 7 pm.\n" * 8, encoding="utf-8")
    (root / "page.html").write_bytes(next((root / "old-pages").rglob("*.html")).read_bytes())
    return root


def test_the_historian_gets_what_the_page_shows(folder, monkeypatch):
    monkeypatch.chdir(folder)
    date, judged, styled = commands("historian")
    assert "1995-06-06  1996-12-31  1995" in erastyle(*date).stdout
    assert (
        "could be of the period: nothing in it is surely later than 1997"
        in erastyle(*judged).stdout
    )
    result = erastyle(*styled)
    assert result.exit_code == 0, result.output


def test_the_archive_is_read_as_the_page_shows(folder, monkeypatch):
    monkeypatch.chdir(folder)
    check, run, why, dry, _train = commands("archive")
    assert "200 documents of 52 sites" in erastyle(*check).stdout
    result = erastyle(*run)
    assert result.exit_code == 0, result.output
    page = (DOCS / "quickstart-archive.md").read_text(encoding="utf-8")
    for line in re.findall(r"^(?:clean|dedupe|split|pairs) .*", result.stderr, re.M):
        assert line.rsplit(",", 1)[0] in page
    assert "page104.html" in erastyle(*why).stdout
    assert "to do" in erastyle(*dry).stdout


@pytest.mark.slow
def test_what_trains_and_writes_runs(folder, monkeypatch):
    monkeypatch.chdir(folder)
    _, run, *_, train = commands("archive")
    for words in (run, train):
        result = erastyle(*words)
        assert result.exit_code in (0, 3, 4), result.output
    for words in commands("writing"):
        result = erastyle(*("my-run" if word == "runs/web-1995" else word for word in words))
        assert result.exit_code == 0, result.output
