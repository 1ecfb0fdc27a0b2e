"""Whatever a document holds, its dating is an interval in order or nothing."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from erastyle.corpus.dates.interval import date
from erastyle.corpus.document import Document

PIECES = st.sampled_from(
    ["Last updated ", "12/3/96", "(c) ", "1995", "'97", " March ", "<!--", "-->", "<META ", "$Id$"]
)


@settings(deadline=None, max_examples=150)
@given(st.lists(PIECES | st.text(max_size=12), max_size=12), st.sampled_from(["html", "text"]))
def test_an_interval_is_in_order_within_the_capture_and_repeats(pieces, kind):
    body = "".join(pieces)
    document = Document(
        id="", source="a", site="s", format=kind, body=body, raw_sha256="", date_to="2001-05-06"
    )
    found = date(document)
    assert 0 <= found.confidence <= 1
    assert found.date_from <= found.date_to <= "2001-05-06"
    assert found == date(document)
