"""Capability tasks by likelihood, the same items before and after."""

from __future__ import annotations

import numpy as np
import pytest

from erastyle.corpus.errors import ConfigError
from erastyle.eval.capability import scoring
from erastyle.eval.capability.tasks import arithmetic, data, grammar
from erastyle.train.model import inference
from tests import factories

torch = pytest.importorskip("torch")


@pytest.fixture(scope="module")
def tokenizer():
    texts = [" ".join(pair[1:]) for pair in grammar.pairs()]
    return factories.byte_tokenizer(64, texts, 600)


def _model(vocabulary=600):
    return factories.llama(
        vocabulary,
        seed=3,
        max_position_embeddings=64,
        pad_token_id=0,
        eos_token_id=1,
        bos_token_id=None,
    )


@pytest.fixture(scope="module")
def model():
    return _model()


def test_the_shipped_tables_are_what_their_generators_write():
    assert (data.FOLDER / "grammar.tsv").read_text() == grammar.table()
    assert (data.FOLDER / "arithmetic.tsv").read_text() == arithmetic.table()


def test_there_are_enough_distinct_items():
    tasks = {task.name: task for task in scoring.shipped()}
    assert len({item.choices for item in tasks["grammar"].items}) >= 600
    assert len({item.group for item in tasks["grammar"].items}) >= 12
    assert len({item.context for item in tasks["knowledge"].items}) >= 150
    assert len(tasks["arithmetic"].items) >= 150
    assert {len(item.choices) for item in tasks["knowledge"].items} == {4}


def test_both_sentences_of_a_pair_are_about_as_long():
    for phenomenon, good, bad in grammar.pairs():
        assert abs(len(good.split()) - len(bad.split())) <= 1, (phenomenon, good, bad)


def test_the_right_answer_is_not_always_in_the_same_place():
    for task in scoring.shipped():
        places = np.bincount([item.answer for item in task.items])
        assert places.max() - places.min() <= 1


def test_arithmetic_has_its_sums_right():
    for item in scoring.shipped(["arithmetic"])[0].items:
        right = int(item.choices[item.answer])
        parts = item.context.rstrip("=,").replace(",", "").split()
        if "," in item.context:
            numbers = [int(p) for p in parts]
            expected = numbers[-1] + numbers[1] - numbers[0]
        else:
            a, sign, b = int(parts[0]), parts[1], int(parts[2])
            expected = {"+": a + b, "-": a - b, "x": a * b}[sign]
        assert right == expected, item


def test_a_likelihood_is_the_sum_over_its_tokens(model, tokenizer):
    text = "The farmer walks in the garden."
    ids = torch.tensor([[1, *tokenizer.encode(text, add_special_tokens=False)]])
    with torch.no_grad():
        table = torch.log_softmax(model.eval()(ids).logits[0], -1)
    by_hand = sum(table[n, ids[0, n + 1]].item() for n in range(ids.shape[1] - 1))
    assert inference.loglikelihoods(model, tokenizer, [("", text)])[0] == pytest.approx(
        by_hand, abs=1e-4
    )


def test_batching_does_not_change_a_likelihood(model, tokenizer):
    requests = [("", good) for _, good, _ in list(grammar.pairs())[::40]]
    together = inference.loglikelihoods(model, tokenizer, requests)
    alone = [inference.loglikelihoods(model, tokenizer, [r], 1)[0] for r in requests]
    assert together == pytest.approx(alone, abs=1e-4)


def test_a_random_model_is_near_chance_and_the_items_stay_in_order(model, tokenizer):
    tasks = scoring.shipped(["grammar"], every=3)
    result = scoring.score(model, tokenizer, tasks).tasks["grammar"]
    assert len(result.correct) == len(tasks[0].items) == 347
    assert result.accuracy is not None
    assert 0.3 < result.accuracy < 0.7
    assert len(result.groups) == 347
    for item, scores, right in zip(tasks[0].items, result.scores, result.correct, strict=True):
        assert right == (scores[item.answer] > np.delete(scores, item.answer).max())


def test_half_precision_weights_are_scored_in_float32_and_given_back(tokenizer):
    tasks = scoring.shipped(["grammar"], every=20)
    half = _model().to(torch.bfloat16)
    rounded = _model().to(torch.bfloat16).float()
    one = scoring.score(half, tokenizer, tasks).tasks["grammar"]
    two = scoring.score(rounded, tokenizer, tasks).tasks["grammar"]
    assert np.allclose(np.concatenate(one.scores), np.concatenate(two.scores), atol=1e-4)
    assert {p.dtype for p in half.parameters()} == {torch.bfloat16}


