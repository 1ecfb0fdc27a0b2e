"""`erastyle clusters` and what `erastyle why` says of passages, on a small run from files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from erastyle.commands.clusters import WIDTH, ClusterMember, lines, why_kept
from erastyle.corpus.text.difference import difference
from erastyle.pipeline.dedupe.best_copy import Copy
from tests.conftest import erastyle

TRAMS = (
    "The old trams of our town ran from the harbour to the mill until the last one was sold in the "
    "spring. My father drove number nine for twenty years and he kept a notebook of every fault "
    "that the car had, every storm that stopped it and every passenger who left a hat or a hen on "
    "the seat. Those notes are the reason for these pages and I will type in more of them when the "
    "winter is long enough."
)
NOTICE = (
    "You may copy this text and give it to your friends as long as you do not change it and do not "
    "take money for it. If you put it on a disk or on a server then please send me a short letter "
    "so that I know where it went. There is no promise of any kind that what it says is right, and "
    "whoever follows it does so at his own risk and not at mine."
)


KITES = (
    "A kite needs less than you think: two sticks of cedar, a sheet of brown paper, flour and milk "
    "for the paste, and a tail of rags. I fly mine from the dunes behind the lighthouse, where the "
    "wind comes in evenly from the sea. On the first Sunday of each month you will find a dozen of "
    "us there, with tea in a flask and more string than sense."
)
BELLS = (
    "Change ringing is done with eight men, eight ropes and arithmetic. Nobody plays a tune; the "
    "order of the bells changes with every pull until all of them have stood in every place. Our "
    "tower has the second heaviest tenor of the county and stairs that keep visitors away. We "
    "practise on Tuesdays and want learners, who should be patient and not too tall."
)
RADIO = (
    "My first receiver was a coil on an oatmeal box, a bit of galena and an earphone from a junk "
    "store. It asks for no battery and hears three stations at night. Draw the wire tight when you "
    "wind the coil, solder nothing before you have listened, and try the bedspring as an aerial "
    "before you climb on the roof."
)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run until `dedupe`: a page with two mirrors, and a notice on two sites."""
    root = tmp_path_factory.mktemp("clusters")
    pages = {
        "harbour/trams.html": ("1995", TRAMS),
        "mirror/trams.html": ("1996", TRAMS.replace("twenty", "thirty")),
        "second/trams.html": ("1997", TRAMS.replace("storm", "gale").replace("hen", "goose")),
        "kites/kites.html": ("1995", KITES, NOTICE),
        "bells/bells.html": ("1996", BELLS, NOTICE),
        "radio/radio.html": ("1996", RADIO),
    }
    for name, (year, *paragraphs) in pages.items():
        path = root / "pages" / name
        path.parent.mkdir(parents=True)
        body = "".join(f"<P>{text}\n" for text in paragraphs)
        head = f"<HTML><HEAD><TITLE>{name[:5]}</TITLE></HEAD>\n<BODY>\n"
        foot = f"<HR>Last updated: June 3, {year}\n</BODY></HTML>\n"
        path.write_text(head + body + foot)
    result = erastyle(
        "dedupe", "web-1995", "--run", root / "run", "--source", root / "pages",
        "--contrast", "synthetic-modern:20@7", "--engine", "native",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    return root / "run"


def test_the_largest_cluster_shows_what_was_kept_why_and_how_the_others_differ(run: Path) -> None:
    result = erastyle("clusters", run, "--top", "3")
    assert result.exit_code == 0, result.output
    text = result.output
    assert "1. 3 documents, 1 kept" in text
    assert "earliest: 1995-06-03, the next is 1996-06-03" in text
    assert "for [-twenty-]{+thirty+} years" in text
    assert "every [-storm-]{+gale+} that" in text
    assert max(map(len, text.splitlines())) <= WIDTH


def test_clusters_as_json_name_every_member_with_its_twin(run: Path) -> None:
    found = json.loads(erastyle("clusters", run, "--json").output)
    (first, *_) = found["largest"]
    assert found["clusters"] == len(found["largest"])
    assert (first["size"], first["kept"]) == (3, 1)
    kept, *copies = first["members"]
    assert kept["source"].endswith("harbour/trams.html")
    assert {c["kept_id"] for c in copies} == {kept["id"]}
    assert all(0.45 <= c["similarity"] < 1 for c in copies)


def test_why_shows_the_passage_that_was_cut_and_who_keeps_it(run: Path) -> None:
    decisions = json.loads(erastyle("why", run, "bells.html", "--json").output)
    assert [(d["stage"], d["became"]) for d in decisions] == [
        ("ingest", "kept"), ("clean", "kept"), ("dedupe", "kept"), ("dedupe", "cut"),
    ]  # fmt: skip
    assert decisions[-1]["reason"] == "on several sites"
    assert "kites.html" in decisions[-1]["detail"]
    assert "2 documents, 2 sites" in decisions[-1]["detail"]


def test_clusters_of_a_run_without_the_stage_say_what_to_do(tmp_path: Path) -> None:
    result = erastyle("clusters", tmp_path)
    assert result.exit_code == 1
    assert "not a run directory" in result.output
    arguments = ("web-1995", "--run", tmp_path / "run", "--source", "synthetic:20@7")
    assert erastyle("ingest", *arguments).exit_code == 0
    result = erastyle("clusters", tmp_path / "run")
    assert result.exit_code == 1
    assert "erastyle dedupe --run" in result.output


def copy(
    id_: str, date: str = "", noise: float = 0, length: int = 9, origin: str = "period"
) -> Copy:
    return Copy(id_, origin, date, noise, length, "")


@pytest.mark.parametrize(
    ("kept", "others", "rule", "told"),
    [
        (copy("a", "1994"), [copy("b"), copy("c", "1995")], "earliest",
         "earliest: 1994, the next is 1995"),
        (copy("a", "1994"), [copy("b")], "earliest", "earliest: 1994, the next is undated"),
        (copy("a", "1994", 0.1), [copy("b", "1994", 0.2)], "earliest",
         "cleanest: noise 0.100, the next has 0.200"),
        (copy("a", "1995", 0.1), [copy("b", "1994", 0.2)], "cleanest",
         "cleanest: noise 0.100, the next has 0.200"),
        (copy("a", length=99), [copy("b", "1990", length=9)], "longest",
         "longest: 99 words, the next has 9"),
        (copy("a"), [copy("b")], "earliest",
         "same date, noise and length as the next: the smallest id"),
        (copy("a"), [copy("b", "1990", origin="modern")], "earliest", "period, the next is modern"),
        (copy("a"), [], "earliest", "differs from every other kept document of the cluster"),
    ],
)  # fmt: skip
def test_the_reason_is_the_first_thing_in_which_the_next_best_differs(
    kept: Copy, others: list[Copy], rule: str, told: str
) -> None:
    assert why_kept(kept, others, rule) == told  # type: ignore[arg-type]


def test_a_member_with_a_long_address_and_many_differences_fits_the_terminal() -> None:
    member = ClusterMember(
        "0" * 16, "http://host.example/" + "x" * 300, "host.example", "1995-01-01", 1_234_567,
        "normalised", "1" * 16, 0.5, "y " * 200,
    )  # fmt: skip
    assert all(len(line) <= WIDTH for line in lines(member))


def test_a_difference_shows_the_first_places_and_counts_the_rest() -> None:
    one = "a b c d e f g h i j k l m n o p"
    other = "a B c d E f g H i j K l m n o p"
    assert difference(one, other, width=200) == (
        "a [-b-]{+B+} c ... d [-e-]{+E+} f ... g [-h-]{+H+} i ... 1 more"
    )
    assert len(difference(one, other, width=30)) == 30
    assert difference("x", "") == "[-x-]"
