"""Queries are understood as the page for users says, and refused with the place and the mend."""

import re
from pathlib import Path

import pytest

from pipeline.stages.match import QueryError, parse_query
from pipeline.stages.match.language.parser import MAX_CHARACTERS, MAX_CLAUSES, MAX_DEPTH
from pipeline.stages.match.language.query import AllOf, AnyOf, Negation, Node
from pipeline.stages.watchfile import read

_PAGE = Path(__file__).parents[2] / "docs" / "watches.md"


def shape(node: Node) -> str:
    """The tree in one line: prefix operators, clauses as written."""
    match node:
        case AllOf(parts=parts):
            return f"all({', '.join(map(shape, parts))})"
        case AnyOf(parts=parts):
            return f"any({', '.join(map(shape, parts))})"
        case Negation(leaf=leaf):
            return f"not {shape(leaf)}"
        case _:
            return node.clause


SHAPES = {
    "a word": ("minsk", "minsk"),
    "space is AND": ("a b AND c", "all(a, b, c)"),
    "AND before OR": ("a OR b c OR d", "any(a, all(b, c), d)"),
    "NOT before AND": ("NOT a b", "all(not a, b)"),
    "minus": ("a -b", "all(a, not b)"),
    "minus of other kinds": ("a −b –c", "all(a, not b, not c)"),
    "minus inside a word": ("non-lethal", "non-lethal"),
    "plus": ("+a b", "all(a, b)"),
    "parentheses": ("(a OR b) (c OR d)", "all(any(a, b), any(c, d))"),
    "negated group": ("a -(b OR c)", "all(a, all(not b, not c))"),
    "negated AND": ("a NOT (b c)", "all(a, any(not b, not c))"),
    "twice negated": ("NOT NOT a", "a"),
    "a field": ('title:"a b"', 'title:"a b"'),
    "a group in a field": ("a lang:(en OR fr)", "all(a, any(en, fr))"),
    "a colon and signs in a value": ("a url:http://b?c=-d", "all(a, url:http://b?c=-d)"),
    "field names in any case": ("Title:a", "Title:a"),
    "printers' quotation marks": ("“a b” «c»", "all(“a b”, «c»)"),
    "exact": ('=US ="Apple Inc."', 'all(=US, ="Apple Inc.")'),
    "operators as words in quotes": ('"and" "OR"', 'all("and", "OR")'),
    "no space before a parenthesis after an operator": ("a AND(b OR(c))", "all(a, any(b, c))"),
    "filters alone": ("site:example.org", "site:example.org"),
    "white space of all kinds": ("a\tb\n OR\u00a0c", "any(all(a, b), c)"),
}

REFUSALS = {
    "empty": ("", 0, "empty", "write a word"),
    "only spaces": ("  ", 0, "empty", "write a word"),
    "ends after an operator": ("a AND", 5, "ends too early", "expected"),
    "operator first": ("OR a", 0, "OR cannot stand here", "expected"),
    "two operators": ("a AND OR b", 6, "OR cannot stand here", "expected"),
    "parenthesis open": ("a (b", 2, "never closed", "add )"),
    "parenthesis too many": ("a) b", 1, "closes nothing", "remove it"),
    "empty group": ("a ()", 3, "nothing stands before", "expected"),
    "quotation mark open": ('a "b c', 2, "no partner", "close the phrase"),
    "unknown field": ("tittle:a", 0, "no field tittle:", "do you mean title:"),
    "another language's field": ("headline:a", 0, "no field headline:", "do you mean title:"),
    "an address": ("https://example.org", 0, "no field https:", "do you mean url:"),
    "unknown field far from any": ("qqq:a", 0, "no field qqq:", "the fields are title, lead"),
    "space after the colon": ("title: a", 0, "has no value", "title:minsk"),
    "nothing after the colon": ("a title:", 2, "has no value", "title:minsk"),
    "parenthesis after the colon": ("(title:)", 7, "without a value", "title:minsk"),
    "field in a field": ("title:(a text:b)", 9, "field within a field", "close the group of title:"),
    "language spelled out": ("lang:english", 5, "two letters", "lang:en"),
    "exact actor": ("actor:=who", 6, "cannot be used in actor:", "title and text"),
    "only punctuation": ("a &", 2, "operators are words", "AND"),
    "a lone minus": ("a - b", 2, "no letter or digit", "write a word"),
    "signs in a row": ("a --b", 2, "sign cannot stand", "one -"),
    "phrase of nothing": ('"…"', 0, "no letter or digit", "write a word"),
    "operator in small letters": ("a or b", 2, "capitals", "quotes"),
    "operator mixed": ("a Not b", 2, "capitals", "quotes"),
    "distance": ("a NEAR/5 b", 2, "near each other", "AND"),
    "distance of a phrase": ('"a b"~5', 5, "near each other", "~"),
    "wildcard": ("sanction*", 0, "wildcards", "OR"),
    "wildcard inside": ("organi?ation", 0, "wildcards", "OR"),
    "wildcard in a phrase": ('"sanction* on"', 0, "wildcards", "OR"),
    "fuzzy": ("lukashenko~1", 0, "fuzzy", "OR"),
    "regular expression": ("/sanct.+/", 0, "regular expressions", "OR"),
    "range": ("[2020", 0, "ranges", "words"),
    "another language's operator": ("a && b", 2, "words here", "AND"),
    "exclamation mark": ("!a", 0, "no operator", "NOT"),
    "function": ("atleast3(a)", 0, "no function atleast3", "space"),
    "pieces run together": ('"a"b', 3, "run together", "space"),
    "phrase and minus run together": ('"non"-lethal', 5, "run together", "space"),
    "only a negation": ("-a", 1, "every article without it", "AND"),
    "negated group only": ("NOT (a b)", 5, "every article without it", "AND"),
    "a branch only negated": ("a OR NOT b", 9, "every article without it", "AND"),
    "too long": ("a" * (MAX_CHARACTERS + 1), MAX_CHARACTERS, "longer than 20,000", "split"),
    "too many": ("a " * (MAX_CLAUSES + 1), 2 * MAX_CLAUSES, "more than 500", "split"),
    "too deep": ("(" * 60 + "a" + ")" * 60, MAX_DEPTH, "more than 50 deep", "split"),
    "too many negations": ("NOT " * 60 + "a", 4 * MAX_DEPTH, "more than 50 deep", "split"),
}


