"""`tocsin run` where it must not begin: nothing is started, stopped or deleted."""

from pathlib import Path

import pytest

from pipeline.adapters import broker, file_lock
from pipeline.cli.run import run
from pipeline.errors import UsageError


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
