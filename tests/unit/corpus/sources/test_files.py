"""What a spec names, and what folders, zip and tar files give."""

from __future__ import annotations

import shutil
import tarfile
import zipfile
from collections import Counter
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path
from typing import Any

import pytest

from erastyle.corpus.errors import ConfigError, SourceError
from erastyle.corpus.record import Record, Skipped
from erastyle.corpus.sources import registry
from erastyle.corpus.sources.registry import open_source
from tests.conftest import ROOT, SHARED

HTML = b"<HTML><BODY>Welcome to my page.</BODY></HTML>"


def tree(root: Path) -> Path:
    for name in (
        "www.foo.edu/index.html", "www.foo.edu/~ann/cats.HTM", "docs/README", "docs/faq.txt",
        "top.html", "pics/cat.gif", "docs/page.css",
    ):  # fmt: skip
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(HTML if "htm" in name.lower() else b"Plain words, a line of them.\n")
    return root


def test_a_page_belongs_to_its_host_its_person_its_folder_or_the_root(tmp_path: Path) -> None:
    items = list(open_source(str(tree(tmp_path / "old"))).read())
    sites = {item.source: item.site for item in items if isinstance(item, Record)}
    assert sites == {
        "top.html": "old", "docs/README": "docs", "docs/faq.txt": "docs",
        "www.foo.edu/index.html": "foo.edu", "www.foo.edu/~ann/cats.HTM": "foo.edu/~ann",
    }  # fmt: skip


def test_the_site_can_be_a_number_of_folders_or_each_file(tmp_path: Path) -> None:
    root = tree(tmp_path / "old")
    (root / "docs" / "deep").mkdir()
    (root / "docs" / "deep" / "a.txt").write_bytes(b"Words.")
    deep = [i.site for i in open_source(f"folder:{root}?site=2").read() if isinstance(i, Record)]
    assert "docs/deep" in deep
    each = [i.site for i in open_source(f"folder:{root}?site=file").read() if isinstance(i, Record)]
    assert len(set(each)) == len(each)
    with pytest.raises(ConfigError, match="site is a count of folders or `file`"):
        open_source(f"folder:{root}?site=two")


def test_what_is_no_document_is_skipped_with_its_type(tmp_path: Path) -> None:
    items = open_source(str(tree(tmp_path / "old"))).read()
    skipped = {i.source: (i.reason, i.detail) for i in items if isinstance(i, Skipped)}
    assert skipped == {
        "pics/cat.gif": ("not text", "image/gif"), "docs/page.css": ("not text", "text/css"),
    }  # fmt: skip


def test_bytes_come_out_as_they_went_in(tmp_path: Path) -> None:
    raw = "Caf\xe9 \u2013 na\xefve".encode("cp1252") + b"\r\n\x1a"
    (tmp_path / "a.txt").write_bytes(raw)
    (item,) = open_source(str(tmp_path / "a.txt")).read()
    assert isinstance(item, Record)
    assert (item.raw, item.source, item.captured) == (raw, "a.txt", "")


def test_moving_a_folder_changes_nothing_and_changing_a_byte_does(tmp_path: Path) -> None:
    root = tree(tmp_path / "old")
    before = (open_source(str(root)).digest(), list(open_source(str(root)).read()))
    (tmp_path / "elsewhere").mkdir()
    moved = tmp_path / "elsewhere" / "old"
    shutil.move(root, moved)
    assert (open_source(str(moved)).digest(), list(open_source(str(moved)).read())) == before
    (moved / "top.html").write_bytes(HTML + b".")
    assert open_source(str(moved)).digest() != before[0]


def test_the_name_of_a_folder_counts_only_where_it_names_a_site(tmp_path: Path) -> None:
    root = tree(tmp_path / "old")
    with_top = open_source(str(root)).digest()
    renamed = root.rename(tmp_path / "new")
    assert open_source(str(renamed)).digest() != with_top
    (renamed / "top.html").unlink()
    without = open_source(str(renamed)).digest()
    assert open_source(str(renamed.rename(tmp_path / "newer"))).digest() == without


