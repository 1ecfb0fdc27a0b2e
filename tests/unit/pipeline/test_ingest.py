"""What `ingest` says where no document could be read."""

from __future__ import annotations

from erastyle.pipeline import ingest


def test_files_that_are_not_of_the_kind_that_was_named_are_told_with_what_helps() -> None:
    text = ingest.nothing(["mbox:pages"], {"not mail": 72})
    assert "(72 not mail). Leave `mbox:` out" in text
    assert "Check that the path" in ingest.nothing(["pages"], {})
    assert "Check that the path" in ingest.nothing(["mbox:a", "pages"], {"empty": 1})
