"""The generation engine: a text for each request, whatever the batch, up to the end token."""

from __future__ import annotations

import math
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from erastyle.corpus.errors import ModelError
from erastyle.pipeline.runtime.progress import Progress
from erastyle.train.model import loading
from erastyle.train.model.decoding import Decoding, greedy
from erastyle.train.model.generation import GeneratedText, Writer, generate, in_batches, likeliest
from erastyle.train.model.guards.early_end import EarlyEnd
from erastyle.train.model.guards.ending import Ending
from erastyle.train.model.guards.guard import Budget, Guards, Mark
from erastyle.train.model.guards.of_era import END_OF_PAGE
from erastyle.train.model.guards.signature import SIGNED
from erastyle.train.model.prompt import Encoder
from erastyle.train.model.watermark.detection import evidence
from erastyle.train.model.watermark.g_values import CONTEXT
from erastyle.train.model.watermark.tournament import TextContexts

PAGES = ["Make a web page about kites.", "Write the web page of a choir.", "A page about bees."]
REQUESTS = ["Say hello.", "Name a colour.", "What is the capital of the country France?"]


@pytest.fixture(scope="module")
def writer() -> Writer:
    """The embedded model."""
    tokenizer = loading.load_tokenizer(loading.STARTER)
    return Writer(loading.load_base(loading.STARTER), tokenizer, Encoder(tokenizer).prompt)


def test_batches_change_no_likeliest_text(writer: Writer) -> None:
    assert likeliest(writer, REQUESTS, 8) == likeliest(writer, REQUESTS, 8, batch=1)


def test_a_text_that_never_ends_is_cut(writer: Writer) -> None:
    texts = generate(writer, REQUESTS, greedy(3))
    assert [text.tokens for text in texts if not text.stopped] == [3] * len(texts)


def test_a_text_ends_before_the_end_token_and_is_counted_so(writer: Writer) -> None:
    words, end = writer.tokenizer("Good day.")["input_ids"], writer.tokenizer.eos_token_id
    scripted = Writer(Scripted(writer.model, [*words, end]), writer.tokenizer, writer.prompt)
    assert generate(scripted, REQUESTS[:1], greedy(9)) == [
        GeneratedText("Good day.", len(words), True)
    ]


class Scripted:
    """A model that wants the same tokens for every request, whatever was written before."""

    def __init__(self, model: Any, script: list[int]) -> None:
        self.config, self.device, self.script = model.config, model.device, script
        self.generation_config = model.generation_config
        self.begin: dict[int, int] = {}

    def forward(self) -> None:
        """Say that no argument is known."""

    def __call__(self, *, position_ids: Any, **_: Any) -> Any:
        import torch

        rows, last = len(position_ids), position_ids[:, -1].tolist()
        logits = torch.zeros(rows, 1, self.config.vocab_size)
        for n, place in enumerate(last):
            first = self.begin.setdefault(n, place)
            logits[n, 0, self.script[min(place - first, len(self.script) - 1)]] = 9.0
        return SimpleNamespace(logits=logits)


def test_the_likeliest_text_is_what_transformers_writes(writer: Writer) -> None:
    import torch

    prompts = [writer.prompt(request) for request in REQUESTS]
    ours = [text.text for text in generate(writer, REQUESTS, greedy(24))]
    for prompt, text in zip(prompts, ours, strict=True):
        ids = torch.tensor([prompt])
        out = writer.model.generate(
            input_ids=ids, attention_mask=torch.ones_like(ids), max_new_tokens=24, do_sample=False
        )
        theirs = writer.tokenizer.decode(out[0, len(prompt) :], skip_special_tokens=True)
        assert text == theirs.strip("\n")