def test_options_that_change_the_sites_change_the_digest(tmp_path: Path) -> None:
    root = tree(tmp_path / "old")
    assert open_source(f"folder:{root}?site=2").digest() != open_source(f"folder:{root}").digest()


def test_a_folder_and_its_zip_and_its_tar_hold_the_same_documents(tmp_path: Path) -> None:
    root = tree(tmp_path / "old")
    shutil.make_archive(str(tmp_path / "z"), "zip", root)
    shutil.make_archive(str(tmp_path / "t"), "gztar", root)

    def documents(path: Path) -> dict[tuple[str, bytes], int]:
        items = open_source(str(path)).read()
        return Counter((i.site, i.raw) for i in items if isinstance(i, Record) and "/" in i.site)

    whole = documents(root)
    assert whole
    assert documents(tmp_path / "z.zip") == documents(tmp_path / "t.tar.gz") == whole


def test_a_member_keeps_the_date_of_the_archive_unless_a_clock_was_never_set(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(zipfile.ZipInfo("a.txt", (1996, 3, 9, 12, 30, 0)), b"Words.")
        archive.writestr(zipfile.ZipInfo("b.txt", (1980, 1, 1, 0, 0, 0)), b"More words.")
    assert [i.captured for i in open_source(str(path)).read() if isinstance(i, Record)] == [
        "1996-03-09", "",
    ]  # fmt: skip


def test_an_mbox_among_pages_is_read_as_mail(tmp_path: Path) -> None:
    mbox = b"From a@b.example Fri Apr 23 09:22:13 1993\nSubject: One\n\nText.\n\n" * 2
    (tmp_path / "page.html").write_bytes(HTML)
    (tmp_path / "list.mbox").write_bytes(mbox)
    with zipfile.ZipFile(tmp_path / "more.zip", "w") as archive:
        archive.writestr("other.mbox", mbox)
    items = [i for i in open_source(str(tmp_path)).read() if isinstance(i, Record)]
    assert [i.title for i in items] == ["One", "One", "One", "One", ""]


def test_an_archive_in_an_archive_is_skipped(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("b.lha", b"-")
        archive.writestr("c.tar.gz", b"-")
    reasons = [i.reason for i in open_source(str(tmp_path)).read() if isinstance(i, Skipped)]
    assert reasons == ["nested archive"] * 2


def test_empty_folders_of_a_tar_are_no_documents(tmp_path: Path) -> None:
    (tmp_path / "in" / "empty").mkdir(parents=True)
    (tmp_path / "in" / "a.txt").write_bytes(b"Words.")
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        archive.add(tmp_path / "in", "in")
    assert len(list(open_source(str(tmp_path / "a.tar")).read())) == 1


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("a.warc.gz", b"", "warc"),
        ("a.ARC", b"", "warc"),
        ("noname", b"WARC/1.0\r\n", "warc"),
        ("a.mbox", b"", "mbox"),
        ("sent", b"From ann@foo.example Fri Apr 23 09:22:13 1993\n", "mbox"),
        ("a.tgz", b"", "folder"),
        ("a.html", HTML, "folder"),
        ("a.jsonl.gz", b"", "table"),
        ("a.parquet", b"", "table"),
    ],
)
def test_the_kind_is_told_by_name_and_first_bytes(
    tmp_path: Path, name: str, data: bytes, kind: str
) -> None:
    (tmp_path / name).write_bytes(data)
    assert registry.guess(tmp_path / name) == kind


