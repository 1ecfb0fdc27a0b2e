"""Write `arithmetic.tsv`: sums with four answers, of which a model takes the likeliest.

python -m erastyle.eval.capability.tasks.arithmetic
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

SEED = 1995


def _draw(kind: str, rng: random.Random) -> tuple[str, int]:
    if kind == "addition, one digit":
        a, b = rng.randint(1, 9), rng.randint(1, 9)
        return f"{a} + {b} =", a + b
    if kind == "addition, two digits":
        a, b = rng.randint(10, 99), rng.randint(10, 99)
        return f"{a} + {b} =", a + b
    if kind == "subtraction":
        a, b = rng.randint(20, 99), rng.randint(1, 19)
        return f"{a} - {b} =", a - b
    if kind == "multiplication":
        a, b = rng.randint(2, 12), rng.randint(2, 12)
        return f"{a} x {b} =", a * b
    a, step = rng.randint(1, 30), rng.randint(1, 10)  # a row of numbers
    return f"{a}, {a + step}, {a + 2 * step}, {a + 3 * step},", a + 4 * step


KINDS = {
    "addition, one digit": 60,
    "addition, two digits": 180,
    "subtraction": 180,
    "multiplication": 90,
    "row of numbers": 130,
}
"""Items of each kind; small numbers give fewer different ones."""


def items() -> Iterator[tuple[str, str, int, list[int]]]:
    """Yield (group, context, right answer, three wrong answers of as many digits)."""
    for kind, wanted in KINDS.items():
        rng = random.Random(f"{SEED} {kind}")  # noqa: S311  reproducible, not secret
        seen: set[str] = set()
        while len(seen) < wanted:
            context, right = _draw(kind, rng)
            near = range(max(0, right - 12), right + 13)
            wrong = [n for n in near if n != right and len(str(n)) == len(str(right))]
            if context not in seen and len(wrong) >= 3:
                seen.add(context)
                yield kind, context, right, rng.sample(wrong, 3)


def table() -> str:
    """Return the text of `arithmetic.tsv`."""
    lines = []
    for kind, context, right, wrong in items():
        lines.append("\t".join([kind, context, str(right), *map(str, wrong)]) + "\n")
    return "".join(lines)


if __name__ == "__main__":
    Path(__file__).with_name("arithmetic.tsv").write_text(table(), encoding="utf-8")
