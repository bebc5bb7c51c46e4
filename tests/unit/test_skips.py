"""With CI=true what is skipped fails; elsewhere it is skipped."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SKIPS = """
import pytest

def test_skipped():
    pytest.skip("no server here")

@pytest.mark.may_skip("only on another system")
def test_allowed():
    pytest.skip("not this system")
"""


@pytest.mark.parametrize(
    ("source", "variables", "said", "code"),
    [
        (SKIPS, {}, "2 skipped", 0),
        (SKIPS, {"CI": "true"}, "1 failed, 1 skipped", 1),
        ("import pytest\npytest.importorskip('no_such_module')\n", {"CI": "true"}, "1 error", 2),
    ],
    ids=["at home", "in CI", "in CI, at import"],
)
def test_a_skip_counts_as(tmp_path: Path, source: str, variables: dict[str, str], said: str, code: int) -> None:
    (tmp_path / "test_it.py").write_text(source)
    outside = {name: value for name, value in os.environ.items() if name != "CI"}
    command = [sys.executable, "-m", "pytest", "-c", os.devnull, "-p", "tests.conftest", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, f"--rootdir={tmp_path}", str(tmp_path)],
        cwd=ROOT,
        env=outside | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert said in done.stdout.splitlines()[-1]
    assert done.returncode == code