@pytest.mark.parametrize(("query", "expected"), SHAPES.values(), ids=SHAPES.keys())
def test_a_query_is_understood(query: str, expected: str) -> None:
    assert shape(parse_query(query).tree) == expected


@pytest.mark.parametrize(("query", "position", "message", "hint"), REFUSALS.values(), ids=REFUSALS.keys())
def test_a_refusal_names_the_place_what_is_wrong_and_the_mend(
    query: str, position: int, message: str, hint: str
) -> None:
    with pytest.raises(QueryError) as caught:
        parse_query(query)
    assert (caught.value.position, message in caught.value.message, hint in caught.value.hint) == (position, True, True)
    assert f"at character {position + 1}: " in str(caught.value)


def test_the_largest_query_allowed_is_read() -> None:
    parse_query(" OR ".join(["minsk"] * MAX_CLAUSES))
    parse_query("(" * (MAX_DEPTH - 1) + "a" + ")" * (MAX_DEPTH - 1))


def test_the_excerpt_marks_the_place_on_one_line() -> None:
    query = "minsk AND\n" + "x " * 30 + "tittle:a " + "y " * 30
    with pytest.raises(QueryError) as caught:
        parse_query(query)
    assert "▸tittle:a y" in caught.value.excerpt(query)
    assert caught.value.excerpt(query).startswith("…")


def _documented() -> list[str]:
    page = re.sub(r"```.*?```", "", _PAGE.read_text("utf-8"), flags=re.DOTALL)
    return [example for example in re.findall(r"`([^`\n]+)`", page) if not _is_refused_or_no_query(example)]


def _is_refused_or_no_query(example: str) -> bool:
    signs = {
        "AND",
        "OR",
        "NOT",
        "-",
        "+",
        "=",
        "NEAR/5",
        "whsec_",
        "secret",
        "|",
        "-football",
        "sanctions OR NOT football",
    }
    return example in signs or bool(re.fullmatch(r"\w+:", example))


@pytest.mark.parametrize("example", _documented())
def test_every_query_on_the_page_for_users_is_read(example: str) -> None:
    parse_query(example)


def test_the_page_for_users_has_its_examples() -> None:
    assert len(_documented()) > 30


def test_the_page_refuses_what_the_parser_refuses() -> None:
    for query in ("-football", "sanctions OR NOT football", "a NEAR/5 b"):
        with pytest.raises(QueryError):
            parse_query(query)


def test_the_file_on_the_page_for_users_is_read() -> None:
    found = re.search(r"```yaml\n(.*?)```", _PAGE.read_text("utf-8"), re.DOTALL)
    assert found is not None
    file = read(found.group(1), source="watches.yaml")
    assert (len(file.channels), len(file.actors), len(file.watches)) == (2, 1, 1)
