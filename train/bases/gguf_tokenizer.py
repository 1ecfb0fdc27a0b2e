"""The tokenizer in a GGUF file, as the files that transformers loads.

A GGUF file holds tokens, merges and the name of a rule that splits a text into words
(`tokenizer.ggml.pre`). The rule decides the ids, so a rule that is not known here is refused: a
model reads its own words only by the split that it was trained with.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from erastyle.corpus.errors import ModelError
from erastyle.train.bases import chat_template
from erastyle.train.bases.gguf_file import GgufFile

CONTROL, USER_DEFINED = 3, 4  # llama.cpp's types of tokens that are no plain text
PAD_NAMES = ("<|endoftext|>", "<|pad|>", "<pad>", "[PAD]", "<|finetune_right_pad_id|>")

_CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
_WORDS = r"[^\r\n\p{L}\p{N}]?\p{L}+"
_REST = r" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
_SPLITS = {
    "gpt-2": None,
    "smollm": None,
    "qwen2": rf"{_CONTRACTIONS}|{_WORDS}|\p{{N}}|{_REST}",
    "llama-bpe": rf"{_CONTRACTIONS}|{_WORDS}|\p{{N}}{{1,3}}|{_REST}",
}
"""Regular expression of each known rule; None takes GPT-2's, which the library has built in."""
_SAME = {"gpt2": "gpt-2", "llama3": "llama-bpe", "llama-v3": "llama-bpe"}


@dataclass(frozen=True, slots=True)
class SpecialTokens:
    """Ids of the tokens that are no text.

    Attributes:
        begin: Begins a text; None where there is none.
        end: Ends an answer.
        turn: Ends a turn of a conversation; the same as `end` in most files.
        pad: Fills a batch; never the same as `end`, or a model would not learn to stop.
    """

    begin: int | None
    end: int
    turn: int
    pad: int


@dataclass(frozen=True, slots=True)
class TokenizerFiles:
    """What stands in a folder beside the weights.

    Attributes:
        tokenizer: Content of `tokenizer.json`.
        config: Content of `tokenizer_config.json`.
        special: Ids of the special tokens.
        template: The chat template without a default system prompt; empty where there is none.
        original: The chat template as the file has it.
    """

    tokenizer: str
    config: dict[str, Any]
    special: SpecialTokens
    template: str
    original: str


def tokenizer_files(file: GgufFile) -> TokenizerFiles:
    """Return the tokenizer of a GGUF file.

    Raises:
        ModelError: It is of an unknown kind, damaged, has no end token, or its template cannot
            render a request.
    """
    tokens, types = _tokens(file)
    special = _special(file, tokens, types)
    texts = {"eos_token": tokens[special.end], "pad_token": tokens[special.pad]}
    if special.begin is not None:
        texts["bos_token"] = tokens[special.begin]
    original = file.text("tokenizer.chat_template")
    template = original
    if original:
        named = {name: texts.get(name, "") for name in ("bos_token", "eos_token")}
        chat_template.check(str(file.path), original, **named)
        template = chat_template.without_default_system(original, **named)
    config: dict[str, Any] = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": file.sizes.context,
        "clean_up_tokenization_spaces": False,
        "padding_side": "right",
        **texts,
    }
    text = _built(file, tokens, types, special).to_str()
    return TokenizerFiles(text, config, special, template, original)


def _tokens(file: GgufFile) -> tuple[list[str], list[int]]:
    """Return the text and the type of each token."""
    kind = file.text("tokenizer.ggml.model")
    if kind != "gpt2":
        raise file.refused(
            f"its tokenizer is of kind {kind or '(none)'!r}, and only byte-level BPE (gpt2) is read"
        )
    tokens = file.value("tokenizer.ggml.tokens")
    types = file.value("tokenizer.ggml.token_type") or [1] * len(tokens or ())
    if not isinstance(tokens, list) or not tokens or len(types) != len(tokens):
        raise file.refused("its list of tokens is missing or damaged")
    if len(tokens) > file.sizes.vocabulary:
        raise file.refused(
            f"its tokenizer has {len(tokens):,} tokens and the model only {file.sizes.vocabulary:,}"
        )
    return tokens, types


def _special(file: GgufFile, tokens: list[str], types: list[int]) -> SpecialTokens:
    def number(key: str) -> int | None:
        value = file.value(f"tokenizer.ggml.{key}")
        return value if isinstance(value, int) and 0 <= value < len(tokens) else None

    end = number("eos_token_id")
    if end is None:
        raise ModelError(
            f"{file.path}: its tokenizer has no end token, so a model never learns to stop. "
            "Choose another base."
        )
    turn = number("eot_token_id")
    begin = number("bos_token_id")
    named = [tokens.index(name) for name in PAD_NAMES if name in tokens]
    control = [i for i, kind in enumerate(types) if kind == CONTROL and i != begin]
    candidates = [number("padding_token_id"), *named, number("unknown_token_id"), *control, 0, 1]
    ends = {end, turn}
    pad = next(i for i in candidates if i is not None and i not in ends)
    return SpecialTokens(begin, end, end if turn is None else turn, pad)


