"""Records a second into the ledger's tables: what a page comes to, stored as the ledger does, without a broker.

    python -m bench.ledger [--pages N] [--database URL] [--json]

Four records for each page (raw page, article, tagged article, recorded outcome), encoded as they lie in their topics;
batches of 2,000. The time covers decoding, noting and the transaction with its commit on the disk.
"""

import argparse
import tempfile
from dataclasses import replace
from itertools import islice
from pathlib import Path
from time import perf_counter

from bench.report import show
from pipeline.adapters.database import open_database, upgrade
from pipeline.ledger.indexing import keep
from pipeline.ledger.noting import Lying, note
from pipeline.settings import Settings
from pipeline.stages import identity
from tests.records import FULL
from topics import codec, registry
from topics.records import Article, Origin, RawPage, RecordedOutcome, TaggedArticle
from topics.spec import TopicSpec

_BATCH = 2000
_AT_MS = 1_772_600_000_000


def main() -> None:
    """Measure and show."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=10_000)
    parser.add_argument("--database", default="", help="SQLAlchemy URL; SQLite in a temporary folder when left out")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    records = [lying for number in range(options.pages) for lying in _records(number)]
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.model_validate({"data_folder": folder, "database_url": options.database})
        upgrade(settings)
        rows = [_measure(settings, records, "first time"), _measure(settings, records, "told again")]
        size = sum(path.stat().st_size for path in Path(folder).glob("tocsin.sqlite3*"))
    if not options.database:
        rows[0]["bytes_per_page"] = size / options.pages
    show("ledger", rows, as_json=options.json)


def _measure(settings: Settings, records: list[Lying], what: str) -> dict[str, object]:
    database = open_database(settings)
    waiting = iter(records)
    started = perf_counter()
    while batch := list(islice(waiting, _BATCH)):
        notes = [note(lying) for lying in batch]
        with database.write() as connection:
            keep(connection, notes)
    seconds = perf_counter() - started
    kind = "sqlite" if database.is_sqlite else "postgresql"
    database.close()
    return {"database": kind, "records": len(records), "what": what, "records_per_s": len(records) / seconds}


def _records(number: int) -> list[Lying]:
    url = f"https://bench.example/{number}"
    page_id = identity.page_id(url)
    origin = replace(_origin(), page_id=page_id, version_id=identity.digest("version", page_id), url=url)
    page, article, tagged, outcome = (FULL[name] for name in ("raw-pages", "articles", "tagged-articles", "outcomes"))
    assert isinstance(page, RawPage)
    assert isinstance(article, Article)
    assert isinstance(tagged, TaggedArticle)
    assert isinstance(outcome, RecordedOutcome)
    article = replace(article, origin=origin, url=url, canonical_url=url, text="word " * 500)
    ended = replace(outcome, stage="match", page_id=page_id, version_id=origin.version_id, watch_id=None)
    return [
        _lying(registry.RAW_PAGES, replace(page, origin=origin, final_url=url, body=b"x" * 20_000), number),
        _lying(registry.ARTICLES, article, number),
        _lying(registry.TAGGED_ARTICLES, replace(tagged, article=article, page_id=page_id), number),
        _lying(registry.OUTCOMES, ended, number),
    ]


def _origin() -> Origin:
    page = FULL["raw-pages"]
    assert isinstance(page, RawPage)
    return page.origin


def _lying(spec: TopicSpec, record: object, number: int) -> Lying:
    return Lying(
        spec=spec,
        partition=number % 12,
        offset=number,
        key=spec.key_of(record),
        value=codec.encode(spec, record),
        headers={"source": f"raw-pages/{number % 12}/{number}", "version": f"{spec.name}/1"},
        timestamp_ms=_AT_MS + number,
    )


if __name__ == "__main__":
    main()
