"""Pages built to break a cleaner, and bytes of any kind: always an outcome, and never for long.

The bounds are processor seconds of this process. What is between the usual and the ten seconds after which the pool
ends a child: `page_deadline` is the last resort, not the plan.
"""

import random
import time
from collections.abc import Callable
from dataclasses import replace
from unicodedata import is_normalized

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.stages.clean import clean, load
from pipeline.stages.clean.limits import LARGEST_TEXT_BYTES, with_few_attributes
from pipeline.stages.outcome import Drop, Emit, Outcome, Reject
from tests.samples import raw_page
from topics.records import Article

MOST_S = 10.0
CONTROLS = {*range(0x20), *range(0x7F, 0xA0)} - {ord("\n"), 0x85}


def cleaned(body: bytes, content_type: str | None = "text/html") -> Outcome[Article]:
    """The outcome, which is one of the three and holds what an article must."""
    outcome = clean(replace(raw_page(body=body), content_type=content_type))
    assert isinstance(outcome, Emit | Drop | Reject)
    if isinstance(outcome, Emit):
        (article,) = outcome.records
        for text in (article.text, article.title, *article.authors, *article.captions):
            assert is_normalized("NFC", text)
            assert not CONTROLS & set(map(ord, text))
            text.encode("utf-8")
        assert article.text.strip()
        assert len(article.text.encode()) <= LARGEST_TEXT_BYTES
    return outcome


PIECES = st.sampled_from(
    [
        *("<p>", "</p>", "<div>", "</div>", "<a href='/x'>", "</a>", "<table>", "<tr>", "<td>", "</td>", "</table>"),
        *("<h1>", "</h1>", "<h2>Related</h2>", "<article>", "</article>", "<!--", "-->", "<![CDATA[", "]]>", "<br>"),
        *(
            "<script type='application/ld+json'>",
            "</script>",
            '{"@type":"NewsArticle","author":',
            "null",
            "}",
            "[",
            "{",
        ),
        *(
            "<meta property='og:title' content='",
            "'>",
            "<title>",
            "</title>",
            "<svg>",
            "<math>",
            "<template>",
            "<select>",
        ),
        *(
            "<figcaption>",
            "<time datetime='2026-99-99'>",
            "&#0;",
            "&#xD800;",
            "&amp",
            "&nbsp;",
            "\x00",
            "\ufeff",
            "\u202e",
        ),
        *("Read more: ", "By Jane Example", "12 March 2026", "e\u0301", "\ud83d\udcf0", "(Reuters)", "Фото: ", "كتب: "),
        "The council met on Tuesday and heard the engineers who are to mend the lock before the winter. " * 2,
    ]
)
FAST = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@FAST
@given(
    st.binary(max_size=3000), st.sampled_from(["text/html", "text/html; charset=utf-16", "text/plain", "x", "", None])
)
def test_any_bytes_have_an_outcome(body: bytes, content_type: str | None) -> None:
    cleaned(body, content_type)


@FAST
@given(st.lists(PIECES | st.text(max_size=30), max_size=60).map("".join))
def test_anything_like_html_has_an_outcome(html: str) -> None:
    cleaned(html.encode("utf-8", "surrogatepass"))


@FAST
@given(st.lists(PIECES, max_size=40).map("".join), st.sampled_from(["utf-16", "cp1251", "koi8-r", "gb18030", "utf-7"]))
def test_in_any_encoding_too(html: str, encoding: str) -> None:
    cleaned(html.encode(encoding, "replace"))


@settings(max_examples=50, deadline=None)
@given(st.lists(PIECES | st.text(max_size=30), max_size=60).map("".join))
def test_pages_with_no_more_attributes_than_pages_have_are_left_as_they_are(html: str) -> None:
    assert with_few_attributes(html) == html


LONG_TAGS = {
    "names": "<p{}>".format(" q" * 1_600),
    "values": "<p {}>".format("q=1 " * 1_100),
    "brackets in values": "<p {}>".format("""q="<b>" r='a>' """ * 600),
    "never closed": "<p {}".format("q=1 " * 1_100),
}


@pytest.mark.parametrize("around", ["<b>x</b>", "<b>x</b>" * 150_000], ids=["page", "page of many tags"])
@pytest.mark.parametrize("tag", LONG_TAGS.values(), ids=LONG_TAGS)
def test_tags_with_more_attributes_than_any_page_has_lose_them(tag: str, around: str) -> None:
    assert with_few_attributes(f"{around}{tag}") == f"{around}<p>"


NOTICE = "<p>The council met on Tuesday, notice {}, and heard from Ada Example.</p>"
ARTICLE = f"<article>{''.join(map(NOTICE.format, range(5)))}</article>"


def many(text: str, count: int) -> Callable[[], str]:
    """A page with an article and so many of a piece, which may hold its number."""
    return lambda: f"<html><title>A page</title><body>{ARTICLE}{''.join(map(text.format, range(count)))}</body></html>"


