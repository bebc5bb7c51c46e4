"""What documents tell people to type is there: commands and their options, benchmarks, tests, targets of make."""

import re
import shlex
from collections.abc import Iterator
from itertools import dropwhile, groupby
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from pipeline.__main__ import app

REPOSITORY = Path(__file__).parents[2]
DOCUMENTS = (
    *REPOSITORY.glob("*.md"),
    *REPOSITORY.glob("docs/*.md"),
    *REPOSITORY.glob("deploy/**/*.md"),
    *REPOSITORY.glob("examples/**/README.md"),
    REPOSITORY / "pipeline" / "DESIGN.md",
)
FENCED = re.compile(r"^ *```(\w*)\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
OPTION = re.compile(r"(?<!\S)--[a-z][a-z-]*")


def typed() -> Iterator[tuple[str, str]]:
    """Every line of a block, and every inline code, with the document's name."""
    for document in DOCUMENTS:
        text = document.read_text("utf-8")
        for language, block in FENCED.findall(text):
            if language in {"", "sh"}:
                yield from ((document.name, line) for line in block.splitlines())
        for code in re.findall(r"`([^`]+)`", FENCED.sub("", text)):
            yield document.name, " ".join(code.split())


def commands(program: str) -> list[tuple[str, list[str], list[str]]]:
    """Where it stands, the words after that program, and the options its comment names."""
    return [
        (document, words[1:], OPTION.findall(line.partition(" # ")[2]))
        for document, line in typed()
        for words in simple_commands(line)
        if words and words[0].removeprefix(".venv/bin/") == program
    ]


def simple_commands(line: str) -> Iterator[list[str]]:
    """The commands of a pipe, from the name of the program on; none of what no shell would read."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars="|")
    lexer.whitespace_split = True
    try:
        words = list(lexer)
    except ValueError:
        return
    for is_pipe, each in groupby(words, key="|".__eq__):
        if not is_pipe:
            yield list(dropwhile(lambda word: word == "time" or re.match(r"[A-Z_]+=", word), each))


def refusal(words: list[str], named: list[str]) -> str | None:
    """Why `tocsin` would not take these words, or None; what is left out is meant by the text around."""
    # Any: Typer's commands and errors are of classes that have no public name.
    command: Any = get_command(app)
    context: Any = None
    name, rest = "tocsin", words
    try:
        while True:
            context = command.make_context(name, list(rest), parent=context)
            rest = [*getattr(context, "_protected_args", []), *context.args]
            if not rest or not hasattr(command, "resolve_command"):
                break
            name, command, rest = command.resolve_command(context, rest)
    except Exception as error:  # noqa: BLE001  # the usage error is private to Typer
        if type(error).__name__ not in {"Exit", "MissingParameter", "NoArgsIsHelpError"}:
            return str(error)
    known = {option for parameter in command.params for option in parameter.opts}
    return next((f"{option} is said to be one of its options" for option in named if option not in known), None)


def test_every_command_is_one_that_tocsin_takes() -> None:
    found = commands("tocsin")
    assert len(found) > 80
    assert [(where, words, why) for where, words, named in found if (why := refusal(words, named))] == []


def test_a_command_that_is_not_there_would_be_seen() -> None:
    assert refusal(["dlq", "lisst"], []) is not None
    assert refusal(["dlq", "list", "--stagee", "clean"], []) is not None
    assert refusal(["work", "--lane", "slow"], []) is not None
    assert refusal(["dlq", "list"], ["--colour"]) is not None
    assert refusal(["explain"], ["--watch"]) is None


def test_every_benchmark_has_the_options_that_are_named() -> None:
    found = [(where, words) for where, words, _ in commands("python") if words[:1] == ["-m"]]
    assert len(found) > 15
    missing = []
    for where, (_, module, *options) in found:
        path = REPOSITORY.joinpath(*module.split("."))
        file = path / "__main__.py" if path.is_dir() else path.with_suffix(".py")
        source = file.read_text("utf-8") if file.exists() else ""
        missing += [(where, module)] if not source else []
        missing += [(where, module, one) for one in options if one.startswith("--") and f'"{one}"' not in source]
    assert missing == []


def test_every_file_of_the_tree_that_is_named_is_there() -> None:
    path = re.compile(r"(?:bench|deploy|docs|examples|pipeline|tests|topics)/[\w./-]+")
    named = [(where, word) for where, code in typed() for word in code.split() if path.fullmatch(word)]
    assert len(named) > 30
    assert [(where, word) for where, word in named if not (REPOSITORY / word).exists()] == []


def test_every_target_of_make_is_there() -> None:
    makefile = (REPOSITORY / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    variables = set(re.findall(r"\b([A-Z_]{4,})\b", makefile))
    for where, words, _ in commands("make"):
        plain = [word for word in words if "=" not in word]
        assert set(plain) <= targets, where
        assert {word.partition("=")[0] for word in words if "=" in word} <= variables, where


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(REPOSITORY).as_posix())
def test_every_link_leads_somewhere(document: Path) -> None:
    text = FENCED.sub("", document.read_text("utf-8"))
    targets = [one for one in re.findall(r"\]\(([^)\s]+)\)", text) if not one.startswith(("http", "#"))]
    assert [one for one in targets if not (document.parent / one.partition("#")[0]).exists()] == []
