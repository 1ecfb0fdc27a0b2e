"""General material of no period: instruction rows for rehearsal, and running text for measurements.

Rehearsal keeps a model from forgetting its abilities while it learns a style. The rows are plain
modern English. Every answer is computed or comes from a list that this project wrote
(`data/facts.txt`, `data/explanations.txt`). The texts are in `data/texts.txt`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cache
from importlib.resources import files
from random import Random
from typing import Literal

from erastyle.corpus.prompts import general_stories as stories

Row = tuple[str, str]
Lists = dict[str, list[list[str]]]


@cache
def _lists(name: str) -> Lists:
    """Return the sections of `data/NAME.txt`, each line split at ` :: `."""
    sections: Lists = {"": []}
    section = ""
    text = (files("erastyle.corpus.prompts") / "data" / f"{name}.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        if line.startswith("# "):
            section = line[2:]
            sections[section] = []
        elif line.strip():
            sections[section].append(line.split(" :: "))
    return sections


def texts(split: Literal["train", "held-out"]) -> tuple[str, ...]:
    """Return paragraphs of general running text, 60 to 120 words each.

    Args:
        split: `train` for training, `held-out` for measurements; `rows` never holds the latter.
    """
    return tuple(line[0] for line in _lists("texts")[split])


def rows(count: int, seed: int) -> Iterator[Row]:
    """Yield pairs of prompt and response. The first `n` rows do not depend on `count`.

    Args:
        count: Number of rows.
        seed: Seed of the rows; equal seeds give equal rows.
    """
    rng = Random(f"general {seed}")  # noqa: S311 - repeatable, not secret
    for _ in range(count):
        yield _MAKERS[int(rng.random() * len(_MAKERS))](rng)


def _ask(rng: Random, *ways: str) -> str:
    return rng.choice(ways)


def _item(rng: Random, section: str) -> list[str]:
    return rng.choice(_lists("facts")[section])


def _a(word: str) -> str:
    return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"


def arithmetic(rng: Random) -> Row:
    """Return a sum, a difference, a product or a division without remainder."""
    sign = rng.choice("+-*/")
    a, b = rng.randint(2, 99), rng.randint(2, 60)
    if sign == "*":
        a, b = rng.randint(2, 20), rng.randint(2, 12)
    elif sign == "/":
        b = rng.randint(2, 12)
        a = b * rng.randint(2, 15)
    elif sign == "-" and a < b:
        a, b = b, a
    result = {"+": a + b, "-": a - b, "*": a * b, "/": a // b}[sign]
    word = {"+": "plus", "-": "minus", "*": "times", "/": "divided by"}[sign]
    sum_ = f"{a} {sign} {b}"
    prompt = _ask(
        rng, f"What is {sum_}?", f"What is {a} {word} {b}?", f"Calculate {sum_}.", f"{sum_} = ?"
    )
    return prompt, rng.choice((f"{sum_} = {result}", f"{a} {word} {b} is {result}.", f"{result}"))


def word_problem(rng: Random) -> Row:
    """Return a word problem and its solution."""
    who, thing = rng.choice(stories.PEOPLE), rng.choice(stories.THINGS)
    match rng.randint(0, 3):
        case 0:
            a, b = rng.randint(3, 40), rng.randint(2, 30)
            return (
                f"{who} has {a} {thing} and gets {b} more. How many {thing} does {who} have now?",
                f"{a} + {b} = {a + b}. {who} has {a + b} {thing} now.",
            )
        case 1:
            b = rng.randint(2, 20)
            a = b + rng.randint(2, 30)
            return (
                f"{who} has {a} {thing} and gives away {b}. How many are left?",
                f"{a} - {b} = {a - b}. There are {a - b} {thing} left.",
            )
        case 2:
            a, b = rng.randint(2, 12), rng.randint(3, 12)
            return (
                f"There are {b} {thing} in each box. {who} buys {a} boxes. "
                f"How many {thing} is that altogether?",
                f"{a} x {b} = {a * b}. That is {a * b} {thing} altogether.",
            )
        case _:
            b, each = rng.randint(2, 9), rng.randint(2, 12)
            return (
                f"{who} shares {b * each} {thing} equally among {b} friends. "
                "How many does each friend get?",
                f"{b * each} / {b} = {each}. Each friend gets {each} {thing}.",
            )


def fact(rng: Random) -> Row:
    """Return a short question and its answer."""
    match rng.choice(("capital", "symbol", "author", "young", "misc", "misc", "misc")):
        case "capital":
            land, city = _item(rng, "capital")
            ask = (f"What is the capital of {land}?", f"Name the capital of {land}.")
            return _ask(rng, *ask), f"The capital of {land} is {city}".rstrip(".") + "."
        case "symbol":
            name, symbol, number = _item(rng, "symbol")
            if rng.random() < 0.5:
                return (
                    f"What is the atomic number of {name}?",
                    f"The atomic number of {name} is {number}.",
                )
            ask = (f"What is the chemical symbol for {name}?", f"Give the symbol of {name}.")
            return _ask(rng, *ask), f"The chemical symbol for {name} is {symbol}."
        case "author":
            book, author = _item(rng, "author")
            ask = (f"Who wrote {book}?", f"Who is the author of {book}?")
            return _ask(rng, *ask), f"{author} wrote {book}."
        case "young":
            animal, young = _item(rng, "young")
            return f"What is a young {animal} called?", f"A young {animal} is called {_a(young)}."
        case _:
            question, short, long = _item(rng, "misc")
            if rng.random() < 0.35:
                how = rng.choice((" Answer briefly.", " Give only the answer."))
                return question + how, short
            return question, long


def grammar(rng: Random) -> Row:
    """Return a correction, a plural, a past tense or an opposite."""
    ask: tuple[str, ...]
    match rng.choice(("correct", "correct", "plural", "past", "opposite")):
        case "correct":
            wrong, right = _item(rng, "correct")
            ask = (
                f"Correct the grammar: {wrong}",
                f"Fix the mistake in this sentence: {wrong}",
                f'Rewrite this sentence in correct English: "{wrong}"',
            )
            return _ask(rng, *ask), right
        case "plural":
            one, many = _item(rng, "plural")
            ask = (f'What is the plural of "{one}"?', f'Give the plural form of the word "{one}".')
            return _ask(rng, *ask), f'The plural of "{one}" is "{many}".'
        case "past":
            now, then = _item(rng, "past")
            ask = (
                f'What is the past tense of "{now}"?',
                f'Put the verb "{now}" in the past tense.',
            )
            return _ask(rng, *ask), f'The past tense of "{now}" is "{then}".'
        case _:
            one, other = _item(rng, "opposite")
            if rng.random() < 0.5 and one not in (
                "old",
                "open",
                "heavy",
                "hard",
                "long",
                "high",
                "rich",
            ):
                one, other = other, one
            ask = (f'What is the opposite of "{one}"?', f'Name the opposite of the word "{one}".')
            return _ask(rng, *ask), f'The opposite of "{one}" is "{other}".'


def _members(rng: Random, count: int) -> tuple[str, list[str]]:
    name, members = _item(rng, "sets")
    return name, rng.sample(members.split("; "), count)


def ordering(rng: Random) -> Row:
    """Return numbers or words to sort, and the sorted list."""
    if rng.random() < 0.5:
        numbers = rng.sample(range(1, 100), rng.randint(4, 6))
        down = rng.random() < 0.4
        way = "largest to smallest" if down else "smallest to largest"
        text = ", ".join(map(str, numbers))
        answer = ", ".join(map(str, sorted(numbers, reverse=down)))
        return _ask(rng, f"Sort from {way}: {text}", f"Order these numbers, {way}: {text}"), answer
    _, words = _members(rng, rng.randint(4, 6))
    text = ", ".join(words)
    ask = (f"Put these words in alphabetical order: {text}", f"Sort alphabetically: {text}")
    return _ask(rng, *ask), ", ".join(sorted(words))


def form(rng: Random) -> Row:
    """Return a request for an answer in a given form, and the answer."""
    name, words = _member_list(rng)
    sample = _listing(words)
    match rng.randint(0, 6):
        case 0:
            return f"Give me {len(words)} examples of {name}, as a comma-separated list.", sample
        case 1:
            return f"Return {len(words)} {name} as a JSON list.", json.dumps(words)
        case 2:
            return f"Write these words in upper case: {sample}", sample.upper()
        case 3:
            lines = "\n".join(f"{n}. {w}" for n, w in enumerate(words, 1))
            return f"Make a numbered list of {len(words)} {name}.", lines
        case 4:
            lines = "\n".join(f"- {w}" for w in words)
            return f"List {len(words)} {name} as bullet points, one a line.", lines
        case 5:
            question, short, _ = _item(rng, "misc")
            return f"{question} Answer in capital letters only.", short.upper()
        case _:
            which = rng.choice(words)
            ask = f'Spell the word "{which}" with a hyphen between the letters.'
            return ask, "-".join(which.replace(" ", ""))


def _member_list(rng: Random) -> tuple[str, list[str]]:
    name, words = _members(rng, rng.randint(3, 5))
    return {"fruit": "fruits"}.get(name, name), words


def _listing(words: list[str]) -> str:
    return ", ".join(words)


def category(rng: Random) -> Row:
    """Return a question about the odd word out or the common category, and the answer."""
    sets = _lists("facts")["sets"]
    (name, members), (other_name, others) = rng.sample(sets, 2)
    words = rng.sample(members.split("; "), 3)
    if rng.random() < 0.4:
        return f"What do these have in common: {_listing(words)}?", f"They are all {name}."
    odd = rng.choice(others.split("; "))
    if odd in members.split("; "):
        return f"What do these have in common: {_listing(words)}?", f"They are all {name}."
    mixed = rng.sample([*words, odd], 4)
    return (
        f"Which word does not belong: {_listing(mixed)}?",
        f'"{odd[:1].upper()}{odd[1:]}" does not belong. The others are {name}; '
        f"{odd} is one of the {other_name}.",
    )


def explanation(rng: Random) -> Row:
    """Return a question about an everyday thing, and an explanation in a few sentences."""
    what, answer = rng.choice(_lists("explanations")[""])
    ask = (
        f"Explain {what}.",
        f"Can you explain {what}?",
        f"Briefly explain {what}.",
        f"I would like to know {what}.",
    )
    return _ask(rng, *ask), answer


def sentiment(rng: Random) -> Row:
    """Return a remark to classify, and whether it is positive or negative."""
    kind = rng.choice(("positive", "negative"))
    (text,) = _item(rng, kind)
    ask = (
        f'Is this review positive or negative? "{text}"',
        f"Classify the sentiment as positive or negative: {text}",
        f"Sentiment of the following sentence, in one word: {text}",
    )
    return _ask(rng, *ask), rng.choice((kind.capitalize() + ".", kind))


def letter(rng: Random) -> Row:
    """Return a request for a short polite letter, and the letter."""
    return stories.letter(rng)


def story(rng: Random) -> Row:
    """Return a request for a short story, and the story."""
    prompt, text, _ = stories.story(rng)
    return prompt, text


def summary(rng: Random) -> Row:
    """Return a story to summarise, and its summary in one sentence."""
    _, text, short = stories.story(rng)
    ask = ("Summarize in one sentence:", "Give a one-sentence summary of this text:")
    return f"{_ask(rng, *ask)}\n\n{text}", short


_MAKERS: tuple[Callable[[Random], Row], ...] = (
    arithmetic,
    word_problem,
    fact,
    fact,
    fact,
    grammar,
    grammar,
    ordering,
    form,
    form,
    category,
    explanation,
    explanation,
    sentiment,
    letter,
    story,
    summary,
)
