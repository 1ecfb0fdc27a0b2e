"""Repair: broken sentences take the place of what says the same wrongly, or are added."""

from __future__ import annotations

import pytest

from erastyle.corpus.document import Format
from erastyle.train.restyle.fact_ledger import ledger
from erastyle.train.restyle.plain_prose import plain_prose
from erastyle.train.restyle.repair import repaired

DRAFT = (
    "The club was founded in 1987 by Ann Hill & Sons. It has 25 members who meet on Mondays. "
    "We do not fly in the rain."
)


def kept(body: str, form: Format) -> float:
    return ledger(DRAFT, plain_prose(body, form)).kept_share


def test_a_sentence_that_says_it_wrongly_is_replaced() -> None:
    body = (
        "<P>The club was founded in\n1978 by Ann Hill &amp; Sons.\n"
        "<P>It has 25 members who meet on Mondays. We do not fly in the rain."
    )
    mended, back = repaired(body, DRAFT, "html")
    assert back == ["The club was founded in 1987 by Ann Hill & Sons."]
    assert "1978" not in mended
    assert mended.count("founded") == 1
    assert "Ann Hill &amp; Sons" in mended
    assert kept(mended, "html") == 1.0


def test_a_sentence_that_nothing_is_like_is_added() -> None:
    body = "<P>The club was founded in 1987 by Ann Hill &amp; Sons. We do not fly in the rain."
    mended, back = repaired(body, DRAFT, "html")
    assert back == ["It has 25 members who meet on Mondays."]
    assert mended == f"{body}\n<P>{back[0]}"


def test_a_sentence_is_not_replaced_where_other_facts_would_go_with_it() -> None:
    body = "The club was founded in 1987 by Ann Hill & Sons, and the 24 members meet on Mondays.\n"
    mended, _ = repaired(body, DRAFT, "text")
    assert mended.startswith(body)
    assert kept(mended, "text") == 1.0


def test_a_sentence_with_tags_inside_stays() -> None:
    body = "<P>It has <B>24</B> members who meet on Mondays."
    mended, back = repaired(body, DRAFT, "html")
    assert mended.startswith(body)
    assert len(back) == 3


@pytest.mark.parametrize("form", ["html", "text"])
def test_a_text_that_keeps_everything_stays(form: Format) -> None:
    body = DRAFT.replace("&", "&amp;") if form == "html" else DRAFT
    assert repaired(body, DRAFT, form) == (body, [])


def test_a_fact_that_a_replacement_takes_away_is_not_lost() -> None:
    draft = "The club was founded in 1987 by Ann Hill. We thank Tom Reed for the hall."
    body = "The club was founded by Bob and Tom Reed in the town."
    mended, back = repaired(body, draft, "text")
    assert ledger(draft, mended).kept_share == 1.0
    assert all(sentence in mended for sentence in back)
