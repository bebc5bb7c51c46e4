"""Channels, actors and watches in a YAML file: read with every mistake's line, and written back.

1. The file is a mapping of up to three lists: `channels`, `actors`, `watches`. Unknown keys are refused.
2. A scalar is text as written, whatever YAML makes of it elsewhere: `name: no` is the word no.
3. An id left out is the slug of the name, in plain Latin letters.
4. A watch's query is in Tocsin's syntax, or in the one its `syntax` names; then it is carried over when it is read.
5. A watch's channels are channels of the same file. Names and ids stand once.
"""

import re
from base64 import b64decode
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from typing import TypeVar

import yaml
from anyascii import anyascii

from pipeline.errors import UsageError
from pipeline.stages.text.fold import words
from pipeline.stages.urls import host_of
from topics.records import Actor, ActorKind

DEFAULT_SUBSCRIBER = "default"

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_LONGEST_SLUG = 60
_KEYS_OF_WATCH = ("id", "name", "query", "syntax", "subscriber", "channels", "backfill_days")
_MOST_DAYS = 3650
_SECRET_PREFIX = "whsec_"

T = TypeVar("T")
Choice = TypeVar("Choice", bound=StrEnum)


class ChannelKind(StrEnum):
    """How a channel takes alerts."""

    WEBHOOK = "webhook"
    FILE = "file"
    STDOUT = "stdout"


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """Where alerts go."""

    name: str
    kind: ChannelKind
    url: str | None = None
    """Of a webhook."""
    secret: str | None = None
    """What a webhook is signed with (Standard Webhooks); None asks for a new one."""
    path: str | None = None
    """Of a file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchEntry:
    """A watch as its owner writes it."""

    watch_id: str
    name: str
    query: str
    subscriber: str = DEFAULT_SUBSCRIBER
    channels: tuple[str, ...] = ()
    """Names of channels of the same file."""
    backfill_days: int = 0
    """How far back it is to be matched against what is stored when it is saved new or changed; 0 for not at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchFile:
    """What a file holds, in its order."""

    channels: tuple[Channel, ...] = ()
    actors: tuple[Actor, ...] = ()
    watches: tuple[WatchEntry, ...] = ()


def read(text: str, *, source: str) -> WatchFile:
    """What the file holds. UsageError names `source`, the line and what is wrong there."""
    return _Reader(source).read(text)


def write(file: WatchFile) -> str:
    """The file's text: `read` gives the same back. Secrets of channels are in it."""
    lists = {
        "channels": [
            _filled(name=one.name, kind=one.kind, url=one.url, secret=one.secret, path=one.path)
            for one in file.channels
        ],
        "actors": [
            _filled(id=one.actor_id, name=one.name, kind=one.kind, aliases=list(one.aliases)) for one in file.actors
        ],
        "watches": [
            _filled(
                id=one.watch_id,
                name=one.name,
                query=one.query,
                subscriber=one.subscriber,
                channels=list(one.channels),
                backfill_days=one.backfill_days,
            )
            for one in file.watches
        ],
    }
    return yaml.safe_dump(_filled(**lists), allow_unicode=True, sort_keys=False, width=120)


def slug(name: str) -> str:
    """An id made of a name: plain Latin letters and digits with hyphens between the words; "" when it has none."""
    return "-".join(words(anyascii(name)))[:_LONGEST_SLUG].strip("-")


def _filled(**values: object) -> dict[str, object]:
    return {key: str(value) if isinstance(value, str) else value for key, value in values.items() if value}


