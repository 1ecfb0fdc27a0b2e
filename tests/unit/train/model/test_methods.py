"""Every method gives the same kind of folder, and each can write, be dialled and be compared."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from pydantic import ValidationError
from safetensors.torch import load_file

from erastyle.corpus import era as eras
from erastyle.corpus.errors import ModelError
from erastyle.pipeline import pairs
from erastyle.pipeline.runtime.ledger import Ledger
from erastyle.pipeline.runtime.progress import Progress
from erastyle.pipeline.runtime.stage import Context
from erastyle.train.data.training_row import training_row
from erastyle.train.fit import continue_from
from erastyle.train.model import examples, loading, strength
from erastyle.train.model.bm25 import Bm25
from erastyle.train.model.decoding import Decoding
from erastyle.train.model.examples import ShownDocument
from erastyle.train.model.folder import StyleModelInfo, describe
from erastyle.train.model.generation import GeneratedText, generate
from erastyle.train.model.pair import ModelPair
from erastyle.train.model.prompt import Encoder
from erastyle.train.options import TrainOptions
from erastyle.train.stage import TRAIN

TOPICS = ["whales", "trains", "tulips", "comets", "violins", "castles"]


@pytest.fixture(scope="module")
def pair_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pairs")
    with Ledger(folder, pairs.schema()) as book:
        for number in range(24):
            topic = TOPICS[number % 6]
            body = f"<H1>All about {topic}</H1>\n" + f"<P>Here is more of {topic}.\n" * 3
            book.keep_row(
                pairs.row(
                    f"A page about {topic}.",
                    body,
                    role="style",
                    split="dev" if number > 20 else "train",
                    document_id=f"d{number}",
                    site=f"site{number % 8}",
                )
            )
            if number % 2:
                book.keep_row(pairs.row(f"Say {topic}.", topic, role="rehearsal", split="train"))
        book.keep_row(pairs.row("Say hello.", "Hello.", role="rehearsal", split="dev"))
    return folder


Train = Callable[..., Path]


@pytest.fixture(scope="module")
def train(pair_folder: Path, tiny_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Train:
    def run(method: str, **options: Any) -> Path:
        out = tmp_path_factory.mktemp(method.replace("-", "")) / "out"
        out.mkdir()
        given = {"base": str(tiny_base), "threads": 1, "device": "cpu", "rank": 4, "epochs": 1,
                 "batch_tokens": 400, "lr": 0.01, "max_length": 128, "samples": 0,
                 "report_to": (), "method": method, **options}  # fmt: skip
        chosen = TrainOptions.model_validate(given)
        era = eras.load("web-1995")
        inputs = {"pairs": pair_folder}
        stats = TRAIN.run(Context(chosen, era, 7, inputs, out, Progress(), out.parent))
        (out / "stats.json").write_text(json.dumps(stats))
        return out / "model"

    return run


@pytest.mark.parametrize("method", ["prompt", "few-shot", "retrieve", "blend"])
def test_every_method_gives_a_folder_that_can_write(method: str, train: Train) -> None:
    folder = train(method)
    both = ModelPair(folder, "cpu", 8)
    with both.base() as base:
        assert len(base.prompt("A page about comets.")) < 60
    writer = both.fine_tuned()
    torch.manual_seed(1)
    (written,) = generate(writer, ["A page about comets."], Decoding(max_new_tokens=8))
    assert written.tokens > 0


def test_notes_stand_before_the_brief_and_the_brief_is_last(train: Train) -> None:
    writer = ModelPair(train("prompt"), "cpu", 64).fine_tuned()
    text = writer.tokenizer.decode(writer.prompt("A page about comets."))
    note = eras.load("web-1995").style_notes[0]
    assert text.index(note) < text.index("A page about comets.")


def test_few_shot_shows_documents_of_different_sites(train: Train) -> None:
    folder = train("few-shot", shots=3)
    shown = examples.read(folder)
    assert len({s.site for s in shown}) == 3
    writer = ModelPair(folder, "cpu", 64).fine_tuned()
    text = writer.tokenizer.decode(writer.prompt("A page about comets."))
    assert all(s.body in text for s in shown)
    assert text.count("<|im_start|>assistant") == 4


def test_retrieve_shows_the_nearest_documents_the_best_one_last(train: Train) -> None:
    writer = ModelPair(train("retrieve", shots=2), "cpu", 64).fine_tuned()
    text = writer.tokenizer.decode(writer.prompt("A page about violins."))
    assert text.count("All about violins") == 2


def test_what_is_shown_leaves_room_for_the_answer(tiny_base: Path, tmp_path: Path) -> None:
    long = "<P>Another paragraph of this very long page.\n\n" * 400
    examples.write(
        tmp_path, [ShownDocument(f"Page {n}.", long, f"d{n}", f"s{n}") for n in range(3)]
    )
    description = StyleModelInfo(
        method="few-shot", base=str(tiny_base), base_digest="", era="x", max_length=128,
        notes="Write so.", shots=3, context_tokens=4000,
    )  # fmt: skip
    encoder = Encoder(loading.load_tokenizer(str(tiny_base)))
    for room in (64, 200, 700, 1000):
        ids = examples.prompts(tmp_path, description, encoder, room)("A page about comets.")
        assert len(ids) <= room
    assert len(ids) > 700, "the room is used"


def test_a_blend_lies_between_the_base_and_the_full_weights(train: Train, tiny_base: Path) -> None:
    name = "model.layers.0.mlp.up_proj.weight"
    base = load_file(tiny_base / "model.safetensors")[name]
    full = load_file(train("full") / "weights" / "model.safetensors")[name]
    half = load_file(train("blend", blend=0.5) / "weights" / "model.safetensors")[name]
    assert not torch.equal(full, base)
    assert torch.allclose(half, (base + full) / 2, atol=1e-6)


def test_strength_nought_of_a_full_model_is_its_base(train: Train, tiny_base: Path) -> None:
    both = ModelPair(train("full"), "cpu", 8)
    style = both.fine_tuned(0.0).model.state_dict()
    base = loading.load_base(str(tiny_base)).state_dict()
    assert all(torch.allclose(style[name], base[name], atol=1e-6) for name in base)


@pytest.mark.parametrize("method", ["lora", "full"])
def test_a_strength_that_is_asked_for_again_or_after_another_is_the_same(
    method: str, train: Train
) -> None:
    pair, ids = ModelPair(train(method), "cpu", 8), torch.arange(5, 25)[None]

    def logits(strength: float) -> torch.Tensor:
        with torch.no_grad():
            return torch.as_tensor(pair.fine_tuned(strength).model(input_ids=ids).logits)

    half, whole = logits(0.5), logits(1.0)
    assert torch.equal(logits(1.0), whole)
    assert torch.equal(logits(0.5), half)
    assert torch.equal(logits(0.5), half), "moved once, not twice"
    with pair.base() as base, torch.no_grad():
        plain = base.model(input_ids=ids).logits
    assert (half - plain).norm() < (whole - plain).norm()


def test_prompting_has_no_strength(train: Train) -> None:
    with pytest.raises(ModelError, match="has no strength"):
        ModelPair(train("prompt"), "cpu", 8).fine_tuned(0.5)


@pytest.mark.parametrize("adapter", ["lora", "dora", "pissa"])
def test_every_adapter_is_stored_as_a_difference_to_the_base(
    adapter: str, train: Train, tiny_base: Path
) -> None:
    folder = train("lora", adapter=adapter)
    model = loading.load_style(folder)
    ids = torch.arange(5, 25)[None]
    plain = loading.load_base(str(tiny_base))(input_ids=ids).logits
    with torch.no_grad(), model.disable_adapter():
        off = model(input_ids=ids).logits
    on = model(input_ids=ids).logits
    assert torch.allclose(off, plain, atol=1e-4)
    assert not torch.allclose(on, plain, atol=1e-3)


def test_a_divergence_from_the_base_holds_the_model_back(train: Train) -> None:
    def moved(folder: Path) -> float:
        model = loading.load_style(folder)
        encoder = Encoder(loading.load_tokenizer(describe(folder).base))
        row = training_row(encoder, "A page about comets.", "<H1>All about comets</H1>\n<P>Here.\n")
        ids = torch.tensor([row.input_ids])
        with torch.no_grad():
            style = model(input_ids=ids).logits.log_softmax(-1)
            with model.disable_adapter():
                base = model(input_ids=ids).logits.log_softmax(-1)
        return float((base.exp() * (base - style)).sum(-1).mean())

    held = moved(train("lora", kl=300.0, epochs=6, lr=0.003))
    assert held < 0.5 * moved(train("lora", epochs=6, lr=0.003))


def test_a_divergence_needs_an_adapter_that_can_be_switched_off() -> None:
    with pytest.raises(ValidationError, match="kl needs method lora"):
        TrainOptions(method="full", kl=0.1)


def test_two_styles_mixed_add_up(train: Train) -> None:
    one, other = train("lora"), train("lora", lr=0.02)
    ids = torch.arange(5, 25)[None]
    first = loading.load_style(one)
    with torch.no_grad():
        alone = first(input_ids=ids).logits
        both = strength.mix([(one, 1.0), (other, 0.0)])(input_ids=ids).logits
        mixed = strength.mix([(one, 0.7), (other, 0.3)])(input_ids=ids).logits
    assert torch.allclose(alone, both, atol=1e-4)
    assert not torch.allclose(alone, mixed, atol=1e-3)


def test_a_mix_refuses_what_is_not_lora(train: Train) -> None:
    with pytest.raises(ModelError, match="cannot be mixed"):
        strength.mix([(train("lora"), 0.5), (train("prompt"), 0.5)])


def test_going_on_from_a_run_tells_what_was_lost(
    train: Train, pair_folder: Path, tmp_path: Path
) -> None:
    from erastyle.pipeline.runtime import manifest

    first = train("lora")
    run = tmp_path / "run"
    (run / "train").mkdir(parents=True)
    (run / "pairs").mkdir()
    (run / "pairs" / "aaa").symlink_to(pair_folder)
    folder = run / "train" / "abc"
    first.parent.rename(folder)
    manifest.write(
        folder,
        manifest.Manifest(
            key="abc", identity={"needs": {"pairs": "aaa"}}, files=(), stats={}, seconds=1,
            cpu_seconds=1, peak_memory_mb=1, finished=manifest.now(), versions={},
        ),
    )  # fmt: skip
    (run / "model").symlink_to(folder / "model")
    second = train("lora", continue_from=run, earlier=0.5)
    stats = json.loads((second.parent / "stats.json").read_text())
    assert set(stats["lost"]) == {"web-1995", "new", "general"}
    row = stats["lost"]["web-1995"]
    assert row["lost"] == pytest.approx(row["after"] - row["before"], abs=1e-3)
    assert stats["read"] > 30, "earlier pairs were rehearsed"
    worse = {"earlier": [3.0, 3.1, 3.6], "style": [5.0, 4.0, 4.2]}
    lost = continue_from.matrix(run, worse, 1)
    assert lost["web-1995"]["lost"] == 0.1, "of the epoch that was kept, not of the last one"


def test_going_on_from_a_run_cannot_begin_a_new_adapter(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="goes on from the earlier adapter"):
        TrainOptions(continue_from=tmp_path, adapter="pissa")


def test_bm25_ranks_by_rare_words_and_short_texts() -> None:
    texts = ["the whale and the sea", "the sea", "whale " + "word " * 50, "nothing here"]
    index = Bm25(texts)
    assert index.nearest("whale", 2) == [0, 2]
    assert index.scores("zebra").tolist() == [0, 0, 0, 0]


def test_self_rehearsal_keeps_answers_that_end_and_asks_once(
    tiny_base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from erastyle.train.data import self_rehearsal

    asked: list[str] = []

    def canned(_: Any, briefs: list[str], *__: Any) -> list[GeneratedText]:
        asked.extend(briefs)
        return [GeneratedText(f"own {b}", 3, stopped="never" not in b) for b in briefs]

    monkeypatch.setattr(self_rehearsal, "in_batches", canned)
    encoder = Encoder(loading.load_tokenizer(str(tiny_base)))
    rows = [pairs.row(p, "given", role="rehearsal", split="train") for p in ("a", "never", "b")]
    given = {("train", "rehearsal"): rows}
    path = tmp_path / "own.jsonl"
    for _ in range(2):
        found = self_rehearsal.own_answers(given, None, encoder, path, 7, Progress())
        texts = [r["completion"][0]["content"] for r in found["train", "rehearsal"]]
        assert texts == ["own a", "own b"]
    assert asked == ["a", "never", "b"]
