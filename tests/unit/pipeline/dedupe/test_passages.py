"""Paragraphs of a text and their digests."""

from __future__ import annotations

from erastyle.pipeline.dedupe.passages import PassageRules, passages_of


def test_a_paragraph_has_the_same_digest_however_it_is_laid_out():
    words = " ".join(f"word{i}" for i in range(60))
    text = f"Short one.\n\n{words}\n \nAnother short one."
    relaid = words.upper().replace(" ", "\n") + "."
    (passage,), (again,) = passages_of([text, relaid], PassageRules())
    assert text[passage.start : passage.end] == words
    assert (passage.words, passage.digest) == (60, again.digest)
