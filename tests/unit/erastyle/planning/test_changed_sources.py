"""A dry run says in words which sources differ from those of the run."""

from __future__ import annotations

import json
from pathlib import Path

from tests.conftest import erastyle


def plan(*given: object) -> dict[str, str]:
    expected: dict[str, str] = json.loads(erastyle(*given, "--dry-run", "--json").output)[
        "expected"
    ]
    return expected


def test_a_source_that_was_left_out_or_changed_is_named(tmp_path: Path) -> None:
    for name in ("pages", "modern", "others"):
        (tmp_path / name).mkdir()
        for number in range(3):
            text = f"<P>Boat {number} of the {name} lies in the harbour of 1996."
            (tmp_path / name / f"{number}.html").write_text(text)
    pages, modern, others = (tmp_path / name for name in ("pages", "modern", "others"))
    run = ("run", "web-1995", "--run", tmp_path / "run")
    assert "source" not in plan(*run, "--source", pages)  # there is no run yet
    given = (*run, "--source", pages, "--contrast", modern)
    assert erastyle(*given, "--until", "ingest").exit_code == 0
    same = plan(*given)
    assert "source" not in same
    assert "contrast" not in same
    less = plan(*run, "--source", f"{others}")
    assert less["source"] == "pages -> others"
    assert less["contrast"].startswith("modern -> generated pages (synthetic-modern:")
    assert less["contrast"].endswith("(no --contrast given this time)")


def test_changed_documents_are_named_without_digests(tmp_path: Path) -> None:
    pages = tmp_path / "pages"
    pages.mkdir()
    (pages / "0.html").write_text("<P>Boat 0 lies in the harbour of 1996.")
    run = ("run", "web-1995", "--run", tmp_path / "run", "--source", pages)
    assert erastyle(*run, "--until", "ingest").exit_code == 0
    (pages / "1.html").write_text("<P>Boat 1 lies in the harbour of 1996.")
    shown = erastyle(*run, "--dry-run").output
    assert "sources.0: other content" in shown
