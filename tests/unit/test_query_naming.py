"""Actors that queries name: lint doubts a name nobody has, and an actor that a watch names is not removed."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.adapters import clock
from pipeline.adapters.database import Connection, Database, actors, open_database, upgrade, watches
from pipeline.cli import control
from pipeline.cli.actors import rm
from pipeline.cli.watch import app
from pipeline.errors import UsageError
from pipeline.settings import Settings
from pipeline.stages.match import parse_query
from pipeline.stages.match.language.naming import named, unlisted
from topics.records import Actor, ActorKind, Watch

LISTED = (
    Actor(actor_id="lukashenko", name="Alyaksandr Lukashenka", kind=ActorKind.PERSON, aliases=("=AL", "Лукашенко")),
    Actor(actor_id="red-cross", name="Red Cross", kind=ActorKind.ORGANISATION),
)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("actor:lukashenko minsk", ["lukashenko"]),
        ('minsk -actor:"Red Cross"', ["red cross"]),
        ("says(lukashenko, actor:red-cross)", ["lukashenko", "red cross"]),
        ("2of(actor:a, near(actor:b, talks, 5), atleast2(actor:c))", ["a", "b", "c"]),
        ('minsk OR actor:("Lukashenko" | "Лукашенко")', []),
    ],
)
def test_a_query_names_its_actors_wherever_they_stand(query: str, names: list[str]) -> None:
    assert sorted(one.name for one in named(parse_query(query))) == names


@pytest.mark.parametrize("query", ["actor:lukashenko", "actor:Лукашенко", "actor:AL", 'says("Red Cross", aid)'])
def test_who_is_listed_by_id_name_or_alias_raises_no_doubt(query: str) -> None:
    assert list(unlisted(parse_query(query), LISTED)) == []


def test_a_slip_of_the_pen_is_doubted_at_its_place_with_the_name_that_is_probably_meant() -> None:
    (slip,) = unlisted(parse_query("minsk actor:lukashenka"), LISTED)
    assert (slip.position, slip.hint) == (6, "do you mean actor:lukashenko?")
    (stranger,) = unlisted(parse_query("says(quennell, strike)"), LISTED)
    assert "no actor 'quennell' is listed" in stranger.message
    assert "tocsin actors add" in stranger.hint


def test_the_command_looks_for_actors_in_the_file_and_among_the_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOCSIN_DATA_FOLDER", str(tmp_path / "data"))
    file = tmp_path / "watches.yaml"
    file.write_text(
        "actors: [{id: minister, name: Ann Example, kind: person}]\n"
        "watches: [{name: A, query: 'actor:minister'}, {name: B, query: 'actor:ministre'}]\n"
    )
    done = CliRunner().invoke(app, ["lint", "--file", str(file)])
    assert done.exit_code == 0
    first, second = done.stdout.splitlines()
    assert first == "A: no doubts"
    assert second.startswith("B: doubtful at character 1: no actor 'ministre' is listed")


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    settings = Settings.model_validate({"data_folder": tmp_path})
    upgrade(settings)
    opened = open_database(settings)

    def change(work: Callable[[Connection, datetime], object]) -> object:
        with opened.write() as connection:
            return work(connection, clock.now())

    monkeypatch.setattr(control, "change", change)
    yield opened
    opened.close()


def test_an_actor_that_a_watch_names_is_not_removed(database: Database) -> None:
    with database.write() as connection:
        for actor in LISTED:
            actors.put(connection, actor, now=clock.now())
        watch = Watch(watch_id="said", name="Said", query="says(Лукашенко, minsk)", revision=0)
        watches.put(connection, watch, channels=(), now=clock.now())
    with pytest.raises(UsageError, match="lukashenko is in use by watch said"):
        rm("lukashenko")
    rm("red-cross")
    with pytest.raises(UsageError, match="no such actor"):
        rm("red-cross")
    with database.read() as connection:
        assert [one.actor_id for one in actors.list_all(connection)] == ["lukashenko"]