BUILT = {
    "20,000 teaser links": many("<a href='/{0}'>Headline {0} of some length</a>", 20_100),
    "140,000 teaser links": many("<a href='/{0}'>Headline {0}</a>", 140_000),
    "200,000 short paragraphs": many("<p>n {}</p>", 200_000),
    "19,900 paragraphs": many(NOTICE, 19_900),
    "100,000 table rows": many("<tr><td>n {}</td><td>m</td></tr>", 100_000),
    "6,600 table rows": many("<table><tr><td>n {} some words</td><td>m</td></tr></table>", 6_600),
    "100,000 options": lambda: f"<html><body>{ARTICLE}<select>{'<option>n' * 100_000}</select></body></html>",
    "19,900 options": lambda: f"<html><body>{ARTICLE}<select>{'<option>n' * 19_900}</select></body></html>",
    "5 MB of paragraphs": many(NOTICE, 68_000),
    "30,000 levels": lambda: "<div>" * 30_000 + ARTICLE,
    "190 levels, often": lambda: ("<div>" * 190 + "text" + "</div>" * 190) * 100,
    "JSON-LD of 50,000 levels": lambda: f"<script type='application/ld+json'>{'[' * 50_000}</script>{ARTICLE}",
    "5 MB of JSON-LD": lambda: f"<script type='application/ld+json'>[{'{},' * 160_000}{{}}]</script>" * 10 + ARTICLE,
    "entities of entities": lambda: (
        "<!DOCTYPE html [<!ENTITY a 'ha'>"
        + "".join(f"<!ENTITY {chr(98 + n)} '{f'&{chr(97 + n)};' * 10}'>" for n in range(9))
        + f"]><p>&j;</p>{ARTICLE}"
    ),
    "a word of 5 MB": lambda: f"<p>{'a' * 5_000_000}</p>{ARTICLE}",
    "a line of 4.9 MB": lambda: f"<p>{'word ' * 980_000}</p>{ARTICLE}",
    "a line of 1.9 MB of names": lambda: f"<p>{'Word, ' * 310_000}</p>{ARTICLE}",
    "a breadcrumb of 1.6 MB": lambda: f"<p>{'a / ' * 400_000}</p>{ARTICLE}",
    "5 MB of <": lambda: "<html><body>" + "< " * 2_450_000,
    "400,000 attributes": lambda: f"<p {' '.join(f'a{n}=x' for n in range(400_000))}>{ARTICLE}",
    "400,000 attributes with tags in them": lambda: (
        "<p " + " ".join(f"a{n}='<p>'" for n in range(400_000)) + f">{ARTICLE}"
    ),
    "700,000 attributes without values": lambda: f"<p {' '.join(f'a{n}' for n in range(700_000))}>{ARTICLE}",
    "4,000,000 classes": lambda: f"<p class='{'c ' * 2_400_000}'>{ARTICLE}",
    "900,000 entities": lambda: f"<p>{'&amp;' * 900_000}</p>{ARTICLE}",
    "6,500 headings of teasers": many("<h3>Read more</h3><p><a href=/x>Some head line here</a></p>", 6_500),
    "19,000 headings in one place": lambda: f"{ARTICLE}<div>{'<span>Related</span>' * 19_000}</div>",
    "6,000 boxes in a sentence": lambda: (
        f"<p>{'<span><a>One two three four</a><a>Five six seven eight</a></span>' * 6_000}"
    ),
    "nested boxes in sentences": lambda: (
        ("<p>" + "<span>" * 150 + "<a>One two three four</a>" * 2 + "</span>" * 150 + "</p>") * 60 + ARTICLE
    ),
    "19,000 captions": many("<figcaption>One two three {}</figcaption>", 19_000),
    "19,000 bylines": many("<p>By Aa Bb, Cc Dd {}</p>", 19_000),
    "parentheses": lambda: f"<p>{'(' * 400}</p>" * 3_000 + ARTICLE,
    "names and slashes": lambda: f"<p>({'Aa Bb ' * 18}/{'Aa Bb ' * 2}1)</p>" * 9_000 + ARTICLE,
    "quotation marks": lambda: f"<p>{'«a b ' * 70}</p>" * 9_000 + ARTICLE,
    "19,000 line breaks in a table": lambda: f"<table><tr><td>{'some words<br>' * 19_000}</td></tr></table>",
    "5 MB of random letters": lambda: "".join(random.Random(1).choices("<>/ap div=\"' &;x", k=4_900_000)),
}


@pytest.fixture(scope="module", autouse=True)
def loaded() -> None:
    """What a child loads before its first page."""
    load()


@pytest.mark.parametrize("build", BUILT.values(), ids=BUILT)
def test_no_page_takes_long(build: Callable[[], str]) -> None:
    body = build().encode()
    started = time.process_time()
    cleaned(body)
    assert time.process_time() - started < MOST_S


def test_an_article_among_endless_attributes_is_read() -> None:
    outcome = cleaned(BUILT["400,000 attributes with tags in them"]().encode())
    assert isinstance(outcome, Emit)
    assert "notice 4" in outcome.records[0].text


def test_a_list_too_long_for_the_extractor_is_a_section_page() -> None:
    outcome = cleaned("".join(f"<a href='/{n}'>Headline {n} of some length</a>" for n in range(20_100)).encode())
    assert isinstance(outcome, Drop)
    assert outcome.reason == "section-page"