def test_sampled_texts_follow_the_seed_and_not_what_is_written_beside_them(writer: Writer) -> None:
    decoding = Decoding(24, batch=2)

    def sampled(seed: int, requests: list[str], decoding: Decoding = decoding) -> list[str]:
        return [t.text for t in in_batches(writer, requests, decoding, seed, Progress())]

    once = sampled(7, REQUESTS)
    assert sampled(7, REQUESTS[::-1]) == once[::-1]
    assert sampled(7, REQUESTS[1:2]) == once[1:2]
    assert sampled(7, REQUESTS, replace(decoding, batch=8)) == once
    assert sampled(8, REQUESTS) != once
    again = sampled(7, [REQUESTS[0]] * 3)
    assert again[0] == once[0]
    assert len(set(again)) == 3, "the same request three times gives three texts"


class NoLetter:
    """Refuses parts with a letter."""

    name = "letter"

    def __init__(self, letter: str) -> None:
        self.letter = letter

    def look(self, text: str, start: int, request: str, *, ended: bool) -> list[Mark]:
        del request, ended
        at = text.find(self.letter, start)
        return [Mark(self.name, f"has {self.letter}", at, at + 1)] if at >= 0 else []


def test_a_refused_part_is_drawn_again_and_leaves_no_trace_in_the_cache(writer: Writer) -> None:
    import torch

    guards = Guards([NoLetter("u")], tries=30, longest=6)
    texts = generate(writer, PAGES, greedy(48), guards=guards)
    assert sum(text.refused.get("letter", 0) for text in texts) > 3, "else nothing is shown here"
    for request, text in zip(PAGES, texts, strict=True):
        assert "u" not in text.text or text.marks
        assert text.spent >= text.refused.get("letter", 0)
        # What was written after a refusal is what the model wants after the accepted tokens alone:
        # each token is the likeliest one, but for those where the likeliest had been refused.
        prompt = writer.prompt(request)
        ids = writer.tokenizer(text.text, add_special_tokens=False)["input_ids"]
        with torch.inference_mode():
            logits = writer.model(input_ids=torch.tensor([[*prompt, *ids]])).logits[0]
        wanted = logits[len(prompt) - 1 : -1].argmax(dim=-1).tolist()
        agreed = sum(a == b for a, b in zip(wanted, ids, strict=True))
        assert agreed >= len(ids) - text.refused.get("letter", 0) - 2


def test_guards_that_refuse_everything_let_the_least_bad_stand_and_mark_it(writer: Writer) -> None:
    class Everything:
        name = "everything"

        def look(self, text: str, start: int, request: str, *, ended: bool) -> list[Mark]:
            del request, ended
            return [Mark(self.name, "no", start, len(text))] * (1 + len(text) % 3)

    guards = Guards([Everything()], tries=3, longest=8)
    texts = generate(writer, REQUESTS, Decoding(30), seed=3, guards=guards)
    for text in texts:
        assert text.tokens <= 30
        assert text.text
        assert text.marks
        assert text.spent > 0
        assert text.refused["everything"] >= 4
    again = generate(writer, REQUESTS[1:2], Decoding(30), seed=3, guards=guards)
    assert again == texts[1:2], "guarded texts do not depend on the batch either"


def test_each_text_is_counted_as_it_ends_and_time_that_passes_is_seen(writer: Writer) -> None:
    counts: list[int] = []

    class Counts(Progress):
        def advance(self, count: int = 1) -> None:
            counts.append(count)

    words, end = writer.tokenizer("Good day.")["input_ids"], writer.tokenizer.eos_token_id
    scripted = Writer(Scripted(writer.model, [*words, end]), writer.tokenizer, writer.prompt)
    list(in_batches(scripted, REQUESTS[:2], greedy(9), 0, Counts()))
    assert counts == [*[0] * len(words), 2]


def test_an_end_before_anything_was_said_is_refused(writer: Writer) -> None:
    guards = Guards([EarlyEnd(5)])
    script = Scripted(writer.model, [writer.tokenizer.eos_token_id])
    scripted = Writer(script, writer.tokenizer, writer.prompt)
    (text,) = generate(scripted, REQUESTS[:1], Decoding(40, temperature=0.0), guards=guards)
    assert text.refused["early end"] >= 1


