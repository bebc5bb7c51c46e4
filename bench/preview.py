"""Stored articles searched for one watch on a real broker: read alone, read and decoded, read and matched, the preview.

    python -m bench.preview [--articles 100000] [--json]

Articles are the demo newsroom's in six languages, cleaned and tagged as the pipeline does, lengthened to 2.5 KB of
text: with their tags some 9 KB of JSON. Rows but the last are one process; `articles_per_cpu_s` is by that process's
CPU time, which a busy machine does not change. The watch is found in about one article of a hundred.
"""

import argparse
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import cycle, islice
from time import monotonic, process_time

from bench import corpus
from bench.report import Row, show
from bench.running import kafka
from pipeline.adapters import clock
from pipeline.adapters.kafka import Producer
from pipeline.adapters.ranges import RangeRecord, TopicRange, bounds_of
from pipeline.replay.preview import Limits, Summary, preview
from pipeline.replay.searching import Searcher
from pipeline.settings import Settings
from pipeline.stages import identity
from pipeline.stages.clean import clean
from pipeline.stages.outcome import Emit
from pipeline.stages.tag import ActorIndex, tag
from topics import codec, registry
from topics.records import Article, TaggedArticle, Watch

_SPEC = registry.TAGGED_ARTICLES
_LEAST_BYTES = 2_500
_RARE = "Quellenhofer"
_ONE_IN = 100
_ABSENT = "Zwischenfall"


def main() -> None:
    """Measure and show."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with kafka() as settings:
        _fill(settings, options.articles)
        show("preview", list(_rows(settings)), as_json=options.json)


def _rows(settings: Settings) -> Iterator[Row]:
    yield _measured("read alone", settings, lambda record: None)
    yield _measured("read and decoded", settings, lambda record: codec.decode(_SPEC, record.value))
    yield _measured("read and matched, 1 in 100", settings, _searcher(_RARE).search)
    yield _measured("read and matched, none", settings, _searcher(_ABSENT).search)
    yield _preview(settings)


def _searcher(query: str) -> Searcher:
    return Searcher([Watch(watch_id="bench", name="bench", query=query, revision=1)], [])


def _measured(what: str, settings: Settings, work: Callable[[RangeRecord], object]) -> Row:
    source = TopicRange(settings, _SPEC, bounds_of(settings, _SPEC))
    wall, cpu, articles, size = monotonic(), process_time(), 0, 0
    for batch in source.batches():
        for record in batch.records:
            work(record)
            size += len(record.value or b"")
        articles += len(batch.records)
    seconds, busy = monotonic() - wall, process_time() - cpu
    source.close()
    return _row(what, articles, seconds, cpu_s=busy, size=size)


def _preview(settings: Settings) -> Row:
    limits = Limits(days=1, shown=20, time=timedelta(minutes=3))
    events = preview(settings, _RARE, actors=(), now=clock.now(), limits=limits)
    (summary,) = [event for event in events if isinstance(event, Summary)]
    return _row(f"preview, {os.cpu_count()} processes, start included", summary.articles, summary.seconds)


def _row(what: str, articles: int, seconds: float, *, cpu_s: float | None = None, size: int = 0) -> Row:
    return {
        "what": what,
        "articles": articles,
        "articles_per_s": int(articles / seconds),
        "articles_per_cpu_s": int(articles / cpu_s) if cpu_s else "",
        "mean_bytes": size // articles if articles and size else "",
    }


def _fill(settings: Settings, count: int) -> None:
    producer = Producer(settings, linger_ms=50, batch_size=1 << 20)
    sent = [producer.send(_SPEC, _numbered(tagged, number)) for number, tagged in enumerate(_articles(count))]
    for future in sent:
        future.result(120)
    producer.close()


def _articles(count: int) -> Iterator[TaggedArticle]:
    """Articles of the newsroom, lengthened by others of their language; one in a hundred with the rare word."""
    cleaned = [
        outcome.records[0]
        for page in corpus.raw_pages(corpus.read(None), 400)
        if isinstance(outcome := clean(page), Emit)
    ]
    tagged = []
    for place, article in enumerate(cleaned):
        alike = cycle([one for one in cleaned[place:] + cleaned[:place] if one.language == article.language])
        text = ""
        while len(text.encode()) < _LEAST_BYTES:
            text += next(alike).text + "\n"
        one = tag(replace(article, text=text), actors=ActorIndex(()))
        assert isinstance(one, Emit)
        tagged.append(one.records[0])
    return islice(cycle(tagged), count)


def _numbered(tagged: TaggedArticle, number: int) -> TaggedArticle:
    """The article as another page's."""
    page = identity.page_id(f"https://bench.example/{number}")
    origin = replace(tagged.article.origin, page_id=page, version_id=identity.version_id(page, b""))
    text = f"{tagged.article.text}{_RARE}" if number % _ONE_IN == 0 else tagged.article.text
    article: Article = replace(tagged.article, origin=origin, text=text, text_digest=page)
    return replace(tagged, article=article, page_id=page)


if __name__ == "__main__":
    main()
