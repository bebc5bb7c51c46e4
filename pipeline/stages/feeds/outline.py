"""Lists of feeds in and out: OPML 2.0 and YAML. A file with anything unusable is refused whole, by file and line.

OPML carries address, title and folders; YAML everything an operator can say of a feed:

    feeds:
      - https://example.org/feed
      - url: https://example.com/rss.xml
        title: Example
        folders: [World, Europe]
        interval_floor_s: 120
        obey_robots: true
        enabled: true
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from xml.sax.saxutils import quoteattr

import yaml

from pipeline.errors import UsageError
from pipeline.stages.feeds import opml, yaml_list
from pipeline.stages.feeds.outlined import OutlinedFeed
from topics.records import Feed


@dataclass(frozen=True, slots=True)
class _Folder:
    feeds: list[Feed] = field(default_factory=list)
    folders: "dict[str, _Folder]" = field(default_factory=dict)


def read(content: bytes, *, source: str) -> tuple[OutlinedFeed, ...]:
    """The feeds of an OPML or YAML file, each address once, the first mention of it. `source` is the file's name in
    messages. UsageError with file and line for anything malformed, unknown or no address, and for a file without
    feeds."""
    reader = opml if content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<" else yaml_list
    feeds: dict[str, OutlinedFeed] = {}
    for feed in reader.read(content, source=source):
        feeds.setdefault(feed.url, feed)
    if not feeds:
        raise UsageError(f"{source}:1: names no feed")
    return tuple(feeds.values())


def write_opml(feeds: Iterable[Feed]) -> str:
    """An OPML 2.0 document with the feeds in their folders, in the order given."""
    top = _Folder()
    for feed in feeds:
        folder = top
        for name in feed.folders:
            folder = folder.folders.setdefault(name, _Folder())
        folder.feeds.append(feed)
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<opml version="2.0">']
    lines += ["  <head><title>Tocsin feeds</title></head>", "  <body>", *_outlines(top, "    "), "  </body>", "</opml>"]
    return "\n".join(lines) + "\n"


def write_yaml(feeds: Iterable[Feed]) -> str:
    """A YAML list that reads back as the same feeds; what has its default is left out."""
    listed = {"feeds": [_as_mapping(feed) for feed in feeds]}
    return yaml.safe_dump(listed, allow_unicode=True, sort_keys=False, width=120)


def _outlines(folder: _Folder, indent: str) -> list[str]:
    lines = [_outline(feed, indent) for feed in folder.feeds]
    for name, inner in folder.folders.items():
        lines.append(f"{indent}<outline text={_quoted(name)}>")
        lines += [*_outlines(inner, indent + "  "), f"{indent}</outline>"]
    return lines


def _outline(feed: Feed, indent: str) -> str:
    title = _quoted(feed.title or feed.url)
    return f'{indent}<outline type="rss" text={title} title={title} xmlUrl={_quoted(feed.url)}/>'


def _quoted(text: str) -> str:
    """As an attribute; characters XML cannot carry become spaces."""
    carried = "".join(character if character >= " " and character not in "\ufffe\uffff" else " " for character in text)
    return quoteattr(carried)


def _as_mapping(feed: Feed) -> dict[str, object]:
    mapping: dict[str, object] = {"url": feed.url}
    if feed.title is not None:
        mapping["title"] = feed.title
    if feed.folders:
        mapping["folders"] = list(feed.folders)
    if feed.interval_floor_s is not None:
        mapping["interval_floor_s"] = feed.interval_floor_s
    mapping |= {name: False for name in ("obey_robots", "enabled") if not getattr(feed, name)}
    return mapping