def test_a_single_text_is_given_as_it_is_written(writer: Writer) -> None:
    pieces: list[str] = []
    (text,) = generate(writer, REQUESTS[:1], greedy(24), on_text=pieces.append)
    assert "".join(pieces) == text.text
    assert len(pieces) > 3
    pieces.clear()
    guards = Guards([NoLetter("w")], longest=6)
    (text,) = generate(writer, REQUESTS[:1], greedy(24), guards=guards, on_text=pieces.append)
    assert "".join(pieces) == text.text, "what was refused was never shown"


def test_a_request_that_fills_the_context_is_refused_in_one_line(writer: Writer) -> None:
    with pytest.raises(ModelError, match=r"A brief has [\d,]+ tokens and the model takes 1024"):
        generate(writer, ["word " * 2000], greedy(8))


def test_a_page_ends_with_its_closing_tag(writer: Writer) -> None:
    words = writer.tokenizer("<P>Good day.</BODY>and more and more")["input_ids"]
    scripted = Writer(Scripted(writer.model, words), writer.tokenizer, writer.prompt)
    guards = Guards([], ends=END_OF_PAGE)
    (text,) = generate(scripted, REQUESTS[:1], greedy(40), guards=guards)
    assert text.text.startswith("<P>Good day.</BODY>")
    assert text.stopped
    assert "more and more" not in text.text


def test_a_posting_ends_with_its_signature(writer: Writer) -> None:
    words = writer.tokenizer("Good day.\n--\nAnn\n\nand more and more")["input_ids"]
    scripted = Writer(Scripted(writer.model, words), writer.tokenizer, writer.prompt)
    guards = Guards([], ends=SIGNED)
    (text,) = generate(scripted, REQUESTS[:1], greedy(40), guards=guards)
    assert text.text == "Good day.\n--\nAnn"
    assert text.stopped


def test_what_was_let_stand_is_not_refused_again_and_again(writer: Writer) -> None:
    class Open:
        name = "open"

        def look(self, text: str, start: int, request: str, *, ended: bool) -> list[Mark]:
            del start, request, ended
            return [Mark(self.name, "a title that is never closed", 0, len(text))] if text else []

    guards = Guards([Open()], tries=2, longest=6)
    (text,) = generate(writer, PAGES[:1], greedy(40), guards=guards)
    assert text.refused == {"open": 3}, "two tries, then it stands, once"
    assert len(text.marks) == 1


def test_where_the_draws_are_used_up_the_text_goes_back_a_place(writer: Writer) -> None:
    """After "Two." nothing may follow, so "Two." has to go too."""

    class NothingAfterTwo:
        name = "dead end"

        def look(self, text: str, start: int, request: str, *, ended: bool) -> list[Mark]:
            del request, ended
            at = text.find("Two.")
            return [Mark(self.name, "no", start, len(text))] if 0 <= at < start else []

    script = writer.tokenizer("One.\nTwo.\nThree.\nFour.\nFive.\n")["input_ids"]
    scripted = Writer(Scripted(writer.model, script), writer.tokenizer, writer.prompt)
    guards = Guards([NothingAfterTwo()], tries=2)
    (text,) = generate(scripted, REQUESTS[:1], greedy(12), guards=guards)
    assert "Two." not in text.text
    assert text.text.startswith("One.")
    assert text.back == 1
    assert text.marks == ()
    assert text.refused == {"dead end": 3}
    assert text.spent >= 4
    (stuck,) = generate(scripted, REQUESTS[:1], greedy(12), guards=replace(guards, back=0))
    assert "Two." in stuck.text
    assert stuck.back == 0
    assert len(stuck.marks) > 0


