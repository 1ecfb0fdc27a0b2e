"""Shows a text while it is written."""

from __future__ import annotations

from typing import Any, TextIO

from transformers import TextStreamer


class TextPrinter(TextStreamer):  # type: ignore[misc]
    """Writes a text word by word, without newlines before and after it."""

    def __init__(self, tokenizer: Any, out: TextIO) -> None:
        """Write to `out`."""
        super().__init__(tokenizer, skip_prompt=True, skip_special_tokens=True)
        self._out, self._begun, self._newlines = out, False, ""

    def on_finalized_text(self, text: str, stream_end: bool = False) -> None:
        """Write a part; newlines wait until something follows them."""
        del stream_end
        text = self._newlines + text if self._begun else text.lstrip("\n")
        shown = text.rstrip("\n")
        self._newlines = text[len(shown) :]
        if shown:
            self._begun = True
            self._out.write(shown)
            self._out.flush()
