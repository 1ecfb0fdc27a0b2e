"""What became of the facts of a draft: kept, changed, lost, added; and texts that cheat."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erastyle.train.restyle.fact_ledger import ledger

DRAFT = (
    "The kite club of Whitby was founded in 1987 by Ann Hill. It has 25 members and meets on 4 May "
    "in the Red Lion. We do not fly in the rain. Mail ann@hill.example for the list."
)


def states(text: str) -> dict[str, str]:
    return {entry.text: entry.state for entry in ledger(DRAFT, text).entries}


def test_a_text_that_says_the_same_in_other_words_keeps_everything() -> None:
    text = (
        "Welcome to the page of the Whitby kite club! Ann Hill founded the club in 1987, and today "
        "we are 25 members. The next meeting is on May 4th in the Red Lion. In the rain we do not "
        "fly. If you want the list, send mail to ann@hill.example and you will get it."
    )
    book = ledger(DRAFT, text)
    assert book.broken == []
    assert book.kept_share == 1.0


def test_changed_lost_and_added_facts_are_told_apart() -> None:
    text = (
        "The kite club of Whitby was founded in 1978 by Ann Hill. It has 52 members and meets on "
        "4 May in the Red Lion. John Smith is the president of the club."
    )
    book = ledger(DRAFT, text)
    changed = {entry.text: entry.now for entry in book.entries if entry.state == "changed"}
    assert changed == {"1987": "1978", "25 members": "52 members"}
    assert {e.kind for e in book.entries if e.state == "lost"} == {"negation", "link"}
    assert "John Smith" in {e.text for e in book.entries if e.state == "added"}


@pytest.mark.parametrize(
    ("draft", "text", "state"),
    [
        ("We meet on 4 May 1995 in town.", "We meet on 5 April 1995 in town.", "changed"),
        ("We meet on 4/5/1995 in town.", "We meet on 7/8/1995 in town.", "changed"),
        ("We meet on 4 May in the town.", "We meet on 4 May 1995 in town.", "kept"),
        ("It is 5 miles to the sea.", "It is 5 km to the sea.", "changed"),
        ("It is 5 miles to the sea.", "It is 5 mile to the sea.", "kept"),
        ("It costs 5 dollars in the shop.", "It costs $5 in the shop.", "kept"),
        ("It has 25 members in the town.", "In the town it has 25 people.", "kept"),
    ],
)
def test_a_date_or_a_unit_that_changed_is_not_kept(draft: str, text: str, state: str) -> None:
    entry = ledger(draft, text).entries[0]
    assert entry.state == state, entry


def test_facts_appended_as_a_list_are_not_kept() -> None:
    text = "Welcome to my page about the wind. Whitby. 1987. Ann Hill. 25. 4 May. Red Lion."
    assert ledger(DRAFT, text).count("kept") == 0


def test_a_draft_that_is_given_back_keeps_all_its_facts() -> None:
    book = ledger(DRAFT, DRAFT)
    assert (book.kept_share, book.count("added")) == (1.0, 0)
    assert ledger("", "").kept_share == 1.0


@given(st.text(max_size=300), st.text(max_size=300))
def test_a_text_keeps_itself(one: str, other: str) -> None:
    book = ledger(one, other)
    assert 0 <= book.kept_share <= 1
    assert ledger(one, one).broken == []


def test_what_was_added_stands_in_no_draft() -> None:
    entries = ledger("We meet in Leeds.", "We meet in Leeds with Ann Hill.").entries
    assert {(e.state, e.in_draft) for e in entries} == {("kept", "Leeds"), ("added", "")}
