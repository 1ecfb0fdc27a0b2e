"""The judge on generated pages of two times whose truth is known."""

from __future__ import annotations

import hashlib
import math
import random
from itertools import islice

import numpy as np
import pytest

from erastyle.corpus import era as eras
from erastyle.corpus.errors import ModelError
from erastyle.corpus.synthetic.pages import pages
from erastyle.eval.judge import judge as judging
from erastyle.eval.judge.ending_rules import why_broken
from erastyle.eval.judge.gates import RealRange
from erastyle.eval.judge.judge import EraJudge
from erastyle.eval.judge.judge_recipe import JudgeRecipe
from erastyle.eval.judge.kinds import words_shuffled
from erastyle.eval.judge.learning_texts import ContrastText
from erastyle.eval.judge.questions.neutral import NeutralReading
from erastyle.eval.judge.two_judges import JudgePair
from erastyle.eval.judge.views import TextView, views
from erastyle.eval.style import storage
from erastyle.eval.style.features import Text, prose_of

ERA = eras.load("web-1995")
RECIPE = JudgeRecipe(folds=3)
NEVER = RealRange(np.array([1e6, 2e6]), np.array([0.5, 1.0]), 1.0)
"""A range that every measure lies far below."""


def generated(kind: str, count: int) -> list[Text]:
    rows = (p for p in pages(5, kind) if not p.messy)
    texts = (Text(p.record.raw.decode("latin-1")) for p in islice(rows, 3 * count))
    return [t for t in texts if len(prose_of(t).split()) > 60][:count]


@pytest.fixture(scope="module")
def corpus() -> tuple[list[Text], list[str], list[ContrastText]]:
    real = generated("period", 160)
    contrast = [ContrastText(t, "modern", "modern") for t in generated("modern", 100)]
    return real[:120], [f"site {n // 8}" for n in range(120)], contrast


@pytest.fixture(scope="module")
def held() -> list[Text]:
    return generated("period", 160)[120:]


@pytest.fixture(scope="module")
def judge(corpus) -> EraJudge:
    return EraJudge.fit(*corpus, ERA, RECIPE)


def test_most_documents_of_the_era_pass(judge, held):
    judgements = judge.judge(held)
    assert np.mean([j.passes for j in judgements]) >= 0.8
    assert all(j.sentence.startswith("Passes: ") for j in judgements if j.passes)
    for one in (j for j in judgements if j.passes):
        shares = {a.question: a.percentile for a in one.answers if a.percentile is not None}
        weakest = min(shares, key=shares.__getitem__)
        assert f"at its weakest, {weakest}, {100 * shares[weakest]:.0f} of 100" in one.sentence


def test_modern_pages_fail_and_the_sentence_says_why(judge):
    judgements = judge.judge(generated("modern", 110)[100:])
    assert not any(j.passes for j in judgements)
    assert all(j.sentence.startswith("Fails: ") for j in judgements)


def test_shuffled_words_fail_for_their_order(judge, held):
    long = [t for t in held if len(prose_of(t).split()) > 150]
    mixed = [words_shuffled(t, random.Random(n)) for n, t in enumerate(long)]
    judgements = judge.judge(mixed)
    assert np.mean([j.passes for j in judgements]) <= 0.1
    said = [j.answer("sense").evidence for j in judgements if not j.passes]
    assert "words out of order" in said


def test_later_words_are_named_with_their_year(judge, held):
    later = Text(held[0].body.replace("</BODY>", "<P>Also on GitHub and YouTube.</BODY>", 1)
                 + "<P>See GitHub and YouTube.")  # fmt: skip
    judgement = judge.judge([later])[0]
    assert judgement.outcome == "fails"
    assert "not of the period" in judgement.sentence
    assert "GitHub (2008)" in judgement.sentence


def test_what_the_brief_asks_for_is_not_held_against_the_text(judge, held):
    later = Text(held[0].body + "<P>See GitHub and YouTube.")
    judgement = judge.judge([later], ["Write a page about GitHub and YouTube"])[0]
    assert "not of the period" not in judgement.sentence


def test_a_paragraph_said_ten_times_is_a_loop(judge):
    said = "<P>We went to the lake with our dog and it rained for the whole day long."
    judgement = judge.judge([Text(f"<HTML><BODY><H1>Lake</H1>{said * 10}</BODY></HTML>")])[0]
    assert "stands there 10 times" in judgement.sentence


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("<HTML><BODY><P>Too short.</BODY></HTML>", "too short (2 words"),
        ("<P>" + "Der Verein trifft sich am Abend im Gasthaus und alle sind froh. " * 4, "'de'"),
        ("<PRE>" + "push edx; mov eax, ebx; jmp loop_start; call proc; " * 12 + "</PRE>", "code"),
    ],
)
def test_what_cannot_be_judged_does_not_pass_and_says_why(judge, body, why):
    judgement = judge.judge([Text(body)])[0]
    assert judgement.outcome == "cannot judge"
    assert not judgement.passes
    assert judgement.score == 0
    assert why in judgement.sentence


