"""`tocsin run` where it must not begin: nothing is started, stopped or deleted."""

from pathlib import Path

import pytest

from pipeline.adapters import broker, file_lock
from pipeline.cli.run import kafka, run
from pipeline.errors import UnavailableError, UsageError
from pipeline.settings import Settings


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("no broker is started or stopped")

    for name in ("start", "stop"):
        monkeypatch.setattr(broker, name, refuse)
    monkeypatch.setenv("TOCSIN_DATA_FOLDER", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("is_inside", [False, True], ids=["beside", "in the demo's own folder"])
def test_a_second_demo_leaves_the_first_alone(folder: Path, monkeypatch: pytest.MonkeyPatch, is_inside: bool) -> None:
    (folder / "demo").mkdir()
    (folder / "demo" / ".demo").touch()
    kept = folder / "demo" / "tocsin.sqlite3"
    kept.touch()
    if is_inside:
        monkeypatch.setenv("TOCSIN_DATA_FOLDER", str(folder / "demo"))
    with file_lock.held(folder / "demo.lock"), pytest.raises(UsageError, match=r"at work in .* already"):
        run(None, None)
    assert kept.exists()


def test_a_second_run_of_ones_own_feeds_is_refused(folder: Path) -> None:
    feeds = folder / "feeds.yaml"
    feeds.write_text("feeds:\n  - https://news.example/rss\n")
    with file_lock.held(folder / "run.lock"), pytest.raises(UsageError, match=r"at work in .* already"):
        run(feeds, None)


def test_both_files_are_read_before_anything_begins(folder: Path) -> None:
    watches = folder / "watches.yaml"
    watches.write_text("watches:\n  - {id: a, name: A, query: minsk}\n")
    with pytest.raises(UsageError, match=r"nope\.opml: No such file"):
        run(folder / "nope.opml", watches)
    assert sorted(path.name for path in folder.iterdir()) == ["watches.yaml"]


def test_kafka_is_started_again_when_it_has_ended_and_tried_again_later_when_that_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[str] = []
    is_whole = True

    def start(*_: object, **__: object) -> None:
        asked.append("start")
        if len(asked) == 2:
            raise UnavailableError("port 9092 is taken")

    monkeypatch.setattr(broker, "start", start)
    monkeypatch.setattr(broker, "stop", lambda *_: asked.append("stop"))
    monkeypatch.setattr(broker, "is_whole", lambda *_: is_whole)
    with kafka(Settings.model_validate({"data_folder": tmp_path})) as keep:
        keep()
        assert asked == ["start"]
        is_whole = False
        keep()
        keep()
        assert asked == ["start", "start"], "the next try comes later"
    assert asked[-1] == "stop"
    said = capsys.readouterr().out
    assert "Kafka has ended: starting it again" in said
    assert "port 9092 is taken; trying again in 10 s" in said
