"""One sentence a text: what is not of the period, what could be, and what cannot be judged."""

from __future__ import annotations

from dataclasses import replace

from erastyle.eval.anachronism.hits import Hit, find
from erastyle.eval.judge.judgement import Judgement, QuestionAnswer
from erastyle.eval.text_verdicts import of_judgement, of_scores

HIT = Hit(0, 12, "Hugging Face", "word", 2016, 0.95, "first public release; project history")
ANSWERS = (
    QuestionAnswer("form", 0.5, "", {}),
    QuestionAnswer("voice", 0.01, "like today's prose: “leverage”", {}),
    QuestionAnswer("sense", 0.6, "", {}),
    QuestionAnswer("time", 1.0, "", {}),
)
FAILED = Judgement("fails", 0.2, 1.0, ANSWERS, "Fails: like today's prose: “leverage”.")


def test_a_text_with_a_certain_later_name_is_not_of_the_period() -> None:
    verdict = of_scores(100, [HIT], 1997, style=0.9, threshold=0.5)
    assert verdict.outcome == "fails"
    assert verdict.sentence == "not of the period: names Hugging Face, 2016"
    assert verdict.question == "time"


def test_one_uncertain_later_word_is_said_and_fails_nothing() -> None:
    verdict = of_scores(100, [HIT._replace(certainty=0.8)], 1997, style=0.9, threshold=0.5)
    assert verdict.outcome == "passes"
    assert "names Hugging Face, 2016, which alone is no proof" in verdict.sentence


def test_style_below_the_threshold_fails_and_both_numbers_are_said() -> None:
    verdict = of_scores(100, [], 1997, style=0.12, threshold=0.63)
    assert verdict.outcome == "fails"
    assert "0.12" in verdict.sentence
    assert "0.63" in verdict.sentence


def test_a_short_text_cannot_be_judged_with_a_classifier_or_without() -> None:
    said = of_scores(12, [], 1997, threshold=0.5, problem="fewer than 20 words").sentence
    assert said == "cannot be judged: 12 words, fewer than 20 words"
    assert of_scores(12, [], 1997, too_short="fewer than 20 words").outcome == "cannot judge"


def test_without_a_classifier_nothing_passes() -> None:
    verdict = of_scores(100, [], 1997)
    assert verdict.outcome == "not judged"
    assert "style was not judged" in verdict.sentence


def test_the_judge_names_the_failing_question_in_plain_words() -> None:
    verdict = of_judgement(FAILED, 100)
    assert (verdict.outcome, verdict.question, verdict.threshold) == ("fails", "voice", 1.0)
    assert verdict.sentence.startswith("not of the period: voice (choice of words): like today's")


def test_a_rule_of_the_judge_is_given_to_its_question() -> None:
    later = "Fails: not of the period: Hugging Face (2016)."
    verdict = of_judgement(replace(FAILED, score=0.0, sentence=later), 100)
    assert verdict.question == "time"
    assert verdict.sentence == "not of the period: time (later words): Hugging Face (2016)"
    copied = "Fails: copied: 60 tokens in a row are a source's."
    assert of_judgement(replace(FAILED, score=0.0, sentence=copied), 100).question == ""


def test_what_the_judge_cannot_judge_has_its_words_counted() -> None:
    short = Judgement("cannot judge", 0.0, 1.0, (), "Cannot be judged: fewer than 20 words.")
    assert of_judgement(short, 12).sentence == "cannot be judged: 12 words, fewer than 20 words"


def test_words_are_counted_once() -> None:
    said = "Cannot be judged: too short (16 words, 20 are needed)."
    verdict = of_judgement(Judgement("cannot judge", 0.0, 1.0, (), said), 12)
    assert verdict.sentence == "cannot be judged: too short (16 words, 20 are needed)"


def test_a_tag_is_used_and_a_year_is_spoken_of() -> None:
    hits = find("<p>In 2014 we met.<nav><a href=/>x</a></nav>", "html", 1997)
    sentence = of_scores(100, hits, 1997).sentence
    assert "uses <nav>, 2007" in sentence
    assert "speaks of 2014 as past" in sentence
