"""A posting ends with its signature: nothing comes behind it, and it does not come too early."""

from __future__ import annotations

import re
from dataclasses import dataclass

from erastyle.train.model.guards.early_end import least_words

MEDIUM = "Usenet article"
"""Medium of the eras whose texts are signed so."""
SIGNED = re.compile(
    r"""^-{2,3}[ \t]*\n(?:
    \s*\S[^\n]*\n(?:[^\S\n]*\S[^\n]*\n)*[ \t]*\n    # lines, and a blank one behind them
    |(?:[^\n]*\n){6}                               # or six lines of whatever
    |(?:[^\n]*\n)*?-{2,3}[ \t]*\n                  # or the next signature
    )""",
    re.VERBOSE | re.MULTILINE,
)
"""A whole signature. Four lines were good manners (RFC 1855), and most have no more than six."""
_DASHES = re.compile(r"\n[ \t]*-(?:-|[A-Z])")
"""Dashes, or a dash and a name."""
_CLOSING = re.compile(
    r"\n[ \t]*(?:thanks|thank you|thanx|cheers|regards|good luck|sincerely|bye)"
    r"(?: (?:in advance|a lot|again|very much|all|everybody))?[ \t]*[,.!]*[ \t]*\n",
    re.IGNORECASE,
)
"""A line that closes a posting. Before its fewest words what comes behind it is filling."""
_LINE = 80


@dataclass(frozen=True, slots=True)
class Signature:
    """Forbids a signature, and a line that closes a posting, before it has said enough.

    Attributes:
        fewest: Words that a posting has before its signature, where no length is asked for.
    """

    fewest: int
    name: str = "signature"

    def forbids(self, text: str, piece: str, request: str) -> bool:
        """Return whether `piece` begins a signature or ends a closing line too early."""
        line = text[max(text.rfind("\n"), len(text) - _LINE, 0) :]
        begun = any(
            found.end() > len(line)
            for closing in (_DASHES, _CLOSING)
            for found in closing.finditer(line + piece)
        )
        return begun and len(text.split()) < least_words(self.fewest, request)
