"""Watches found in an article."""

from pipeline.stages.identity import match_id
from pipeline.stages.match.engine.finding import Findings, Found
from pipeline.stages.match.engine.index import WatchIndex
from pipeline.stages.match.scores import score
from pipeline.stages.match.snippets import snippets
from pipeline.stages.outcome import Drop, DropReason, Emit, Outcome
from pipeline.stages.provenance import made_by
from topics.records import Article, Match, Origin, TaggedArticle

VERSION = "match/1"


def match(tagged: TaggedArticle, *, watches: WatchIndex) -> Outcome[Match]:
    """One match for each watch that holds, in the order of watch ids; a drop when none does.

    Either names the watches that are put aside and may hold.
    """
    findings = watches.find(tagged)
    if not findings.found:
        return Drop(DropReason.NO_WATCH, put_aside=findings.put_aside)
    origin = made_by(tagged.article.origin, VERSION)
    matches = tuple(_match(one, tagged.article, origin, findings) for one in findings.found)
    return Emit(matches, findings.put_aside)


def _match(one: Found, article: Article, origin: Origin, findings: Findings) -> Match:
    watch = one.watch
    return Match(
        match_id=match_id(watch.watch_id, origin.page_id, origin.version_id),
        watch_id=watch.watch_id,
        watch_name=watch.name,
        watch_revision=watch.revision,
        subscriber=watch.subscriber,
        origin=origin,
        url=article.url,
        canonical_url=article.canonical_url,
        title=article.title,
        text_digest=article.text_digest,
        hits=one.hits,
        snippets=snippets(one.hits, findings.fields),
        authors=article.authors,
        published_at=article.published_at,
        language=article.language,
        site_name=article.site_name,
        score=score(one.hits, findings.fields),
    )
