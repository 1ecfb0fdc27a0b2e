"""Short letters and stories that are composed of fitting parts."""

# ruff: noqa: E501 - a sentence stays on its line

from __future__ import annotations

from random import Random

PEOPLE = tuple(
    (
        "Anna Ben Carla David Elena Farid Grace Hugo Iris Jonas Keiko Leo Mina Noah Olga Pedro "
        "Rosa Samir Tess Viktor"
    ).split()
)
THINGS = tuple(
    ("apples stamps marbles books pencils shells cards coins eggs tickets buttons candles").split()
)

_PLACES = (
    "in the old library",
    "at the bus stop",
    "behind the school",
    "on the beach",
    "in the attic",
    "at the market",
    "in the park",
    "by the river",
    "in the train station",
    "under the bridge",
)
_FINDS = (
    ("key", "a small brass key", "tried it in every door of the house", "opened the garden shed"),
    (
        "letter",
        "a letter without a stamp",
        "carried it to the address itself",
        "reached the right person",
    ),
    ("dog", "a lost dog with a red collar", "walked from house to house", "found its family"),
    (
        "wallet",
        "a wallet full of money",
        "called the number on a card inside",
        "was returned to its owner",
    ),
    ("radio", "a broken radio", "took it apart on the kitchen table", "played music again"),
    ("map", "a map drawn by a child", "followed the dotted line", "led to a box of old toys"),
    (
        "umbrella",
        "an umbrella with a wooden handle",
        "put up a notice nearby",
        "went home with a grateful man",
    ),
    (
        "box",
        "a box of old photographs",
        "asked the neighbors about the faces",
        "came back to the family",
    ),
    ("plant", "a pot with a withered plant", "watered it every day", "bloomed in the spring"),
    (
        "notebook",
        "a notebook full of recipes",
        "cooked one dish each Sunday",
        "became a family treasure",
    ),
)
_WEATHER = (
    "It was a gray morning",
    "It had rained all night",
    "It was the first warm day of the year",
    "Snow was falling",
    "The sun had just come up",
    "It was late in the afternoon",
)
_HELP = (
    "{b} came along and offered to help.",
    "A friend, {b}, wanted to help too.",
    "{b} laughed at first, but then joined in.",
    "Only {b} believed that it would work.",
)
_TROUBLE = (
    "It took longer than they had thought, and twice they nearly gave up.",
    "At first nothing worked.",
    "They made several mistakes on the way.",
    "By noon they were tired and hungry, but they went on.",
)
_END = (
    "That evening {a} wrote it all down.",
    "From then on, {a} and {b} were the best of friends.",
    "{a} smiled all the way home.",
    "{b} still tells the story today.",
)
_LETTERS = (
    (
        "thanking a neighbor for watering your plants",
        "Dear {b},\n\nThank you very much for watering my plants while I was away. They look better "
        "than when I left. I have brought you a small present from my trip and will come by {day}.\n\n"
        "Kind regards,\n{a}",
    ),
    (
        "asking a landlord to repair a leaking tap",
        "Dear {b},\n\nThe tap in my {room} has been leaking since {day}. Could you please send someone "
        "to repair it? I am at home most evenings after six.\n\nThank you for your help.\n\n"
        "Sincerely,\n{a}",
    ),
    (
        "declining an invitation to a party",
        "Dear {b},\n\nThank you for inviting me to your party on {day}. I am sorry to say that I "
        "cannot come, because I will be {away}. I hope you have a lovely evening.\n\nBest wishes,\n{a}",
    ),
    (
        "asking to move an appointment",
        "Dear {b},\n\nI have an appointment with you on {day} but will be {away}. Would it be possible "
        "to meet a week later at the same time? I apologize for the inconvenience.\n\nSincerely,\n{a}",
    ),
    (
        "inviting a friend to dinner",
        "Dear {b},\n\nWould you like to come to dinner on {day}? I am going to try a new recipe, and "
        "there will be far too much for one person. Seven o'clock would suit me well.\n\nYours,\n{a}",
    ),
    (
        "complaining politely about a late delivery",
        "Dear {b},\n\nI ordered a lamp for my {room} three weeks ago, and it has not arrived. Please "
        "let me know by {day} when I can expect it, or cancel the order and return my payment.\n\n"
        "Sincerely,\n{a}",
    ),
    (
        "congratulating a colleague on a new job",
        "Dear {b},\n\nCongratulations on your new job! You have worked hard for it, and they are lucky "
        "to have you. Let us have lunch together before you start; I am free on {day}.\n\nBest wishes,"
        "\n{a}",
    ),
    (
        "apologizing for missing a meeting",
        "Dear {b},\n\nI am sorry that I missed our meeting. I was {away} and wrote down the wrong day. "
        "Could we meet on {day} instead? I will bring everything we need.\n\nKind regards,\n{a}",
    ),
)
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_ROOMS = ("kitchen", "bathroom", "study", "living room")
_AWAY = ("out of town", "at a conference", "visiting my parents", "on a business trip")


def letter(rng: Random) -> tuple[str, str]:
    """Return a request for a letter, and the letter."""
    what, text = rng.choice(_LETTERS)
    a, b = rng.sample(PEOPLE, 2)
    filled = text.format(
        a=a, b=b, day=rng.choice(_DAYS), room=rng.choice(_ROOMS), away=rng.choice(_AWAY)
    )
    ask = rng.choice(("Write a short letter", "Write a brief, polite letter", "Draft a short note"))
    return f"{ask} {what}. It is from {a} to {b}.", filled


def story(rng: Random) -> tuple[str, str, str]:
    """Return a request for a story, the story, and its summary in one sentence."""
    a, b = rng.sample(PEOPLE, 2)
    name, thing, did, end = rng.choice(_FINDS)
    place = rng.choice(_PLACES)
    parts = [
        f"{rng.choice(_WEATHER)} when {a} found {thing} {place}.",
        rng.choice(_HELP).format(b=b),
        f"Together they {did}.",
        rng.choice(_TROUBLE),
        f"But in the end the {name} {end}.",
        rng.choice(_END).format(a=a, b=b),
    ]
    ask = rng.choice(
        (
            f"Write a short story about {a}, who finds {thing}.",
            f"Tell me a very short story in which {a} and {b} deal with {thing}.",
            f"Write a six-sentence story that begins when {a} finds {thing} {place}.",
        )
    )
    short = f"{a} finds {thing} {place}, and with the help of {b} the {name} {_summary_end(end)}."
    return ask, " ".join(parts), short


def _summary_end(end: str) -> str:
    first, _, rest = end.partition(" ")
    now = {
        "opened": "opens",
        "reached": "reaches",
        "found": "finds",
        "was": "is",
        "played": "plays",
        "led": "leads",
        "went": "goes",
        "came": "comes",
        "bloomed": "blooms",
        "became": "becomes",
    }
    return f"{now[first]} {rest}"
