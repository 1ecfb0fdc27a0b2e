"""What must not pass: a seeded generator of texts that look like the era and are not of it.

It takes documents from whoever calls it (real ones of the era, modern ones, other eras', machine
text) and hand-written templates, `learn` for training a judge and `check` for testing one. No text
of others is kept here.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Literal

from erastyle.eval.judge import kind_templates as templates
from erastyle.eval.judge.kind_templates import Split
from erastyle.eval.style.features import Text, prose_of

_PART = re.compile(
    r"(<!--.*?-->|<(?:script|style|title)\b.*?</(?:script|style|title)\s*>|<[^<>]*>)", re.S | re.I
)
_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_MARKDOWN = re.compile(r"[*_#`]{1,3}")
REPEATS = 10
SWAPPED = 0.12
"""Share of neighbouring words that change places in a roughened text."""
LATER_WORDS = 3
COLUMNS = 72
MIN_WORDS = 40


@dataclass(frozen=True, slots=True)
class KindSources:
    """Documents that texts are made from.

    Attributes:
        real: Documents of the era.
        modern: Modern documents of the era's medium.
        modern_texts: Modern prose.
        machine: Answers of language models, never of one tuned on the era.
        others: Documents of other eras and media, by name.
    """

    real: Sequence[Text]
    modern: Sequence[Text] = ()
    modern_texts: Sequence[Text] = ()
    machine: Sequence[Text] = ()
    others: Mapping[str, Sequence[Text]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MadeText:
    """A text that must not pass.

    Attributes:
        kind: Id of its kind.
        text: The text.
        split: Whether the templates were for learning or for checking.
    """

    kind: str
    text: Text
    split: Split


Family = Literal["modern", "broken", "other era", "machine", "caricature", "empty", "foreign"]


@dataclass(frozen=True, slots=True)
class FalseKind:
    """A kind of text that must not pass.

    Attributes:
        id: Short name.
        family: What is left out together where a kind is left out of training.
        make: Returns one text, or None where the documents do not suffice.
    """

    id: str
    family: Family
    make: Callable[[KindSources, Split, Random, int], Text | None]


def of_kind(kind: str, sources: KindSources, split: Split, count: int, seed: int) -> list[MadeText]:
    """Return texts of a kind, as many as the documents allow.

    Args:
        kind: Id of a kind; `KINDS` has all.
        sources: Documents to make them from.
        split: Which templates are used.
        count: How many.
        seed: Same documents and seed, same texts.
    """
    made: list[MadeText] = []
    make = KINDS[kind].make
    for number in range(2 * count):
        rng = Random(f"{kind} {split} {seed} {number}")  # noqa: S311 - repeatable, not secret
        text = make(sources, split, rng, number)
        if text is not None and text.body.strip():
            made.append(MadeText(kind, text, split))
        if len(made) == count:
            break
    return made


# --- other prose in the era's form ------------------------------------------------------------


def in_form(prose: str, sources: KindSources, split: Split, rng: Random, number: int) -> Text:
    """Return prose dressed as a document of the era: a template's dress or a real page's tags."""
    paragraphs = _paragraphs(prose)
    words = paragraphs[0].split() if paragraphs else ["Untitled"]
    title = " ".join(words[: rng.randint(2, 5)]).strip(".,:;")
    pages = [t for t in sources.real if t.format == "html"]
    if not pages:
        return Text(_article(paragraphs, title, split, rng), format="text")
    if number % 2 and len(prose.split()) >= MIN_WORDS:
        return Text(_real_tags(rng.choice(pages).body, prose))
    return Text(_page(paragraphs, title, split, rng))


def _page(paragraphs: Sequence[str], title: str, split: Split, rng: Random) -> str:
    template = rng.choice(templates.PAGES[split])
    before, _, rest = template.partition("{p:")
    part, _, after = rest.partition("}\n")
    shown = "\n".join(part.replace("%s", _wrapped(html.escape(p, quote=False))) for p in paragraphs)
    filled = f"{before}{shown}\n{after}"
    return filled.replace("{title}", html.escape(title))


def _article(paragraphs: Sequence[str], title: str, split: Split, rng: Random) -> str:
    template = rng.choice(templates.ARTICLES[split])
    shown = "\n\n".join(_wrapped(p) for p in paragraphs)
    number = str(rng.randint(10_000, 99_999))
    return template.replace("{n}", number).replace("{title}", title).replace("{t}", shown)


def _real_tags(body: str, prose: str) -> str:
    """Return a real page whose words are replaced by `prose`, as many in each place."""
    words = prose.split()
    out, at = [], 0
    for part in _PART.split(body):
        count = 0 if part.startswith("<") else len(part.split())
        if not count:
            out.append(part)
            continue
        if at >= len(words):
            break
        out.append(_like(part, html.escape(" ".join(words[at : at + count]), quote=False)))
        at += count
    return "".join(out)


def _like(part: str, words: str) -> str:
    """Return words with the white space around `part`."""
    lead = part[: len(part) - len(part.lstrip())]
    trail = part[len(part.rstrip()) :]
    return f"{lead}{_wrapped(words)}{trail}"


def _wrapped(text: str) -> str:
    import textwrap

    return "\n".join(textwrap.wrap(text, COLUMNS)) if len(text) > COLUMNS else text


def _paragraphs(prose: str, most: int = 400) -> list[str]:
    """Return paragraphs of prose, marks of Markdown left out, `most` words at most."""
    paragraphs: list[str] = []
    left = most
    for block in re.split(r"\n\s*\n", prose):
        words = _MARKDOWN.sub("", block).split()[:left]
        if words:
            paragraphs.append(" ".join(words))
            left -= len(words)
        if left <= 0:
            break
    return paragraphs


def _prose(text: Text, most: int = 400) -> str:
    return "\n\n".join(_paragraphs(prose_of(text), most))


def _dressed(pool: str, dress: bool) -> Callable[..., Text | None]:
    def make(sources: KindSources, split: Split, rng: Random, number: int) -> Text | None:
        texts = getattr(sources, pool)
        if not texts:
            return None
        text = texts[number % len(texts)]
        if not dress:
            return text if isinstance(text, Text) else None
        prose = _prose(text)
        return in_form(prose, sources, split, rng, number) if prose else None

    return make


def _other_in_form(sources: KindSources, split: Split, rng: Random, number: int) -> Text | None:
    names = sorted(sources.others)
    if not names:
        return None
    texts = sources.others[names[number % len(names)]]
    if not texts:
        return None
    prose = _prose(texts[(number // len(names)) % len(texts)], 250)
    return in_form(prose, sources, split, rng, number) if prose else None


# --- real documents, broken -------------------------------------------------------------------


def _real(sources: KindSources, number: int) -> Text | None:
    if not sources.real:
        return None
    text = sources.real[number % len(sources.real)]
    return text if len(prose_of(text).split()) >= MIN_WORDS else None


def words_shuffled(text: Text, rng: Random) -> Text:
    """Return a text with its words shuffled between its tags or within its lines."""
    if text.format == "html":
        parts = _PART.split(text.body)
        words = [w for p in parts if not p.startswith("<") for w in p.split()]
    else:
        parts = re.split(r"(\n)", text.body)
        words = text.body.split()
    rng.shuffle(words)
    out, at = [], 0
    for part in parts:
        count = 0 if part.startswith("<") and text.format == "html" else len(part.split())
        if not count:
            out.append(part)
            continue
        lead = part[: len(part) - len(part.lstrip())]
        trail = part[len(part.rstrip()) :]
        out.append(lead + " ".join(words[at : at + count]) + trail)
        at += count
    return Text("".join(out), format=text.format)


def sentences_shuffled(text: Text, rng: Random) -> Text | None:
    """Return a text with its sentences shuffled; None where it has fewer than six."""
    page = text.format == "html"
    parts = _PART.split(text.body) if page else re.split(r"(\n\s*\n)", text.body)
    split = [
        [] if page and part.startswith("<") else [s for s in _SENTENCE.split(part) if s.strip()]
        for part in parts
    ]
    every = [s for sentences in split for s in sentences]
    if len(every) < 6:
        return None
    rng.shuffle(every)
    out, at = [], 0
    for part, sentences in zip(parts, split, strict=True):
        if not sentences:
            out.append(part)
            continue
        lead = part[: len(part) - len(part.lstrip())]
        trail = part[len(part.rstrip()) :]
        mixed = [s.strip() for s in every[at : at + len(sentences)]]
        out.append(lead + " ".join(mixed) + trail)
        at += len(sentences)
    return Text("".join(out), format=text.format)


def _shuffled_words(sources: KindSources, _: Split, rng: Random, number: int) -> Text | None:
    text = _real(sources, number)
    return words_shuffled(text, rng) if text else None


def _shuffled_sentences(sources: KindSources, _: Split, rng: Random, number: int) -> Text | None:
    text = _real(sources, number)
    return sentences_shuffled(text, rng) if text else None


def _repeated(sources: KindSources, split: Split, rng: Random, number: int) -> Text | None:
    text = _real(sources, number)
    if text is None:
        return None
    long = [p for p in _paragraphs(prose_of(text), 2_000) if 20 <= len(p.split()) <= 120]
    return _say_again(long, text, split, rng) if long else None


def _repeated_line(sources: KindSources, split: Split, rng: Random, number: int) -> Text | None:
    text = _real(sources, number)
    if text is None:
        return None
    short = [
        " ".join(line.split()) for line in prose_of(text).split("\n") if 4 <= len(line.split()) <= 9
    ]
    return _say_again(short, text, split, rng) if short else None


def _say_again(pool: Sequence[str], like: Text, split: Split, rng: Random) -> Text:
    said = rng.choice(list(pool))
    again = [said] * REPEATS
    if like.format == "html":
        return Text(_page(again, " ".join(said.split()[:4]), split, rng))
    return Text("\n\n".join(_wrapped(p) for p in again) + "\n", format="text")


def _with_later_words(sources: KindSources, split: Split, rng: Random, number: int) -> Text | None:
    text = _real(sources, number)
    if text is None:
        return None
    said = rng.sample(templates.LATER[split], LATER_WORDS)
    if text.format == "html":
        parts = _PART.split(text.body)
        places = [n for n, p in enumerate(parts) if not p.startswith("<") and len(p.split()) > 6]
    else:
        parts = re.split(r"(\n\s*\n)", text.body)
        places = [n for n, p in enumerate(parts) if len(p.split()) > 6]
    if not places:
        return None
    for sentence in said:
        place = rng.choice(places)
        parts[place] = f"{parts[place].rstrip()} {sentence}\n"
    return Text("".join(parts), format=text.format)


def roughened(text: Text, rng: Random) -> Text:
    """Return a text in which some neighbouring words have changed places."""
    page = text.format == "html"
    parts = _PART.split(text.body) if page else re.split(r"(\n)", text.body)
    for n, part in enumerate(parts):
        words = part.split()
        if (page and part.startswith("<")) or len(words) < 2:
            continue
        for at in range(len(words) - 1):
            if rng.random() < SWAPPED:
                words[at], words[at + 1] = words[at + 1], words[at]
        lead = part[: len(part) - len(part.lstrip())]
        trail = part[len(part.rstrip()) :]
        parts[n] = lead + " ".join(words) + trail
    return Text("".join(parts), format=text.format)


def _rough_machine(sources: KindSources, split: Split, rng: Random, number: int) -> Text | None:
    text = _dressed("machine", dress=True)(sources, split, rng, number)
    return roughened(text, rng) if text else None


# --- templates of ours ------------------------------------------------------------------------


def _plain_dress(
    paragraphs: Sequence[str], sources: KindSources, split: Split, rng: Random
) -> Text:
    title = " ".join(paragraphs[0].split()[:4]).strip(".,:;!")
    if any(t.format == "html" for t in sources.real):
        return Text(_page(paragraphs, title, split, rng))
    return Text(_article(paragraphs, title, split, rng), format="text")


def _caricature(sources: KindSources, split: Split, rng: Random, _: int) -> Text:
    page = any(t.format == "html" for t in sources.real)
    lines = (templates.CARICATURE if page else templates.NET_CARICATURE)[split]
    said = rng.sample(lines, min(len(lines), rng.randint(5, 8)))
    half = len(said) // 2
    return _plain_dress([" ".join(said[:half]), " ".join(said[half:])], sources, split, rng)


def _calm_caricature(sources: KindSources, split: Split, rng: Random, _: int) -> Text | None:
    if split == "learn" or not any(t.format == "html" for t in sources.real):
        return None
    said = rng.sample(templates.CALM_CARICATURE, rng.randint(5, 8))
    return _plain_dress([" ".join(said[:3]), " ".join(said[3:])], sources, split, rng)


def _shell(sources: KindSources, split: Split, rng: Random, _: int) -> Text | None:
    if not any(t.format == "html" for t in sources.real):
        title = rng.choice(templates.NAMES)
        return Text(f"Re: {title}\n\n> {title}\n\n-- \n{title}\n" * 3, format="text")
    title = " ".join(rng.sample(templates.NAMES, 3))
    return Text(rng.choice(templates.SHELLS[split]).replace("{title}", title))


def _template_page(sources: KindSources, split: Split, rng: Random, _: int) -> Text:
    said = rng.choice(templates.FORMS[split])
    return _plain_dress([said, said] if rng.random() < 0.5 else [said], sources, split, rng)


def _language(sources: KindSources, split: Split, rng: Random, _: int) -> Text:
    said = list(templates.LANGUAGES[split])
    return _plain_dress([rng.choice(said)], sources, split, rng)


def _code(sources: KindSources, split: Split, rng: Random, _: int) -> Text:
    shown = "\n".join(
        t.format(a=rng.choice(templates.NAMES).lower(), b=rng.choice(templates.NAMES).lower()[:4],
                 n=rng.randint(2, 99))
        for t in rng.choices(templates.CODE[split], k=3)
    )  # fmt: skip
    if any(t.format == "html" for t in sources.real):
        escaped = html.escape(shown, quote=False)
        return Text(f"<HTML><BODY><H1>Source</H1>\n<PRE>\n{escaped}</PRE>\n</BODY></HTML>\n")
    return Text(shown, format="text")


def _links(sources: KindSources, _: Split, rng: Random, __: int) -> Text:
    names = [
        " ".join(rng.sample(templates.NAMES, rng.randint(1, 3))) for _ in range(rng.randint(15, 40))
    ]
    if any(t.format == "html" for t in sources.real):
        items = "\n".join(
            f'<LI><A HREF="http://www.{n.split()[0].lower()}.example/">{n}</A>' for n in names
        )
        return Text(f"<HTML><HEAD><TITLE>Links</TITLE></HEAD><BODY><H1>Links</H1>\n<UL>\n{items}\n"
                    "</UL></BODY></HTML>\n")  # fmt: skip
    lines = "\n".join(f"ftp.{n.split()[0].lower()}.example:/pub/{n.split()[-1]}" for n in names)
    return Text(lines + "\n", format="text")


KINDS = {
    kind.id: kind
    for kind in (
        FalseKind("modern", "modern", _dressed("modern", dress=False)),
        FalseKind("modern text", "modern", _dressed("modern_texts", dress=False)),
        FalseKind("modern in form", "modern", _dressed("modern_texts", dress=True)),
        FalseKind("words shuffled", "broken", _shuffled_words),
        FalseKind("sentences shuffled", "broken", _shuffled_sentences),
        FalseKind("paragraph repeated", "broken", _repeated),
        FalseKind("line repeated", "broken", _repeated_line),
        FalseKind("later words", "broken", _with_later_words),
        FalseKind("other era in form", "other era", _other_in_form),
        FalseKind("machine", "machine", _dressed("machine", dress=False)),
        FalseKind("machine in form", "machine", _dressed("machine", dress=True)),
        FalseKind("machine roughened", "machine", _rough_machine),
        FalseKind("caricature", "caricature", _caricature),
        FalseKind("caricature, calm", "caricature", _calm_caricature),
        FalseKind("shell", "empty", _shell),
        FalseKind("template page", "empty", _template_page),
        FalseKind("link list", "empty", _links),
        FalseKind("other language", "foreign", _language),
        FalseKind("code", "foreign", _code),
    )
}


def mixed(real: str, other: str, share: float, rng: Random, sentences: int = 20) -> str:
    """Return prose of which `share` of the sentences are real, in their order.

    Args:
        real: Prose of the era.
        other: Prose of another kind.
        share: 0 to 1.
        rng: Where the sentences of the other go.
        sentences: How many sentences there are at most.
    """
    mine = [s for s in _SENTENCE.split(" ".join(real.split())) if s][:sentences]
    theirs = [s for s in _SENTENCE.split(" ".join(other.split())) if s]
    kept = round(share * len(mine))
    places = set(rng.sample(range(len(mine)), kept))
    other_at = 0
    out = []
    for at, sentence in enumerate(mine):
        if at in places:
            out.append(sentence)
        elif theirs:
            out.append(theirs[other_at % len(theirs)])
            other_at += 1
    return " ".join(out)
