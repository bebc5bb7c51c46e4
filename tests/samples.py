"""Records to test with."""

from datetime import UTC, datetime

from pipeline.stages import identity
from topics.records import Article, Mode, Origin, RawPage, TaggedArticle

AT = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


def origin(url: str = "https://news.example/a", *, body: bytes = b"body", mode: Mode = Mode.LIVE) -> Origin:
    """Where a page came from."""
    page = identity.page_id(url)
    return Origin(
        page_id=page,
        version_id=identity.version_id(page, body),
        url=url,
        fetched_at=AT,
        seen_at=AT,
        feed_id=identity.feed_id("https://news.example/feed"),
        mode=mode,
        run_id="live" if mode is Mode.LIVE else "run-1",
        made_by=("poll/1",),
    )


def raw_page(url: str = "https://news.example/a", *, body: bytes = b"<p>body</p>", mode: Mode = Mode.LIVE) -> RawPage:
    """A page as it was served."""
    return RawPage(
        origin=origin(url, body=body, mode=mode),
        final_url=url,
        host="news.example",
        body=body,
        content_type="text/html; charset=utf-8",
    )


def article(
    text: str = "Words of an article.", *, title: str = "A title", url: str = "https://news.example/a"
) -> Article:
    """A cleaned page."""
    return Article(
        origin=origin(url),
        url=url,
        canonical_url=url,
        title=title,
        text=text,
        text_digest=identity.digest(text),
        language="en",
        site_name="Example News",
    )


def tagged_article(text: str = "Words of an article.", *, title: str = "A title") -> TaggedArticle:
    """A tagged article without tags."""
    cleaned = article(text, title=title)
    return TaggedArticle(article=cleaned, page_id=cleaned.origin.page_id)
