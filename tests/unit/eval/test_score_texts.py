"""Scoring any text: what is said without a classifier, with one, and of what cannot be judged."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from erastyle.corpus import era as eras
from erastyle.corpus.copying.search import Index
from erastyle.corpus.errors import RunError, SourceError
from erastyle.eval import learnt_of_era, score_page, score_texts
from erastyle.eval.dating.ages import DatingReport
from erastyle.eval.dating.lexical import Dated
from erastyle.eval.judge.judgement import Judgement
from erastyle.eval.style.features import Text

ERA = eras.load("web-1995")
PAGE = """<HTML><HEAD><TITLE>My page</TITLE></HEAD><BODY BGCOLOR="#FFFFFF">
<H1>Welcome to my home page!</H1><P>I have been on the World Wide Web since last March, and my cat
Tom sleeps on the modem. Best viewed with Netscape 1.1. Follow me on Instagram.
<HR>Last updated 3 May 1995</BODY></HTML>"""


def erastyle(*arguments: object) -> Result:
    from erastyle.cli import app

    return CliRunner().invoke(app, [str(a) for a in arguments])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "texts"
    folder.mkdir()
    (folder / "page.html").write_text(PAGE, encoding="utf-8")
    (folder / "one.txt").write_text("one", encoding="utf-8")
    (folder / "empty.txt").write_text("", encoding="utf-8")
    (folder / "noise.txt").write_bytes(bytes(range(256)) * 20)
    return folder


def test_everything_but_style_is_said_without_a_classifier(folder: Path) -> None:
    found, problems = score_texts.documents([str(folder)], ERA)
    scores = {s.source: s for s in score_texts.score(found, ERA)}
    page = scores["page.html"]
    assert page.style == {}
    assert page.passes is None
    assert "--run" in page.problem
    assert [hit.term for hit in page.anachronisms] == ["follow", "Instagram"]
    assert "World Wide Web" in page.references
    assert page.date_best == 1995
    assert page.dialect == 1.0
    assert page.longest_copy is None
    assert (page.verdict, page.question) == ("fails", "time")
    assert page.sentence.startswith("not of the period: names Instagram, 2010")
    assert (page.style_year, page.style_year_low) == (None, None)
    assert "--run" in page.style_dating
    assert scores["one.txt"].verdict == "cannot judge"
    assert "cannot be judged: 1 word," in scores["one.txt"].sentence
    assert any("noise.txt" in problem for problem in problems)
    assert any("empty.txt" in problem for problem in problems)


def test_a_text_of_one_word_gets_no_number(folder: Path) -> None:
    found, _ = score_texts.documents([str(folder / "one.txt")], ERA)
    (score,) = score_texts.score(found, ERA, against=Index.build([("d", PAGE)]))
    assert (score.words, score.date_best, score.longest_copy) == (1, None, None)
    assert score.machine_like is None
    assert score.problem


def test_a_text_of_a_table_is_compared_with_what_it_was_copied_from(tmp_path: Path) -> None:
    text = " ".join(f"word{n}" for n in range(80))
    table = tmp_path / "t.jsonl"
    table.write_text(json.dumps({"text": f"My own beginning. {text}"}) + "\n", encoding="utf-8")
    found, _ = score_texts.documents([str(table)], ERA)
    (score,) = score_texts.score(found, ERA, against=Index.build([("source", text)]))
    assert score.copies == [(80, "source")]
    assert score.to_json()["copies"] == [{"tokens": 80, "document": "source"}]


def test_the_command_prints_json_and_writes_a_page(folder: Path, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    result = erastyle(
        "score", folder / "page.html", "--era", "web-1995", "--json", "--report", page
    )
    assert result.exit_code == 0, result.output
    (text,) = json.loads(result.stdout)["texts"]
    assert text["anachronisms"][-1]["term"] == "Instagram"
    written = page.read_text(encoding="utf-8")
    assert "the early web" in written
    assert "No gate was evaluated" in written or "no gate was evaluated" in written


def test_files_without_an_era_and_paths_that_are_not_there_are_refused(folder: Path) -> None:
    result = erastyle("score", folder / "page.html")
    assert result.exit_code == 2
    assert "--era" in result.output
    result = erastyle("score", folder / "page.html", "--era", "web-1995", "--source", folder)
    assert result.exit_code == 2
    assert "--contrast" in result.output
    result = erastyle("score", folder / "gone.html", "--era", "web-1995")
    assert result.exit_code == 1
    assert "gone.html" in result.output


def test_a_folder_of_nothing_readable_is_an_error_and_not_an_empty_table(tmp_path: Path) -> None:
    (tmp_path / "noise.txt").write_bytes(bytes(range(256)) * 20)
    found, problems = score_texts.documents([str(tmp_path)], ERA)
    with pytest.raises(SourceError, match="Nothing to score"):
        score_texts.need_something(found, problems)


def test_a_run_without_a_score_has_no_classifier(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no finished score"):
        learnt_of_era.classifier(tmp_path)


def test_a_run_lends_its_classifier_and_its_training_documents(small_run: Path) -> None:
    rows = learnt_of_era.trained_on(small_run)
    assert rows
    source, body, _ = max(rows, key=lambda row: len(row[1].split()))
    style = learnt_of_era.classifier(small_run)
    found, _ = score_texts.documents(["synthetic:6@7"], ERA)
    scores = score_texts.score(found, ERA, style, Index.build(rows))
    assert all(0 <= s.style["era"] <= 1 for s in scores if s.style["era"] is not None)
    assert any(s.passes is not None for s in scores)
    assert source
    assert body


def test_a_classifier_learnt_on_generated_pages_says_so_of_texts_from_elsewhere(
    small_run: Path, folder: Path
) -> None:
    known = learnt_of_era.of_run(small_run, ERA)
    assert known.generated
    elsewhere, _ = score_texts.documents([str(folder / "page.html")], ERA)
    own, _ = score_texts.documents(["synthetic:2@7"], ERA)
    assert "generated sample pages" in learnt_of_era.warning(known, elsewhere)
    assert learnt_of_era.warning(known, own) == ""
    assert learnt_of_era.warning(learnt_of_era.Learnt(generated=True), elsewhere) == ""
    (said,) = score_texts.score(elsewhere, ERA, known)
    assert said.style_year is None
    assert "generated sample pages" in said.style_dating
    result = erastyle("score", folder / "page.html", "--run", small_run)
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("The classifier was learnt from generated sample pages")
    assert "not of the period" in result.stdout


def test_the_reporting_judge_of_a_run_decides() -> None:
    class Judge:
        def judge(self, texts: list[object], *, copied: object) -> list[Judgement]:
            assert copied is None
            said = "Passes: at its weakest, voice, 40 of 100 real documents are no better."
            return [Judgement("passes", 1.3, 1.0, (), said) for _ in texts]

    page, _ = score_texts.documents(["synthetic:1@7"], ERA)
    known = learnt_of_era.Learnt(judge=Judge())  # type: ignore[arg-type]
    (score,) = score_texts.score(page, ERA, known)
    assert (score.verdict, score.judged_by, score.threshold) == ("passes", "reporting judge", 1.0)
    assert "40 of 100 real documents" in score.sentence


def test_copies_of_a_text_are_searched_once_for_judge_and_table() -> None:
    class Judge:
        def judge(self, texts: list[Text], *, copied: Callable[[Text], int]) -> list[Judgement]:
            said = [f"Fails: copied: {copied(text)} tokens." for text in texts]
            return [Judgement("fails", 0.0, 1.0, (), sentence) for sentence in said]

    page, _ = score_texts.documents(["synthetic:1@7"], ERA)
    index = Index.build([("source", page[0].body, "site")])
    asked: list[str] = []
    search, index.check = index.check, lambda body: asked.append(body) or search(body)
    known = learnt_of_era.Learnt(judge=Judge())  # type: ignore[arg-type]
    (score,) = score_texts.score(page, ERA, known, index)
    assert asked == [page[0].body]
    assert score.longest_copy
    assert f"copied: {score.longest_copy} tokens" in score.sentence


def test_dated_documents_date_a_text_by_style_in_whole_years() -> None:
    class Dating:
        report = DatingReport(((1980, 2004, 40, 8),), {}, {}, 0.0)

        def date(self, texts: list[object]) -> list[Dated]:
            return [Dated((), (), 1995.4, 1992.6, 1997.2) for _ in texts]

    page, _ = score_texts.documents(["synthetic:1@7"], ERA)
    known = learnt_of_era.Learnt(dating=Dating())  # type: ignore[arg-type]
    (score,) = score_texts.score(page, ERA, known)
    plain = score.to_json()
    assert [plain[f"style_year{end}"] for end in ("", "_low", "_high")] == [1995, 1993, 1997]
    assert isinstance(plain["style_year"], int)
    assert score_page.by_style(score).startswith("written about 1995, 1993-1997 with 80 %")
    assert "if it is of 1980 to 2004" in score_page.by_style(score)


def test_a_tampered_classifier_is_refused(small_run: Path, tmp_path: Path) -> None:
    import shutil

    copy = tmp_path / "run"
    shutil.copytree(small_run, copy, symlinks=True)
    skops = next(copy.glob("classifier/*/style.skops"))
    raw = bytearray(skops.read_bytes())
    raw[len(raw) // 2] ^= 1
    skops.write_bytes(bytes(raw))
    result = erastyle("score", next(copy.glob("score/*/report.html")), "--run", copy)
    assert result.exit_code == 1
    assert "style.skops" in result.output


def test_scoring_texts_imports_no_torch(folder: Path) -> None:
    code = (
        "import sys; from typer.testing import CliRunner; from erastyle.cli import app;"
        f"r = CliRunner().invoke(app, ['score', {str(folder / 'page.html')!r}, '--era', "
        "'web-1995']); assert r.exit_code == 0, r.output;"
        "from erastyle.eval import find_anachronisms, score_texts, Index, judge;"
        "assert 'torch' not in sys.modules and 'transformers' not in sys.modules, 'torch'"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_public_names_are_there_and_an_unknown_one_is_refused() -> None:
    import erastyle.eval as public

    for name in public.__all__:
        assert getattr(public, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'beauty'"):
        public.beauty  # noqa: B018
