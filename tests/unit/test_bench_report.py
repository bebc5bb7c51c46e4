"""Tables of benchmarks can be read, at whatever width."""

import json

import pytest

from bench.report import show

_ROWS = [
    {"world": "newsroom", "engine": "Tocsin", "hits": "no", "articles_per_s": 1234.5, "build_s": 0.12, "more": None},
    {
        "world": "newsroom",
        "engine": "Lucene Monitor",
        "hits": "yes",
        "articles_per_s": 12.345,
        "build_s": 3.0,
        "more": 7,
    },
]


def _shown(capsys: pytest.CaptureFixture[str], *, as_json: bool = False, width: int | None = None) -> list[str]:
    show("match", _ROWS, as_json=as_json, width=width)
    return capsys.readouterr().out.splitlines()


def test_without_a_terminal_all_stands_in_one_table(capsys: pytest.CaptureFixture[str]) -> None:
    lines = _shown(capsys)
    assert sum("engine" in line for line in lines) == 1
    assert "1,234" in "".join(lines)
    assert any("Lucene Monitor" in line and "12.3" in line and "3" in line for line in lines)


def test_what_is_the_same_in_all_rows_stands_in_the_title(capsys: pytest.CaptureFixture[str]) -> None:
    title, *lines = [line for line in _shown(capsys) if line]
    assert title == "match, world newsroom"
    assert not any("newsroom" in line for line in lines)


def test_on_a_narrow_terminal_columns_go_below_with_the_words_again(capsys: pytest.CaptureFixture[str]) -> None:
    lines = _shown(capsys, width=50)
    assert max(map(len, lines)) <= 50
    assert sum("Lucene Monitor" in line for line in lines) == 2


def test_as_json_a_row_is_told_whole(capsys: pytest.CaptureFixture[str]) -> None:
    assert [json.loads(line) for line in _shown(capsys, as_json=True)] == [{"bench": "match", **row} for row in _ROWS]
