"""Does the clean stage need more memory for more documents?

    python benchmarks/clean_memory.py [--quick]

The whole stage with one worker, in a process of its own, on 5,000 and on 100,000 short pages
(`--quick`: 1,000 and 5,000); memory is the largest resident set that the system saw.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from harness import ROOT, Bench, quick

WORDS = (
    "boat harbour morning keeper lamp letter island weather rope window garden engine signal storm "
    "market bread coal winter school engineer platform ticket river bridge"
).split()


def child(size: int, root: Path) -> None:
    """Write `size` documents, clean them and print the peak memory of both steps in MB."""
    import os
    import random
    import resource
    import time

    from erastyle.corpus import era
    from erastyle.corpus.document import Document
    from erastyle.pipeline.clean import CLEAN, CleanOptions
    from erastyle.pipeline.runtime.ledger import Ledger
    from erastyle.pipeline.runtime.progress import Progress
    from erastyle.pipeline.runtime.stage import Context

    pid = os.fork()
    if not pid:  # in a process of its own: its memory does not count
        rng = random.Random(5)
        with Ledger(root / "ingest") as book:
            for n in range(size):
                words = " ".join(rng.choices(WORDS, k=40))
                body = (
                    f"<TITLE>Page {n}</TITLE><H1>The log</H1><P>Of the {words} and we were on it."
                )
                book.keep(Document(f"{n:016x}", f"http://a.example/{n}", "a", "html", body, "0"))
            book.stats(size)
        os._exit(0)
    os.waitpid(pid, 0)
    (root / "clean").mkdir()
    context = Context(
        options=CleanOptions(workers=1), era=era.load("web-1995"), seed=1,
        inputs={"ingest": root / "ingest"}, out=root / "clean", progress=Progress(), root=root,
    )  # fmt: skip
    start = time.process_time()
    stats = CLEAN.run(context)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    peak = max(peak, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) / 1024
    seconds = time.process_time() - start
    print(json.dumps({"peak": peak, "seconds": seconds, "kept": stats["kept"]}))


def main() -> None:
    """Measure both sizes and write the results."""
    if sys.argv[1:2] == ["--child"]:
        child(int(sys.argv[2]), Path(sys.argv[3]))
        return
    sizes = (1_000, 5_000) if quick() else (5_000, 100_000)
    bench = Bench("clean_memory")
    peaks = []
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, __file__, "--child", str(size), folder]
            done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
        found = json.loads(done.stdout.splitlines()[-1])
        peaks.append(found["peak"])
        bench.figure(f"peak memory of cleaning, {size:,} documents", found["peak"], "MB", "", None)
    growth = peaks[1] / peaks[0]
    name = f"memory of cleaning, {sizes[0]:,} -> {sizes[1]:,} documents"
    bench.figure(name, growth, "times", "<= 1.1", growth <= 1.1)
    bench.finish()


if __name__ == "__main__":
    main()
