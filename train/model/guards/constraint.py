"""What a text may go on with: forbids a token before it is written, where that can be told.

A guard looks at a finished part and costs the tokens that it refuses. A constraint looks at the
next token alone and hardly costs any: another one is drawn in its place, with the same
probabilities. Where what is allowed is unlikely, this alone would write what the model never meant:
`<C` that was to become `<CENTER>` ends as `<CITE>`. Then the tag is drawn again from its beginning.

Source:
    Park et al., "Grammar-aligned decoding", 2024, on what masks alone do to a distribution.
"""

from __future__ import annotations

from typing import Protocol

CANDIDATES = 1024
"""Likeliest tokens among which another one is drawn."""
FAR = 8192
"""Likeliest tokens of which one is taken where all of these are forbidden; where all of them are,
the first draw stands and is left to the guards."""
ENOUGH = 64
"""Of these, the likeliest that are allowed; the rest hardly counts."""
LIKELY = 0.9
"""Probability of all allowed tokens below which a tag is drawn again from its beginning."""
RESTARTS = 12
"""How often a tag is drawn again at one place."""


class Constraint(Protocol):
    """Says whether a text may go on with a token."""

    @property
    def name(self) -> str:
        """Name of the constraint, by which its interventions are counted."""

    def forbids(self, text: str, piece: str, request: str) -> bool:
        """Return whether `piece` may not follow.

        Args:
            text: The text so far.
            piece: What the token adds to it; empty: the text ends.
            request: What was asked for.
        """
