"""How the next token is chosen: temperature, nucleus, penalty, watermark."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Decoding:
    """How the next token is chosen.

    Attributes:
        max_new_tokens: Longest text in tokens.
        temperature: 0 takes the likeliest token each time.
        top_p: Sample among the likeliest tokens that together have this probability.
        repetition_penalty: Above 1, tokens that were written already become less likely.
        batch: Requests decoded together.
        stretch: Whether a request that asks for a length may have more tokens than that.
        guidance: Above 1, tokens that the brief makes likelier become likelier still.
        watermark: Whether tokens are drawn so that `erastyle detect` finds the text.
    """

    max_new_tokens: int
    temperature: float = 0.7
    top_p: float = 0.95
    repetition_penalty: float = 1.05
    batch: int = 32
    stretch: bool = False
    guidance: float = 1.0
    watermark: bool = False


def greedy(max_new_tokens: int, batch: int = 32) -> Decoding:
    """Return the decoding that takes the likeliest token each time, without any penalty."""
    return Decoding(max_new_tokens, temperature=0.0, repetition_penalty=1.0, batch=batch)
