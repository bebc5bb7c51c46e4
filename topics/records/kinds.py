"""The closed sets of the records."""

from enum import StrEnum


class Mode(StrEnum):
    """How a record came to be processed: only live records notify by themselves."""

    LIVE = "live"
    BACKFILL = "backfill"
    SHADOW = "shadow"


LIVE_RUN = "live"
"""The run of everything that no run over history made."""


class ActorKind(StrEnum):
    """What an actor is."""

    PERSON = "person"
    ORGANISATION = "organisation"


class TextField(StrEnum):
    """The field of an article that offsets refer to."""

    TITLE = "title"
    TEXT = "text"


class OutcomeKind(StrEnum):
    """How a record ended at a stage when it ended without an output and without a dead letter."""

    DROPPED = "dropped"
    DUPLICATE = "duplicate"
    UNMATCHED = "unmatched"


class SpeakerEvidence(StrEnum):
    """How it is known who speaks."""

    CUE = "cue"
    """The speaker stands beside the verb, or where `according to` or a colon puts them."""
    CARRIED = "carried"
    """Taken over from the quotation before, or behind a pronoun: uncertain."""


class Qualifier(StrEnum):
    """What the words round a number say of it."""

    EXACT = "exact"
    AT_LEAST = "at-least"
    MORE_THAN = "more-than"
    """The bound itself is not meant: `more than 50` has `low` 50 all the same."""
    AT_MOST = "at-most"
    LESS_THAN = "less-than"
    """The bound itself is not meant: `under 50` has `high` 50 all the same."""
    ABOUT = "about"


class Event(StrEnum):
    """What befell those a figure counts."""

    KILLED = "killed"
    WOUNDED = "wounded"
    ARRESTED = "arrested"
    MISSING = "missing"
    DISPLACED = "displaced"
    INFECTED = "infected"
