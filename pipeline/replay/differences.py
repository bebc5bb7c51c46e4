"""What changed code would make otherwise: two accounts of the same page versions, compared. Pure.

1. A page's end is what its clean stage came to: emitted, dropped or rejected, with the reason.
2. Articles are compared field by field but for their origin, which names stages and their versions.
3. An actor that was listed, or changed, after the page was processed may differ for that alone: it is left out on both
   sides. So is a watch.
4. A page whose stored account is gone, or was never written, is counted and not compared.
5. A watch that is put aside here loses its matches for that reason, which is told beside them.
"""

import difflib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime

from topics.records import Actor, Article, TaggedArticle, Watch

EMITTED = "emitted"
_MOST_SAMPLES = 10
_DIFF_LINES = 40
_COMPARED = tuple(one.name for one in fields(Article) if one.name not in ("origin", "text", "text_digest"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What became of one page version."""

    end: str
    """`emitted`, or `dropped` or `rejected` with the reason."""
    tagged: TaggedArticle | None = None
    watches: frozenset[str] = frozenset()
    seconds: Mapping[str, float] = field(default_factory=dict)
    """By stage."""
    processed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One page that differs, to be looked at."""

    url: str
    what: str
    diff: str


@dataclass(slots=True)
class Differences:
    """The count of all that differs."""

    actors: Mapping[str, Actor]
    """Those in force, by id."""
    watches: Mapping[str, Watch]
    compared: int = 0
    without_account: int = 0
    both_emitted: int = 0
    ends: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Changed ends: from, to."""
    newly_rejected: int = 0
    text_changed: int = 0
    fields_changed: Counter[str] = field(default_factory=Counter)
    actors_changed: int = 0
    actors_lost: Counter[str] = field(default_factory=Counter)
    actors_found: Counter[str] = field(default_factory=Counter)
    matches_before: int = 0
    matches_lost: Counter[str] = field(default_factory=Counter)
    matches_found: Counter[str] = field(default_factory=Counter)
    put_aside: Mapping[str, str] = field(default_factory=dict)
    """Why, by the ids of the watches that were put aside."""
    seconds_before: dict[str, list[float]] = field(default_factory=dict)
    seconds_now: dict[str, list[float]] = field(default_factory=dict)
    samples: list[Sample] = field(default_factory=list)

    def add(self, url: str, before: Account | None, now: Account) -> None:
        """Compare one page version."""
        if before is None:
            self.without_account += 1
            return
        self.compared += 1
        for known, account in ((self.seconds_before, before), (self.seconds_now, now)):
            for stage, seconds in account.seconds.items():
                known.setdefault(stage, []).append(seconds)
        if before.end != now.end:
            self.ends[before.end, now.end] += 1
            self.newly_rejected += now.end.startswith("rejected")
            self._keep(url, "end", f"- {before.end}\n+ {now.end}")
        if before.tagged is not None and now.tagged is not None:
            self._compare_articles(url, before.tagged.article, now.tagged.article)
            self._compare_actors(before, now)
        self._compare_matches(before, now)

    def _compare_articles(self, url: str, before: Article, now: Article) -> None:
        self.both_emitted += 1
        if before.text != now.text:
            self.text_changed += 1
            self._keep(url, "text", _diff(before.text, now.text))
        changed = [name for name in _COMPARED if getattr(before, name) != getattr(now, name)]
        self.fields_changed.update(changed)
        if changed and before.text == now.text:
            lines = (f"{name}: {getattr(before, name)!r} -> {getattr(now, name)!r}"[:300] for name in changed)
            self._keep(url, "fields", "\n".join(lines))

    def _compare_actors(self, before: Account, now: Account) -> None:
        earlier, later = (self._names(one, before.processed_at) for one in (before.tagged, now.tagged))
        self.actors_lost.update(earlier - later)
        self.actors_found.update(later - earlier)
        self.actors_changed += earlier != later

    def _names(self, tagged: TaggedArticle | None, processed_at: datetime | None) -> set[str]:
        """Actors by id, unlisted ones by name, but for those that were listed since."""
        mentions = tagged.mentions if tagged is not None else ()
        return {
            one.name if one.actor_id is None else one.actor_id
            for one in mentions
            if one.actor_id is None or self._is_as_it_was(self.actors.get(one.actor_id), processed_at)
        }

    def _compare_matches(self, before: Account, now: Account) -> None:
        comparable = {
            watch_id
            for watch_id in before.watches | now.watches
            if self._is_as_it_was(self.watches.get(watch_id), before.processed_at)
        }
        self.matches_before += len(before.watches & comparable)
        self.matches_lost.update((before.watches - now.watches) & comparable)
        self.matches_found.update((now.watches - before.watches) & comparable)

    @staticmethod
    def _is_as_it_was(one: Actor | Watch | None, processed_at: datetime | None) -> bool:
        """It is in force, and was so before the page was processed."""
        if one is None:
            return False
        return one.updated_at is None or processed_at is None or one.updated_at < processed_at

    def _keep(self, url: str, what: str, diff: str) -> None:
        kept = sum(sample.what == what for sample in self.samples)
        if kept < _MOST_SAMPLES:
            self.samples.append(Sample(url=url, what=what, diff=diff))


def shares(found: Differences) -> dict[str, float]:
    """What can be limited, as shares of what was compared, and seconds that 95 of 100 pages stayed under."""
    changed_matches = found.matches_lost.total() + found.matches_found.total()
    return {
        "outcome": _share(found.ends.total(), found.compared),
        "rejected": _share(found.newly_rejected, found.compared),
        "text": _share(found.text_changed, found.both_emitted),
        "title": _share(found.fields_changed["title"], found.both_emitted),
        "date": _share(found.fields_changed["published_at"], found.both_emitted),
        "language": _share(found.fields_changed["language"], found.both_emitted),
        "actors": _share(found.actors_changed, found.both_emitted),
        "matches": _share(changed_matches, max(1, found.matches_before)),
        **{f"{stage}-seconds": quantile(times, 0.95) for stage, times in found.seconds_now.items()},
    }


LIMITS = (
    *("outcome", "rejected", "text", "title", "date", "language", "actors", "matches"),
    *("clean-seconds", "tag-seconds", "match-seconds"),
)
"""The names of what can be limited."""


def quantile(values: Iterable[float], share: float) -> float:
    """The value that this share of the values does not exceed; 0 for none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _diff(before: str, now: str) -> str:
    lines = list(difflib.unified_diff(before.splitlines(), now.splitlines(), "stored", "now", lineterm="", n=1))
    more = [f"… {len(lines) - _DIFF_LINES} lines more"] if len(lines) > _DIFF_LINES else []
    return "\n".join(lines[:_DIFF_LINES] + more)
