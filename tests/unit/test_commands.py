"""Commands that are imported when they are called: what the list says of them, and that the list costs little."""

import subprocess
import sys

import pytest

from pipeline.cli.commands import COMMANDS, WATCH_COMMANDS, Later, load

HEAVY = ("kafka", "sqlalchemy", "alembic", "numpy", "fastapi", "aiohttp", "trafilatura")
LONG_RUNNING = ("poll", "work", "deliver", "serve", "lag")


@pytest.mark.parametrize(
    ("name", "later"),
    [*((name, COMMANDS) for name in COMMANDS), *((name, WATCH_COMMANDS) for name in WATCH_COMMANDS)],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_list_says_of_a_command_what_the_command_says_of_itself(name: str, later: Later) -> None:
    first_paragraph = (load(name, later).help or "").split("\n\n")[0]
    assert " ".join(first_paragraph.split()) == later[name][1]


def test_every_command_is_in_the_list() -> None:
    done = tocsin("--help")
    assert done.returncode == 0
    assert all(f" {name} " in done.stdout for name in COMMANDS)


@pytest.mark.parametrize(
    ("arguments", "spared"),
    [
        (("--help",), HEAVY),
        (("watch", "list", "--help"), ("kafka", "alembic", "numpy", "fastapi", "aiohttp")),
        *(((name, "--help"), ("sqlalchemy", "alembic", "numpy", "fastapi", "trafilatura")) for name in LONG_RUNNING),
    ],
    ids=["the list", "watch list", *LONG_RUNNING],
)
def test_what_a_command_does_not_need_is_not_imported(arguments: tuple[str, ...], spared: tuple[str, ...]) -> None:
    code = (
        "import sys, pipeline.__main__ as it\n"
        f"sys.argv = ['tocsin', *{arguments!r}]\n"
        "try: it.main()\n"
        "except SystemExit: pass\n"
        f"print('imported:', *sorted(set({spared!r}) & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.splitlines()[-1].strip() == "imported:"


def test_a_command_that_there_is_none_of_is_said_with_what_was_probably_meant() -> None:
    done = tocsin("explian")
    assert done.returncode == 2
    assert "'explain'" in done.stderr


def tocsin(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """How the command ended."""
    command = [sys.executable, "-m", "pipeline", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
