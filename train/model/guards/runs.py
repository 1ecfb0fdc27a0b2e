"""Forbids runs without an end, of digits, letters, rules or blank lines, and control characters."""

from __future__ import annotations

import re
from dataclasses import dataclass

TAIL = 240
_ENDLESS = re.compile(
    r"""(?:
    \d{15}                                  # digits
    |[^\W_]{40}                             # letters and digits
    |[A-Z\d]+(?:_[A-Z\d]+){4}               # CURRENCY_CONDUCTIVE_PANEL_GROUP_A
    |(?:[^\W\d]*\d\w*-){8}                 # 0369-9101-9943-0000-0000-0000-0000-0000-
    |(?:\\[nrt]\s*){3,}                     # ends of lines spelt out
    |\b([^\W\d_]{2,})(?:\s+\1\b){4}           # the same word
    |(?:^|\n)(?:[ \t>]*\n){6}                # blank lines
    |(?:^[ \t>]*[-_=*~\#,]{2,}[\s>]+){2}[-_=*~\#,]{2}   # rules without a word between them
    |\{[%{]                                 # the marks of templates
    |[\x00-\x08\x0b-\x1f\x7f]              # control characters
    )""",
    re.VERBOSE | re.MULTILINE,
)
_IN_HTML = re.compile(
    r"""(?:
    &&[^\s&]|&\#[^\dx]                     # what is no character code
    |&\w{9}
    |&\#(?:4[89]|5[0-7]|6[5-9]|[78]\d|9[0789]|1[01]\d|12[0-2]);   # a letter or digit as its code
    |(?:&\#\w{1,6};?\s*){3}                # codes in a row
    |(?!(.)\1{3})[&\#%|]{4}
    |(?<!\*)\*\*[a-z]                      # Markdown
    # characters without a blank; of 100 real pages one has more, addresses and rules aside
    |(?<![^\s>])(?!/|[^\s<>]{0,20}(?:://|www\.|@|([-_.\#*])\2\2))[^\s<>&"=]{60}
    )""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Runs:
    """Forbids a token that goes on with a run that hardly a text has.

    Attributes:
        html: Whether the texts are pages.
    """

    html: bool = True
    name: str = "runs"

    def forbids(self, text: str, piece: str, request: str) -> bool:
        """Return whether `piece` is too much of the same."""
        del request
        before = text[-TAIL:]
        patterns = (_ENDLESS, _IN_HTML) if self.html else (_ENDLESS,)
        return any(
            run.end() > len(before)
            for pattern in patterns
            for run in pattern.finditer(before + piece)
        )
