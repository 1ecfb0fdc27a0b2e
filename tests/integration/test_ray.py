"""The same plan on a local Ray cluster of two workers, in a process of its own."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from erastyle.corpus.document import Document, document_id, schema, to_row
from erastyle.pipeline.dedupe.clusters import clusters
from erastyle.pipeline.dedupe.options import DuplicateOptions
from tests.conftest import ROOT

SCRIPT = """
import os, sys
os.environ["RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO"] = "0"
from pathlib import Path
import erastyle
import ray
ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
from erastyle.pipeline.runtime import daft_engine as engine
engine.reach(ray.get_runtime_context().gcs_address)
engine.configure("ray")
assert os.environ["RAY_USAGE_STATS_ENABLED"] == os.environ["DAFT_ANALYTICS_ENABLED"] == "0"
import ray._common.usage.usage_lib as usage
assert not usage.usage_stats_enabled()
from erastyle.pipeline.dedupe.clusters import clusters
from erastyle.pipeline.dedupe.options import DuplicateOptions
import pyarrow.parquet as pq
folder = Path(sys.argv[1])
if "kill" in sys.argv:
    import signal, threading, time

    def ours(pid):
        while pid > 1 and pid != os.getpid():
            stat = Path(f"/proc/{pid}/stat").read_text()
            pid = int(stat.rsplit(")", 1)[1].split()[1])
        return pid == os.getpid()

    def kill_one():
        while True:
            for entry in Path("/proc").iterdir():
                try:
                    name = (entry / "cmdline").read_text()
                    if name.startswith("ray::RaySwordfishActor") and ours(int(entry.name)):
                        time.sleep(3)
                        os.kill(int(entry.name), signal.SIGKILL)
                        (folder / "killed").touch()
                        return
                except OSError:
                    continue
            time.sleep(0.2)

    threading.Thread(target=kill_one, daemon=True).start()
table = clusters(sorted((folder / "in").glob("*.parquet")), DuplicateOptions(), folder / "work")
pq.write_table(table, folder / "ray.parquet")
"""


@pytest.mark.slow
@pytest.mark.parametrize("more", [[], ["kill"]], ids=["whole", "a worker killed"])
def test_a_ray_cluster_of_two_workers_finds_what_the_native_engine_finds(tmp_path, more):
    if importlib.util.find_spec("ray") is None:
        pytest.skip("Ray is not installed: pip install 'erastyle[ray]'")
    import random

    rng = random.Random(1)
    rows = []
    for i in range(120):
        words = [f"w{rng.randrange(3000)}" for _ in range(150)]
        for k in range(1 + (i % 4 == 0)):
            words[7 * k :: 40] = ["new"] * len(words[7 * k :: 40])
            text = " ".join(words)
            name = f"{i}-{k}"
            document = Document(
                id=document_id(name, b""), source=name, site=name, format="text", body="",
                prose=text, raw_sha256=name,
            )  # fmt: skip
            rows.append(to_row(document))
    (tmp_path / "in").mkdir()
    for i in range(3):
        pq.write_table(pa.Table.from_pylist(rows[i::3], schema()), tmp_path / "in" / f"{i}.parquet")
    files = sorted((tmp_path / "in").glob("*.parquet"))
    native = clusters(files, DuplicateOptions(), tmp_path / "native")
    assert native.num_rows == 60
    source = ROOT / "src"
    subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path), *more],
        check=True,
        timeout=500,
        env={"PYTHONPATH": str(source), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
    )
    assert pq.read_table(tmp_path / "ray.parquet").equals(native)
    assert (tmp_path / "killed").exists() == bool(more)
    assert not list((tmp_path / "work").iterdir())
