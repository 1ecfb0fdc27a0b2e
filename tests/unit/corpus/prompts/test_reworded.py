"""Drafts say their document in other words, and nothing else."""

from __future__ import annotations

import re
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erastyle.corpus.prompts.reworded import reworded

TOLD = [
    "Well, the Kite Club of Dunmore really doesn't fly on Mondays!",
    "We often buy large kites, and they cost 12 dollars.",
    "Mail ann@hill.example or see http://www.often.example/big.html for “many big things”.",
    "It's small.",
    "You can begin at 7 pm with your own kite.",
]


def words(lines: list[str]) -> set[str]:
    return set(re.findall(r"[\w']+", " ".join(lines).lower()))


@pytest.mark.parametrize("seed", range(30))
def test_facts_and_denials_stay(seed: int) -> None:
    said = " ".join(reworded(TOLD, Random(seed)))
    for fact in (
        "Kite Club of Dunmore", "Mondays", "12 dollars", "7 pm", "ann@hill.example",
        "http://www.often.example/big.html", "“many big things”", "not",
    ):  # fmt: skip
        assert fact in said, said


def test_most_of_it_is_in_other_words() -> None:
    same = 0.0
    before = {tuple(g) for line in TOLD for g in four(line)}
    for seed in range(20):
        after = [tuple(g) for line in reworded(TOLD, Random(seed)) for g in four(line)]
        same += sum(gram in before for gram in after) / len(after) / 20
    assert 0.1 < same < 0.75


def four(line: str) -> list[list[str]]:
    all_words = re.findall(r"[\w']+", line.lower())
    return [all_words[n : n + 4] for n in range(len(all_words) - 3)]


def test_persons_change_in_the_whole_draft_or_nowhere() -> None:
    lines = ["We fly our kites on Sundays in the park.", "They know that we love our big kites."]
    seen = set()
    for seed in range(40):
        known = words(reworded(lines, Random(seed)))
        assert not {"we", "their"} <= known
        seen.add("we" in known)
    assert seen == {True, False}


@given(st.lists(st.text(max_size=80), max_size=6), st.integers(0, 9))
def test_any_lines_are_taken_and_the_seed_decides(lines: list[str], seed: int) -> None:
    told = reworded(lines, Random(seed))
    assert told == reworded(lines, Random(seed))
    assert all(told)
    assert len(told) <= 2 * len(lines)
