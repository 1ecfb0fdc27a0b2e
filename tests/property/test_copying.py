from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from erastyle.eval.copying import search


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
    assert found == (expected if expected >= search.GRAM else 0)
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
    words, places = search.words(text), search.spans(text)
    assert len(words) == len(places)
    for word, (start, end) in zip(words, places, strict=True):
        assert " ".join(text[start:end].split()).casefold() == word


@settings(deadline=None, max_examples=100)
@given(st.lists(st.tuples(st.text(max_size=20), st.text(max_size=80)), max_size=5))
def test_any_documents_can_be_stored_and_loaded(tmp_path_factory, documents):
    path = tmp_path_factory.mktemp("index") / "copying.npz"
    index = search.Index.build(documents)
    try:
        index.save(path)
    except UnicodeEncodeError:
        pytest.fail("a document with odd characters cannot be stored")
    again = search.Index.load(path)
    assert again.vocabulary == index.vocabulary
    assert again.ids == index.ids
    for _, text in documents:
        assert again.check(text) == index.check(text)
