"""General rows and texts: right answers, variety, and nothing shared with what is measured."""

from __future__ import annotations

import json
import re
from random import Random

import pytest

from erastyle.corpus.prompts import general

ROWS = list(general.rows(4000, 11))
OPERATIONS = {
    "+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b,
    "/": lambda a, b: a / b, "x": lambda a, b: a * b,
    "plus": lambda a, b: a + b, "minus": lambda a, b: a - b, "times": lambda a, b: a * b,
    "divided by": lambda a, b: a / b,
}  # fmt: skip


def test_arithmetic_is_right():
    rng = Random(5)
    for _ in range(500):
        prompt, response = general.arithmetic(rng)
        a, sign, b = re.search(r"(\d+) (\D+?) (\d+)", prompt).groups()
        assert int(re.findall(r"\d+", response)[-1]) == OPERATIONS[sign](int(a), int(b))


def test_word_problems_show_their_sum_and_answer_with_it():
    rng = Random(6)
    for _ in range(500):
        prompt, response = general.word_problem(rng)
        a, sign, b, result = re.match(r"(\d+) (\S) (\d+) = (\d+)\.", response).groups()
        assert OPERATIONS[sign](int(a), int(b)) == int(result)
        assert result in response.split(". ", 1)[1]
        assert set(re.findall(r"\d+", prompt)) <= {a, b}


def test_sorted_lists_hold_what_was_given_in_order():
    rng = Random(7)
    for _ in range(300):
        prompt, response = general.ordering(rng)
        given = prompt.rsplit(": ", 1)[1].split(", ")
        answer = response.split(", ")
        assert sorted(answer) == sorted(given)
        if given[0].isdigit():
            numbers = [int(n) for n in answer]
            assert numbers == sorted(numbers, reverse="largest to smallest" in prompt)
        else:
            assert answer == sorted(given)


def test_answers_keep_the_form_that_was_asked_for():
    rng = Random(8)
    seen = set()
    for _ in range(600):
        prompt, response = general.form(rng)
        if "JSON" in prompt:
            assert len(json.loads(response)) == int(re.search(r"\d", prompt)[0])
            seen.add("json")
        elif "upper case" in prompt or "capital letters" in prompt:
            assert response == response.upper()
            seen.add("upper")
        elif "numbered" in prompt:
            assert [line.split(".")[0] for line in response.splitlines()][:3] == ["1", "2", "3"]
            seen.add("numbered")
        elif "Spell" in prompt:
            assert response.replace("-", "") == re.search(r'"(.*)"', prompt)[1].replace(" ", "")
            seen.add("spelled")
    assert seen == {"json", "upper", "numbered", "spelled"}


def test_there_are_more_than_250_facts_and_80_explanations():
    facts = general._lists("facts")
    assert sum(len(facts[s]) for s in ("capital", "symbol", "author", "young", "misc")) >= 250
    assert len(general._lists("explanations")[""]) >= 80


def test_no_fact_is_asked_twice_with_different_answers():
    for section in ("capital", "symbol", "young", "misc", "plural", "past", "correct"):
        asked = [item[0] for item in general._lists("facts")[section]]
        assert len(asked) == len(set(asked)), section


def test_every_short_fact_stands_in_its_long_form():
    words = [
        "zero",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
    ]
    for question, short, long in general._lists("facts")["misc"]:
        spoken = words[int(short)] if short.isdigit() and int(short) < 13 else short
        known = short.lower().removeprefix("the ").removeprefix("a ").removeprefix("in ")
        assert known in long.lower() or spoken in long.lower(), question


def test_answers_are_written_out():
    for prompt, response in ROWS:
        assert prompt.strip() == prompt
        assert response.strip() == response
        assert response
        assert not re.search(r"[{}]|::", prompt + response.replace("[", ""))


def test_rows_vary():
    assert len({prompt for prompt, _ in ROWS}) > 0.6 * len(ROWS)
    assert len({response for _, response in ROWS}) > 1500


def test_rows_are_repeatable_and_a_longer_run_starts_the_same():
    assert list(general.rows(300, 11)) == ROWS[:300]
    assert list(general.rows(50, 12)) != ROWS[:50]


def test_there_are_sixty_held_out_paragraphs_of_the_promised_length():
    held, train = general.texts("held-out"), general.texts("train")
    assert len(set(held)) >= 60
    assert len(set(train)) >= 20
    assert not set(held) & set(train)
    assert all(60 <= len(text.split()) <= 120 for text in held + train)


def _eight_grams(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"[a-z']+", text.lower())
    return {tuple(words[i : i + 8]) for i in range(len(words) - 7)}


@pytest.mark.parametrize("other", ["rows", "train"])
def test_held_out_text_shares_nothing_with_what_is_learned(other):
    learned = (
        general.texts("train")
        if other == "train"
        else [f"{p} {r}" for p, r in ROWS]
        + [item[1] for item in general._lists("explanations")[""]]
    )
    held = set().union(*(_eight_grams(t) for t in general.texts("held-out")))
    assert not [t for t in learned if _eight_grams(t) & held]


def test_no_rehearsal_row_asks_for_a_page() -> None:
    """Else its modern answer would be learnt as the answer to a brief."""
    asked = re.compile(r"\b(?:web|home) ?page|\bpage (?:about|on)\b|\bHTML\b", re.IGNORECASE)
    assert not [prompt for prompt, _ in general.rows(3_000, 7) if asked.search(prompt)]
