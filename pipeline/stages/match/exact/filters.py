"""What the filters of a query look at, and when they hold.

1. `url:` part of the article's address, served or canonical, case ignored.
2. `site:` the address's host or a domain above it; or words in a row of the site's name.
3. `lang:` the article's language.
4. `author:`, `keyword:`, `section:` words in a row of one author, keyword or the section; case and accents ignored.
5. `feed:` the feed the article came from, by its id or its address.
6. `published:` when the article was published; an article without a date meets no such condition.
"""

from collections.abc import Callable, Iterable

from pipeline.stages.identity import feed_id
from pipeline.stages.match.exact.reading import Reading
from pipeline.stages.match.language.query import Filter, FilterField, Published
from pipeline.stages.text.fold import words
from pipeline.stages.urls import host_of, normalise


def holds(leaf: Filter, reading: Reading) -> bool:
    """Whether the article meets the condition."""
    return _RULES[leaf.field](leaf.value, reading)


def is_published(leaf: Published, reading: Reading) -> bool:
    """Whether the article's publication is known and lies in the interval."""
    at = reading.article.published_at
    if at is None or (leaf.since is not None and at < leaf.since):
        return False
    return leaf.until is None or at < leaf.until


def _url(value: str, reading: Reading) -> bool:
    wanted = value.casefold()
    return any(wanted in address.casefold() for address in _addresses(reading))


def _site(value: str, reading: Reading) -> bool:
    hosts = (f".{host_of(address)}" for address in _addresses(reading))
    return any(host.endswith(f".{value}") for host in hosts) or _has_words(value, [reading.article.site_name])


def _language(value: str, reading: Reading) -> bool:
    return reading.article.language == value


def _author(value: str, reading: Reading) -> bool:
    return _has_words(value, reading.article.authors)


def _keyword(value: str, reading: Reading) -> bool:
    return _has_words(value, (keyword.term for keyword in reading.keywords))


def _feed(value: str, reading: Reading) -> bool:
    return reading.article.origin.feed_id in {value, feed_id(value), feed_id(normalise(value) or value)}


def _section(value: str, reading: Reading) -> bool:
    return _has_words(value, [reading.article.section])


def _addresses(reading: Reading) -> tuple[str, ...]:
    article = reading.article
    return article.canonical_url, article.url, article.origin.url


def _has_words(value: str, texts: Iterable[str | None]) -> bool:
    wanted = f" {' '.join(words(value))} "
    return any(wanted in f" {' '.join(words(text))} " for text in texts if text is not None)


_RULES: dict[FilterField, Callable[[str, Reading], bool]] = {
    FilterField.URL: _url,
    FilterField.SITE: _site,
    FilterField.LANGUAGE: _language,
    FilterField.AUTHOR: _author,
    FilterField.KEYWORD: _keyword,
    FilterField.FEED: _feed,
    FilterField.SECTION: _section,
}
