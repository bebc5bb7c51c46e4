"""Queries of other systems are read into the same tree, or refused in their place."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.stages.match import QueryError, parse_query
from pipeline.stages.match.language.dialects import Syntax, translated
from pipeline.stages.match.language.printing import written

L, M, B, F = Syntax.LUCENE, Syntax.MELTWATER, Syntax.BRANDWATCH, Syntax.FACTIVA

CARRIED = {
    "Lucene: a space is OR": (L, "minsk kyiv", "minsk OR kyiv"),
    "Lucene: + and - by Lucene's rules": (L, "+minsk talks -football", "minsk AND NOT football"),
    "Lucene: NOT among words": (L, "minsk NOT football", "minsk AND NOT football"),
    "Lucene: signs as operators": (L, "minsk && !football || kyiv", "(minsk AND NOT football) OR kyiv"),
    "Lucene: a group in a field": (L, "title:(minsk kyiv)", "title:minsk OR title:kyiv"),
    "Lucene: fields by their usual names": (L, "headline:minsk AND language:en", "title:minsk AND lang:en"),
    "Lucene: slop": (L, '"prisoner swap"~5', '"prisoner" NEAR/5 "swap"'),
    "Lucene: weights rank only": (L, 'minsk^2 AND "swap"^1.5', 'minsk AND "swap"'),
    "Lucene: fuzzy": (L, "lukashenko~ OR minsk~", "lukashenko~2 OR minsk~1"),
    "Lucene: an expression fits a word": (L, "/dron(e|y)/", r"/\b(?:dron(e|y))\b/"),
    "Lucene: dates": (L, "date:[2026-01-01 TO *] AND minsk", "published:2026-01-01.. AND minsk"),
    "Lucene: escapes": (L, r"minsk\:2026", '"minsk:2026"'),
    "Lucene: small letters are words": (L, "+cats +and +dogs", 'cats AND "and" AND dogs'),
    "Meltwater: near without a number": (M, "minsk NEAR talks", "minsk NEAR/4 talks"),
    "Meltwater: in order": (M, 'minsk ONEAR/7 (talks or "long talks")', 'minsk ONEAR/7 (talks OR "long talks")'),
    "Meltwater: ingress": (M, "title:minsk ingress:talks", "title:minsk AND lead:talks"),
    "Meltwater: preference": (M, "minsk AND (talks OR swap)^9", "minsk AND (talks OR swap)"),
    "Meltwater: counted": (M, "atleast3(drone)", "atleast3(drone)"),
    "Brandwatch: in order": (B, "minsk NEAR/2f talks", "minsk ONEAR/2 talks"),
    "Brandwatch: groups near": (B, "(minsk OR kyiv) NEAR/5 (talks OR swap)", "(minsk OR kyiv) NEAR/5 (talks OR swap)"),
    "Brandwatch: raw": (B, 'raw:WHO OR raw:"New Deal"', '=WHO OR ="New Deal"'),
    "Brandwatch: raw signs": (B, "raw:Google+", '="Google+"'),
    "Factiva: words side by side": (F, "bill clinton or gore and bush", '"bill clinton" OR (gore AND bush)'),
    "Factiva: near counts the word itself": (F, "carrefour near5 sales", "carrefour NEAR/4 sales"),
    "Factiva: adjacent": (F, "president adj bush", "president ONEAR/0 bush"),
    "Factiva: within": (F, "president W/2 bush", "president ONEAR/1 bush"),
    "Factiva: slashes": (F, "boeing 747/N30/airways", '"boeing 747" NEAR/29 airways'),
    "Factiva: counted": (F, "atleast5 microsoft AND google", "atleast5(microsoft) AND google"),
    "Factiva: fields": (
        F,
        "hd=(minsk or kyiv) and la=en and by=smith",
        "(title:minsk OR title:kyiv) AND lang:en AND author:smith",
    ),
    "Factiva: brackets": (F, "[minsk or kyiv] not football", "(minsk OR kyiv) AND NOT football"),
    "Factiva: wildcards": (F, "wom?n and chariot*", "wom?n AND chariot*"),
}

REFUSED = {
    "Lucene: anything": (L, "_exists_:title", 0, "asks for no words"),
    "Lucene: an unknown field": (L, "minsk pages:3", 6, "no counterpart"),
    "Lucene: a range of words": (L, "title:[a TO b]", 6, "cannot be asked for"),
    "Lucene: a range without its ends": (L, "date:{2026 TO 2027}", 5, "no counterpart"),
    "Lucene: similarity": (L, "lukashenko~0.8", 0, "1 or 2 letters"),
    "Lucene: an operator of its expressions": (L, "/ab~c/", 3, "only"),
    "Lucene: only a negation": (L, "-minsk", 1, "every article"),
    "Meltwater: an unknown field": (M, "country:us minsk", 0, "no counterpart"),
    "Brandwatch: links": (B, "links:msn.com", 0, "no counterpart"),
    "Brandwatch: small letters": (B, "minsk and kyiv", 6, "capitals"),
    "Factiva: the same paragraph": (F, "minsk same talks", 6, "no counterpart"),
    "Factiva: the first words": (F, "minsk/F50/", 5, "no counterpart"),
    "Factiva: length": (F, "minsk and wc>100", 10, "cannot be asked for"),
    "Factiva: endings": (F, "engineer$3", 8, "no counterpart"),
    "Factiva: codes": (F, "minsk and co=ibm", 10, "no counterpart"),
    "Factiva: too far": (F, "minsk near500 talks", 6, "too far apart"),
}

_PIECES = (
    *(
        "minsk",
        "a",
        "talks",
        "“",
        "«x»",
        '"',
        '"a b"',
        "(",
        ")",
        "[",
        "]",
        " ",
        " ",
        ",",
        "\\",
        "\\:",
        "=",
        "+",
        "-",
        "!",
        "&&",
        "||",
    ),
    *(
        " AND ",
        " or ",
        " NOT ",
        " NEAR ",
        " NEAR/3f ",
        " near5 ",
        " adj ",
        " w/2 ",
        "/n3/",
        " same ",
        "atleast3 ",
        "atleast3(",
    ),
    *(
        "title:",
        "ingress:",
        "hd=",
        "la=",
        "raw:",
        "date:",
        "[2026 TO *]",
        "^2",
        "~",
        "~2",
        "/a.b/",
        "*",
        "?",
        "$",
        "minsk*",
        "1",
    ),
)


@pytest.mark.parametrize(("syntax", "query", "expected"), CARRIED.values(), ids=CARRIED.keys())
def test_a_query_is_carried_over(syntax: Syntax, query: str, expected: str) -> None:
    assert translated(query, syntax) == expected
    assert written(parse_query(expected).tree) == expected


@pytest.mark.parametrize(("syntax", "query", "position", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_carried_over_is_refused_in_its_place(
    syntax: Syntax, query: str, position: int, message: str
) -> None:
    with pytest.raises(QueryError) as caught:
        translated(query, syntax)
    assert (caught.value.position, message in caught.value.message) == (position, True)


def test_tocsins_own_query_stays_as_it_is() -> None:
    assert translated("minsk  AND (talks)", Syntax.TOCSIN) == "minsk  AND (talks)"


@settings(max_examples=1_000, deadline=None)
@given(
    text=st.one_of(st.text(max_size=40), st.lists(st.sampled_from(_PIECES), max_size=10).map("".join)),
    syntax=st.sampled_from([L, M, B, F]),
)
def test_any_text_is_carried_over_or_refused_and_what_is_carried_over_can_be_read(text: str, syntax: Syntax) -> None:
    own = _translated(text, syntax)
    if isinstance(own, QueryError):
        assert 0 <= own.position <= len(text)
    else:
        assert written(parse_query(own).tree) == own


def _translated(text: str, syntax: Syntax) -> str | QueryError:
    try:
        return translated(text, syntax)
    except QueryError as error:
        return error
