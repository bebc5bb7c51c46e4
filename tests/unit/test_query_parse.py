"""Queries are understood as the page for users says, and refused with the place and the mend."""

import pytest

from pipeline.stages.match import QueryError, parse_query
from pipeline.stages.match.language.limits import MAX_CHARACTERS, MAX_CLAUSES, MAX_DEPTH
from pipeline.stages.match.language.printing import written
from pipeline.stages.match.language.query import AllOf, AnyOf, Negation, Node, SomeOf


def shape(node: Node) -> str:
    """The tree in one line: prefix operators, clauses as written."""
    match node:
        case AllOf(parts=parts):
            return f"all({', '.join(map(shape, parts))})"
        case AnyOf(parts=parts):
            return f"any({', '.join(map(shape, parts))})"
        case SomeOf(count=count, parts=parts):
            return f"{count}of({', '.join(map(shape, parts))})"
        case Negation(leaf=leaf):
            return f"not {shape(leaf)}"
        case _:
            return node.clause


SHAPES = {
    "a word": ("minsk", "minsk"),
    "space is AND": ("a b AND c", "all(a, b, c)"),
    "AND before OR": ("a OR b c OR d", "any(a, all(b, c), d)"),
    "groups of a kind are one": ("a (b (c d)) OR (e OR f)", "any(all(a, b, c, d), e, f)"),
    "NOT before AND": ("NOT a b", "all(not a, b)"),
    "minus": ("a -b", "all(a, not b)"),
    "minus of other kinds": ("a −b –c", "all(a, not b, not c)"),
    "minus inside a word": ("non-lethal", "non-lethal"),
    "plus": ("+a b", "all(a, b)"),
    "parentheses": ("(a OR b) (c OR d)", "all(any(a, b), any(c, d))"),
    "negated group": ("a -(b OR c)", "all(a, not b, not c)"),
    "negated AND": ("a NOT (b c)", "all(a, any(not b, not c))"),
    "twice negated": ("NOT NOT a", "a"),
    "a field": ('title:"a b"', 'title:"a b"'),
    "a group in a field": ("a lang:(en OR fr)", "all(a, any(lang:en, lang:fr))"),
    "words of a group in a field": ("title:(a b)", "all(title:a, title:b)"),
    "a colon and signs in a value": ("a url:http://b?c=-d", "all(a, url:http://b?c=-d)"),
    "slashes of an address": ("a url:/politics/", "all(a, url:/politics/)"),
    "field names in any case": ("Title:a", "title:a"),
    "printers' quotation marks": ("“a b” «c»", 'all("a b", "c")'),
    "exact": ('=US ="Apple Inc."', 'all(=US, ="Apple Inc.")'),
    "operators as words in quotes": ('"and" "OR"', 'all("and", "OR")'),
    "no space before a parenthesis after an operator": ("a AND(b OR(c))", "all(a, any(b, c))"),
    "filters alone": ("site:example.org", "site:example.org"),
    "white space of all kinds": ("a\tb\n OR\u00a0c", "any(all(a, b), c)"),
    "near before NOT": ("NOT a NEAR/5 b c", "all(not a NEAR/5 b, c)"),
    "near in a chain": ("a NEAR/5 b NEAR/3 c", "(a NEAR/5 b) NEAR/3 c"),
    "in order in a chain": ("a ONEAR/5 b ONEAR/3 c", "a ONEAR/5 b ONEAR/3 c"),
    "in order, grouped, is the same": ("a ONEAR/5 (b ONEAR/3 c)", "a ONEAR/5 b ONEAR/3 c"),
    "near of groups and fields": ("title:(a NEAR/5 (b OR c))", "title:a NEAR/5 (title:b OR title:c)"),
    "a loose phrase": ('"a b c"~5', '("a" NEAR/5 "b") NEAR/5 "c"'),
    "near as a function": ('near(actor:x, (a OR "b c"), 20)', 'actor:x NEAR/20 (a OR "b c")'),
    "wildcards": ("sanction* organi?ation wom*n", "all(sanction*, organi?ation, wom*n)"),
    "a wildcard in a phrase": ('"sanction* on"', '"sanction* on"'),
    "a question in a phrase": ('"who is he?"', '"who is he?"'),
    "fuzzy": ("lukashenko~1 lukashenko~ tsikhanouskaya~2", "all(lukashenko~1, lukashenko~, tsikhanouskaya~2)"),
    "so many times": ("ATLEAST3(drone OR uav)", "atleast3(drone OR uav)"),
    "some of a set": ("2of(a, b c, d)", "2of(a, all(b, c), d)"),
    "one of a set": ("1of(a, b)", "any(a, b)"),
    "all of a set": ("2of(a, b)", "all(a, b)"),
    "not some of a set": ("x NOT 2of(a, b, c, d)", "all(x, 3of(not a, not b, not c, not d))"),
    "an expression": (r"/dron\w+/ =/\bUA[VS]\b/", r"all(/dron\w+/, =/\bUA[VS]\b/)"),
    "an expression in a field": (r"lead:/a\/b (c)/", r"lead:/a\/b (c)/"),
    "a stem": ('stem(minister) stem("prime minister")', 'all(stem(minister), stem("prime minister"))'),
    "dates": ("a published:>=2026-01-01", "all(a, published:>=2026-01-01)"),
    "dates in a group": ("published:(2026-01 OR 2026-03..)", "any(published:2026-01, published:2026-03..)"),
    "aliases": ("actor:(Name | «Имя» | =AL)", 'actor:("Name" | "Имя" | ="AL")'),
    "actors in a group": ("actor:(ann OR bob)", "any(actor:ann, actor:bob)"),
    "said": ('says(lukashenko, "sanctions" OR war)', 'says(actor:lukashenko, "sanctions" OR war)'),
    "said by one spelled out": ('says(actor:("A" | "B"), x)', 'says(actor:("A" | "B"), x)'),
    "said by anyone": ("says(*, sanctions -football)", "says(*, sanctions AND NOT football)"),
    "a figure": ("figure(killed > 50)", "figure(killed > 50)"),
    "a figure near words": ('figure(EUR >= 10m near "fine")', 'figure(EUR >= 10000000 near/20 "fine")'),
    "a figure with thousands": ("figure(soldiers>=1,500)", "figure(soldiers >= 1500)"),
    "a figure with its sign": (
        "figure(> 80%) figure($ = 1.5bn)",
        "all(figure(percent > 80), figure(USD = 1500000000))",
    ),
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
    "near without a number": ("a NEAR b", 2, "no operator", "NEAR/5"),
    "another language's near": ("a w/5 b", 2, "no operator", "NEAR/5"),
    "near nothing": ("a NEAR/5", 8, "ends too early", "expected"),
    "near AND": ("a NEAR/5 (b c)", 9, "joined by OR", "outside"),
    "near a negation": ("a NEAR/5 -b", 9, "cannot stand here", "NOT before the whole"),
    "near a filter": ("lang:en NEAR/5 b", 0, "joined by OR", "outside"),
    "near an expression": ("a NEAR/5 /b/", 9, "joined by OR", "outside"),
    "too far apart": ("a NEAR/101 b", 2, "too far apart", "100"),
    "too many near each other": ("a " + " NEAR/5 ".join("abcdefghijk"), 2, "more than 10 parts", "AND"),
    "near without its number": ("near(a, b)", 9, "comma is missing", "near(minsk, talks, 20)"),
    "near with words for a number": ("near(a, b, c)", 10, "number of words", "near(minsk, talks, 20)"),
    "a loose word": ('"a"~5', 0, "two words or more", '"prisoner swap"~5'),
    "a loose phrase without a number": ('"a b"~', 5, "after ~ stands", '"prisoner swap"~5'),
    "a loose phrase with a fraction": ('"a b"~1.5', 5, "after ~ stands", '"prisoner swap"~5'),
    "too little before a wildcard": ("a sa*", 2, "too little stands before", "3 letters"),
    "a wildcard first": ("*gate", 0, "too little stands before", "3 letters"),
    "a wildcard alone": ("a *", 2, "letters of a word", "sanction*"),
    "a wildcard on an ideograph": ("蔡英文*", 0, "word by itself", "leave the wildcard out"),
    "too many wildcards of a word": ("abc?d?e?f?g?", 0, "too many wildcards", "4"),
    "too many wildcards": (" OR ".join(["minsk*"] * 51), 500, "more than 50", "OR"),
    "a fuzzy word too short": ("kyiv~1", 0, "5 letters or more", "OR"),
    "a fuzzy word too far": ("lukashenko~3", 0, "1 or 2 letters", "~1"),
    "a fuzzy word by ratio": ("lukashenko~0.8", 0, "1 or 2 letters", "~1"),
    "weights": ("minsk^2", 0, "no weights", "leave ^ out"),
    "too often": ("atleast101(a)", 0, "between 1 and 100", "atleast3"),
    "counting a conjunction": ("atleast2(a b)", 9, "counts words", "atleast3(drone)"),
    "more of a set than it has": ("3of(a, b)", 0, "a set of 2", "2of("),
    "an expression that does not end": ("/abc", 0, "does not end", "close it"),
    "an expression RE2 refuses": ("a /b(?=c)/", 2, "no regular expression", "RE2"),
    "an expression that matches everywhere": ("a /b*/", 2, "matches everywhere", "at least one"),
    "an expression that grows": (r"a /(\w{1,100}x){1,10}/", 2, "too large", "repeat less"),
    "an expression too long": (f"a /{'b' * 501}/", 2, "more than 500", "OR"),
    "too many expressions": (" OR ".join(["/minsk/"] * 11), 110, "more than 10", "split"),
    "a stem of two": ("stem(a b)", 7, "b cannot stand here", "quotes"),
    "a comma in a group": ("near(a, (b, c), 5)", 10, ", cannot stand here", "close"),
    "no date": ("published:yesterday", 10, "no date", "published:2026-03-01"),
    "no such day": ("published:2026-02-30", 10, "no day", "published:2026-03-01"),
    "dates the wrong way": ("published:2026-03..2026-01", 10, "ends before it begins", "earlier"),
    "an alias of nothing": ('actor:("…" | "a")', 6, "no letter or digit", "leave it out"),
    "aliases without a bar": ('actor:("a" "b" | "c")', 10, "| is missing", "actor:("),
    "said by nobody": ("says(title:x, y)", 5, "speaker is missing", "says(actor:"),
    "only negated in a quotation": ("says(x, -y)", 9, "every quotation without it", "AND"),
    "a field in a quotation": ("says(x, title:y)", 8, "only words are said", "outside"),
    "a figure without a number": ("figure(killed >)", 15, "number is missing", "figure(killed > 50)"),
    "a figure without a comparison": ("figure(killed 50)", 13, "comparison is missing", "figure(killed > 50)"),
    "a figure of nothing": ("figure(> 50)", 7, "counts is missing", "figure(killed > 50)"),
    "a range": ("[2020", 0, "dates and figures", "published:"),
    "another language's operator": ("a && b", 2, "words here", "AND"),
    "exclamation mark": ("!a", 0, "no operator", "NOT"),
    "function": ("atleast(a)", 0, "no function atleast", "space"),
    "function in a field": ("title:(stem(a))", 7, "within a field", "close"),
    "pieces run together": ('"a"b', 3, "run together", "space"),
    "phrase and minus run together": ('"non"-lethal', 5, "run together", "space"),
    "only a negation": ("-a", 1, "every article without it", "AND"),
    "negated group only": ("NOT (a b)", 5, "every article without it", "AND"),
    "a branch only negated": ("a OR NOT b", 9, "every article without it", "AND"),
    "a set that absence could satisfy": ("2of(a, NOT b, NOT c)", 11, "every article without it", "AND"),
    "too long": ("a" * (MAX_CHARACTERS + 1), MAX_CHARACTERS, "longer than 20,000", "split"),
    "too many": ("a " * (MAX_CLAUSES + 1), 2 * MAX_CLAUSES, "more than 500", "split"),
    "a phrase too long": ('b "' + "a " * 101 + '"', 2, "more than 100 words", "shorten"),
    "too deep": ("(" * 60 + "a" + ")" * 60, MAX_DEPTH - 1, "more than 50 deep", "split"),
    "too many negations": ("NOT " * 60 + "a", 4 * (MAX_DEPTH - 1), "more than 50 deep", "split"),
}


@pytest.mark.parametrize(("query", "expected"), SHAPES.values(), ids=SHAPES.keys())
def test_a_query_is_understood(query: str, expected: str) -> None:
    assert shape(parse_query(query).tree) == expected


@pytest.mark.parametrize("query", [query for query, _ in SHAPES.values()], ids=SHAPES.keys())
def test_a_tree_written_out_is_read_as_the_same_tree(query: str) -> None:
    tree = parse_query(query).tree
    assert parse_query(written(tree)).tree == tree


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
    parse_query("(" * (MAX_DEPTH - 2) + "a -b" + ")" * (MAX_DEPTH - 2))


def test_the_excerpt_marks_the_place_on_one_line() -> None:
    query = "minsk AND\n" + "x " * 30 + "tittle:a " + "y " * 30
    with pytest.raises(QueryError) as caught:
        parse_query(query)
    assert "▸tittle:a y" in caught.value.excerpt(query)
    assert caught.value.excerpt(query).startswith("…")
