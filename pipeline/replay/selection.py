"""Which records of a range are meant, and how they are marked for their run. Pure.

Every condition that is given has to hold; of several values of one condition, one. A record that lacks what a condition
asks for, such as a date, is left out.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pipeline.errors import UsageError
from pipeline.stages import identity, urls
from topics.records import Article, Match, Mode, Origin, RawPage, TaggedArticle
from topics.spec import TopicSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What to take of a range; nothing given takes everything."""

    feeds: tuple[str, ...] = ()
    """Feed ids, or addresses."""
    sites: tuple[str, ...] = ()
    """Hosts; their subdomains belong to them."""
    languages: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    """Page, version or match ids, or addresses of pages."""
    published_from: datetime | None = None
    published_to: datetime | None = None

    def check(self, topic: TopicSpec) -> None:
        """UsageError for what that topic's records cannot answer."""
        if self.languages and topic.record is RawPage:
            raise UsageError(f"--lang: {topic.name} holds pages whose language is not known yet; replay articles")

    def compile(self) -> Callable[[Any], bool]:
        """The condition on a record."""
        feeds = frozenset(_feed(feed) for feed in self.feeds)
        sites = tuple(urls.host_of(f"https://{site}/") or site for site in self.sites)
        languages = frozenset(language.lower() for language in self.languages)
        ids = frozenset(_page(name) for name in self.ids)

        def is_taken(record: Any) -> bool:
            origin = origin_of(record)
            return (
                (not feeds or origin.feed_id in feeds)
                and (not sites or _is_of(urls.host_of(_url(record)), sites))
                and (not languages or _language(record) in languages)
                and (not ids or not ids.isdisjoint((origin.page_id, origin.version_id, _own_id(record))))
                and self._is_in_time(_published(record))
            )

        return is_taken

    def _is_in_time(self, published: datetime | None) -> bool:
        if self.published_from is None and self.published_to is None:
            return True
        return (
            published is not None
            and (self.published_from is None or published >= self.published_from)
            and (self.published_to is None or published < self.published_to)
        )


def origin_of(record: Any) -> Origin:
    """Where the record came from."""
    origin: Origin = record.article.origin if isinstance(record, TaggedArticle) else record.origin
    return origin


def stamp(record: Any, *, mode: Mode, run_id: str) -> Any:
    """The record as one of the run; nothing else of it changes."""
    origin = replace(origin_of(record), mode=mode, run_id=run_id)
    if isinstance(record, TaggedArticle):
        return replace(record, article=replace(record.article, origin=origin))
    return replace(record, origin=origin)


def _feed(name: str) -> str:
    return identity.feed_id(name) if "://" in name else name


def _page(name: str) -> str:
    return identity.page_id(urls.normalise(name) or name) if "://" in name else name


def _is_of(host: str, sites: tuple[str, ...]) -> bool:
    return any(host == site or host.endswith(f".{site}") for site in sites)


def _article(record: Any) -> Any:
    return record.article if isinstance(record, TaggedArticle) else record


def _url(record: Any) -> str:
    inner = _article(record)
    return inner.final_url if isinstance(inner, RawPage) else str(inner.url)


def _language(record: Any) -> str | None:
    return getattr(_article(record), "language", None)


def _published(record: Any) -> datetime | None:
    inner = _article(record)
    own = inner.published_at if isinstance(inner, Article | Match) else None
    return own if own is not None else origin_of(record).published_at


def _own_id(record: Any) -> str:
    return record.match_id if isinstance(record, Match) else ""
