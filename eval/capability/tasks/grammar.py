# ruff: noqa: D103  each function is named after its phenomenon; lists read as text
"""Write `grammar.tsv`: pairs of sentences of which one is English and the other is not.

Run `python -m erastyle.eval.capability.tasks.grammar` after a change here.

The kinds of pairs follow the literature on minimal pairs; templates and words are our own.
Both sentences of a pair have the same number of words wherever the phenomenon allows it.

Source of the method: Warstadt et al., "BLiMP: The Benchmark of Linguistic Minimal Pairs", 2020.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

PER_GROUP = 40
SEED = 1995

Pair = tuple[str, str]

# singular, plural
PEOPLE = [
    line.split()
    for line in (
        "farmer farmers/teacher teachers/student students/doctor doctors/boy boys/girl girls/"
        "man men/woman women/child children/king kings/driver drivers/writer writers/"
        "friend friends/neighbor neighbors/soldier soldiers/cook cooks"
    ).split("/")
]
THINGS = [
    line.split()
    for line in (
        "book books/letter letters/box boxes/key keys/table tables/house houses/picture pictures/"
        "car cars/window windows/chair chairs/door doors/bag bags/bottle bottles/knife knives"
    ).split("/")
]
PLACES = "garden kitchen school street city room library market village park".split()
WOMEN = "mother sister queen wife daughter girl woman aunt grandmother actress".split()
MEN = "father brother king husband son boy man uncle grandfather actor".split()

# base, third person, past, participle, -ing
ACTIONS = [
    line.split()
    for line in (
        "find finds found found finding/buy buys bought bought buying/"
        "sell sells sold sold selling/carry carries carried carried carrying/"
        "clean cleans cleaned cleaned cleaning/open opens opened opened opening/"
        "paint paints painted painted painting/lose loses lost lost losing/"
        "move moves moved moved moving/hold holds held held holding"
    ).split("/")
]
ALONE = [
    line.split()
    for line in (
        "sleep sleeps slept slept sleeping/arrive arrives arrived arrived arriving/"
        "laugh laughs laughed laughed laughing/smile smiles smiled smiled smiling/"
        "cry cries cried cried crying/swim swims swam swum swimming/"
        "wait waits waited waited waiting/walk walks walked walked walking/"
        "work works worked worked working/go goes went gone going"
    ).split("/")
]
# base, past, participle, object: past and participle differ
IRREGULAR = [
    line.split("|")
    for line in (
        "break|broke|broken|the glass/eat|ate|eaten|the bread/write|wrote|written|a letter/"
        "take|took|taken|the money/give|gave|given|a present/see|saw|seen|the river/"
        "drive|drove|driven|the car/choose|chose|chosen|a name/steal|stole|stolen|the horse/"
        "wear|wore|worn|a hat/draw|drew|drawn|a picture/know|knew|known|the answer/"
        "forget|forgot|forgotten|the story/hide|hid|hidden|the key/speak|spoke|spoken|the truth/"
        "throw|threw|thrown|the ball/sing|sang|sung|a song/drink|drank|drunk|the milk"
    ).split("/")
]
ADJECTIVES = "old new big small red green heavy beautiful clean broken cheap strange".split()
# positive, comparative, superlative
DEGREES = [
    line.split()
    for line in (
        "old older oldest/tall taller tallest/young younger youngest/rich richer richest/"
        "strong stronger strongest/happy happier happiest/fast faster fastest/slow slower slowest"
    ).split("/")
]
MASS = "water milk bread money music sand rice sugar snow furniture advice work".split()
NEEDS_OBJECT = "found bought carried built needed described visited".split()
# past, participle; common words: a rare one would give the answer away
NO_OBJECT = [
    line.split()
    for line in (
        "slept slept/came come/fell fallen/went gone/died died/lived lived/happened happened"
    ).split("/")
]
VOWEL = "apple egg orange uncle island engine onion umbrella elephant answer artist eye".split()
CONSONANT = "table dog house river key letter window garden bird ship box cup".split()
# verb, its preposition, a wrong one, object
PREPOSITIONS = [
    line.split("|")
    for line in (
        "listened|to|at|the music/depends|on|at|the weather/waited|for|of|the train/"
        "belongs|to|on|the farmer/thought|about|at|the problem/laughed|at|of|the story/"
        "consists|of|to|three parts/believes|in|to|ghosts/looked|for|of|the key/"
        "talked|about|at|the weather/pointed|at|of|the door/agreed|with|of|the teacher"
    ).split("/")
]
INFINITIVE = "wanted decided hoped promised refused planned learned managed".split()
GERUND = "enjoyed finished avoided stopped suggested practiced imagined kept".split()
PAST_TIMES = ["yesterday", "last week", "last year", "two days ago", "in the last century"]
FUTURE_TIMES = ["tomorrow", "next week", "next year", "two days from now", "in the next century"]


def _person(rng: random.Random) -> str:
    return rng.choice(PEOPLE)[0]


def _two(rng: random.Random) -> tuple[list[str], list[str]]:
    one, other = rng.sample(PEOPLE, 2)
    return one, other


def _be(number: int) -> Pair:
    return ("is", "are") if number == 0 else ("are", "is")


def subject_verb(rng: random.Random) -> Pair:
    number = rng.randrange(2)
    who, verb, where = rng.choice(PEOPLE)[number], rng.choice(ALONE), rng.choice(PLACES)
    good, bad = (verb[1], verb[0]) if number == 0 else (verb[0], verb[1])
    start, end = rng.choice([("The", f"in the {where}"), ("Every day the", "with a friend")])
    return f"{start} {who} {good} {end}.", f"{start} {who} {bad} {end}."


def agreement_over_phrase(rng: random.Random) -> Pair:
    number = rng.randrange(2)
    what, other = rng.sample(THINGS, 2)
    good, bad = _be(number)
    joint, adjective = rng.choice(["near", "behind", "under", "on"]), rng.choice(ADJECTIVES)
    text = f"The {what[number]} {joint} the {other[1 - number]} {{}} {adjective}."
    return text.format(good), text.format(bad)


def agreement_over_clause(rng: random.Random) -> Pair:
    number = rng.randrange(2)
    one, other = _two(rng)
    good, bad = _be(number)
    verb = rng.choice(["met", "helped", "knew", "visited"])
    ending = rng.choice(["tired", "happy", "late", "hungry", "very young"])
    text = f"The {one[number]} who {verb} the {other[1 - number]} {{}} {ending}."
    return text.format(good), text.format(bad)


def anaphor_number(rng: random.Random) -> Pair:
    verb = rng.choice(["hurt", "saw", "admired", "blamed", "helped", "described"])
    if rng.random() < 0.5:
        who, good, bad = rng.choice(PEOPLE)[1], "themselves", "himself"
    else:
        who, good, bad = rng.choice(MEN), "himself", "ourselves"
    start = rng.choice(["The", "In the end the", "Last year the"])
    return f"{start} {who} {verb} {good}.", f"{start} {who} {verb} {bad}."


def anaphor_gender(rng: random.Random) -> Pair:
    verb = rng.choice(["hurt", "saw", "admired", "blamed", "washed", "described", "taught"])
    woman = rng.random() < 0.5
    who = rng.choice(WOMEN if woman else MEN)
    good, bad = ("herself", "himself") if woman else ("himself", "herself")
    return f"The {who} {verb} {good}.", f"The {who} {verb} {bad}."


def determiner_noun(rng: random.Random) -> Pair:
    number = rng.randrange(2)
    good, bad = rng.choice([("this", "these"), ("that", "those")])[:: 1 - 2 * number]
    who, verb, what = _person(rng), rng.choice(ACTIONS)[2], rng.choice(THINGS)[number]
    return f"The {who} {verb} {good} {what}.", f"The {who} {verb} {bad} {what}."


def irregular_past(rng: random.Random) -> Pair:
    _, past, participle, thing = rng.choice(IRREGULAR)
    text = f"Yesterday the {_person(rng)} {{}} {thing}."
    return text.format(past), text.format(participle)


def irregular_participle(rng: random.Random) -> Pair:
    _, past, participle, thing = rng.choice(IRREGULAR)
    text = f"The {_person(rng)} {rng.choice(['has', 'had'])} {{}} {thing}."
    return text.format(participle), text.format(past)


def transitivity(rng: random.Random) -> Pair:
    what = rng.choice(THINGS)[rng.randrange(2)]
    text = f"The {_person(rng)} {{}} the {what}."
    return text.format(rng.choice(ACTIONS)[2]), text.format(rng.choice(NO_OBJECT)[0])


def passive(rng: random.Random) -> Pair:
    text = f"The {rng.choice(THINGS)[0]} was {{}} by the {_person(rng)}."
    return text.format(rng.choice(ACTIONS)[3]), text.format(rng.choice(NO_OBJECT)[1])


def negative_polarity(rng: random.Random) -> Pair:
    noun, thing = rng.choice(PEOPLE), rng.choice(IRREGULAR)
    good, bad, text = rng.choice(
        [
            ("None", "Some", "{{}} of the {1} have ever {2} {3}."),
            ("Few", "Most", "{{}} {1} have ever {2} {3}."),
            ("not", "now", "The {0} has {{}} ever {2} {3}."),
        ]
    )
    text = text.format(*noun, *thing[2:])
    return text.format(good), text.format(bad)


def existential(rng: random.Random) -> Pair:
    good, bad = rng.choice(["a", "another", "no"]), rng.choice(["every", "each"])
    noun = rng.choice(PEOPLE + THINGS)[0]
    text = f"There is {{}} {noun} in the {rng.choice(PLACES)}."
    return text.format(good), text.format(bad)


def adjective_order(rng: random.Random) -> Pair:
    # As a subject: "painted the door red" and "found the bag heavy" are English.
    adjective, what = rng.choice(ADJECTIVES), rng.choice(THINGS)[0]
    text = f"The {{}} was in the {rng.choice(PLACES)} of the {_person(rng)}."
    return text.format(f"{adjective} {what}"), text.format(f"{what} {adjective}")


def question_order(rng: random.Random) -> Pair:
    who, verb = rng.choice(PEOPLE)[rng.randrange(2)], rng.choice(ACTIONS)[0]
    word, where = rng.choice(["What", "When", "Where", "Why"]), rng.choice(PLACES)
    thing = "" if word == "What" else f" the {rng.choice(THINGS)[0]}"
    ending = "" if word == "Where" else f" in the {where}"
    return (
        f"{word} did the {who} {verb}{thing}{ending}?",
        f"{word} the {who} did {verb}{thing}{ending}?",
    )


def wh_island(rng: random.Random) -> Pair:
    one, other = _two(rng)
    verb = rng.choice(NEEDS_OBJECT)
    good, bad = rng.choice(
        [("say that", "ask when"), ("know that", "ask where"), ("say that", "ask why")]
    )
    text = f"What did the {one[0]} {{}} the {other[0]} {verb}?"
    return text.format(good), text.format(bad)


def adjunct_island(rng: random.Random) -> Pair:
    one, other = _two(rng)
    verb = rng.choice(NEEDS_OBJECT)
    good, bad = rng.choice(
        [("think that", "arrive when"), ("say that", "go after"), ("know that", "come when")]
    )
    text = f"What did the {one[0]} {{}} the {other[0]} {verb}?"
    return text.format(good), text.format(bad)


def filler_gap(rng: random.Random) -> Pair:
    one, other = _two(rng)
    knows, verb = rng.choice(["knows", "saw", "remembers", "forgot"]), rng.choice(NEEDS_OBJECT)
    if rng.random() < 0.5:
        text = f"The {one[0]} {knows} {{}} the {other[0]} {verb}."
        return text.format("what"), text.format("that")
    text = f"The {one[0]} {knows} {{}} the {other[0]} {verb} the {rng.choice(THINGS)[0]}."
    return text.format("that"), text.format("what")


def pronoun_case(rng: random.Random) -> Pair:
    good, bad = rng.choice(
        [("She", "Her"), ("He", "Him"), ("They", "Them"), ("We", "Us"), ("I", "Me")]
    )
    verb, person = rng.choice(["saw", "met", "helped", "called"]), _person(rng)
    if rng.random() < 0.5:
        start = rng.choice(["Yesterday", "Last night", "After that"])
        good, bad = (word if word == "I" else word.lower() for word in (good, bad))
        return f"{start} {good} {verb} the {person}.", f"{start} {bad} {verb} the {person}."
    good, bad = bad.lower(), good if good == "I" else good.lower()
    return f"The {person} {verb} {good} again.", f"The {person} {verb} {bad} again."


def auxiliary(rng: random.Random) -> Pair:
    verb, who = rng.choice(ALONE), _person(rng)
    helper, good, bad = rng.choice(
        [
            ("will", verb[0], verb[1]),
            ("can", verb[0], verb[4]),
            ("did not", verb[0], verb[2]),
            ("is", verb[4], verb[0]),
            ("was", verb[4], verb[0]),
            ("had", verb[3], verb[0]),
        ]
    )
    where = rng.choice(PLACES)
    return f"The {who} {helper} {good} in the {where}.", f"The {who} {helper} {bad} in the {where}."


def article(rng: random.Random) -> Pair:
    vowel = rng.random() < 0.5
    noun = rng.choice(VOWEL if vowel else CONSONANT)
    good, bad = ("an", "a") if vowel else ("a", "an")
    text = f"The {_person(rng)} {rng.choice(['saw', 'found', 'had', 'drew'])} {{}} {noun}."
    return text.format(good), text.format(bad)


def comparison(rng: random.Random) -> Pair:
    one, other = _two(rng)
    positive, comparative, superlative = rng.choice(DEGREES)
    start, end = f"The {one[0]} is", f"the {other[0]}"
    return rng.choice(
        [
            (f"{start} {comparative} than {end}.", f"{start} {comparative} as {end}."),
            (f"{start} {comparative} than {end}.", f"{start} {positive} than {end}."),
            (f"{start} as {positive} as {end}.", f"{start} as {comparative} as {end}."),
            (f"{start} the {superlative} of all.", f"{start} the {comparative} of all."),
        ]
    )


def count_and_mass(rng: random.Random) -> Pair:
    if rng.random() < 0.5:
        noun, good, bad = rng.choice(MASS), "much", "many"
    else:
        noun, good, bad = rng.choice(THINGS)[1], "many", "much"
    text = f"The {_person(rng)} did not see {{}} {noun} in the {rng.choice(PLACES)}."
    return text.format(good), text.format(bad)


def preposition(rng: random.Random) -> Pair:
    verb, good, bad, thing = rng.choice(PREPOSITIONS)
    who = f"The {rng.choice(ADJECTIVES[:4])} {rng.choice(THINGS)[0]}"
    if verb not in ("depends", "belongs", "consists"):
        who = f"The {_person(rng)}"
    return f"{who} {verb} {good} {thing}.", f"{who} {verb} {bad} {thing}."


def relative_pronoun(rng: random.Random) -> Pair:
    adjective = rng.choice(ADJECTIVES[:6])
    if rng.random() < 0.5:
        mood = rng.choice(["tired", "happy", "late", "hungry"])
        text = f"The {_person(rng)} {{}} came to the {rng.choice(PLACES)} was {mood}."
        return text.format("who"), text.format("which")
    text = f"The {rng.choice(THINGS)[0]} {{}} fell on the floor was {adjective}."
    return text.format("which"), text.format("who")


def complement_form(rng: random.Random) -> Pair:
    verb, thing = rng.choice(ACTIONS), rng.choice(THINGS)[rng.randrange(2)]
    if rng.random() < 0.5:
        text = f"The {_person(rng)} {rng.choice(INFINITIVE)} to {{}} the {thing}."
        return text.format(verb[0]), text.format(verb[4])
    text = f"The {_person(rng)} {rng.choice(GERUND)} {{}} the {thing}."
    return text.format(verb[4]), text.format(verb[0])


def tense_and_time(rng: random.Random) -> Pair:
    number, verb = rng.randrange(len(PAST_TIMES)), rng.choice(ALONE)
    past, future = PAST_TIMES[number], FUTURE_TIMES[number]
    if rng.random() < 0.5:
        text = f"The {_person(rng)} {verb[2]} in the {rng.choice(PLACES)} {{}}."
        return text.format(past), text.format(future)
    text = f"The {_person(rng)} will {verb[0]} in the {rng.choice(PLACES)} {{}}."
    return text.format(future), text.format(past)


PHENOMENA: tuple[Callable[[random.Random], Pair], ...] = (
    subject_verb,
    agreement_over_phrase,
    agreement_over_clause,
    anaphor_number,
    anaphor_gender,
    determiner_noun,
    irregular_past,
    irregular_participle,
    transitivity,
    passive,
    negative_polarity,
    existential,
    adjective_order,
    question_order,
    wh_island,
    adjunct_island,
    filler_gap,
    pronoun_case,
    auxiliary,
    article,
    comparison,
    count_and_mass,
    preposition,
    relative_pronoun,
    complement_form,
    tense_and_time,
)


def pairs() -> Iterator[tuple[str, str, str]]:
    """Yield (phenomenon, good sentence, bad sentence): `PER_GROUP` distinct pairs of each kind."""
    for make in PHENOMENA:
        rng = random.Random(f"{SEED} {make.__name__}")  # noqa: S311  reproducible, not secret
        seen: set[Pair] = set()
        while len(seen) < PER_GROUP:
            pair = make(rng)
            if pair not in seen and pair[0] != pair[1]:
                seen.add(pair)
                yield make.__name__, *pair


def table() -> str:
    """Return the text of `grammar.tsv`."""
    return "".join(f"{group}\t\t{good}\t{bad}\n" for group, good, bad in pairs())


if __name__ == "__main__":
    Path(__file__).with_name("grammar.tsv").write_text(table(), encoding="utf-8")
