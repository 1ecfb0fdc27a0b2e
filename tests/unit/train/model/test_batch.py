"""The running batch: texts join, leave and stop, each as if it were alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from erastyle.corpus import era as eras
from erastyle.corpus.errors import ModelError
from erastyle.train.model import loading
from erastyle.train.model.adapters import PLAIN, Adapters
from erastyle.train.model.batch import TextBatch
from erastyle.train.model.decoding import Decoding, greedy
from erastyle.train.model.generation import Writer, finished, generate, row_of
from erastyle.train.model.guards.guard import Guards
from erastyle.train.model.guards.of_era import guards_of
from erastyle.train.model.prompt import Encoder
from erastyle.train.model.sampling import guided
from erastyle.train.model.text_row import TextRow
from tests import factories

SHORT, LONG = "Say hello.", "A page about bees, " + "and about their honey, " * 12 + "please."
PAGE = "Make a web page about kites."
WAYS = [
    Decoding(30),
    Decoding(30, guidance=1.7),
    Decoding(30, temperature=1.2, top_p=0.8),
    greedy(30),
    Decoding(30, temperature=1.2, guidance=0.5),
]


@pytest.fixture(scope="module")
def writer() -> Writer:
    """The embedded model."""
    tokenizer = loading.load_tokenizer(loading.STARTER)
    return Writer(loading.load_base(loading.STARTER), tokenizer, Encoder(tokenizer).prompt)


@pytest.fixture(scope="module")
def guards() -> Guards:
    """The guards of an era."""
    return guards_of(eras.load("web-1995"), None, 3)


def written(batch: TextBatch, writer: Writer, rows: list[TextRow]) -> list[str]:
    while batch.rows:
        batch.step()
    return [finished(row, writer.tokenizer).text for row in rows]


@pytest.mark.parametrize("requests", [(SHORT, LONG), (LONG, SHORT)])
def test_a_text_that_joins_late_is_what_it_is_alone(
    writer: Writer, guards: Guards, requests: tuple[str, str]
) -> None:
    alone = [
        generate(writer, [request], way, seed=7, guards=guards)[0].text
        for request in requests
        for way in WAYS
    ]
    batch = TextBatch(writer.model, writer.tokenizer)
    rows: list[TextRow] = []
    for request in requests:
        new = [row_of(writer, request, way, seed=7, guards=guards) for way in WAYS]
        batch.add(new)
        rows += new
        for _ in range(9):
            batch.step()
    assert written(batch, writer, rows) == alone


@pytest.mark.parametrize("way", [greedy(12), Decoding(12, temperature=0.0, guidance=1.7)])
def test_a_text_that_is_gone_on_with_goes_on_as_it_would_have(
    writer: Writer, way: Decoding
) -> None:
    (whole,) = generate(
        writer, [PAGE], greedy(24) if way.guidance == 1 else replace(way, max_new_tokens=24)
    )
    ids = writer.tokenizer(whole.text, add_special_tokens=False)["input_ids"]
    begun = writer.tokenizer.decode(ids[:12])
    batch = TextBatch(writer.model, writer.tokenizer)
    other = row_of(writer, LONG, way)
    batch.add([other])
    for _ in range(3):
        batch.step()
    row = row_of(writer, PAGE, way, begun=begun)
    batch.add([row])  # it joins one that is being written
    gone_on, _ = written(batch, writer, [row, other])
    assert gone_on == writer.tokenizer.decode(ids[:24])


def test_a_text_that_is_gone_on_with_stops_where_it_has_enough(
    writer: Writer, guards: Guards
) -> None:
    begun = "<HTML><BODY><P>We fly kites."
    batch = TextBatch(writer.model, writer.tokenizer)
    rows = [
        row_of(writer, PAGE, Decoding(40), seed=n, guards=guards, begun=begun,
               enough=lambda text: len(text) > len(begun) + 5)
        for n in range(3)
    ]  # fmt: skip
    batch.add(rows)
    for text in written(batch, writer, rows):
        assert text.startswith(begun)
        assert len(text) < len(begun) + 40
    assert all(row.cause == "stop" for row in rows)
    with pytest.raises(ModelError, match="is to be gone on with"):
        row_of(writer, PAGE, Decoding(5), begun="kites and " * 4_000)


def test_addresses_in_what_stood_before_stay_as_they_are(writer: Writer) -> None:
    begun = "Write to ann@uni.edu, please."
    row = row_of(writer, PAGE, greedy(4), begun=begun)
    row.ids += writer.tokenizer(" Or to bob@uni.edu.", add_special_tokens=False)["input_ids"]
    text = finished(row, writer.tokenizer).text
    assert text.startswith(begun)
    assert "bob@uni.edu" in text  # without guards nothing is replaced
    row.guards = guards_of(eras.load("usenet-1993"), None, 2)
    text = finished(row, writer.tokenizer).text
    assert text.startswith(begun)
    assert "bob@uni.edu" not in text


def test_a_guided_text_takes_what_the_brief_makes_likelier(writer: Writer) -> None:
    way = Decoding(16, temperature=0, repetition_penalty=1, guidance=1.5)
    batch = TextBatch(writer.model, writer.tokenizer)
    batch.add([row_of(writer, SHORT, way), row := row_of(writer, PAGE, way)])
    written(batch, writer, [row])
    ids: list[int] = []
    for _ in row.ids:
        own, neutral = (
            writer.model(torch.tensor([writer.prompt(brief) + ids])).logits[0, -1].detach()
            for brief in (PAGE, "")
        )
        ids.append(int(guided(own[None], neutral[None], [1.5]).argmax()))
    assert row.ids == ids
    assert row.ids != row_after(writer, greedy(16)).ids


def row_after(writer: Writer, way: Decoding) -> TextRow:
    row = row_of(writer, PAGE, way)
    batch = TextBatch(writer.model, writer.tokenizer)
    batch.add([row])
    written(batch, writer, [row])
    return row


def test_the_cache_does_not_grow_with_the_texts_that_have_left(writer: Writer) -> None:
    batch = TextBatch(writer.model, writer.tokenizer)
    width = 0
    for number in range(12):
        batch.add([row_of(writer, SHORT, greedy(12), number=number)])
        for _ in range(6):
            batch.step()
        width = max(width, batch._read.columns)
    assert width <= len(writer.prompt(SHORT)) + 2 * 12


def test_a_text_ends_before_a_stop_string_and_shows_none_of_it(writer: Writer) -> None:
    whole = generate(writer, [PAGE], greedy(30))[0].text
    assert len(whole) > 40
    stop = whole[20:26]
    shown: list[str] = []
    row = row_of(writer, PAGE, greedy(30), stops=("never there", stop), on_text=shown.append)
    batch = TextBatch(writer.model, writer.tokenizer)
    batch.add([row])
    (text,) = written(batch, writer, [row])
    assert text == whole[: whole.index(stop)].strip("\n")
    assert "".join(shown) == text
    made = finished(row, writer.tokenizer)
    assert (made.stopped, made.ending) == (True, "stop")
    assert made.tokens < 30


def test_a_stop_string_stands_above_the_guard_of_early_ends(writer: Writer, guards: Guards) -> None:
    whole = generate(writer, [PAGE], greedy(30), guards=guards)[0].text
    row = row_of(writer, PAGE, greedy(30), guards=guards, stops=(whole[12:15],))
    batch = TextBatch(writer.model, writer.tokenizer)
    batch.add([row])
    assert written(batch, writer, [row]) == [whole[: whole.index(whole[12:15])]]


def test_what_nobody_wants_ends_before_the_next_token(writer: Writer) -> None:
    wanted = [True]
    gone = row_of(writer, PAGE, greedy(30), unwanted=lambda: not wanted[0])
    stays = row_of(writer, SHORT, greedy(30))
    batch = TextBatch(writer.model, writer.tokenizer)
    batch.add([gone, stays])
    for _ in range(4):
        batch.step()
    wanted.clear()
    wanted.append(False)
    assert batch.step() == [gone]
    assert len(gone.ids) == 4
    assert written(batch, writer, [stays]) == [generate(writer, [SHORT], greedy(30))[0].text]


def test_each_text_has_its_own_style_and_strength(tiny_base: Path, tmp_path: Path) -> None:
    folders = [
        factories.lora_style(tmp_path / name, tiny_base, seed=seed)
        for seed, name in enumerate(("one", "two"))
    ]
    tokenizer = loading.load_tokenizer(str(tiny_base))
    wanted = [(folder, strength) for folder in folders for strength in (1.0, 0.5, 0.0)]

    def row(model: Any, adapter: str) -> TextRow:
        one = Writer(model, tokenizer, Encoder(tokenizer).prompt)
        return row_of(one, SHORT, Decoding(12, temperature=1.5), adapter=adapter)

    adapters = Adapters(folders[0])
    names = [adapters.choose(*one) for one in wanted]
    assert names[2] == names[5] == PLAIN
    assert len(set(names)) == 5
    batch = TextBatch(adapters.model, tokenizer)
    batch.add(rows := [row(adapters.model, name) for name in names])
    together = written(batch, Writer(adapters.model, tokenizer, str.split), rows)  # type: ignore[arg-type]
    assert len(set(together)) == 5, "only the two without a style are alike"
    for (folder, strength), text in zip(wanted, together, strict=True):
        alone = Adapters(folder)
        one = row(alone.model, alone.choose(folder, strength))
        batch = TextBatch(alone.model, tokenizer)
        batch.add([one])
        assert written(batch, Writer(alone.model, tokenizer, str.split), [one]) == [text]  # type: ignore[arg-type]


def test_adapters_that_are_not_used_make_room(tiny_base: Path, tmp_path: Path) -> None:
    folder = factories.lora_style(tmp_path / "one", tiny_base, seed=1)
    adapters = Adapters(folder)
    used = adapters.choose(folder, 0.01)
    for step in range(2, 30):
        adapters.choose(folder, step / 100, {used})
    assert used in adapters.model.peft_config
    assert len(adapters.model.peft_config) <= 12


@pytest.mark.parametrize("room", [0, 40])
def test_the_end_tags_that_are_set_stay_within_the_limit(
    writer: Writer, guards: Guards, room: int
) -> None:
    row = row_of(writer, PAGE, greedy(30), guards=guards)
    row.ids = writer.tokenizer("<UL><LI>red kites", add_special_tokens=False)["input_ids"]
    given = len(row.ids)
    row.limit = given + room
    TextBatch(writer.model, writer.tokenizer)._close(row)
    assert (len(row.ids) > given) == (room > 0)
