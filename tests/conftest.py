"""What tests share: the real documents where they are, a base model of two layers, a small run."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tests import factories

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared" / "data"

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name bytes by their argument and place.

    The bytes of a packed file hold the second at which it was packed: two processes that share
    the tests would not agree on its name, and none would run.
    """
    return argname if isinstance(val, bytes) else None


@pytest.fixture(autouse=True)
def no_digests_of_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep dry runs of tests from writing into the user's own cache."""
    from erastyle.corpus.sources import digest_cache

    def cache() -> Path | None:
        given = os.environ.get("ERASTYLE_CACHE")
        return Path(given) if given else None

    monkeypatch.setattr(digest_cache, "user_cache", cache)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real documents."""
    if not SHARED.is_dir():
        pytest.skip(f"needs the real documents in {SHARED}")
    return SHARED


@pytest.fixture(scope="session")
def tiny_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An untrained model of two layers with the starter's tokenizer: it trains in seconds."""
    from erastyle.train.model import loading

    folder = tmp_path_factory.mktemp("base") / "tiny"
    tokenizer = loading.load_tokenizer(loading.STARTER)
    model = factories.llama(
        len(tokenizer),
        seed=1,
        max_position_embeddings=1024,
        tie_word_embeddings=True,
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=tokenizer.eos_token_id,
        bos_token_id=None,
    )
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def erastyle(*arguments: object) -> Result:
    """Run the command line in this process."""
    from erastyle.cli import app

    return CliRunner().invoke(app, [str(a) for a in arguments])


SMALL = (
    "--source", "synthetic:150@7", "--contrast", "synthetic-modern:100@7",
    "--set", "train.max_tokens=30000", "--set", "train.epochs=1", "--set", "train.threads=1",
    "--set", "train.batch_tokens=4096", "--set", "generate.briefs=8",
    "--set", "generate.max_new_tokens=40", "--set", "generate.threads=1",
    "--set", "score.every=10", "--set", "score.samples=4", "--set", "score.extraction=24",
    "--set", "score.members=8", "--set", "score.regard=4",
)  # fmt: skip
"""A run of seconds: generated pages, few tokens."""


@pytest.fixture(scope="session")
def small_run(tmp_path_factory: pytest.TempPathFactory, tiny_base: Path) -> Path:
    """A finished run directory. Tests only read it."""
    root = tmp_path_factory.mktemp("runs") / "small"
    result = erastyle("run", "web-1995", "--run", root, "--base", tiny_base, *SMALL)
    assert result.exit_code == 0, result.output
    return root