def test_a_page_without_tags_fails_and_a_plain_text_is_judged_with_a_word(judge, held):
    prose = prose_of(held[1])
    bare, plain = judge.judge([Text(prose, format="html"), Text(prose, format="text")])
    assert "no tags" in bare.sentence
    assert plain.note == "A plain text where the era has pages: judged for voice and sense, " \
        "not for form."  # fmt: skip
    assert plain.answer("form").percentile is None


def test_a_template_that_nobody_filled_in_fails(judge):
    said = "Hello and welcome. My text goes here and more of it goes here. This is the place. "
    judgement = judge.judge([Text(f"<HTML><BODY><P>{said * 3}</BODY></HTML>")])[0]
    assert "a template, not filled in" in judgement.sentence


def test_closing_tags_that_close_nothing_fail_a_page(judge, held):
    good = next(t for t, j in zip(held, judge.judge(held), strict=True) if j.passes)
    bad = Text(good.body + "</H2></TITLE></B>" * 8)
    judgement = judge.judge([bad])[0]
    assert not judgement.passes
    assert judgement.answer("form").gates["nesting"] < 0.01


def test_fifty_tokens_of_a_source_fail_a_text(judge, held):
    good = next(t for t, j in zip(held, judge.judge(held), strict=True) if j.passes)
    assert judge.judge([good], copied=lambda _: 49)[0].passes
    judgement = judge.judge([good], copied=lambda _: 50)[0]
    assert judgement.sentence == "Fails: copied: 50 tokens in a row are a source's."


def test_a_text_that_says_nothing_but_its_brief_fails() -> None:
    said = "The kite club meets on the hill on Sundays and flies kites of every colour in the wind."
    (view,) = views([Text(f"<HTML><BODY><H1>Kites</H1><P>{said}</BODY></HTML>")])
    brief = f"Turn this into a page called Kites:\n{said}"
    assert "adds nothing to its brief" in why_broken(view, [], ["html"], None, brief)
    assert why_broken(view, [], ["html"], None, "A page about kites.") == ""
    assert why_broken(view, [], ["html"], None) == ""


def test_a_stored_judge_judges_the_same(judge, held, tmp_path):
    sha256 = judge.save(tmp_path / "judge.skops")
    again = EraJudge.load(tmp_path / "judge.skops", sha256)
    one, two = judge.judge(held), again.judge(held)
    assert again.threshold == judge.threshold
    assert [j.outcome for j in one] == [j.outcome for j in two]
    assert np.allclose([j.score for j in one], [j.score for j in two], rtol=0.1, atol=0.02)


def test_a_file_of_an_older_version_is_refused_in_one_line(tmp_path):
    path = tmp_path / "judge.skops"
    sha256 = storage.write(path, {"version": judging.VERSION - 1})
    with pytest.raises(
        ModelError, match=rf"not a judge of version {judging.VERSION}; fit it again"
    ) as error:
        EraJudge.load(path, sha256)
    assert "\n" not in str(error.value)


def test_a_rule_that_fails_real_documents_counts_when_the_threshold_is_set(corpus):
    real, sites, contrast = corpus
    bare = [Text(prose_of(t)) if n % 5 == 0 else t for n, t in enumerate(real)]
    judge = EraJudge.fit(bare, sites, contrast, ERA, RECIPE)
    assert judge.threshold == 0
    assert any("the threshold is 0" in note for note in judge.notes)


def test_the_same_documents_and_seed_make_the_same_judge(corpus, judge, held):
    again = EraJudge.fit(*corpus, ERA, RECIPE)
    assert again.threshold == judge.threshold > 0
    assert [j.score for j in again.judge(held)] == [j.score for j in judge.judge(held)]


@pytest.mark.parametrize(
    ("real", "sites", "contrast", "why"),
    [
        (3, 3, 100, "and there are 3: nothing can be judged"),
        (120, 1, 100, "All 120 documents are of the site 'one'"),
        (120, 20, 0, "Give some with --contrast"),
    ],
)
def test_too_little_to_learn_from_is_said_before_anything_is_learnt(
    corpus, real, sites, contrast, why
):
    texts, names, other = corpus
    groups = ["one"] * real if sites == 1 else names[:real]
    with pytest.raises(ModelError, match=why):
        EraJudge.fit(texts[:real], groups, other[:contrast], ERA, RECIPE)


