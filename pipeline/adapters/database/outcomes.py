"""The ledger: how every page and record ended at every stage, and the addresses pages are known by.

What is told again (a redelivery, a retry of a send) has the same name and changes nothing. Two different outcomes of
one record at one stage are two rows, which is how a contradiction shows.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, case, select

from pipeline.adapters.database.schema import page_addresses, stage_outcomes
from pipeline.adapters.database.statements import insert_all_if_new
from pipeline.stages import identity
from pipeline.stages.provenance import STAGES

_ASKED_TOGETHER = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class StageOutcome:
    """How one record ended at one stage."""

    subject: str
    """The page version; the entry where there was no page; the place of a record that could not be read."""
    page_id: str | None
    stage: str
    version: str
    """Of the stage, such as `clean/1`."""
    outcome: str
    """`emitted`, `dropped`, `duplicate`, `unmatched` or `rejected`."""
    run_id: str
    mode: str
    topic: str
    """Declared name of the topic the outcome lies in."""
    partition: int
    offset: int
    arrived_at: datetime
    reason: str | None = None
    detail: str | None = None
    watch_id: str | None = None
    feed_id: str | None = None
    attempt: int = 1
    url: str | None = None
    """Where the page begins: at the poll."""
    source: str | None = None
    """Topic, partition and offset of the record that ended so; None where it came from outside."""

    @property
    def name(self) -> str:
        """The same for the same outcome, whenever it is told."""
        parts = (self.stage, self.version, self.subject, self.run_id, self.watch_id or "")
        return identity.digest("stage-outcome", *parts, str(self.attempt), self.outcome)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageAddress:
    """One more address of a page."""

    address: str
    """The id a page of that address would have."""
    page_id: str
    seen_at: datetime


def store(connection: Connection, outcomes: Sequence[StageOutcome]) -> None:
    """Store what is new of these."""
    insert_all_if_new(connection, stage_outcomes, [asdict(one) | {"name": one.name} for one in outcomes])


def store_addresses(connection: Connection, addresses: Sequence[PageAddress]) -> None:
    """Store what is new of these."""
    insert_all_if_new(connection, page_addresses, [asdict(one) for one in addresses])


def known(connection: Connection, names: Iterable[str]) -> set[str]:
    """Which of the outcomes of these names are stored."""
    wanted = list(names)
    found: set[str] = set()
    for first in range(0, len(wanted), _ASKED_TOGETHER):
        some = stage_outcomes.c.name.in_(wanted[first : first + _ASKED_TOGETHER])
        found.update(connection.execute(select(stage_outcomes.c.name).where(some)).scalars())
    return found


def pages_at(connection: Connection, addresses: Sequence[str]) -> dict[str, list[str]]:
    """The pages known by each address, given as the ids pages of that address would have; the page's own first."""
    own = select(stage_outcomes.c.page_id).where(stage_outcomes.c.page_id.in_(addresses)).distinct()
    found: dict[str, list[str]] = {page: [page] for page in connection.execute(own).scalars() if page is not None}
    others = select(page_addresses.c.address, page_addresses.c.page_id).where(page_addresses.c.address.in_(addresses))
    for row in connection.execute(others.order_by(page_addresses.c.seen_at.desc())):
        pages = found.setdefault(row.address, [])
        if row.page_id not in pages:
            pages.append(row.page_id)
    return found


def of_pages(connection: Connection, page_ids: Sequence[str]) -> tuple[StageOutcome, ...]:
    """Everything that is known of the pages, in the order in which it arrived."""
    wanted = select(stage_outcomes).where(stage_outcomes.c.page_id.in_(page_ids))
    # Stages follow each other within a broker's millisecond.
    in_order = case({stage: place for place, stage in enumerate(STAGES)}, value=stage_outcomes.c.stage)
    rows = connection.execute(wanted.order_by(stage_outcomes.c.arrived_at, in_order, stage_outcomes.c.attempt))
    return tuple(map(read, rows))


def read(row: Row[Any]) -> StageOutcome:
    """The outcome in a row of the table."""
    return StageOutcome(**{name: value for name, value in row._mapping.items() if name != "name"})