def test_a_zip_of_mboxes_and_a_maildir_are_mail(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("rec.autos.mbox", b"")
    for folder in ("cur", "new", "tmp"):
        (tmp_path / "mail" / folder).mkdir(parents=True)
    assert registry.guess(tmp_path / "a.zip") == registry.guess(tmp_path / "mail") == "mbox"


def test_an_unknown_kind_gets_the_nearest_name() -> None:
    with pytest.raises(ConfigError, match=r"no kind 'wark'\. Did you mean warc\?"):
        open_source("wark:pages")


def test_an_unknown_option_gets_the_nearest_name(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_bytes(b"{}")
    with pytest.raises(ConfigError, match=r"unknown option 'bdy'\. Did you mean body\?"):
        open_source(f"table:{tmp_path}/rows.jsonl?bdy=text")


@pytest.mark.parametrize("spec", ["folder:", "synthetic:many", "synthetic:5@x"])
def test_a_spec_without_a_place_says_how_to_write_it(spec: str) -> None:
    with pytest.raises(ConfigError, match="write"):
        open_source(spec)


def test_a_path_with_a_colon_or_a_question_mark_is_a_path(tmp_path: Path) -> None:
    path = tmp_path / "cgi?x=1.html"
    path.write_bytes(HTML)
    assert [i.source for i in open_source(f"folder:{path}").read()] == ["cgi?x=1.html"]
    odd = tmp_path / "a:b.txt"
    odd.write_bytes(b"Words.")
    assert [i.source for i in open_source(str(odd)).read()] == ["a:b.txt"]


class Diary:
    """A source of another package."""

    def __init__(self, spec: str, location: str, options: dict[str, str]) -> None:
        self.spec, self.location, self.options = spec, location, options


def test_another_package_adds_a_kind_by_its_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint("diary", "somewhere:Diary", registry.GROUP)
    monkeypatch.setattr(EntryPoint, "load", lambda _self: Diary)
    monkeypatch.setattr(registry, "entry_points", lambda **_: EntryPoints([point]))
    source = open_source("diary:pepys?year=1660")
    assert isinstance(source, Diary)
    assert (source.location, source.options) == ("pepys", {"year": "1660"})


def test_the_size_is_that_of_the_files_read(tmp_path: Path) -> None:
    (tmp_path / "a.warc").write_bytes(b"x" * 100)
    (tmp_path / "b.txt").write_bytes(b"y" * 50)
    assert open_source(f"warc:{tmp_path}").size() == 100
    assert open_source(f"folder:{tmp_path}").size() == 150


def test_a_folder_without_web_archives_says_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "b.txt").write_bytes(b"y")
    with pytest.raises(SourceError, match=r"holds no web archive: no \*\.warc"):
        list(open_source(f"warc:{tmp_path}").read())


@pytest.mark.parametrize("name", ["texts1990s.zip", "manuals1990s.zip", "newspapers.zip"])
def test_every_member_of_a_real_archive_is_counted_once(name: str) -> None:
    if not SHARED.is_dir():
        pytest.skip("the real documents (shared/data beside the checkout) are not here")
    with zipfile.ZipFile(SHARED / name) as archive:
        wanted = Counter(f"{name}/{i.filename}" for i in archive.infolist() if not i.is_dir())
    found = Counter(item.source for item in open_source(str(SHARED / name)).read())
    assert found == wanted


def test_the_source_in_the_documentation_works(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8")
    names: dict[str, Any] = {}
    exec(text.split("```python\n")[1].split("```")[0], names)
    path = tmp_path / "diary.txt"
    path.write_bytes(b"1660-01-01 Rain.\n\n1660-01-02 Sun.\n")
    diary = names["Diary"](f"diary:{path}", str(path), {"author": "Ann"})
    assert [getattr(i, "date", "-") for i in diary.read()] == ["1660-01-01", "-", "1660-01-02"]
    assert diary.digest() != names["Diary"]("", str(path), {}).digest()
    assert diary.size() == 34


def test_every_kind_is_documented() -> None:
    text = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8")
    assert [kind for kind in registry.KINDS if f"`{kind}:" not in text] == []
