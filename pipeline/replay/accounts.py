"""What was stored about page versions: their articles, tags, matches and other ends, read from the live topics."""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any

from pipeline.adapters.kafka import headers_of, topic_name
from pipeline.adapters.ranges import RangeRecord, TopicRange, bounds_of
from pipeline.replay.differences import EMITTED, Account
from pipeline.settings import Settings
from pipeline.stages import provenance
from topics import codec, registry
from topics.records import Match, Mode, RecordedOutcome, TaggedArticle
from topics.spec import TopicSpec

# The codec writes an origin's version in this way, and a text can hold no quotation mark unescaped.
_VERSION = re.compile(rb'"version_id":"([0-9a-f]{32})"')
_STAGES = provenance.STAGES[:-1]
_LAST = _STAGES[-1]


@dataclass(slots=True)
class _Found:
    """What was found of one version so far."""

    end: str | None = None
    tagged: TaggedArticle | None = None
    watches: set[str] = field(default_factory=set)
    steps: dict[str, datetime] = field(default_factory=dict)


class Accounts:
    """The stored accounts of some page versions."""

    def __init__(self, settings: Settings, versions: Iterable[str], *, places: Mapping[str, str]) -> None:
        """`places` says which version lies where in `raw-pages` (`topic/partition/offset`)."""
        self._settings = settings
        self._found = {version: _Found() for version in versions}
        self._by_place = places

    def read(self, since: datetime | None) -> None:
        """Read everything the stages wrote from `since` on. TransientError when the broker does not answer."""
        for record in self._records(registry.TAGGED_ARTICLES, since):
            found = self._wanted(record)
            tagged = self._decoded(registry.TAGGED_ARTICLES, record) if found is not None else None
            if found is not None and isinstance(tagged, TaggedArticle) and _is_live(tagged.article):
                found.end, found.tagged = EMITTED, tagged
                found.steps |= _steps(record)
        for record in self._records(registry.MATCHES, since):
            found = self._wanted(record)
            match = self._decoded(registry.MATCHES, record) if found is not None else None
            if found is not None and isinstance(match, Match) and _is_live(match):
                found.watches.add(match.watch_id)
                found.steps |= _steps(record)
        for record in self._records(registry.OUTCOMES, since):
            self._take_outcome(record)
        for record in self._records(registry.RAW_PAGES.dead_letter, since):
            self._take_dead_letter(record)

    def of(self, version: str) -> Account | None:
        """The version's account; None where it has none, or one that is not whole, yet or any more."""
        found = self._found[version]
        if found.end is None or (found.end == EMITTED and _LAST not in found.steps):
            return None
        return Account(
            end=found.end,
            tagged=found.tagged,
            watches=frozenset(found.watches),
            seconds=_seconds(found.steps),
            processed_at=max(found.steps.values(), default=None),
        )

    def _take_outcome(self, record: RangeRecord) -> None:
        found = self._wanted(record)
        outcome = self._decoded(registry.OUTCOMES, record) if found is not None else None
        if found is None or not isinstance(outcome, RecordedOutcome) or outcome.mode is not Mode.LIVE:
            return
        if outcome.stage == "clean":
            found.end = f"{outcome.outcome.value} {outcome.reason}"
        if outcome.stage in _STAGES:
            found.steps |= _steps(record)

    def _take_dead_letter(self, record: RangeRecord) -> None:
        headers = headers_of(list(record.headers))
        version = self._by_place.get("/".join(headers.get(name, "") for name in ("topic", "partition", "offset")))
        if version is not None and self._found[version].end is None:
            self._found[version].end = f"rejected {headers.get('reason', '')}"
            with suppress(ValueError):
                self._found[version].steps["clean"] = datetime.fromisoformat(headers.get("failed_at", ""))

    def _wanted(self, record: RangeRecord) -> _Found | None:
        version = _VERSION.search(record.value or b"")
        return self._found.get(version[1].decode()) if version is not None else None

    def _decoded(self, spec: TopicSpec, record: RangeRecord) -> Any:
        with suppress(codec.UndecodableError):
            return codec.decode(spec, record.value)
        return None

    def _records(self, spec: TopicSpec, since: datetime | None) -> Iterator[RangeRecord]:
        source = TopicRange(self._settings, spec, bounds_of(self._settings, spec, since=since))
        try:
            for batch in source.batches():
                yield from batch.records
        finally:
            source.close()


def place_of(settings: Settings, record: RangeRecord) -> str:
    """Where a raw page lies, as its dead letter would say."""
    return f"{topic_name(settings, registry.RAW_PAGES)}/{record.partition}/{record.offset}"


def _is_live(record: Any) -> bool:
    return bool(record.origin.mode is Mode.LIVE)


def _steps(record: RangeRecord) -> dict[str, datetime]:
    return provenance.decode_steps(headers_of(list(record.headers)).get(provenance.STEPS_HEADER))


def _seconds(steps: Mapping[str, datetime]) -> dict[str, float]:
    """From each stage's end to the next one's: its work, and its waiting."""
    known = [(stage, steps[stage]) for stage in _STAGES if stage in steps]
    return {stage: (at - before).total_seconds() for (_, before), (stage, at) in pairwise(known)}
