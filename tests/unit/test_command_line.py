"""The command line loads what the command asked for needs, and is the same whole."""

import subprocess
import sys

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from pipeline.__main__ import COMMANDS, command_line

LOADED = "import sys; sys.argv[1:] = [{command!r}, '--help']\ntry: main()\nexcept SystemExit: pass\n"
HEAVY = {"sqlalchemy", "alembic", "fastapi", "numpy", "trafilatura"}


def test_every_command_is_in_the_table_and_in_the_help() -> None:
    whole = get_command(command_line())
    assert whole.commands.keys() == COMMANDS.keys()  # type: ignore[attr-defined]  # it is a group


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_is_found_when_it_alone_is_loaded(command: str) -> None:
    done = CliRunner().invoke(command_line(command), [command, "--help"])
    assert done.exit_code == 0, done.output
    assert f"{command} [" in done.output


def test_a_word_that_is_no_command_is_answered_with_one_that_is() -> None:
    done = CliRunner().invoke(command_line("wrok"), ["wrok"])
    assert done.exit_code == 2
    assert "work" in done.output


@pytest.mark.parametrize("command", ["poll", "work", "deliver", "serve", "lag"])
def test_a_long_running_command_loads_nothing_that_only_others_need(command: str) -> None:
    program = "from pipeline.__main__ import main\n" + LOADED.format(command=command) + "print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.splitlines()[-1].split()}
    assert "typer" in loaded
    assert not loaded & HEAVY
