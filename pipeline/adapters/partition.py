"""Which partition is meant: of a topic that may be made anew under its name."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Partition:
    """One partition of one incarnation of a topic."""

    topic: str
    """Name on the broker."""
    topic_uuid: str
    """Given anew when a topic is made anew; empty where the broker gives none."""
    number: int
