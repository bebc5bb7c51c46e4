"""A body to a feed's entries: RSS 0.9x to 2.0, RDF, Atom, JSON Feed and sitemaps. Never raises.

An entry needs an address: its link, or its own id where that is one and is not said to be no permalink. An entry's
identifier is the digest of its own id and of its `updated` stamp, so that a changed entry is a new one. Two habits of
feeds would break that, so:

- The link stands for an own id that several items with different links share (some feeds write one guid everywhere).
- A stamp to the second that all entries share tells when the feed was generated; it is left out of the identifiers, or
  every poll would fetch every page again.
"""

import html
import re
from collections import defaultdict
from dataclasses import replace
from datetime import datetime, time
from typing import Any

from lxml import etree

from pipeline.stages import identity, urls
from pipeline.stages.feeds import body as bodies
from pipeline.stages.feeds import dates, json_feed, sitemap, syndication, thorough
from pipeline.stages.feeds.entry import Entry, FeedKind, Item, Listing, ParsedFeed
from pipeline.stages.feeds.nodes import local_name
from pipeline.stages.outcome import Reject, RejectReason

MAX_BODY_BYTES = 5 << 20
"""The thorough parser takes seconds a megabyte on hostile input."""

_MARKUP = re.compile(r"</?[A-Za-z][^<>]{0,500}>")
_LONGEST_TITLE = 1000
_NO_CONTROLS = dict.fromkeys((*range(0x20), *range(0x7F, 0xA0)), " ")
"""Titles are shown on terminals, which obey control characters."""
_SAME_STAMPS = 3
"""From so many entries on one shared stamp is taken for the feed's."""

_ROOTS = frozenset({"rss", "rdf", "feed", "channel", "urlset", "sitemapindex", "opml"})
_ROOT_TAG = re.compile(rb"<(?:[A-Za-z]+:)?(?:rss|rdf|feed|urlset)[\s>]", re.IGNORECASE)
_FARTHEST_ROOT = 8192
_HTML_PAGE = re.compile(rb"<!doctype\s+html|<html[\s>]", re.IGNORECASE)
_OTHERS = {"html": "an HTML page", "body": "an HTML page", "opml": "an OPML outline"}


def parse(body: bytes, *, url: str, content_type: str | None, now: datetime | None = None) -> ParsedFeed | Reject:
    """The feed in a decompressed body served at `url`. `now` lets dates more than a day ahead be recognised as absurd.
    Reject, with what it is instead, for what is no feed or more than MAX_BODY_BYTES."""
    if len(body) > MAX_BODY_BYTES:
        return Reject(RejectReason.TOO_LARGE, f"{len(body)} bytes, at most {MAX_BODY_BYTES} are parsed")
    content = bodies.to_utf8(body, content_type)
    if not content:
        return _no_feed("an empty body")
    listing = _read_json(content) if content[:1] in b"{[" else _read_xml(bodies.repair(content))
    return listing if isinstance(listing, Reject) else _resolve(listing, url=url, now=now)


def _read_json(content: bytes) -> Listing | Reject:
    return json_feed.read(content) or _no_feed("JSON, but no JSON Feed")


def _read_xml(content: bytes) -> Listing | Reject:
    root, content = _tree(content)
    if root is None:
        return _no_feed("an HTML page" if _HTML_PAGE.match(content) else "neither XML nor JSON")
    name = local_name(root)
    if name == "urlset":
        return sitemap.read(root)
    if name == "sitemapindex":
        return _no_feed(f"an index of sitemaps: {', '.join(sitemap.children(root)[:5]) or 'empty'}")
    if name.lower() in _OTHERS:
        return _no_feed(_OTHERS[name.lower()])
    found = syndication.read(root)
    if found is None or not found.items:
        found = thorough.read(content) or found
    return found or _no_feed(f"XML with the root {name[:60]!r}")


def _tree(content: bytes) -> tuple[Any, bytes]:
    """The root of the recovered tree, None for none, and the bytes it stands for: a server's warnings before the feed
    are cut off."""
    root = _parse_tree(content)
    if root is not None and local_name(root).lower() in _ROOTS:
        return root, content
    start = _ROOT_TAG.search(content, 1, _FARTHEST_ROOT)
    if start is None:
        return root, content
    return _parse_tree(content[start.start() :]), content[start.start() :]


def _parse_tree(content: bytes) -> Any:
    # A parser for each call: one that threads share lets one of them parse at a time.
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, huge_tree=True, collect_ids=False)
    try:
        return etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


def _no_feed(what: str) -> Reject:
    return Reject(RejectReason.UNPARSABLE, f"not a feed: {what}")


def _resolve(listing: Listing, *, url: str, now: datetime | None) -> ParsedFeed:
    site_url = urls.join(url, listing.site_url) if listing.site_url else None
    # RSS leaves open what a relative link is relative to: publishers mean their site, which need not serve the feed.
    base = url if listing.kind is FeedKind.ATOM else site_url or url
    entries = [_entry(item, base=_base(base, url, item), now=now) for item in listing.items]
    found = [(item, entry) for item, entry in zip(listing.items, entries, strict=True) if entry is not None]
    return ParsedFeed(
        kind=listing.kind,
        title=_plain(listing.title),
        site_url=site_url,
        entries=_identify(found),
        ttl_s=listing.ttl_s,
    )


def _base(base: str, url: str, item: Item) -> str:
    return base if item.base is None else urls.join(url, item.base) or base


def _entry(item: Item, *, base: str, now: datetime | None) -> Entry | None:
    """The item's entry, not yet identified; None without an address."""
    address = urls.join(base, item.link) if item.link else None
    if address is None:
        return None
    return Entry(
        entry_id="",
        url=address,
        title=_plain(item.title),
        published_at=dates.plausible(dates.read(item.published), now=now),
        updated_at=dates.plausible(dates.read(item.updated), now=now),
    )


def _identify(found: list[tuple[Item, Entry]]) -> tuple[Entry, ...]:
    """The entries under their identifiers, the first of each. By the stamp as read, not as judged by the clock."""
    shared = _shared_ids(found)
    stamps = [dates.read(item.updated) for item, _ in found]
    is_stamped = len(stamps) < _SAME_STAMPS or len(set(stamps)) > 1 or not _is_to_the_second(stamps[0])
    identified: dict[str, Entry] = {}
    for (item, entry), stamp in zip(found, stamps, strict=True):
        own_id = item.own_id if item.own_id is not None and item.own_id not in shared else entry.url
        written = stamp.isoformat() if stamp is not None and is_stamped else ""
        entry_id = identity.digest("entry", own_id, written)
        identified.setdefault(entry_id, replace(entry, entry_id=entry_id))
    return tuple(identified.values())


def _shared_ids(found: list[tuple[Item, Entry]]) -> frozenset[str]:
    """The own ids that stand for several addresses."""
    addresses: dict[str, set[str]] = defaultdict(set)
    for item, entry in found:
        if item.own_id is not None:
            addresses[item.own_id].add(entry.url)
    return frozenset(own_id for own_id, of_id in addresses.items() if len(of_id) > 1)


def _is_to_the_second(stamp: datetime | None) -> bool:
    """Not a mere day, which many entries may rightly share."""
    return stamp is not None and stamp.time() != time()


def _plain(title: str | None) -> str | None:
    """Markup dropped, references resolved, white space joined; None for nothing left."""
    if title is None:
        return None
    text = html.unescape(_MARKUP.sub("", html.unescape(title[: _LONGEST_TITLE * 4])))
    return " ".join(text.translate(_NO_CONTROLS).split())[:_LONGEST_TITLE].strip() or None
