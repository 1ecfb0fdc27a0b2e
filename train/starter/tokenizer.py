"""The starter's tokenizer: byte-level BPE with a ChatML template, trained on general text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

VOCABULARY = 4096
PAD, END, TURN, STOP = "<|pad|>", "<|endoftext|>", "<|im_start|>", "<|im_end|>"

CHAT_TEMPLATE = (
    "{%- for message in messages -%}"
    "{{- '<|im_start|>' + message['role'] + '\\n' -}}"
    "{%- if message['role'] == 'assistant' -%}"
    "{% generation %}{{- message['content'] + '<|im_end|>' -}}{% endgeneration %}{{- '\\n' -}}"
    "{%- else -%}"
    "{{- message['content'] + '<|im_end|>\\n' -}}"
    "{%- endif -%}"
    "{%- endfor -%}"
    "{%- if add_generation_prompt -%}{{- '<|im_start|>assistant\\n' -}}{%- endif -%}"
)

# The commonest elements and attributes of HTML. The base never reads a period page, but without
# these the tokenizer would spell every tag sign by sign and a page would cost half as much again.
ELEMENTS = (
    "a address b base blink blockquote body br caption center cite code dd dir dl dt em font form "
    "h1 h2 h3 h4 h5 h6 head hr html i img input isindex kbd li link menu meta ol p pre small "
    "strong sub sup table td th title tr tt u ul var"
)
ATTRIBUTES = (
    "align alink alt background bgcolor border cellpadding cellspacing color colspan content "
    "height href hspace link name noshade rowspan size src start text type valign value vlink "
    "vspace width"
)
# As GPT-2 cuts text before merging, but a tag's opening and an attribute with its quote stay whole
# and numbers are cut into pairs of digits.
PIECES = (
    r"""</?[A-Za-z][A-Za-z0-9]*>?| ?[A-Za-z-]+="?|'(?:s|t|re|ve|m|ll|d)| ?\p{L}+| ?\p{N}{1,2}"""
    r"""| ?[^\s\p{L}\p{N}<]+|<|\s+(?!\S)|\s+"""
)


def markup_lines() -> Iterator[str]:
    """Yield each HTML tag and attribute, in both cases, as training text for the merges."""
    for change in (str.upper, str.lower):
        for name in ELEMENTS.split():
            yield f"<{change(name)}>\n</{change(name)}>\n<{change(name)} "
        for name in ATTRIBUTES.split():
            yield f' {change(name)}="'
            yield f" {change(name)}="


def train(texts: Iterable[str]) -> PreTrainedTokenizerFast:
    """Learn the merges and return the finished tokenizer.

    Args:
        texts: Training texts; read once.

    Returns:
        A tokenizer of 4,096 tokens whose pad token is not its end token.
    """
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    backend = Tokenizer(models.BPE())
    backend.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(PIECES), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    backend.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=[PAD, END, TURN, STOP],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )

    def lines() -> Iterator[str]:
        yield from texts
        for _ in range(4000):  # enough that every tag outweighs the rarest merges of the text
            yield from markup_lines()

    backend.train_from_iterator(lines(), trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=backend,
        pad_token=PAD,
        eos_token=STOP,
        additional_special_tokens=[END, TURN],
        model_max_length=1024,
        padding_side="right",
        clean_up_tokenization_spaces=False,
        chat_template=CHAT_TEMPLATE,
    )
