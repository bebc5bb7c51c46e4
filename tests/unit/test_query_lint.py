"""Lint names what is doubtful about a query, where, and nothing about a sound one."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.cli.watch import app
from pipeline.stages.match import parse_query
from pipeline.stages.match.language.implication import implies
from pipeline.stages.match.language.lint import lint
from pipeline.stages.match.language.query import Leaf

FOUND = {
    "something and its absence": ("minsk -minsk", "never", 7, "never holds"),
    "a phrase and a word of it excluded": ('"new york" -york', "never", 12, "never holds"),
    "exact case under an exclusion of any case": ("=Minsk talks -minsk", "never", 14, "never holds"),
    "a wildcard that excludes the word": ("sanctions -sanct*", "never", 11, "never holds"),
    "a narrower zone": ("title:minsk -minsk", "never", 13, "never holds"),
    "two languages": ("minsk lang:en lang:fr", "never", 14, "one language"),
    "languages of groups": ("minsk lang:(en OR fr) lang:(de OR ru)", "never", 28, "one language"),
    "dates apart": ("minsk published:<2026 published:>=2026-05", "never", 22, "no day in common"),
    "in a group": ("riga OR (minsk -minsk)", "never", 16, "never holds"),
    "only stop words": ("the", "broad", 0, "nothing selective"),
    "only filters": ("site:example.org lang:en", "broad", 0, "nothing selective"),
    "a branch of stop words": ("minsk OR the", "broad", 0, "nothing selective"),
    "an unselective set": ("2of(minsk, the, lang:en)", "broad", 4, "nothing selective"),
    "an expression alone": ("/dron[a-z]+/", "costly", 0, "every article"),
    "a short prefix": ("minsk san*", "costly", 6, "very many words"),
    "two letters off": ("lukashenko~2", "costly", 0, "two letters off"),
    "a wide distance": ("minsk NEAR/60 talks", "costly", 0, "say little"),
    "hundreds of words": (" OR ".join(f"word{n}" for n in range(201)), "costly", 0, "201 words"),
    "a narrower alternative": ('minsk OR "minsk talks"', "idle", 9, "adds nothing"),
    "an acronym that is a word": ("WHO health", "doubtful", 0, "finds who too"),
    "a short acronym": ("title:US talks", "doubtful", 0, "finds us too"),
    "capitals in an expression": ("minsk /UA[VS]/", "doubtful", 6, "capitals do not count"),
    "no stemmer": ("stem(minister) lang:uk", "doubtful", 0, "no stemmer"),
}
SOUND = (
    "minsk",
    'minsk -"minsk street"',
    "sanctions -sanction",
    "title:minsk -lead:minsk riga",
    "lang:(en OR fr) minsk -lang:de",
    "published:2026-01..2026-03 published:>=2026-02 minsk",
    "=WHO OR who's",
    "minsk OR title:the riga",
    r"minsk =/UA[VS]/ OR minsk /\W\S/",
    'says(lukashenko, "sanctions") figure(killed > 5)',
    "2of(minsk, riga, the)",
    "stem(minister) lang:en",
    "NATO",
)


@pytest.mark.parametrize(("query", "doubt", "position", "message"), FOUND.values(), ids=FOUND.keys())
def test_a_doubt_names_its_place(query: str, doubt: str, position: int, message: str) -> None:
    found = [(one.doubt.value, one.position, message in one.message) for one in lint(parse_query(query))]
    assert (doubt, position, True) in found


@pytest.mark.parametrize("query", SOUND)
def test_a_sound_query_raises_no_doubt_of_never_or_idle(query: str) -> None:
    assert {one.doubt.value for one in lint(parse_query(query))} <= {"broad", "costly"}


def test_the_largest_query_is_linted_in_no_time() -> None:
    lint(parse_query(" OR ".join(f"minsk{n} -riga{n}" for n in range(250))))


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("=Minsk", "minsk", True),
        ("minsk", "=Minsk", False),
        ("minsk", "minsks", False),
        ('"minsk"', "minsk", True),
        ("minsk", '"minsk"', False),
        ('"the minsk talks"', '"minsk talks"', True),
        ("lead:minsk", "text:minsk", True),
        ("text:minsk", "lead:minsk", False),
        ('"sanctions"', "sanct*", True),
        ('"sanction"', "sanktion~1", True),
        ('"sanction"', "minsk~1", False),
        ("US", '"US"', True),
        ("lang:en", "lang:en", True),
    ],
)
def test_implication_follows_from_the_words(one: str, other: str, expected: bool) -> None:
    assert implies(_leaf(one), _leaf(other)) is expected


def _leaf(query: str) -> Leaf:
    tree = parse_query(query).tree
    assert isinstance(tree, Leaf)
    return tree


def test_the_command_shows_doubts_and_ends_with_1_where_a_part_never_matches() -> None:
    done = CliRunner().invoke(app, ["lint", "minsk -minsk", "--days", "0"])
    assert done.exit_code == 1
    assert "never at character 8: minsk never holds where minsk is excluded" in done.stdout
    assert "(minsk -▸minsk)" in done.stdout


def test_the_command_reads_files_and_other_syntaxes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOCSIN_DATA_FOLDER", str(tmp_path / "data"))
    file = tmp_path / "watches.yaml"
    file.write_text("watches: [{name: A, query: the}, {name: B, syntax: factiva, query: minsk talks}]")
    done = CliRunner().invoke(app, ["lint", "--file", str(file), "--json"])
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(line["watch"], [one["doubt"] for one in line["findings"]]) for line in lines] == [
        ("A", ["broad"]),
        ("B", []),
    ]
    assert CliRunner().invoke(app, ["lint", "minsk near5 riga", "--from", "factiva", "--days", "0"]).exit_code == 0
