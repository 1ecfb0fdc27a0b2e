"""The cards and the Croissant description: complete, honest, and read by the Hub's libraries."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from erastyle.corpus import era as eras
from erastyle.corpus.document import Document
from erastyle.eval.cards import cards, croissant
from erastyle.eval.cards.dataset_card import dataset_card
from erastyle.eval.cards.model_card import failures, model_card
from erastyle.eval.cards.sections import energy, licence_of
from erastyle.eval.report import details
from erastyle.eval.report.report import Report
from erastyle.eval.report.tables import Reason, StageRow
from erastyle.pipeline.runtime import ledger, manifest
from erastyle.pipeline.runtime.manifest import Manifest
from tests.report_rows import control, gate_line, metric


def documents() -> list[Document]:
    return [
        Document(
            f"{n:016x}",
            f"http://host{n}.example/",
            f"host{n}",
            "html",
            f"<H1>Kites {n}</H1>They fly, | and <B>fall</B>.",
            "0" * 64,
            title=f"Kites {n}",
            prose="They fly, and fall.",
            language="en",
            date_from="1995-03-01",
            date_to="1995-12-31" if n else "1996-01-31",
            licence="Apache-2.0 (generated)" if n % 2 else "",
            origin="synthetic" if n == 1 else "modern" if n == 3 else "period",
            split="test" if n == 2 else "train",
            signals={"words": 4.0},
        )
        for n in range(5)
    ]


def report(**changes: Any) -> Report:
    values: dict[str, Any] = {
        "title": "the early web: a style model",
        "era_title": "the early web",
        "run": "kites",
        "verdict": "FAIL",
        "verdict_sentence": "It copies.",
        "gate": [
            gate_line("copied", "per 1,000", 9.0, 5.0, 15.0, "at most 4", "FAIL", "Bad."),
            gate_line("style pass", "share", 0.7, 0.6, None, "at least 0.5", "PASS", "Good."),
            gate_line("capability", "", None, None, None, "above -0.02", "INCONCLUSIVE", "None."),
        ],
        "controls": [control("a damaged one", "", "PASS", False, "It passed.")],
        "measures": [
            metric("style of the prose", "probability", 0.2, 0.7123456789, 0.9, 0.5, 0.4, 0.6,
                       "higher", group="style"),
            metric("general text", "bits per byte", 2.0, None, group="capability"),
        ],
        "reasons": [Reason("clean", "too short", 7)],
        "stages": [StageRow("clean", "abc", 12, 5, 7, 0)],
        "corpus": details.corpus_of(documents()),
        "environment": {"base model": "starter 0123abcd", "method": "lora, rank 8", "seed": "1"},
        "commands": ["erastyle run --run runs/kites"],
    }  # fmt: skip
    return Report(**(values | changes))


def front(card: str) -> dict[str, Any]:
    return dict(yaml.safe_load(card.split("---\n")[1]))


def test_the_model_card_holds_every_measured_number_with_its_interval():
    card = model_card(report(), eras.load("web-1995"))
    results = front(card)["model-index"][0]["results"]
    metrics = {m["name"]: m for result in results for m in result["metrics"]}
    assert set(metrics) == {"Style of the prose", "Gate: copied", "Gate: style pass"}
    prose = metrics["Style of the prose"]
    assert prose["value"] == 0.712346
    assert (prose["args"]["low"], prose["args"]["high"]) == (0.4, 0.6)
    assert metrics["Gate: copied"]["args"]["verdict"] == "FAIL"
    assert "not measured" in card  # the measure without a value stays in the table


def test_known_failures_are_what_failed_or_stayed_open_and_controls_that_passed():
    lines = failures(report())
    assert [line.split(":")[0] for line in lines] == ["FAIL", "INCONCLUSIVE", "Control"]
    assert "9.00, 5.00 to 15.0" in lines[0]
    card = model_card(report(gate=[], controls=[]), eras.load("web-1995"))
    assert "None of the checks that were made failed" in card


def test_the_cards_say_that_a_machine_wrote_and_how_much():
    era = eras.load("web-1995")
    assert "Everything it writes is made by a machine." in model_card(report(), era)
    card = dataset_card(report(), era)
    assert "Made by a machine: 1 of 4 documents (25.0 %)." in card
    assert "| too short | clean | 7 |" in card
    assert "| not stated | 3 | 75.0 % |" in card
    assert "Possible dates run from 1995-03-01 to 1996-01-31" in card


def test_energy_is_said_in_kilowatt_hours_or_said_to_be_missing():
    assert energy(report()) == "not measured"
    said = energy(report(energy={"train": 0.012, "clean": 0.001}, kwh_per_1000_pages=0.0042))
    assert said.startswith("0.013 kWh")
    assert said.endswith("0.0042 kWh for 1,000 generated texts")


def test_a_claim_that_no_score_supports_stands_nowhere():
    era = eras.load("web-1995")
    for text in (model_card(report(), era), dataset_card(report(), era)):
        assert "authentic" not in text.casefold()


def test_what_a_source_says_cannot_become_a_heading_or_a_tag():
    corpus = dataclasses.replace(
        report().corpus or details.corpus_of([]), licences={"a\n# b | <script>": 4}
    )
    card = dataset_card(report(corpus=corpus), eras.load("web-1995"))
    assert "| a # b \\| &lt;script> | 4 |" in card


def test_an_unknown_or_mixed_licence_is_called_other():
    assert licence_of({})["license"] == "other"
    assert licence_of({"MIT": 1, "CC0": 1})["license"] == "other"
    assert licence_of({"CC0 1.0": 1}) == {"license": "cc0-1.0"}


def test_a_base_model_of_the_hub_is_linked_and_a_folder_is_not():
    era = eras.load("web-1995")
    named = report(environment={"base model": "some-lab/base-1b 0123", "method": "full"})
    assert front(model_card(named, era))["base_model"] == "some-lab/base-1b"
    assert "base_model" not in front(model_card(report(), era))


def test_the_hub_library_reads_both_cards():
    hub = pytest.importorskip("huggingface_hub", reason="huggingface_hub is not installed")
    era = eras.load("web-1995")
    model = hub.ModelCard(model_card(report(), era))
    assert [r.metric_value for r in model.data.eval_results] == [0.712346, 9.0, 0.7]
    data = hub.DatasetCard(dataset_card(report(), era))
    assert data.data.size_categories == ["n<1K"]


@pytest.fixture
def split(tmp_path: Path) -> Path:
    """A finished stage with documents, as the runner leaves it."""
    folder = tmp_path / "split" / "0123456789ab"
    with ledger.Ledger(folder) as book:
        for document in documents():
            book.keep(document)
    manifest.write(
        folder,
        Manifest(
            key="0123456789ab", identity={}, files=manifest.describe(folder), stats={}, seconds=0,
            cpu_seconds=0, peak_memory_mb=0, finished=manifest.now(), versions={},
        ),
    )  # fmt: skip
    return folder


def test_the_croissant_description_names_every_file_and_column(split: Path, tmp_path: Path):
    import pyarrow.parquet as pq

    out = tmp_path / "score" / "x"
    out.mkdir(parents=True)
    found = json.loads(croissant.describe(report(), eras.load("web-1995"), split, out))
    (file,) = found["distribution"]
    path = out / file["contentUrl"]
    assert manifest.sha256(path) == file["sha256"]
    (records,) = found["recordSet"]
    plain = [field for field in records["field"] if "subField" not in field]
    (signals,) = (field for field in records["field"] if "subField" in field)
    columns = [field["source"]["extract"]["column"] for field in [*plain, *signals["subField"]]]
    assert set(columns) == set(pq.read_schema(path).names)
    assert {field["source"]["fileObject"]["@id"] for field in plain} == {file["@id"]}
    assert [part["name"] for part in signals["subField"]] == ["name", "value"]
    ids = [file["@id"], records["@id"], *(field["@id"] for field in records["field"])]
    assert len(set(ids)) == len(ids)
    assert records["key"]["@id"] in ids
    for name in (
        "@context",
        "@type",
        "conformsTo",
        "name",
        "license",
        "datePublished",
        "creator",
        "citeAs",
    ):
        assert found[name]
    assert found["conformsTo"] == "http://mlcommons.org/croissant/1.1"
    assert re.fullmatch(r"1993-01-01/1997-12-31", found["temporalCoverage"])


def test_mlcroissant_reads_the_documents_through_the_description(split: Path, tmp_path: Path):
    mlcroissant = pytest.importorskip("mlcroissant", reason="mlcroissant is not installed")
    out = tmp_path / "score" / "x"
    out.mkdir(parents=True)
    cards.write(report(), out, eras.load("web-1995"), split)
    data = mlcroissant.Dataset(jsonld=str(out / cards.CROISSANT))
    rows = list(data.records(record_set="documents"))
    assert [row["documents/title"].decode() for row in rows] == [f"Kites {n}" for n in range(5)]
    (signal,) = rows[0]["documents/signals"]
    assert signal == {"documents/signals/name": b"words", "documents/signals/value": 4.0}
