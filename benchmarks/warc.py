"""How fast web archives are read: this project's reader beside warcio and bare fastwarc.

    python benchmarks/warc.py [--quick]

Every reader gets the same files, unpacks every record, undoes its codings and gives its bytes. The
real archive is measured as it is (one gzip member a record) and unpacked. With digests, each
reader checks the payload digest of every record; ours always does.
"""

from __future__ import annotations

import gzip
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from harness import Bench, cpu_seconds, quick, shared_data

from erastyle.corpus.record import Record
from erastyle.corpus.sources.warc.recovery import frames
from erastyle.corpus.sources.warc.source import read_archive


def ours(path: Path) -> int:
    """Return the bytes of the documents of an archive: digests, types, sites and damage checked."""
    return sum(len(item.raw) for item in read_archive(path, "a") if isinstance(item, Record))


def framing(path: Path) -> int:
    """Return the bytes of the blocks of an archive, read as `read_archive` does."""
    return sum(len(frame.block) for frame in frames(path))


def by_warcio(path: Path, *, digests: bool) -> int:
    """Return the bytes of the bodies, read with warcio."""
    from warcio.archiveiterator import ArchiveIterator

    with path.open("rb") as file:
        total = 0
        for record in ArchiveIterator(file, check_digests=digests):
            total += len(record.content_stream().read())
            if digests and record.digest_checker.passed is False:
                raise ValueError(record.digest_checker.problems)
        return total


def by_fastwarc(path: Path, *, digests: bool) -> int:
    """Return the bytes of the bodies, read with fastwarc alone."""
    from fastwarc.warc import ArchiveIterator

    with path.open("rb") as file:
        total = 0
        for record in ArchiveIterator(file, verify_digests=digests, auto_decode="all"):
            total += len(record.reader.read())
        return total


def main() -> None:
    """Measure and print."""
    repeats = 3 if quick() else 9
    real = shared_data() / "web1990s.warc.gz"
    bench = Bench("warc")
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "web1990s.warc"
        plain.write_bytes(gzip.decompress(real.read_bytes()))
        for path, name in ((real, "gzip"), (plain, "plain")):
            megabytes = plain.stat().st_size / 1e6
            runs: dict[str, Callable[[], int]] = {
                "ours": lambda path=path: ours(path),
                "framing": lambda path=path: framing(path),
                "warcio": lambda path=path: by_warcio(path, digests=False),
                "warcio, digests": lambda path=path: by_warcio(path, digests=True),
                "fastwarc": lambda path=path: by_fastwarc(path, digests=False),
                "fastwarc, digests": lambda path=path: by_fastwarc(path, digests=True),
            }
            for run in runs.values():
                run()  # imports and the disk's cache
            speed = {n: megabytes / cpu_seconds(run, repeats) for n, run in runs.items()}
            shown = {n: f"{s:,.0f} MB/s" for n, s in speed.items()}
            ratio = speed["framing"] / speed["warcio"]
            bench.figure(
                f"{name}: records of an archive, times warcio", ratio, "x", ">= 3", ratio >= 3,
                {n: shown[n] for n in ("framing", "warcio", "fastwarc")},
            )  # fmt: skip
            ratio = speed["ours"] / speed["warcio, digests"]
            bench.figure(
                f"{name}: documents with digests checked, times warcio", ratio, "x", ">= 3",
                ratio >= 3, {n: shown[n] for n in ("ours", "warcio, digests", "fastwarc, digests")},
            )  # fmt: skip
            bench.figure(f"{name}: documents", speed["ours"], "MB of records per CPU s", "", None)
    bench.finish()
    sys.exit(0)


if __name__ == "__main__":
    main()
