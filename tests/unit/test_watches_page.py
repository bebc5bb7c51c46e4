"""The page for users holds: its queries are read, its ten watches find what it says, its table translates so."""

import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.stages import watchfile
from pipeline.stages.match import QueryError, WatchIndex, match, parse_query
from pipeline.stages.match.language import limits
from pipeline.stages.match.language.dialects import Syntax, translated
from pipeline.stages.match.language.printing import written
from pipeline.stages.outcome import Emit
from pipeline.stages.tag import ActorIndex, tag
from tests.unit.matching import article, watch

_PAGE = (Path(__file__).parents[2] / "docs" / "watches.md").read_text("utf-8")
_SIGNS = """
    AND OR NOT NEAR ONEAR ONEAR/5 near5 NEAR/4 - + = * ? ~ ~2 ^ $ | > >= < <= killed wounded arrested missing displaced
    infected percent EUR € 1,500 10m 1.5bn /…/ =/…/ \\w \\b \\p{L} \\/ stem(…) says(…) figure(…) whsec_ secret word
"""
_PHRASES = {
    ">= 10",
    ">= 5",
    "<= 8",
    "-football",
    "sanctions OR NOT football",
    'near "fine"',
    "near/5 fine",
    "syntax: factiva",
}
_NO_QUERIES = _PHRASES | set(_SIGNS.split())


def _section(heading: str) -> str:
    return _PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def _documented() -> list[str]:
    page = re.sub(
        r"```.*?```", "", _PAGE.partition("\n## From other systems")[0] + _section("In a file"), flags=re.DOTALL
    )
    found = (one.replace("\\|", "|") for one in re.findall(r"`([^`\n]+)`", page))
    return [one for one in found if one not in _NO_QUERIES and not re.fullmatch(r"\w+:|at character .*", one)]


def _watches() -> dict[str, dict[str, Any]]:
    blocks = re.findall(r"\n### \d+\. ([^\n]+)\n.*?```yaml\n(.*?)```", _section("Ten watches"), flags=re.DOTALL)
    return {title: yaml.safe_load(block) for title, block in blocks}


def _translations() -> list[tuple[Syntax, str, list[str]]]:
    rows = [
        re.split(r"\s*\|\s*", line.strip())[1:-1]
        for line in _section("From other systems").splitlines()
        if line.startswith("| ")
    ]
    systems = [Syntax(name.strip().lower()) for name in rows[0][2:]]
    found = []
    for _, own, *others in rows[1:]:
        for syntax, cell in zip(systems, others, strict=True):
            if "whole words" not in cell:
                found.extend((syntax, query, re.findall("`([^`]+)`", own)) for query in re.findall("`([^`]+)`", cell))
    return found


@pytest.mark.parametrize("example", _documented())
def test_every_query_on_the_page_is_read(example: str) -> None:
    parse_query(example)


def test_the_page_has_its_examples() -> None:
    assert len(_documented()) > 80
    assert len(_watches()) == 10
    assert len(_translations()) > 30


@pytest.mark.parametrize("watched", _watches().values(), ids=_watches().keys())
def test_a_watch_on_the_page_finds_what_the_page_says(watched: dict[str, Any]) -> None:
    named = yaml.safe_dump({"actors": watched.get("actors", [])}, allow_unicode=True)
    actors = watchfile.read(named, source="page").actors
    watches = WatchIndex()
    watches.put(watch(watched["query"]))
    for actor in actors:
        watches.put_actor(actor)
    for story, expected in [(one, True) for one in watched["finds"]] + [(one, False) for one in watched["passes over"]]:
        tagged = tag(_article(story), actors=ActorIndex(actors))
        assert isinstance(tagged, Emit)
        assert isinstance(match(tagged.records[0], watches=watches), Emit) is expected, story


def _article(story: str | dict[str, Any]) -> Any:
    if isinstance(story, str):
        return article(story, language="en")
    published = story.get("published")
    at = datetime.combine(published, datetime.min.time(), tzinfo=UTC) if isinstance(published, date) else None
    return article(story["text"], story["title"], language=story["language"], published_at=at)


@pytest.mark.parametrize(("syntax", "query", "own"), _translations())
def test_the_table_translates_as_it_says(syntax: Syntax, query: str, own: list[str]) -> None:
    assert written(parse_query(translated(query, syntax)).tree) in [written(parse_query(one).tree) for one in own]


def test_the_page_refuses_what_the_parser_refuses() -> None:
    for query in ("-football", "sanctions OR NOT football"):
        with pytest.raises(QueryError):
            parse_query(query)


def test_the_page_names_the_bounds() -> None:
    refused = _section("What is refused")
    for bound in (
        f"{limits.MAX_CHARACTERS:,} characters",
        f"{limits.MAX_CLAUSES} clauses",
        f"{limits.MAX_WORDS} words of a phrase",
        f"{limits.MAX_DEPTH} levels",
        f"{limits.MAX_NEAR_PARTS} parts near each other with {limits.MAX_DISTANCE} words between",
        f"{limits.MAX_WILDCARDS} words with wildcards",
        f"{limits.MAX_EXPRESSIONS} regular expressions of {limits.MAX_EXPRESSION_CHARACTERS} characters",
        f"{limits.MAX_ALIASES} aliases",
    ):
        assert bound in " ".join(refused.split())


def test_the_message_on_the_page_is_the_message() -> None:
    shown = re.search(r"`(at character [^`]+)`", _PAGE)
    assert shown is not None
    with pytest.raises(QueryError) as caught:
        parse_query("minsk NEAR talks")
    assert shown[1] == f"{caught.value} ({caught.value.excerpt('minsk NEAR talks')})"


def test_the_file_on_the_page_is_read() -> None:
    (block,) = re.findall(r"```yaml\n(.*?)```", _section("In a file"), flags=re.DOTALL)
    file = watchfile.read(block, source="watches.yaml")
    assert (len(file.channels), len(file.actors), len(file.watches)) == (2, 1, 1)
