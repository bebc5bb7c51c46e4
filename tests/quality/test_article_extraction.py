"""Cleaning, scored on 181 public pages with texts made by hand; scores may not fall unseen.

The pages are scrapinghub/article-extraction-benchmark's, counted its way (`bench.shingles`). They lie beside the
checkout, not in it. Rules were developed on them, so the score says that nothing got worse, not how well the stage does
on pages nobody has looked at.
"""

from pathlib import Path

import pytest

from bench import shingles
from bench.corpus import labelled_pages, raw_page
from bench.shingles import Scores
from pipeline.stages.clean import clean
from pipeline.stages.outcome import Emit, Outcome
from topics.records import Article

SHARED = Path(__file__).parents[3] / "shared"
PAGES = SHARED / "data" / "pages" / "zyte"

pytestmark = [
    pytest.mark.may_skip("a clone by itself has no pages of others"),
    pytest.mark.skipif(not SHARED.exists(), reason="no ../shared beside the checkout: the pages are not part of it"),
]


@pytest.fixture(scope="module")
def outcomes() -> list[tuple[str, Outcome[Article]]]:
    """Each page's true text and what the stage made of it."""
    return [(page.truth, clean(raw_page(page.url, page.body))) for page in labelled_pages(PAGES)]


@pytest.fixture(scope="module")
def scores(outcomes: list[tuple[str, Outcome[Article]]]) -> Scores:
    """Means over all pages; one without an article counts as an empty text."""
    texts = [(outcome.records[0].text if isinstance(outcome, Emit) else "", truth) for truth, outcome in outcomes]
    return shingles.mean_of(shingles.score(text, truth=truth) for text, truth in texts)


def test_no_article_is_taken_for_something_else(outcomes: list[tuple[str, Outcome[Article]]]) -> None:
    assert len(outcomes) == 181
    assert [outcome for _truth, outcome in outcomes if not isinstance(outcome, Emit)] == []


def test_texts_keep_their_score(scores: Scores) -> None:
    # Seen on 2026-11-24: .979, .977, .982; plain trafilatura .953, .928, .978.
    assert scores.f1 >= 0.977
    assert scores.precision >= 0.972
    assert scores.recall >= 0.980


def test_names_from_elsewhere_and_names_lost_do_not_increase(scores: Scores) -> None:
    # Seen on 2026-11-24: .14 and .17; plain trafilatura .45 and .10. The hand-made texts hold reporters' credits and
    # labels like `Staff Reports`, which are cut here on purpose and make up the difference.
    assert scores.leak <= 0.15
    assert scores.lost <= 0.18
