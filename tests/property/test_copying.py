"""A passage that is shared is found wherever it stands, and nothing else is."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from erastyle.corpus.copying import search
from erastyle.corpus.copying.tokens import GRAM, spans, words


def _longest(text, documents):
    """Length of the longest common run of tokens, by comparing everything with everything."""
    best = 0
    for document in documents:
        before = [0] * (len(document) + 1)
        for token in text:
            row = [0] * (len(document) + 1)
            for at, other in enumerate(document, 1):
                if token == other:
                    row[at] = before[at - 1] + 1
            best = max(best, *row)
            before = row
    return best


# Few different words, so that runs repeat and overlap in every way.
few = st.lists(st.sampled_from("abc"), max_size=60)
many = st.lists(st.integers(0, 400).map(str), max_size=60)
tokens = st.one_of(few, many)


@st.composite
def _copied(draw):
    documents = draw(st.lists(tokens, min_size=1, max_size=5))
    parts = [draw(tokens)]
    for _ in range(draw(st.integers(0, 2))):
        source = draw(st.sampled_from(documents))
        start = draw(st.integers(0, len(source)))
        parts += [source[start : start + draw(st.integers(0, 60))], draw(tokens)]
    return [token for part in parts for token in part], documents


@settings(deadline=None, max_examples=150)
@given(_copied(), st.integers(8, 30))
def test_the_longest_run_is_the_one_that_comparing_everything_finds(case, minimum):
    text, documents = case
    index = search.Index.build([(str(n), " ".join(d)) for n, d in enumerate(documents)])
    overlap = index.check(" ".join(text), minimum)
    expected = _longest(text, documents) if text else 0
    found = overlap.longest.length if overlap.longest else 0
    assert found == (expected if expected >= GRAM else 0)
    assert bool(overlap.copies or overlap.phrases) == (expected >= minimum)
    for match in (*overlap.copies, *overlap.phrases):
        source = documents[int(match.document)]
        copied = source[match.document_start : match.document_start + match.length]
        assert copied == text[match.start : match.start + match.length]


@settings(deadline=None, max_examples=100)
@given(_copied())
def test_known_runs_are_those_that_a_set_of_all_runs_holds(case):
    text, documents = case
    index = search.Index.build([(str(n), " ".join(d)) for n, d in enumerate(documents)])
    held = {tuple(d[at : at + 8]) for d in documents for at in range(len(d) - 7)}
    runs = [tuple(text[at : at + 8]) for at in range(len(text) - 7)]
    assert index.check(" ".join(text)).known_grams == sum(run in held for run in runs)


@settings(deadline=None, max_examples=200)
@given(st.text(max_size=200))
def test_tokens_and_their_places_go_together_in_any_text(text):
    names, places = words(text), spans(text)
    assert len(names) == len(places)
    for word, (start, end) in zip(names, places, strict=True):
        assert " ".join(text[start:end].split()).casefold() == word


@settings(deadline=None, max_examples=100)
@given(st.lists(st.lists(st.text(max_size=6), max_size=30).map(" ".join), max_size=5))
def test_any_document_of_eight_tokens_holds_itself_whole(texts):
    index = search.Index.build([(str(n), text) for n, text in enumerate(texts)])
    for text in texts:
        count, longest = len(words(text)), index.longest(text)
        assert (longest.length if longest else 0) == (count if count >= GRAM else 0)
