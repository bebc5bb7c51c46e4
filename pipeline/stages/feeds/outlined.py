"""A feed as a list of feeds names it, before it is one of ours."""

from dataclasses import dataclass

from pipeline.errors import UsageError
from pipeline.stages import urls


@dataclass(frozen=True, slots=True, kw_only=True)
class OutlinedFeed:
    """What the operator says of a feed; None (or no folders) for what is not said, which leaves a known feed's as it
    is."""

    url: str
    title: str | None = None
    folders: tuple[str, ...] = ()
    interval_floor_s: float | None = None
    obey_robots: bool | None = None
    enabled: bool | None = None


def feed_address(written: str, *, place: str) -> str:
    """The address as fetched: stripped, `feed:` links resolved. UsageError naming the place when it is none."""
    address = written.strip()
    if address.lower().startswith("feed:"):
        rest = address[5:]
        address = f"http:{rest}" if rest.startswith("//") else rest
    if urls.normalise(address) is None:
        raise UsageError(f"{place}: {written[:200]!r} is no http(s) address")
    return address
