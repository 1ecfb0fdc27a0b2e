"""GGUF by the person's own copy of llama.cpp, for architectures that are not written here."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from erastyle.corpus.errors import ModelError
from erastyle.train.export import merged
from erastyle.train.export.job import ExportJob, check_trained
from erastyle.train.export.provenance import CheckResult

SCRIPT = "convert_hf_to_gguf.py"
NOT_CHECKED = "Logits of the GGUF files were not compared: llama.cpp's own converter wrote them."
PATIENCE = 3600  # seconds that a conversion may take


def write(job: ExportJob, folder: Path) -> list[CheckResult]:
    """Merge the model, check the merged weights, and convert them with llama.cpp's converter.

    Raises:
        ModelError: There is no converter, it fails, or the merged weights are not equal.
    """
    check_trained(job)
    script = script_in(job.converter)
    checks: list[CheckResult] = []
    for strength in job.strengths:
        with tempfile.TemporaryDirectory(dir=folder) as temporary:
            weights = Path(temporary) / merged.folder_of(strength)
            checks += merged.write_one(job, weights, strength)
            for kind in job.types:
                path = folder / f"{job.stem(strength)}-{kind}.gguf"
                job.say(f"{SCRIPT} writes {path.name}")
                convert(script, weights, path, kind)
    return checks


def script_in(converter: Path | None) -> Path:
    """Return the converter's script in a folder of llama.cpp.

    Raises:
        ModelError: There is none.
    """
    script = (converter or Path()) / SCRIPT
    if converter is None or not script.is_file():
        raise ModelError(
            f"{converter}: there is no {SCRIPT}. Name a checkout of llama.cpp with --llama-cpp."
        )
    return script.absolute()


def convert(script: Path, weights: Path, path: Path, kind: str) -> None:
    """Run the converter in a process of its own.

    Raises:
        ModelError: It fails, or leaves no GGUF file.
    """
    command = [sys.executable, str(script), str(weights), "--outfile", str(path), "--outtype", kind]
    try:
        done = subprocess.run(  # noqa: S603 - the person named the folder of this program
            command, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        raise ModelError(f"{script} did not end within {PATIENCE // 60} minutes.") from None
    if done.returncode != 0:
        last = (done.stderr.strip() or done.stdout.strip() or "no message").splitlines()[-1]
        raise ModelError(
            f"{script} failed: {last[:300]}. Its own requirements may be missing: install them "
            "into this environment, or convert an export of --to merged elsewhere."
        )
    if not path.is_file() or path.open("rb").read(4) != b"GGUF":
        raise ModelError(f"{script} ended without a GGUF file at {path.name}.")
