"""Does the copy index find every planted passage, and how long does it take?

    python benchmarks/copying.py [--quick]

Documents are the real ones of shared/data, padded with documents drawn from the frequencies of
their words, so that there are 100,000 (10,000 with --quick). Outputs are modern texts in which a
passage of 50 to 120 tokens of a training document was planted, with other case and line ends.
"""

from __future__ import annotations

import io
import random
import re
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from harness import Bench, quick, shared_data

from erastyle.corpus.copying.search import Index
from erastyle.corpus.copying.tokens import GRAM, spans, words

SEED = 1995
OUTPUTS = 1000


def web_pages(path: Path) -> Iterator[tuple[str, str, str]]:
    """Yield (address, body, host) of the pages of a WARC file."""
    from fastwarc.warc import ArchiveIterator, WarcRecordType

    with path.open("rb") as stream:
        for record in ArchiveIterator(stream, record_types=WarcRecordType.response):
            address = str(record.headers.get("WARC-Target-URI", ""))
            host = re.sub(r"^\w+://", "", address).split("/")[0]
            yield address, record.reader.read().decode("latin-1"), host


def zipped(path: Path) -> Iterator[tuple[str, str, str]]:
    """Yield (path, text, first folder) of the files of a zip; a mbox gives one text a message."""
    with zipfile.ZipFile(path) as archive:
        for name in sorted(archive.namelist()):
            text = io.TextIOWrapper(archive.open(name), encoding="latin-1").read()
            parts = text.split("\nFrom ") if name.endswith(".mbox") else [text]
            for n, part in enumerate(parts):
                yield f"{path.stem}/{name}#{n}", part, name.split("/")[0]


def real(data: Path) -> list[tuple[str, str, str]]:
    """Return all period documents."""
    rows = list(web_pages(data / "web1990s.warc.gz"))
    for name in ("usenet1993", "manuals1990s", "texts1990s", "newspapers"):
        rows += zipped(data / f"{name}.zip")
    return rows


def padding(rows: list[tuple[str, str, str]], count: int) -> Iterator[tuple[str, str, str]]:
    """Yield `count` documents drawn from the words of `rows`, as long as documents of `rows`."""
    rng = np.random.default_rng(SEED)
    sample = [words(text) for _, text, _ in rows[::20]]
    vocabulary, counts = np.unique([w for row in sample for w in row], return_counts=True)
    shares = np.cumsum(counts) / counts.sum()
    lengths = [len(row) for row in sample]
    for n in range(count):
        length = int(min(3000, lengths[rng.integers(len(lengths))]))
        drawn = vocabulary[np.searchsorted(shares, rng.random(length))]
        yield f"drawn/{n}", " ".join(drawn), f"drawn/{n // 10}"


def planted(
    texts: list[str], documents: list[tuple[str, str, str]], count: int
) -> list[tuple[str, int, int]]:
    """Return (output, first planted token, tokens planted)."""
    rng = random.Random(SEED)
    able = [(d, places) for d in documents if len(places := spans(d[1])) >= 60]
    outputs = []
    for n in range(count):
        (_, text, _), places = able[rng.randrange(len(able))]
        length = rng.randrange(50, min(121, len(places)))
        start = rng.randrange(len(places) - length + 1)
        passage = text[places[start][0] : places[start + length - 1][1]]
        passage = re.sub(r"\s+", rng.choice([" ", "\n", "\n   "]), passage)
        host = texts[n % len(texts)]
        cut = spans(host)
        at = rng.randrange(len(cut))
        before, after = host[: cut[at][0]].rstrip("<"), host[cut[at][0] :]
        before = f"{before} \n"
        outputs.append((f"{before}{passage.upper()}\n {after}", len(words(before)), length))
    return outputs


def covered(index: Index, output: str, start: int, length: int) -> bool:
    """Return whether one match holds the whole planted passage."""
    overlap = index.check(output)
    return any(
        m.start <= start and start + length <= m.start + m.length
        for m in (*overlap.copies, *overlap.phrases)
    )


def peer(documents: list[tuple[str, str, str]], outputs: list[str]) -> tuple[float, float]:
    """Return the CPU seconds in which a plain Python set of 8-grams is built and asked."""
    begun = time.process_time()
    held = set()
    for _, text, _ in documents:
        tokens = words(text)
        held.update(tuple(tokens[n : n + GRAM]) for n in range(len(tokens) - GRAM + 1))
    built = time.process_time()
    for output in outputs:
        tokens = words(output)
        sum(tuple(tokens[n : n + GRAM]) in held for n in range(len(tokens) - GRAM + 1))
    return built - begun, time.process_time() - built


def main() -> None:
    """Run the benchmark."""
    data, small = shared_data(), quick()
    bench = Bench("copying")
    rows = real(data)
    total = 10_000 if small else 100_000
    documents = rows[:: max(1, len(rows) * 2 // total)] if small else rows
    documents = [*documents, *padding(rows, total - len(documents))]
    modern = [text for _, text, _ in zipped(data / "modern-texts.zip") if len(words(text)) > 100]
    modern = [text[:4000] for text in modern[: OUTPUTS // 2]]
    outputs = planted(modern, documents, OUTPUTS)

    wall, begun = time.monotonic(), time.process_time()
    index = Index.build(documents)
    built = time.process_time() - begun
    elapsed = time.monotonic() - wall
    arrays = (index.tokens, index.starts, index.sites, index.keys, index.positions, index.common)
    held = sum(array.nbytes for array in arrays)
    tokens = len(index.tokens)

    begun = time.process_time()
    found = sum(covered(index, *output) for output in outputs)
    checked = time.process_time() - begun
    part = documents[:2000]
    alone = time.process_time()
    Index.build(part)
    alone = time.process_time() - alone
    set_built, set_asked = peer(part, [text for text, _, _ in outputs])

    scale = total / 100_000
    bench.figure(
        "planted passages of 50 to 120 tokens found", 100 * found / len(outputs), "%", "100 %",
        found == len(outputs),
    )  # fmt: skip
    bench.figure(
        f"index of {total:,} documents ({tokens / 1e6:.1f} M tokens) built, CPU", built, "s",
        f"<= {180 * scale:.0f} s", built <= 180 * scale,
    )  # fmt: skip
    bench.figure(
        f"the same, elapsed, {len(rows) if not small else 'a part'} of them real", elapsed, "s",
        f"<= {180 * scale:.0f} s", elapsed <= 180 * scale,
    )  # fmt: skip
    bench.figure("arrays of the index", held / 1e6, "MB", "", None)
    bench.figure("arrays of the index, a token", held / tokens, "bytes", "", None)
    bench.figure(
        "1,000 outputs checked, CPU", checked, "s", "<= 10 s", checked <= 10,
        {"set of 8-gram tuples (2,000 documents), no positions": round(set_asked, 2)},
    )  # fmt: skip
    bench.figure(
        "index of 2,000 documents built, CPU", alone, "s", "", None,
        {"set of 8-gram tuples": round(set_built, 2)},
    )  # fmt: skip
    clean = [index.check(text) for text in modern]
    bench.figure(
        "modern texts with a passage of 50 tokens in common", sum(bool(o.copies) for o in clean),
        f"of {len(clean)}", "", None,
    )  # fmt: skip
    shares = [o.gram_share for o in clean if o.gram_share is not None]
    bench.figure(
        "8-grams of modern texts that stand in the documents", 100 * float(np.mean(shares)), "%",
        "", None,
    )  # fmt: skip
    bench.finish()


if __name__ == "__main__":
    main()
