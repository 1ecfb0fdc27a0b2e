"""The own brief ranks first for a text about it, and nothing is gained by repeating the brief."""

from __future__ import annotations

import numpy as np
import pytest

from erastyle.eval.adherence.own_brief import BriefRanking

TOPICS = ("kites", "bread", "modems", "bees", "chess", "trains")


def vocabulary(topic: str) -> list[str]:
    """Return words that belong to a topic alone; made up, so that none is in two of them."""
    random = np.random.default_rng(sum(map(ord, topic)))
    syllables = ("bo", "ka", "li", "mu", "ne", "pra", "stu", "ve", "zor", "gil")
    return ["".join(random.choice(syllables, size=4)) for _ in range(40)]


def document(topic: str, seed: int) -> str:
    random = np.random.default_rng(seed)
    return " ".join(random.choice(vocabulary(topic), size=60)) + f" {topic}"


DOCUMENTS = [document(topic, seed) for topic in TOPICS for seed in range(6)]
BRIEFS = [f"A page about {topic}." for topic in TOPICS]
TEXTS = [document(topic, 99 + n).replace(topic, "") for n, topic in enumerate(TOPICS)]


def test_texts_about_their_briefs_rank_them_first_without_the_briefs_words() -> None:
    ranked = BriefRanking(BRIEFS, DOCUMENTS).rank(TEXTS)
    assert ranked.first.mean() >= 5 / 6
    assert ranked.above.mean() > 0.95


def test_texts_about_something_else_do_not() -> None:
    ranked = BriefRanking(BRIEFS, DOCUMENTS).rank(TEXTS[1:] + TEXTS[:1])
    assert ranked.first.sum() == 0
    assert ranked.above.mean() < 0.6


@pytest.mark.parametrize("text", ["", "a page about", "A page about kites. kites kites kites"])
def test_nothing_and_the_brief_alone_could_be_for_any_brief(text: str) -> None:
    ranked = BriefRanking(BRIEFS, DOCUMENTS).rank([text] * len(BRIEFS))
    assert ranked.above.tolist() == [0.5] * len(BRIEFS)
    assert not ranked.first.any()


def test_too_few_briefs_are_said() -> None:
    with pytest.raises(ValueError, match="1 different briefs are too few"):
        BriefRanking([BRIEFS[0]] * len(TEXTS), DOCUMENTS)
