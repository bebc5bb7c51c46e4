"""Watches found in an article."""

from pipeline.stages.identity import match_id
from pipeline.stages.match.engine.index import Standing, WatchIndex
from pipeline.stages.match.exact.evaluate import hits, holds
from pipeline.stages.match.exact.reading import Reading, read
from pipeline.stages.match.snippets import snippets
from pipeline.stages.outcome import Drop, DropReason, Emit, Outcome
from pipeline.stages.provenance import made_by
from topics.records import Match, TaggedArticle

VERSION = "match/1"


def match(tagged: TaggedArticle, *, watches: WatchIndex) -> Outcome[Match]:
    """One match for each watch that holds, in the order of watch ids; a drop when none does."""
    reading = read(tagged, names_of=watches.names_of)
    found = (one for one in watches.candidates(reading) if holds(one.query.tree, reading))
    matches = tuple(_match(standing, reading) for standing in found)
    return Emit(matches) if matches else Drop(DropReason.NO_WATCH)


def _match(standing: Standing, reading: Reading) -> Match:
    watch, article = standing.watch, reading.article
    found = hits(standing.query, reading)
    return Match(
        match_id=match_id(watch.watch_id, article.origin.page_id, article.origin.version_id),
        watch_id=watch.watch_id,
        watch_name=watch.name,
        watch_revision=watch.revision,
        subscriber=watch.subscriber,
        origin=made_by(article.origin, VERSION),
        url=article.url,
        canonical_url=article.canonical_url,
        title=article.title,
        text_digest=article.text_digest,
        hits=found,
        snippets=snippets(found, reading),
        authors=article.authors,
        published_at=article.published_at,
        language=article.language,
        site_name=article.site_name,
    )
