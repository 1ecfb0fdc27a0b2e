"""The synthetic source: determinism and templates for any seed."""

from __future__ import annotations

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from erastyle.corpus.sources.synthetic import records
from erastyle.corpus.synthetic.templates import contract, expand

SEEDS = st.integers(0, 2**32)
KINDS = st.sampled_from(["period", "modern"])


@settings(deadline=None, max_examples=15)
@given(SEEDS, KINDS, st.integers(0, 40), st.integers(0, 40))
def test_a_longer_run_starts_with_the_shorter_one(seed, kind, first, more):
    short = list(records(first, seed, kind))
    assert len(short) == first
    assert list(records(first + more, seed, kind))[:first] == short


@settings(deadline=None, max_examples=10)
@given(SEEDS, KINDS)
def test_records_say_what_they_are(seed, kind):
    for record in records(30, seed, kind):
        assert record.origin == ("synthetic" if kind == "period" else "modern")
        assert record.licence == "Apache-2.0 (generated)"
        assert record.source.startswith("http")
        assert record.raw


@settings(deadline=None, max_examples=10)
@given(SEEDS)
def test_another_seed_gives_other_pages(seed):
    one = {r.raw for r in records(20, seed)}
    other = {r.raw for r in records(20, seed + 1)}
    assert not one & other


@given(SEEDS, st.lists(st.text("abc ", min_size=1), min_size=1, max_size=4))
def test_a_choice_gives_one_of_its_options(seed, options):
    text = expand(f"[{'|'.join(options)}]", Random(seed), {})
    assert text in options


@given(st.text())
def test_contracting_twice_changes_nothing_more(text):
    once = contract(text)
    assert contract(once) == once
