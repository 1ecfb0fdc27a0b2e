"""How many words a request asks for."""

from __future__ import annotations

import re
from functools import lru_cache

LEAST, MOST = 20, 5_000
"""Words that a request can sensibly ask for."""
_NUMBER = r"(\d{1,2},\d{3}|\d{2,4})"
_LENGTH = re.compile(
    rf"(?<![\w.,-]){_NUMBER}(?:\s*(?:to|or|-|\N{{EN DASH}})\s*{_NUMBER})?(?:[ -]words?\b)"
    r"(?!\s*(?:of [A-Z“\"]|a |an |per |in [A-Z]|that |which |every ))",
    re.IGNORECASE,
)
_SENTENCE = re.compile(
    rf"(?:^|(?<=[.!?”\"] ))[a-z: ]{{0,30}}{_NUMBER} words\.(?: |$)", re.IGNORECASE
)
_LONGEST_LINE = 40
"""Words of a line that may still be an instruction; a draft has longer ones."""


@lru_cache(maxsize=1024)  # guards ask it for every token that they look at
def asked_words(request: str) -> int | None:
    """Return the number of words that a request asks for, or None.

    A length stands in the first or the last line, where it is no part of a draft. Of a range the
    middle counts.

    Args:
        request: The request.

    >>> asked_words("A page about kites. About 300 words.")
    300
    >>> asked_words("Length: 1,200 words. Write a page on bees.")
    1200
    >>> asked_words("200 to 300 words on our choir, please")
    250
    >>> asked_words("A page with 100 words of Esperanto."), asked_words("A page about kites.")
    (None, None)
    """
    lines = [line for line in request.strip().split("\n") if line.strip()]
    for line in dict.fromkeys([*lines[:1], *lines[-1:]]):
        if line is not lines[0] and len(line.split()) > _LONGEST_LINE:
            continue
        if length := _LENGTH.search(line):
            ends = [int(number.replace(",", "")) for number in length.groups() if number]
            words = round(sum(ends) / len(ends))
            if LEAST <= words <= MOST:
                return words
    return None


def without_length(request: str) -> str:
    r"""Return a request without the sentence in its first line that asks for a number of words.

    >>> without_length("A page about kites. About 300 words. Make it lively.")
    'A page about kites. Make it lively.'
    >>> without_length("Length: 1200 words. Write this up:\n\nIt has 300 words. It is short.")
    'Write this up:\n\nIt has 300 words. It is short.'
    """
    first, line_end, rest = request.partition("\n")
    return f"{_SENTENCE.sub('', first).rstrip()}{line_end}{rest}" if first else request
