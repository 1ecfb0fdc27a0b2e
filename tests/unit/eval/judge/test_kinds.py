"""The generator of what must not pass."""

from __future__ import annotations

import re
from random import Random

import pytest

from erastyle.eval.judge import kind_templates as templates
from erastyle.eval.judge.kinds import (
    KINDS,
    KindSources,
    mixed,
    of_kind,
    roughened,
    sentences_shuffled,
    words_shuffled,
)
from erastyle.eval.style.features import Text

NOUNS = ("cats", "dogs", "birds", "boats", "carts", "trees", "hills", "roads")
SENTENCES = [f"Number {n} of the {w} was seen near the old mill. " for n, w in enumerate(NOUNS)]
PAGE = Text(
    "<HTML><HEAD><TITLE>Mill</TITLE></HEAD><BODY><H1>The mill</H1><P>"
    + "".join(SENTENCES[:4]) + "<P>" + "".join(SENTENCES[4:]) + "</BODY></HTML>"
)  # fmt: skip
ARTICLE = Text("".join(SENTENCES[:4]) + "\n\n" + "".join(SENTENCES[4:]) + "\n", format="text")
OTHER = Text("Our platform lets teams share updates with one click every day. " * 12, format="text")


def sources(real: Text) -> KindSources:
    return KindSources([real], [PAGE], [OTHER], [OTHER], {"newspapers": [OTHER]})


def tags(text: Text) -> list[str]:
    return re.findall(r"<[^<>]*>", text.body)


@pytest.mark.parametrize("real", [PAGE, ARTICLE])
@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"caricature, calm"}))
def test_every_kind_is_made_in_the_format_of_the_era(kind, real):
    if kind == "line repeated":
        real = Text(real.body.replace("The mill", "The old mill near here"), format=real.format)
        if real.format == "text":
            real = Text(real.body + "\n\nThe old mill near here\n", format="text")
    made = of_kind(kind, sources(real), "check", 3, seed=1)
    assert made
    plain = {"modern", "modern text", "machine"}
    assert all(kind in plain or m.text.format == real.format for m in made)


@pytest.mark.parametrize("kind", ["words shuffled", "modern in form", "caricature"])
def test_the_same_seed_makes_the_same_texts(kind):
    one, two = (of_kind(kind, sources(PAGE), "check", 4, seed=3) for _ in range(2))
    assert one == two
    assert one != of_kind(kind, sources(PAGE), "check", 4, seed=4)


def test_shuffling_words_keeps_the_tags_and_the_words():
    made = words_shuffled(PAGE, Random(1))
    assert tags(made) == tags(PAGE)
    assert made.body != PAGE.body
    words = re.sub(r"<[^<>]*>", " ", PAGE.body.replace("<TITLE>Mill</TITLE>", " ")).split()
    mixed_words = re.sub(r"<[^<>]*>", " ", made.body.replace("<TITLE>Mill</TITLE>", " ")).split()
    assert sorted(words) == sorted(mixed_words)


def test_shuffling_sentences_keeps_each_sentence_whole():
    made = sentences_shuffled(PAGE, Random(1))
    assert made is not None
    assert made.body != PAGE.body
    assert all(sentence.strip() in made.body for sentence in SENTENCES)


def test_a_text_of_few_sentences_has_none_to_shuffle():
    assert sentences_shuffled(Text("<P>One. Two."), Random(1)) is None


def test_roughening_swaps_neighbours_and_loses_no_word():
    made = roughened(ARTICLE, Random(1))
    assert sorted(made.body.split()) == sorted(ARTICLE.body.split())
    assert made.body.split() != ARTICLE.body.split()


def test_templates_for_learning_and_for_checking_differ():
    for kept in (templates.PAGES, templates.ARTICLES, templates.CARICATURE, templates.LATER,
                 templates.SHELLS, templates.FORMS, templates.CODE):  # fmt: skip
        assert not set(kept["learn"]) & set(kept["check"])


def test_a_mixture_has_the_share_of_real_sentences_in_their_order():
    real, other = "".join(SENTENCES), "We use cookies. Sign up today. "
    half = mixed(real, other, 0.5, Random(1))
    kept = [s.strip() for s in SENTENCES if s.strip() in half]
    assert len(kept) == 4
    assert [half.index(s) for s in kept] == sorted(half.index(s) for s in kept)
    assert mixed(real, other, 1.0, Random(1)) == " ".join(s.strip() for s in SENTENCES)
