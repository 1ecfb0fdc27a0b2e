"""Laws that hold for any text."""

from __future__ import annotations

import itertools

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from erastyle.corpus.text.hashing import distinct
from erastyle.corpus.text.normalise import normalise, normalise_all
from erastyle.corpus.text.shingles import jaccard, shingles, winnow, word_hashes, word_shingles

TEXTS = st.text(st.sampled_from("abC 12 ,.\n\t_-\u00e9\u0130\u00df\u201c") | st.characters())


@settings(deadline=None, max_examples=150)
@given(st.lists(TEXTS | st.text(st.sampled_from("aB ,.\n"))))
def test_a_batch_gives_what_single_texts_give(texts):
    texts = [t.encode("utf-8", "ignore").decode() for t in texts]
    assert normalise_all(pa.array(texts, pa.string()))[0].to_pylist() == list(map(normalise, texts))


@settings(deadline=None, max_examples=150)
@given(TEXTS)
def test_normalising_twice_changes_nothing(text):
    once = normalise(text)
    assert normalise(once) == once


@settings(deadline=None, max_examples=100)
@given(st.lists(st.sampled_from("abcde")), st.lists(st.sampled_from("abcde")))
def test_jaccard_is_that_of_the_sets_of_word_triples(one, other):
    sets = [
        {tuple(w[i : i + 3]) for i in range(max(1, len(w) - 2))} if w else set()
        for w in (one, other)
    ]
    union = sets[0] | sets[1]
    expected = len(sets[0] & sets[1]) / len(union) if union and all(sets) else 0.0
    assert jaccard(shingles(" ".join(one)), shingles(" ".join(other))) == expected


@settings(deadline=None, max_examples=100)
@given(
    st.lists(st.sampled_from("abcdefgh"), min_size=10, max_size=10),
    *[st.lists(st.sampled_from("abcdefgh"), max_size=30) for _ in range(4)],
)
def test_two_texts_with_a_common_passage_share_a_winnowed_run(passage, a, b, c, d):
    def kept(words):
        return set(winnow(word_hashes(" ".join(words), 3), 10 - 3 + 1).tolist())

    assert kept(a + passage + b) & kept(c + passage + d)


@given(st.lists(st.integers(0, 50)))
def test_distinct_is_the_sorted_set(values):
    import numpy as np

    assert distinct(np.array(values, np.uint64)).tolist() == sorted(set(values))


@settings(deadline=None, max_examples=100)
@given(st.lists(st.lists(st.sampled_from(["a", "b", "ab", "caf\u00e9"])), min_size=1, max_size=6))
def test_the_shingles_of_a_batch_agree_as_those_of_single_texts_do(texts):
    joined = [" ".join(words) for words in texts]
    values, starts = word_shingles(pa.array(joined, pa.large_string()))
    sets = [values[a:b] for a, b in itertools.pairwise(starts)]
    for one, text in zip(sets, joined, strict=True):
        for other, more in zip(sets, joined, strict=True):
            assert jaccard(one, other) == jaccard(shingles(text), shingles(more))
