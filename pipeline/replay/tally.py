"""The arithmetic of a run's report: what went into each stage against what became of it. Pure.

Records are told apart by name, so that one which was delivered or sent twice counts once. At a stage before folding the
name is the place of the record that is run again (its header `replays`); at folding it is the match's id, since one
article makes many matches. A stage balances when every record that went in has exactly one end. One whose dead
letter was retried has ended as its last attempt did.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntFlag
from typing import Any


class End(IntFlag):
    """What is known of one record at one stage."""

    NONE = 0
    IN = 1
    EMITTED = 2
    DROPPED = 4
    REJECTED = 8


_PAGE = 1 << 14
_ENDS = End.EMITTED | End.DROPPED | End.REJECTED


@dataclass(slots=True)
class StageTally:
    """One stage's books."""

    stage: str
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)
    """`dropped` or `rejected`, and why; by record."""
    repeated: int = 0
    """What came more often than once under its name."""
    _places: dict[tuple[str, int], bytearray] = field(default_factory=dict)
    """By part and page of offsets."""
    _names: dict[str, int] = field(default_factory=dict)
    _attempts: dict[str, int] = field(default_factory=dict)
    """The last attempt at each record that was tried again."""
    _refusals: dict[str, str] = field(default_factory=dict)
    """Why each was rejected: nothing else is tried again."""

    def note(self, name: str, end: End, reason: str = "", *, attempt: int = 1) -> None:
        """A record of that name went in, or ended so. A place (`topic/partition/offset`) takes one byte."""
        if end is not End.IN and not self._is_last(name, attempt):
            return
        known = self._enter(name, end)
        if known & end:
            self.repeated += 1
        elif reason:
            self.reasons["dropped" if end is End.DROPPED else "rejected", reason] += 1
            if end is End.REJECTED:
                self._refusals[name] = reason

    def _is_last(self, name: str, attempt: int) -> bool:
        """Whether no later attempt has ended; how an earlier one did is forgotten."""
        last = self._attempts.get(name, 1)
        if attempt > last:
            self._attempts[name] = attempt
            self._enter(name, End.NONE, kept=End.IN)
            refusal = self._refusals.pop(name, None)
            if refusal is not None:
                self.reasons -= Counter({("rejected", refusal): 1})
        return attempt >= last

    def _enter(self, name: str, end: End, kept: int = -1) -> int:
        part, _, offset = name.rpartition("/")
        if part and offset.isdigit():
            return self._note_place(part, int(offset), end, kept)
        return self._note_name(name, end, kept)

    def _note_place(self, part: str, offset: int, end: End, kept: int) -> int:
        page, place = divmod(offset, _PAGE)
        flags = self._places.get((part, page))
        if flags is None:
            flags = self._places[part, page] = bytearray(_PAGE)
        known = flags[place]
        flags[place] = known & kept | end
        return known

    def _note_name(self, name: str, end: End, kept: int) -> int:
        known = self._names.get(name, 0)
        self._names[name] = known & kept | end
        return known

    def result(self) -> dict[str, Any]:
        """The books closed, as JSON."""
        counts: Counter[int] = Counter(self._names.values())
        for flags in self._places.values():
            counts.update({value: flags.count(value) for value in range(1, End.REJECTED << 1)})
        single = {End.EMITTED: 0, End.DROPPED: 0, End.REJECTED: 0}
        missing = contradicted = strangers = 0
        for value, count in counts.items():
            ends = End(value) & _ENDS
            if not value & End.IN:
                strangers += count
            elif ends == End.NONE:
                missing += count
            elif ends in single:
                single[ends] += count
            else:
                contradicted += count
        return {
            "stage": self.stage,
            "in": sum(count for value, count in counts.items() if value & End.IN),
            "emitted": single[End.EMITTED],
            "dropped": single[End.DROPPED],
            "rejected": single[End.REJECTED],
            "missing": missing,
            "contradicted": contradicted,
            "strangers": strangers,
            "repeated": self.repeated,
            "reasons": {f"{how} {why}": count for (how, why), count in sorted(self.reasons.items())},
        }


def balance(fed: int, lying: int, stages: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """What does not add up, in words; nothing when all of it does.

    `fed` records were sent into the lane, and `lying` of them are found before the first stage.
    """
    wrong = []
    if lying != fed:
        wrong.append(f"{fed} records were fed and {lying} lie before {stages[0]['stage']}")
    for one in stages:
        if one["missing"]:
            wrong.append(f"{one['missing']} records have no end at {one['stage']}")
        if one["contradicted"]:
            wrong.append(f"{one['contradicted']} records ended in two ways at {one['stage']}")
        if one["strangers"]:
            wrong.append(f"{one['strangers']} records ended at {one['stage']} that never went in")
    return tuple(wrong)


def alerts_of(stages: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """What folding came to, in the subscriber's words."""
    fold = next((one for one in stages if one["stage"] == "fold"), None)
    if fold is None:
        return {}
    reasons: Mapping[str, int] = fold["reasons"]
    known = reasons.get("dropped known", 0)
    return {"new": fold["emitted"], "joined": fold["dropped"] - known, "known": known}
