"""A YAML list of feeds, checked node by node so that every complaint has its line."""

from collections.abc import Callable
from typing import Any

import yaml

from pipeline.errors import UsageError
from pipeline.stages.feeds.outlined import OutlinedFeed, feed_address


def read(content: bytes, *, source: str) -> list[OutlinedFeed]:
    """The list's feeds in its order. UsageError with the line of what is malformed, unknown or of the wrong type."""
    try:
        root = yaml.compose(content, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark is not None else 1
        raise UsageError(f"{source}:{line}: not YAML: {error.problem}") from error
    except yaml.reader.ReaderError as error:
        raise UsageError(f"{source}: not YAML: {error.reason} at position {error.position}") from error
    except RecursionError as error:
        raise UsageError(f"{source}: nested too deeply") from error
    return [_feed(node, source) for node in _items(root, source)]


def _items(root: Any, source: str) -> list[Any]:
    """The nodes of the feeds: of a bare list, or under `feeds`."""
    if isinstance(root, yaml.MappingNode):
        listed = _mapping(root, source, known=("feeds",))
        root = listed.get("feeds")
    if root is None:
        return []
    if not isinstance(root, yaml.SequenceNode):
        raise UsageError(f"{_place(root, source)}: a list of feeds is expected")
    return list(root.value)


def _feed(node: Any, source: str) -> OutlinedFeed:
    place = _place(node, source)
    if isinstance(node, yaml.ScalarNode):
        return OutlinedFeed(url=feed_address(_text(node, source), place=place))
    if not isinstance(node, yaml.MappingNode):
        raise UsageError(f"{place}: a feed is an address or a mapping")
    nodes = _mapping(node, source, known=tuple(_READERS))
    if "url" not in nodes:
        raise UsageError(f"{place}: the feed has no url")
    values = {name: _READERS[name](value, source) for name, value in nodes.items()}
    return OutlinedFeed(**values)


def _mapping(node: Any, source: str, *, known: tuple[str, ...]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in node.value:
        name = key.value if isinstance(key, yaml.ScalarNode) else "(not a name)"
        if name not in known:
            raise UsageError(f"{_place(key, source)}: unknown key {name!r}; known: {', '.join(known)}")
        if name in found:
            raise UsageError(f"{_place(key, source)}: {name!r} is there twice")
        found[name] = value
    return found


def _url(node: Any, source: str) -> str:
    return feed_address(_text(node, source), place=_place(node, source))


def _text(node: Any, source: str) -> str:
    if not isinstance(node, yaml.ScalarNode) or node.tag == _NULL:
        raise UsageError(f"{_place(node, source)}: text is expected")
    return str(node.value)


def _optional_text(node: Any, source: str) -> str | None:
    return None if node.tag == _NULL else _text(node, source).strip() or None


def _texts(node: Any, source: str) -> tuple[str, ...]:
    if not isinstance(node, yaml.SequenceNode):
        raise UsageError(f"{_place(node, source)}: a list of names is expected")
    return tuple(_text(item, source) for item in node.value)


def _flag(node: Any, source: str) -> bool:
    value = _FLAGS.get(str(node.value).lower()) if node.tag == "tag:yaml.org,2002:bool" else None
    if value is None:
        raise UsageError(f"{_place(node, source)}: true or false is expected")
    return value


def _seconds(node: Any, source: str) -> float | None:
    if node.tag == _NULL:
        return None
    try:
        seconds = float(_text(node, source))
    except ValueError:
        seconds = 0.0
    if not 1 <= seconds <= _A_YEAR_S:
        raise UsageError(f"{_place(node, source)}: seconds are expected, at least 1")
    return seconds


def _place(node: Any, source: str) -> str:
    return f"{source}:{node.start_mark.line + 1}"


_NULL = "tag:yaml.org,2002:null"
_FLAGS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_A_YEAR_S = 366 * 86_400
_READERS: dict[str, Callable[[Any, str], Any]] = {
    "url": _url,
    "title": _optional_text,
    "folders": _texts,
    "interval_floor_s": _seconds,
    "obey_robots": _flag,
    "enabled": _flag,
}