def test_scoring_leaves_training_mode_and_threads_as_they_were(tokenizer):
    model = _model().train()
    before = torch.get_num_threads()
    scoring.score(model, tokenizer, scoring.shipped(["grammar"], every=20))
    assert model.training
    assert torch.get_num_threads() == before


def test_a_model_that_gives_nan_has_no_accuracy(tokenizer):
    model = _model()
    model.lm_head.weight.data.fill_(float("nan"))
    result = scoring.score(model, tokenizer, scoring.shipped(["grammar"], every=20))
    assert result.tasks["grammar"].accuracy is None
    assert result.macro is None
    assert "no finite likelihood for 52 of 52 items" in result.problems[0]
    bits = scoring.perplexity(model, tokenizer, ["A text."])
    assert bits.bits_per_byte is None
    assert "no finite likelihood" in bits.problem


def test_a_model_for_which_all_answers_are_equal_knows_none(tokenizer):
    model = _model()
    model.lm_head.weight.data.zero_()
    items = [scoring.Item("", ("x", "z"), n % 2) for n in range(40)]
    result = scoring.score(model, tokenizer, [scoring.Task("ties", tuple(items))])
    assert result.tasks["ties"].accuracy == 0.0


def test_too_few_items_give_no_accuracy_but_keep_the_answers(model, tokenizer):
    task = scoring.Task("few", scoring.shipped(["grammar"])[0].items[:5])
    result = scoring.score(model, tokenizer, [task])
    assert result.tasks["few"].accuracy is None
    assert "5 items are too few" in result.problems[0]
    assert len(result.tasks["few"].correct) == 5


def test_no_task_and_no_text_are_said(model, tokenizer):
    assert scoring.score(model, tokenizer, []).problems == ("no capability task was given",)
    assert scoring.score(model, tokenizer, []).macro is None
    assert scoring.perplexity(model, tokenizer, ["", ""]).bits_per_byte is None


def test_bits_per_byte_do_not_depend_on_how_texts_are_batched(model, tokenizer):
    texts = ["<P>The farmer has 12 dogs.\n" * 20, "", "A caf\u00e9 \u2014 \U0001f600 here."]
    one = scoring.perplexity(model, tokenizer, texts)
    two = scoring.perplexity(model, tokenizer, texts, batch_tokens=1)
    assert one.bits_per_byte == pytest.approx(two.bits_per_byte, abs=1e-6)
    assert one.overall.bytes == sum(len(t.encode()) for t in texts)
    assert sum(c.bytes for c in one.by_class.values()) == one.overall.bytes
    assert sum(c.bits for c in one.by_class.values()) == pytest.approx(one.overall.bits)
    assert sum(c.tokens for c in one.by_class.values()) == one.overall.tokens
    assert min(c.tokens for c in one.by_class.values()) > 0


def test_a_uniform_model_needs_the_bits_of_its_vocabulary(tokenizer):
    model = _model()
    model.lm_head.weight.data.zero_()
    found = scoring.perplexity(model, tokenizer, ["The farmer walks in the garden.\n" * 9])
    assert found.overall.bits / found.overall.tokens == pytest.approx(np.log2(600), abs=1e-5)


@pytest.mark.parametrize(
    ("line", "says"),
    [("only\ttwo", "separated by tabs"), ("a\t\tsame\tsame", "equal"), ("a\t\tright\t", "empty")],
)
def test_a_task_file_with_a_bad_line_is_refused_with_its_place(tmp_path, line, says):
    path = tmp_path / "mine.tsv"
    path.write_text(f"# a comment\na\t\tgood\tbad\n{line}\n")
    with pytest.raises(ConfigError, match=rf"mine.tsv:3.*{says}"):
        scoring.read(path)


def test_an_unknown_task_is_refused_with_the_known_ones():
    with pytest.raises(ConfigError, match="grammar, arithmetic, knowledge"):
        scoring.shipped(["grammer"])


def test_the_base_under_an_adapter_scores_as_the_base_alone(tokenizer):
    peft = pytest.importorskip("peft")
    tasks = scoring.shipped(["grammar"], every=20)
    alone = scoring.score(_model(), tokenizer, tasks).tasks["grammar"]
    config = peft.LoraConfig(r=4, target_modules=["q_proj"], init_lora_weights=False)
    style = peft.get_peft_model(_model(), config)
    after = scoring.score(style, tokenizer, tasks).tasks["grammar"]
    with style.disable_adapter():
        before = scoring.score(style, tokenizer, tasks).tasks["grammar"]
    assert np.array_equal(before.correct, alone.correct)
    assert np.allclose(np.concatenate(before.scores), np.concatenate(alone.scores), atol=1e-4)
    assert not np.allclose(np.concatenate(after.scores), np.concatenate(alone.scores), atol=1e-4)
