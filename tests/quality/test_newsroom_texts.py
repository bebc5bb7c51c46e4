"""Cleaning, judged by articles whose texts we know: the demo newsroom's, in six languages and eight page layouts."""

import pytest

from bench.corpus import newsroom_pages
from examples.newsroom.script import Behaviour, ScriptedArticle
from pipeline.stages.clean import clean
from pipeline.stages.outcome import Emit
from topics.records import Article, RawPage

PAGES = [
    (article, page) for article, page in newsroom_pages() if article.behaviour in (Behaviour.NORMAL, Behaviour.SLOW)
]


def cleaned(page: RawPage) -> Article:
    """The article in the page."""
    outcome = clean(page)
    assert isinstance(outcome, Emit), outcome
    return outcome.records[0]


@pytest.mark.parametrize(("article", "page"), PAGES, ids=[article.article_id for article, _page in PAGES])
def test_no_paragraph_is_lost_and_the_title_is_the_articles(article: ScriptedArticle, page: RawPage) -> None:
    found = cleaned(page)
    assert set(article.paragraphs) <= set(found.text.split("\n"))
    assert found.title == article.title


def test_no_line_stands_that_is_not_the_articles() -> None:
    stray = [
        line for article, page in PAGES for line in cleaned(page).text.split("\n") if line not in article.paragraphs
    ]
    assert stray == []


def test_copies_of_a_story_have_one_digest_whatever_surrounds_them() -> None:
    digests: dict[str, set[str]] = {}
    for article, page in PAGES:
        digests.setdefault(article.story, set()).add(cleaned(page).text_digest)
    assert {story for story, found in digests.items() if len(found) > 1} == set()