def test_going_back_leaves_no_trace_in_the_cache(writer: Writer) -> None:
    guards = Guards([NoLetter("u"), NoLetter("i")], tries=1, longest=4, back=20)
    texts = generate(writer, PAGES, Decoding(40), seed=5, guards=guards)
    assert sum(text.back for text in texts) > 0, "else nothing is shown here"
    alone = [generate(writer, [page], Decoding(40), seed=5, guards=guards)[0] for page in PAGES]
    assert alone == texts, "what others gave up does not show"

    class Watching(Scripted):
        def __call__(self, *, position_ids: Any, **given: Any) -> Any:
            seen = given["attention_mask"].sum(dim=1).tolist()
            assert seen == (position_ids[:, -1] + 1).tolist(), "only what stands is seen"
            return super().__call__(position_ids=position_ids, **given)

    script = writer.tokenizer("One.\nTu.\nThree.\nIt.\nFive.\n")["input_ids"]
    watched = Writer(Watching(writer.model, script), writer.tokenizer, writer.prompt)
    (text,) = generate(watched, REQUESTS[:1], Decoding(30), seed=2, guards=guards)
    assert text.back > 0


def test_a_length_in_the_request_ends_the_page_and_closes_it(writer: Writer) -> None:
    words = writer.tokenizer("<BODY><UL>" + "<P>Good day to all.</P>" * 40)["input_ids"]
    scripted = Writer(Scripted(writer.model, words), writer.tokenizer, writer.prompt)
    guards = Guards([], ending=Ending("html"))
    asked = "Say hello. About 40 words."
    (text,) = generate(scripted, [asked], greedy(600), guards=guards)
    assert text.text.endswith("</P>\n</UL>\n</BODY>")
    assert text.ending == "length"
    assert text.stopped
    assert 40 <= text.text.count(" ") + text.text.count("</P>") <= 48
    (whole,) = generate(scripted, REQUESTS[:1], greedy(200), guards=guards)
    assert whole.ending == "room"
    assert not whole.stopped, "the model did not end it"
    assert whole.text.endswith("</P>\n</UL>\n</BODY>")
    assert whole.tokens <= 200
    (cut,) = generate(scripted, [asked], greedy(200), guards=Guards([]))
    assert (cut.ending, cut.stopped) == ("cut", False)


def test_a_request_for_a_length_may_have_more_tokens_than_the_default(writer: Writer) -> None:
    words = writer.tokenizer("<P>Good day to all.</P>" * 80)["input_ids"]
    scripted = Writer(Scripted(writer.model, words), writer.tokenizer, writer.prompt)
    guards = Guards([], ending=Ending("html"))
    asked = ["Say hello. About 100 words."]
    (text,) = generate(scripted, asked, replace(greedy(60), stretch=True), guards=guards)
    assert text.ending == "length"
    assert text.tokens > 60
    (short,) = generate(scripted, asked, greedy(60), guards=guards)
    assert short.tokens <= 60


def test_a_page_of_few_words_may_have_more_tokens_than_the_default(writer: Writer) -> None:
    words = writer.tokenizer("<P><B>Good day.</B></P>" * 80)["input_ids"]
    scripted = Writer(Scripted(writer.model, words), writer.tokenizer, writer.prompt)
    guards = Guards([], ending=Ending("html", fewest=30))
    (text,) = generate(scripted, REQUESTS[:1], replace(greedy(80), stretch=True), guards=guards)
    assert 80 < text.tokens <= 160
    assert text.ending == "room"
    assert 30 <= guards.ending.words(text.text) < 40  # type: ignore[union-attr]
    (short,) = generate(scripted, REQUESTS[:1], greedy(80), guards=guards)
    assert short.tokens <= 80


def test_a_text_that_begins_with_an_address_is_shown_whole(writer: Writer) -> None:
    words = writer.tokenizer("jane@cs.uni.edu is my address.\n<P>Good day.\n")["input_ids"]
    scripted = Writer(
        Scripted(writer.model, [*words, writer.tokenizer.eos_token_id]),
        writer.tokenizer,
        writer.prompt,
    )
    pieces: list[str] = []
    (text,) = generate(scripted, REQUESTS[:1], greedy(60), guards=Guards([]), on_text=pieces.append)
    assert "".join(pieces) == text.text
    assert "jane@" not in text.text


