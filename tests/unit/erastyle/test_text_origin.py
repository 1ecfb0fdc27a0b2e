"""What is said of the origin of a text: what was found and how sure, never that a person wrote."""

from __future__ import annotations

from pathlib import Path

import pytest

from erastyle.corpus.errors import SourceError
from erastyle.corpus.provenance.label import GENERATED
from erastyle.corpus.provenance.stated import Statement
from erastyle.text_origin import ENOUGH, TextOrigin, files_of, origin_of
from erastyle.train.model.watermark.detection import WatermarkEvidence
from erastyle.train.model.watermark.search import WatermarkTrial


def trial(p: float, contexts: int = 300, part: tuple[float, float] = (0, 1)) -> WatermarkTrial:
    said = WatermarkEvidence(contexts, 0.5, p, p, 0, contexts)
    return WatermarkTrial("smollm2", False, said, p, part)


LABEL = Statement("label", "label", GENERATED, "the text is as it was labelled")
BESIDE = Statement("sidecar", "a.provenance.json", GENERATED, "the file was changed since")


@pytest.mark.parametrize(
    ("statements", "trials", "answer", "words"),
    [
        ([], [trial(0.4)], "no mark found", ["No mark found."]),
        ([], [trial(0.4, contexts=30)], "no mark found", ["30 unrepeated", f"{ENOUGH} are needed"]),
        ([], [], "no mark found", ["No mark found"]),
        ([], [trial(0.004, contexts=30)], "no mark found", ["it is short: 30 unrepeated"]),
        ([], [trial(1e-7, contexts=30)], "marked", ["bear the watermark"]),
        ([], [trial(0.004)], "a hint", ["perhaps", "smollm2", "one in 250"]),
        ([], [trial(1e-7)], "marked", ["bear the watermark", "one in 10.0 million"]),
        ([], [trial(1e-7, part=(0.5, 1))], "marked", ["on a part, from about 50 to 100 %"]),
        ([LABEL], [trial(0.4)], "marked", ["Its label says", "No watermark found."]),
        ([LABEL, BESIDE], [], "marked", ["Its label and the file beside it say"]),
    ],
)
def test_the_answer_and_its_words(
    statements: list[Statement], trials: list[WatermarkTrial], answer: str, words: list[str]
) -> None:
    origin = TextOrigin("a.txt", statements, trials)
    assert origin.answer == answer
    for word in words:
        assert word in origin.sentence
    assert "human" not in str(origin.row()).lower()
    assert "by a person" not in origin.sentence
    assert origin.row()["answer"] == answer


def test_without_a_tokenizer_statements_are_still_read() -> None:
    origin = origin_of("a", b"Made by AI: a language model wrote this.\n\nHello.", {}, None)
    assert origin.answer == "marked"
    assert origin_of("a", b"", {}, None).answer == "no mark found"


def test_files_beside_texts_and_hidden_ones_are_no_texts(tmp_path: Path) -> None:
    for name in ("b.html", "a.txt", "a.txt.provenance.json", ".hidden", "sub/c.txt", ".d/e.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("Hello.")
    names = [file.relative_to(tmp_path).as_posix() for file in files_of([str(tmp_path)])]
    assert names == ["a.txt", "b.html", "sub/c.txt"]
    with pytest.raises(SourceError, match="no such file or folder"):
        list(files_of([str(tmp_path / "nothing")]))
