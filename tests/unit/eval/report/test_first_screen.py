"""The first screen: what was made, of what, how good, and whether to use it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from erastyle.eval.gate.gate import Verdict
from erastyle.eval.report import first_screen
from erastyle.eval.report.parts import Corpus
from erastyle.eval.report.pictures import Pictures
from tests.report_rows import gate_line


class Passing:
    """A judgement of which only the outcome counts."""

    def __init__(self, passes: bool) -> None:
        self.passes = passes


def side(passing: int, of: int) -> Any:
    return [Passing(n < passing) for n in range(of)]


def facts(**changes: Any) -> first_screen.Facts:
    values: dict[str, Any] = {
        "era": "the early web, 1993-1997",
        "base": "smollm2",
        "method": "lora",
        "corpus": Corpus(100, 40, 12, 9000, {"train": 80, "test": 20}),
        "generated": 0,
        "pictures": Pictures(1993, 1997, outside=30.0),
        "judged": (side(0, 24), side(18, 24), side(20, 24)),
        "real": "real documents",
        "verdict": Verdict("PASS", "All lines pass.", (gate_line("a", "", verdict="PASS"),)),
    }
    return first_screen.Facts(**(values | changes))


def verdict(word: Any, *lines: tuple[str, Any]) -> Verdict:
    return Verdict(word, "", tuple(gate_line(id_, "", verdict=v) for id_, v in lines))


def test_the_three_answers_name_base_documents_texts_and_what_may_lie_outside():
    made, good, use = first_screen.answers(facts())
    assert "“smollm2” was fine-tuned to write like the early web, 1993-1997" in made.text
    assert "from 80 documents; 20 further ones" in made.text
    assert "about 30 % of all documents may lie outside 1993-1997" in made.text
    assert good.text.startswith(
        "Good: a classifier that took no part in the training accepts 18 of 24 texts"
    )
    assert "20 of 24 real documents, and 0 of 24" in good.text
    assert use.text.startswith("Yes, to write in the manner of the era")
    assert "never cite it" in use.text


def test_generated_documents_are_named_and_never_lead_to_yes():
    texts = [a.text for a in first_screen.answers(facts(generated=100))]
    assert "from 80 generated sample pages" in texts[0]
    assert "outside" not in texts[0]
    assert texts[2].startswith("No, only to see that the program works")
    mixed = first_screen.made(facts(generated=10))
    assert "80 documents (10 of all 100 are generated samples)" in mixed


def test_a_failure_says_in_plain_words_what_is_broken():
    text = first_screen.use(verdict("FAIL", ("style_pass", "FAIL"), ("copied", "PASS")), False)
    assert text.startswith(
        "No, not as it is. 1 of 2 acceptance criteria is not met: too few of its"
    )


def test_what_is_open_counts_as_neither_good_nor_bad():
    text = first_screen.use(verdict("INCONCLUSIVE", ("a", "INCONCLUSIVE"), ("b", "PASS")), False)
    assert text.startswith("Not yet, except to try it out. None of 2 acceptance criteria is failed")
    assert "1 is not settled" in text


def test_few_texts_get_no_grade_and_unjudged_ones_no_number():
    assert first_screen.good((side(0, 4), side(4, 4), side(4, 4)), "r").startswith("Too few texts")
    assert first_screen.good((side(0, 24), side(0, 24), side(20, 24)), "r").startswith("Not good")
    assert first_screen.good((side(0, 24), side(5, 24), side(20, 24)), "r").startswith("Poor")
    assert first_screen.good((), "r").startswith("Not known")


def test_every_plain_reason_belongs_to_a_line_of_the_gate():
    import json

    from tests.conftest import ROOT

    source = "".join(p.read_text(encoding="utf-8") for p in (ROOT / "eval").rglob("*.py"))
    source += json.dumps(sorted(first_screen.PLAIN))
    assert not [id_ for id_ in first_screen.PLAIN if source.count(f'"{id_.split(".")[0]}') < 2]


def test_what_a_budget_left_out_is_not_what_the_model_was_made_of():
    corpus = Corpus(296, 240, 84, 9000, {"train": 237, "test": 59}, learnt=39)
    assert "learnt from 39 of 237 documents; 59 further" in first_screen.made(facts(corpus=corpus))
    early = replace(corpus, learnt_at_most=True)
    assert "learnt from at most 39 of 237 documents" in first_screen.made(facts(corpus=early))
    none = replace(corpus, learnt=0)
    shown = first_screen.made(facts(corpus=none, method="prompt"))
    assert "was prompted to write like the early web, 1993-1997, shown none of 237 doc" in shown