def test_marked_texts_do_not_depend_on_the_batch_and_are_found(writer: Writer) -> None:
    decoding = Decoding(90, temperature=1.0, watermark=True)
    texts = generate(writer, PAGES, decoding, seed=3)
    assert [generate(writer, [page], decoding, seed=3)[0] for page in PAGES] == texts
    plain = generate(writer, PAGES, replace(decoding, watermark=False), seed=3)
    for one, other in zip(texts, plain, strict=True):
        assert p_of(writer, one.text) < 1e-4 < p_of(writer, other.text)


def p_of(writer: Writer, text: str) -> float:
    """Return the p-value of the watermark of a text."""
    return evidence(writer.tokenizer(text, add_special_tokens=False)["input_ids"]).p_whole


def test_nothing_is_marked_where_nothing_is_drawn_by_chance(writer: Writer) -> None:
    with_it = generate(writer, REQUESTS, replace(greedy(12), watermark=True))
    assert with_it == generate(writer, REQUESTS, greedy(12))


def test_what_the_guards_take_back_is_forgotten_by_the_watermark(
    writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each token is marked exactly where its context is new in the text that stands then."""
    asked: list[tuple[tuple[int, ...], object]] = []
    new = TextContexts.new

    def watched(self: TextContexts, ids: list[int]) -> object:
        given = new(self, ids)
        asked.append((tuple(ids), given))
        return given

    monkeypatch.setattr(TextContexts, "new", watched)
    guards = Guards([NoLetter("u"), NoLetter("i")], tries=1, longest=4, back=20)
    texts = generate(writer, PAGES, Decoding(60, watermark=True), seed=5, guards=guards)
    assert sum(text.back for text in texts) > 0, "else nothing is shown here"
    for ids, given in asked:
        earlier = {ids[n - CONTEXT : n] for n in range(CONTEXT, len(ids))}
        is_new = len(ids) >= CONTEXT and ids[-CONTEXT:] not in earlier
        assert given == (ids[-CONTEXT:] if is_new else None)


class Everything:
    """Refuses every part."""

    def __init__(self, name: str = "everything") -> None:
        self.name = name

    def look(self, text: str, start: int, request: str, *, ended: bool) -> list[Mark]:
        del request, ended
        return [Mark(self.name, "no", start, len(text))]


def test_what_refusing_costs_a_text_has_a_limit(writer: Writer) -> None:
    guards = Guards([Everything()], longest=8)
    limited = replace(guards, budget=Budget(share=0.2, allowance=20))
    asked = {"seed": 3, "guards": limited}
    texts = generate(writer, PAGES, Decoding(60), **asked)
    for text in texts:
        assert text.spent <= 20 + 0.2 * text.tokens + guards.longest
        assert text.spent > 20
        assert len(text.marks) > 3, "what is not drawn again is let stand, and marked"
    unlimited = generate(writer, PAGES, Decoding(60), seed=3, guards=guards)
    assert min(text.spent for text in unlimited) > 2 * max(text.spent for text in texts)
    assert generate(writer, PAGES[1:2], Decoding(60), **asked) == texts[1:2], "whatever the batch"


def test_guards_that_matter_most_go_on_when_the_budget_is_used_up(writer: Writer) -> None:
    budget = Budget(share=0.0, allowance=0, times={"later": math.inf})
    guards = Guards([Everything("later")], tries=2, back=0, longest=8, budget=budget)
    (text,) = generate(writer, PAGES[:1], Decoding(40), seed=3, guards=guards)
    assert text.refused["later"] == 3 * len(text.marks), "two more tries for every part"


def test_of_refused_parts_the_one_without_a_grave_mark_stands(writer: Writer) -> None:
    class Both:
        """Has one grave mark against the first draw, and two slight ones against the others."""

        name = "both"
        looks = 0

        def look(self, text: str, start: int, request: str, *, ended: bool) -> list[Mark]:
            del request, ended
            self.looks += 1
            names = ["later"] if self.looks == 1 else ["loops", "structure"]
            return [Mark(name, "no", start, len(text)) for name in names]

    budget = Budget(share=0.0, allowance=100, times={"later": math.inf})
    guards = Guards([Both()], tries=1, back=0, longest=40, budget=budget)
    (text,) = generate(writer, PAGES[:1], Decoding(12), seed=3, guards=guards)
    assert [mark.guard for mark in text.marks[:2]] == ["loops", "structure"]


class Letters:
    """Forbids tokens with a letter of a set, all tokens where it is empty."""

    name = "letters"

    def __init__(self, letters: str) -> None:
        self.letters = letters

    def forbids(self, text: str, piece: str, request: str) -> bool:
        del text, request
        return not self.letters or any(letter in piece for letter in self.letters)


@pytest.mark.parametrize("watermark", [False, True])
def test_a_forbidden_token_is_drawn_anew(writer: Writer, *, watermark: bool) -> None:
    way = Decoding(40, watermark=watermark)
    free = generate(writer, PAGES, way, seed=3, guards=Guards([]))
    held = Guards([], constraints=[Letters("eE")])
    texts = generate(writer, PAGES, way, seed=3, guards=held)
    assert any("e" in text.text for text in free)
    for text in texts:
        assert "e" not in text.text.lower()
        assert text.refused["letters"] > 0
    assert generate(writer, PAGES[1:2], way, seed=3, guards=held) == texts[1:2]


class Bold:
    """Forbids what does not make a tag `<b`."""

    name = "bold"

    def forbids(self, text: str, piece: str, request: str) -> bool:
        del request
        return text.endswith("<") and piece != "b"


def test_a_tag_that_can_hardly_go_on_is_drawn_again_from_its_beginning(writer: Writer) -> None:
    """The model wants `<q` one time in three, and anything else the others."""
    (open_, q) = (writer.tokenizer.convert_tokens_to_ids(one) for one in "<q")
    scripted = Writer(Scripted(writer.model, [open_, q] * 20), writer.tokenizer, writer.prompt)
    way = Decoding(40, temperature=1.2, top_p=1.0)
    (free,) = generate(scripted, PAGES[:1], way, seed=3, guards=Guards([]))
    held = Guards([], constraints=[Bold()])
    (text,) = generate(scripted, PAGES[:1], way, seed=3, guards=held)
    begun = [writer.tokenizer(one.text)["input_ids"].count(open_) for one in (free, text)]
    assert begun[0] > 3
    assert begun[1] == 0, "what a constraint would have made of it was never meant"
    assert text.spent == text.refused["bold"] > 3, "a token each time"


def test_where_every_token_is_forbidden_the_first_draw_stands(writer: Writer) -> None:
    (free,) = generate(writer, PAGES[:1], Decoding(12), seed=3, guards=Guards([]))
    (text,) = generate(
        writer, PAGES[:1], Decoding(12), seed=3, guards=Guards([], constraints=[Letters("")])
    )
    assert text.text == free.text
    assert text.refused["letters"] == text.tokens


def test_a_text_ends_before_a_loop_that_it_cannot_leave(writer: Writer) -> None:
    class After:
        """Speaks against whatever comes after some words."""

        name = "loops"

        def look(self, text: str, start: int, request: str, *, ended: bool) -> list[Mark]:
            del request, ended
            late = len(text.split()) > 44
            return [Mark(self.name, "again", start, len(text))] if late else []

    budget = Budget(share=0.0, allowance=0)
    guards = Guards([After()], longest=8, budget=budget, ending=Ending("text"))
    (text,) = generate(writer, PAGES[:1], Decoding(200), seed=3, guards=guards)
    assert text.ending == "loops"
    assert not text.stopped
    assert 40 <= len(text.text.split()) <= 44
    (short,) = generate(
        writer,
        PAGES[:1],
        Decoding(60),
        seed=3,
        guards=replace(guards, guards=[Everything("loops")]),
    )
    assert short.ending != "loops", "what has hardly begun goes on"