class _Reader:
    """One reading of one file; what it raises names the file and line."""

    def __init__(self, source: str) -> None:
        self._source = source

    def read(self, text: str) -> WatchFile:
        lists = self._mapping(self._document(text), ("channels", "actors", "watches"), "the file")
        channels = self._each(lists.get("channels"), self._channel)
        self._refuse_twice("channel", channels, lambda one: one.name)
        names = {one.name for one, _ in channels}
        actors = self._each(lists.get("actors"), self._actor)
        self._refuse_twice("actor", actors, lambda one: one.actor_id)
        watches = self._each(lists.get("watches"), lambda node: self._watch(node, names))
        self._refuse_twice("watch", watches, lambda one: one.watch_id)
        return WatchFile(
            channels=tuple(one for one, _ in channels),
            actors=tuple(one for one, _ in actors),
            watches=tuple(one for one, _ in watches),
        )

    def _document(self, text: str) -> yaml.Node | None:
        try:
            node: yaml.Node | None = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            raise self._error(mark.line if mark else 0, f"not YAML: {error.problem or error.context}") from error
        except (yaml.YAMLError, RecursionError) as error:
            raise self._error(0, f"not YAML: {' '.join(str(error).split()) or 'nested too deep'}") from error
        return node

    def _channel(self, node: yaml.Node) -> Channel:
        values = self._mapping(node, ("name", "kind", "url", "secret", "path"), "a channel")
        kind = self._choice(values, "kind", ChannelKind, node)
        needed = {ChannelKind.WEBHOOK: "url", ChannelKind.FILE: "path"}.get(kind)
        allowed = {"name", "kind", needed, *(("secret",) if kind is ChannelKind.WEBHOOK else ())}
        for key in values.keys() - allowed:
            raise self._error(_line(values[key]), f"a {kind} channel has no {key}")
        return Channel(
            name=self._required(values, "name", node),
            kind=kind,
            url=self._web_address(values, node) if kind is ChannelKind.WEBHOOK else None,
            secret=self._secret(values),
            path=self._required(values, "path", node) if kind is ChannelKind.FILE else None,
        )

    def _actor(self, node: yaml.Node) -> Actor:
        values = self._mapping(node, ("id", "name", "kind", "aliases"), "an actor")
        name = self._required(values, "name", node)
        aliases = self._texts(values.get("aliases"), "aliases")
        for text, line in ((name, _line(node)), *aliases):
            if not words(text):
                raise self._error(line, f"{text!r} has no letter or digit to recognise")
        return Actor(
            actor_id=self._id(values, name, node),
            name=name,
            kind=self._choice(values, "kind", ActorKind, node),
            aliases=tuple(alias for alias, _ in aliases),
        )

    def _watch(self, node: yaml.Node, channels: set[str]) -> WatchEntry:
        values = self._mapping(node, _KEYS_OF_WATCH, "a watch")
        name = self._required(values, "name", node)
        query = self._query(values, node, name)
        wanted = self._texts(values.get("channels"), "channels")
        for channel, line in wanted:
            if channel not in channels:
                raise self._error(line, f"watch {name}: there is no channel {channel}{_nearest(channel, channels)}")
        return WatchEntry(
            watch_id=self._id(values, name, node),
            name=name,
            query=query,
            subscriber=self._text(values["subscriber"], "subscriber") if "subscriber" in values else DEFAULT_SUBSCRIBER,
            channels=tuple(dict.fromkeys(channel for channel, _ in wanted)),
            backfill_days=self._days(values["backfill_days"], "backfill_days") if "backfill_days" in values else 0,
        )

    def _days(self, node: yaml.Node, key: str) -> int:
        given = self._text(node, key)
        if not given.isascii() or not given.isdigit() or int(given) > _MOST_DAYS:
            raise self._error(_line(node), f"{key} {given!r}: a number of days from 0 to {_MOST_DAYS} is expected")
        return int(given)

    def _query(self, values: dict[str, yaml.Node], watch: yaml.Node, name: str) -> str:
        """The query in Tocsin's own syntax, checked."""
        # Late: the matcher takes its time to import, and whoever names a kind of channel imports this module.
        from pipeline.stages.match import QueryError, parse_query
        from pipeline.stages.match.language.dialects import Syntax, translated

        query = self._required(values, "query", watch)
        syntax = self._choice(values, "syntax", Syntax, watch) if "syntax" in values else Syntax.TOCSIN
        node = values["query"]
        try:
            own = translated(query, syntax)
            parse_query(own)
            return own
        except QueryError as error:
            line = _line(node)
            if isinstance(node, yaml.ScalarNode) and node.style == "|":
                line += 1 + query.count("\n", 0, error.position)
            raise self._error(line, f"query of watch {name} {error} ({error.excerpt(query)})") from error

    def _web_address(self, values: dict[str, yaml.Node], node: yaml.Node) -> str:
        url = self._required(values, "url", node)
        if not host_of(url):
            raise self._error(_line(values["url"]), f"{url} is no http or https address")
        return url

    def _secret(self, values: dict[str, yaml.Node]) -> str | None:
        if "secret" not in values:
            return None
        secret = self._text(values["secret"], "secret")
        try:
            size = len(b64decode(secret.removeprefix(_SECRET_PREFIX), validate=True))
        except ValueError:
            size = 0
        if not secret.startswith(_SECRET_PREFIX) or not 24 <= size <= 64:
            raise self._error(
                _line(values["secret"]),
                f"a secret is {_SECRET_PREFIX} and 24 to 64 bytes in base64 (Standard Webhooks)",
            )
        return secret

    def _id(self, values: dict[str, yaml.Node], name: str, node: yaml.Node) -> str:
        given = self._text(values["id"], "id") if "id" in values else slug(name)
        if _ID.fullmatch(given):
            return given
        if "id" not in values:
            raise self._error(_line(node), f"no id can be made of the name {name!r}: give one")
        raise self._error(_line(values["id"]), f"id {given!r}: letters, digits, dots, hyphens and _ only, at most 100")

    def _choice(self, values: dict[str, yaml.Node], key: str, choices: type[Choice], node: yaml.Node) -> Choice:
        given = self._required(values, key, node)
        if given not in tuple(choices):
            known = ", ".join(choices)
            raise self._error(_line(values[key]), f"{key} {given!r} is none of {known}{_nearest(given, choices)}")
        return choices(given)

    def _required(self, values: dict[str, yaml.Node], key: str, node: yaml.Node) -> str:
        if key not in values:
            raise self._error(_line(node), f"{key} is missing")
        return self._text(values[key], key)

    def _text(self, node: yaml.Node, key: str) -> str:
        if not isinstance(node, yaml.ScalarNode):
            raise self._error(_line(node), f"{key}: a text is expected")
        text = str(node.value).strip()
        if not text or (node.tag == "tag:yaml.org,2002:null" and node.style is None):
            raise self._error(_line(node), f"{key} is empty")
        return text

    def _texts(self, node: yaml.Node | None, key: str) -> list[tuple[str, int]]:
        """Each text with its line."""
        return self._each(node, lambda item: self._text(item, key), key=key)

    def _each(
        self, node: yaml.Node | None, read_one: Callable[[yaml.Node], T], *, key: str = "a list"
    ) -> list[tuple[T, int]]:
        """Each item as read, with its line; a list left empty has none."""
        if node is None or (isinstance(node, yaml.ScalarNode) and node.value == ""):
            return []
        if not isinstance(node, yaml.SequenceNode):
            raise self._error(_line(node), f"{key}: a list is expected (- item)")
        return [(read_one(item), _line(item)) for item in node.value]

    def _mapping(self, node: yaml.Node | None, known: tuple[str, ...], what: str) -> dict[str, yaml.Node]:
        if node is None:
            return {}
        if not isinstance(node, yaml.MappingNode):
            raise self._error(_line(node), f"{what}: keys and values are expected ({', '.join(known)})")
        found: dict[str, yaml.Node] = {}
        for key, value in node.value:
            name = str(key.value)
            if name not in known:
                raise self._error(
                    _line(key), f"{what} has no {name!r}{_nearest(name, known)}; known: {', '.join(known)}"
                )
            if name in found:
                raise self._error(_line(key), f"{what} has {name!r} twice")
            found[name] = value
        return found

    def _refuse_twice(self, what: str, items: list[tuple[T, int]], name_of: Callable[[T], str]) -> None:
        lines: dict[str, int] = {}
        for item, line in items:
            first = lines.setdefault(name_of(item), line)
            if first != line:
                raise self._error(line, f"{what} {name_of(item)} is already on line {first + 1}")

    def _error(self, line: int, message: str) -> UsageError:
        return UsageError(f"{self._source}:{line + 1}: {message}")


def _line(node: yaml.Node) -> int:
    """From 0, as YAML counts."""
    return int(node.start_mark.line)


def _nearest(given: str, known: Iterable[str]) -> str:
    near = get_close_matches(given, list(known), n=1)
    return f" (do you mean {near[0]}?)" if near else ""
