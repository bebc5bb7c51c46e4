"""Settings: read once, refused by name, documented."""

from pathlib import Path

import pytest

from pipeline import settings
from pipeline.cli.settings import render
from pipeline.errors import UsageError

REPOSITORY = Path(__file__).parents[2]


def test_every_setting_has_a_meaning_and_the_page_is_fresh() -> None:
    assert [name for name, _default, meaning in settings.describe() if not meaning] == []
    assert (REPOSITORY / "docs" / "settings.md").read_text("utf-8") == render()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("TOCSIN_KAFKA__BOOTSTRP", "x", id="misspelt inside a section"),
        pytest.param("TOCSIN_KAFKAA__BOOTSTRAP", "x", id="misspelt section"),
        pytest.param("TOCSIN_LOG_LEVL", "info", id="misspelt at the top"),
        pytest.param("TOCSIN_WORK__IN_FLIGHT", "many", id="not a number"),
        pytest.param("TOCSIN_WORK__REJECT_SHARE", "1.5", id="out of bounds"),
        pytest.param("TOCSIN_KAFKA__PREFIX", "Has Spaces", id="not a topic name"),
    ],
)
def test_a_variable_that_cannot_be_used_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(UsageError, match=name):
        settings.load()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        pytest.param("kafka: {bootstrap: [", "TOCSIN_CONFIG", id="malformed"),
        pytest.param("- a list", "a mapping", id="not a mapping"),
        pytest.param("kafka: {bootstrp: x}", "kafka.bootstrp", id="unknown key"),
        pytest.param("work: {in_flight: 0}", "work.in_flight", id="out of bounds"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_with_its_key(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str, named: str
) -> None:
    path = tmp_path / "tocsin.yaml"
    path.write_text(text, "utf-8")
    monkeypatch.setenv("TOCSIN_CONFIG", str(path))
    with pytest.raises(UsageError, match=named):
        settings.load()


def test_variables_win_over_the_file_and_leave_its_other_keys(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "tocsin.yaml"
    path.write_text("work: {in_flight: 3, page_deadline: 4}\n", "utf-8")
    monkeypatch.setenv("TOCSIN_CONFIG", str(path))
    monkeypatch.setenv("TOCSIN_WORK__IN_FLIGHT", "5")
    loaded = settings.load()
    assert loaded.work.in_flight == 5
    assert loaded.work.page_deadline.total_seconds() == 4


@pytest.mark.parametrize("value", ["90", "90.0", "0:01:30", "PT1M30S"])
def test_times_are_seconds_clock_times_or_iso_8601(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("TOCSIN_WORK__PAGE_DEADLINE", value)
    assert settings.load().work.page_deadline.total_seconds() == 90


@pytest.mark.parametrize("value", ["-1", "soon", "nan", "1e400", ""])
def test_what_is_no_time_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("TOCSIN_WORK__PAGE_DEADLINE", value)
    with pytest.raises(UsageError, match="TOCSIN_WORK__PAGE_DEADLINE"):
        settings.load()


def test_a_file_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOCSIN_CONFIG", "absent.yaml")
    with pytest.raises(UsageError, match=r"absent\.yaml"):
        settings.load()