def _built(file: GgufFile, tokens: list[str], types: list[int], special: SpecialTokens) -> Any:
    from tokenizers import AddedToken, Tokenizer, decoders, models, processors

    rule = file.text("tokenizer.ggml.pre")
    rule = _SAME.get(rule, rule)
    if rule not in _SPLITS:
        raise file.refused(
            f"its tokenizer splits words by the rule {rule or '(none)'!r}. "
            f"Known: {', '.join(sorted(_SPLITS))}"
        )
    pairs = [tuple(m.split(" ")) for m in file.value("tokenizer.ggml.merges") or ()]
    vocabulary = {token: index for index, token in enumerate(tokens)}
    try:
        tokenizer = Tokenizer(
            models.BPE(vocab=vocabulary, merges=pairs, ignore_merges=rule == "llama-bpe")
        )
    except Exception as error:  # noqa: BLE001 - the library raises plain exceptions
        raise file.refused(f"its list of merges is damaged ({str(error)[:100]})") from None
    tokenizer.pre_tokenizer = word_split(rule)
    tokenizer.decoder = decoders.ByteLevel()
    if rule == "qwen2":
        from tokenizers import normalizers

        tokenizer.normalizer = normalizers.NFC()
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    if special.begin is not None and file.value("tokenizer.ggml.add_bos_token"):
        first = tokens[special.begin]
        tokenizer.post_processor = processors.TemplateProcessing(
            single=f"{first} $A", special_tokens=[(first, special.begin)]
        )
    added = [
        AddedToken(token, special=kind == CONTROL, normalized=False)
        for token, kind in zip(tokens, types, strict=True)
        if kind in (CONTROL, USER_DEFINED)
    ]
    tokenizer.add_special_tokens([token for token in added if token.special])
    tokenizer.add_tokens([token for token in added if not token.special])
    return tokenizer


def word_split(rule: str) -> Any:
    """Return the pre-tokenizer for a rule of `tokenizer.ggml.pre`.

    SmolLM2 was trained with single digits; transformers' own reader of GGUF files leaves that out.

    Example:
        >>> [word for word, _ in word_split("smollm").pre_tokenize_str("In 1995")]
        ['In', 'Ġ', '1', '9', '9', '5']
    """
    from tokenizers import Regex, pre_tokenizers

    if rule == "smollm":
        digits = pre_tokenizers.Digits(individual_digits=True)
        return pre_tokenizers.Sequence([digits, pre_tokenizers.ByteLevel(add_prefix_space=False)])
    expression = _SPLITS[rule]
    if expression is None:
        return pre_tokenizers.ByteLevel(add_prefix_space=False)
    return pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(expression), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )


def rule_of(tokenizer: Any) -> str | None:
    """Return the rule of `tokenizer.ggml.pre` by which a byte-level BPE tokenizer splits words.

    Args:
        tokenizer: A `tokenizers.Tokenizer`.

    Returns:
        One of the rules that `word_split` takes; None where llama.cpp has no such rule, or the
        tokenizer is of another kind.

    Example:
        >>> from tokenizers import Tokenizer, models
        >>> other = Tokenizer(models.BPE())
        >>> other.pre_tokenizer = word_split("qwen2")
        >>> rule_of(other)
        'qwen2'
    """
    from tokenizers import Tokenizer, models

    parts = json.loads(tokenizer.to_str())
    model = parts["model"]
    plain = not model.get("byte_fallback") and not model.get("continuing_subword_prefix")
    if model["type"] != "BPE" or not plain:
        return None
    for rule in _SPLITS:
        known = Tokenizer(models.BPE())
        known.pre_tokenizer = word_split(rule)
        same = _splitting(json.loads(known.to_str())) == _splitting(parts)
        normal = parts["normalizer"] in (None, {"type": "NFC"} if rule == "qwen2" else None)
        if same and normal and bool(model.get("ignore_merges")) == (rule == "llama-bpe"):
            return rule
    return None


def _splitting(parts: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the steps that split words; offsets are left out, they change no ids."""
    outer = parts["pre_tokenizer"] or {"type": "none"}
    steps = outer["pretokenizers"] if outer["type"] == "Sequence" else [outer]
    return [{key: step[key] for key in step if key != "trim_offsets"} for step in steps]