class Reader:
    """A neutral model that hashes words: hidden states without a language model."""

    name = "reader 1"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def read(self, texts):
        self.asked += texts
        return [self._one(text, 1.0) for text in texts]

    def hear(self, texts):
        return [self._one(text, math.nan) for text in texts]

    def order(self, texts):
        return [0.1 for _ in texts]

    def _one(self, text: str, bits: float) -> NeutralReading:
        hidden = np.zeros(64, np.float32)
        for word in text.lower().split()[:200]:
            hidden[hashlib.sha256(word.encode()).digest()[0] % 64] += 1
        return NeutralReading(bits, 0.1, 100, hidden / max(hidden.sum(), 1))


@pytest.fixture(scope="module")
def reading_judge(corpus) -> EraJudge:
    return EraJudge.fit(*corpus, ERA, RECIPE, neutral=Reader())


def test_a_judge_with_a_language_model_says_so_and_reports_smoothness(judge, reading_judge, held):
    judgements = reading_judge.judge(held)
    assert judge.mode == "without a language model"
    assert reading_judge.mode == "with reader 1"
    assert "smooth" in judgements[0].figures
    assert np.mean([j.passes for j in judgements]) >= 0.7
    assert not any(j.passes for j in reading_judge.judge(generated("modern", 110)[100:]))


def test_a_text_that_a_rule_ends_is_not_read(reading_judge):
    said = "<P>We went to the lake with our dog and it rained for the whole day long."
    reader = reading_judge._reader()
    before = len(reader.asked)
    reading_judge.judge([Text(f"<HTML><BODY>{said * 10}</BODY></HTML>"), Text("<P>Too short.")])
    assert len(reader.asked) == before


def test_the_order_of_sentences_is_read_where_nothing_else_fails_a_text(corpus, reading_judge):
    view = TextView(corpus[0][0])
    measured = reading_judge._weighed([view]).percentiles
    assert reading_judge.judge_views([view])[0].passes
    held, reading_judge._ranges["sequence"] = reading_judge._ranges["sequence"], NEVER
    try:
        again = TextView(view.text)
        assert not reading_judge.judge_views([again])[0].passes
        assert again.order == 0.1
    finally:
        reading_judge._ranges["sequence"] = held
    assert "sequence" in measured


def test_a_posting_is_another_medium_than_a_page(judge, held):
    said = (
        "<P>In article 12 Bill wrote: I think you are wrong. Does anyone know? I have seen it, "
        "and I don't believe it. Thanks in advance, please reply by e-mail, I am new here.</P>"
    )
    page = Text(held[0].body + said * 2)
    measured = judge._weighed(views([held[0], page])).percentiles["medium"]
    assert measured[1] < measured[0]


def test_a_stored_judge_keeps_its_mode_and_refuses_another_model(reading_judge, held, tmp_path):
    sha256 = reading_judge.save(tmp_path / "judge.skops")
    again = EraJudge.load(tmp_path / "judge.skops", sha256, Reader())
    assert [j.outcome for j in again.judge(held)] == [j.outcome for j in reading_judge.judge(held)]
    other = Reader()
    other.name = "reader 2"
    with pytest.raises(ModelError, match="made with reader 1 and is asked with reader 2"):
        EraJudge.load(tmp_path / "judge.skops", sha256, other)
    alone = EraJudge.load(tmp_path / "judge.skops", sha256)
    with pytest.raises(ModelError, match="reader: not a language model that a judge reads with"):
        alone.judge(held[:1])


def test_two_judges_of_few_sites_differ_in_features_and_say_so(corpus, tmp_path):
    pair = JudgePair.fit(*corpus, ERA, RECIPE)
    assert not pair.parted
    assert "learnt from the same 15 sites" in pair.note
    assert (pair.choosing.recipe.features, pair.reporting.recipe.features) == (
        "words", "characters",
    )  # fmt: skip
    again = JudgePair.load(tmp_path, pair.save(tmp_path), pair.parted)
    assert again.reporting.threshold == pair.reporting.threshold


def test_two_judges_of_many_sites_learn_from_sites_of_their_own(corpus):
    real, _, contrast = corpus
    pair = JudgePair.fit(real, [f"site {n // 2}" for n in range(120)], contrast, ERA, RECIPE)
    assert pair.parted
    assert pair.choosing.sites + pair.reporting.sites == 60
