"""The file channel: each event once, whole, whatever a process that died has left behind."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.adapters.channels.file import append

BODY = b'{"id":"a","deliveryid":"d1"}'
END = b'"deliveryid":"d1"}'


def test_an_event_becomes_a_line_in_a_folder_made_for_it(tmp_path: Path) -> None:
    path = tmp_path / "new" / "alerts.jsonl"
    assert append(path, BODY, ending=END, is_repeated=False).is_accepted
    assert path.read_bytes() == BODY + b"\n"


@pytest.mark.parametrize(
    ("left_behind", "expected"),
    [
        pytest.param(b"", BODY + b"\n", id="nothing"),
        pytest.param(BODY + b"\n", BODY + b"\n", id="the whole line"),
        pytest.param(BODY, BODY, id="all but the line end"),
        pytest.param(BODY[:-1], BODY[:-1] + b"\n" + BODY + b"\n", id="all but the last byte"),
        pytest.param(BODY[:5], BODY[:5] + b"\n" + BODY + b"\n", id="a part"),
        pytest.param(b'{"deliveryid":"d0"}\n', b'{"deliveryid":"d0"}\n' + BODY + b"\n", id="another's"),
    ],
)
def test_an_interrupted_event_is_written_once(tmp_path: Path, left_behind: bytes, expected: bytes) -> None:
    path = tmp_path / "alerts.jsonl"
    path.write_bytes(left_behind)
    for _ in range(2):
        assert append(path, BODY, ending=END, is_repeated=True).is_accepted
    assert path.read_bytes() == expected


def test_a_path_that_cannot_be_written_is_said_in_words(tmp_path: Path) -> None:
    sent = append(tmp_path, BODY, ending=END, is_repeated=False)
    assert not sent.is_accepted
    assert "Is a directory" in str(sent.detail)


_WRITER = """
import sys
from pathlib import Path
from pipeline.adapters.channels.file import append
for number in range(100):
    name = f"{sys.argv[2]}-{number}"
    body = ('{"text":"%s","deliveryid":"%s"}' % ("x" * 5000, name)).encode()
    append(Path(sys.argv[1]), body, ending=f'"deliveryid":"{name}"}}'.encode(), is_repeated=True)
"""


def test_processes_that_write_together_leave_whole_lines(tmp_path: Path) -> None:
    path = tmp_path / "alerts.jsonl"
    writers = [subprocess.Popen([sys.executable, "-c", _WRITER, str(path), name]) for name in "ab"]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    names = [json.loads(line)["deliveryid"] for line in path.read_text().splitlines()]
    assert sorted(names) == sorted(f"{writer}-{number}" for writer in "ab" for number in range(100))
