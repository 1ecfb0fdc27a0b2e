"""Features of prose: what they see, and the years that they never see."""

from __future__ import annotations

from erastyle.eval.style.prose_features import mask, word_columns


def test_masking_leaves_no_year_date_or_address():
    masked = mask(
        "Last updated: 12-Mar-95, Tuesday May 3rd, 1994 or 3/12/95; (c)1993-1996, in the 1990s, "
        "the '90s and the 20th century, http://a.example/1995/ and joe@cs.example.edu"
    )
    assert not any(c.isdigit() and c != "0" for c in masked)
    for left in ("mar", "may", "century", "90", "example", "http"):
        assert left not in masked


def test_words_and_pairs_have_the_same_column_wherever_they_stand():
    columns, starts = word_columns(" hello world, hello world x ")
    assert starts.tolist() == [1, 7, 14, 20, 26, 1, 7, 14, 20]
    assert columns[0] == columns[2]
    assert columns[5] == columns[7]  # `hello world`
    assert columns[5] != columns[6]  # `world hello`
    assert len(word_columns(" 0 0 ")[0]) == len(word_columns("")[0]) == 0
