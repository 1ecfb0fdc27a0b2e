"""Copies as evidence: a text that circulated widely may count more, capped.

Off by default. With it, a kept document that stands for copies on other sites carries a `weight`,
and `pairs` repeats its training row so many times, mostly with another request.
"""

from __future__ import annotations

import hashlib
import math
from typing import Literal

Weight = Literal["none", "log", "sqrt"]


def weight(sites: int, rule: Weight, cap: float) -> float:
    """Return how much a document counts that stood on `sites` sites, its own included.

    Copies on one site do not count: fifty captures of one page are no circulation.

    >>> weight(1, "sqrt", 4), weight(9, "sqrt", 4), weight(100, "sqrt", 4), weight(8, "log", 9)
    (1.0, 3.0, 4.0, 4.0)
    """
    grown = {"none": 1.0, "log": 1 + math.log2(sites), "sqrt": math.sqrt(sites)}[rule]
    return float(min(cap, grown))


def signals(copies: int, sites: int, rule: Weight, cap: float) -> dict[str, float]:
    """Return the signals of a kept document that has copies: `copies`, `copy_sites`, `weight`.

    The document itself counts. One without copies gets no signals and stays as it is.
    """
    if copies < 2:
        return {}
    counts = {"copies": float(copies), "copy_sites": float(sites)}
    counted = round(weight(sites, rule, cap), 4)
    return counts | ({"weight": counted} if counted > 1 else {})


def repeats(weight: float, id_: str, seed: int) -> int:
    """Return how many rows a document of this weight gives; its id decides on the fraction.

    >>> repeats(1.0, "a", 1), repeats(3.0, "a", 1), {repeats(2.5, str(i), 1) for i in range(20)}
    (1, 3, {2, 3})
    """
    whole = int(weight)
    raw = hashlib.sha256(f"{seed}\0{id_}".encode("utf-8", "surrogateescape")).digest()
    return max(1, whole + (int.from_bytes(raw[:8], "big") < (weight - whole) * 2.0**64))
