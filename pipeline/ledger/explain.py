"""Why did I not get this? All that is known of an address, from the ledger, the topics and the database."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from pipeline.adapters import match_reports
from pipeline.adapters.database import Connection, Database, actors, alerts, dead_letters, deliveries, outcomes, watches
from pipeline.adapters.database.alerts import FoldedPage
from pipeline.adapters.database.outcomes import StageOutcome
from pipeline.adapters.feed_store import FeedStore
from pipeline.adapters.ranges import Bounds, TopicRange
from pipeline.errors import TransientError, UsageError
from pipeline.ledger import near_misses, verdict
from pipeline.ledger.explanation import (
    ActorFound,
    AlertStory,
    ArticleStory,
    DeliveryStory,
    Explanation,
    FeedStory,
    NearMiss,
    Waiting,
)
from pipeline.ledger.noting import EMITTED
from pipeline.settings import Settings
from pipeline.stages import identity, urls
from topics import codec, registry
from topics.records import LIVE_RUN, Feed, FeedState, TaggedArticle, Watch

_LABELS = ("www.", "m.", "mobile.", "amp.")
_ACTORS, _KEYWORDS, _FEEDS = 20, 12, 10


@dataclass(frozen=True, slots=True, kw_only=True)
class InKafka:
    """What an explanation asks of the topics."""

    feeds: Mapping[str, Feed]
    states: Mapping[str, FeedState]
    article_at: Callable[[StageOutcome], TaggedArticle | None]
    """The tagged article where the stage's outcome says it lies; None when it is gone."""
    put_aside: Callable[[Mapping[str, int]], Mapping[str, str]]
    """Why, by id, match agents have put aside which of the watches of these ids and revisions."""


def explain(settings: Settings, database: Database, url: str, *, watch_id: str | None = None) -> Explanation:
    """The whole story of the address; with a watch, why that one did or did not match.

    UsageError for what is no address, and for a watch there is none of.
    """
    _require_address(url)
    with FeedStore(settings) as store:
        known = InKafka(
            feeds=store.all(),
            states=store.states(),
            article_at=partial(_read, settings),
            put_aside=partial(match_reports.put_aside, settings),
        )
    return explain_by(known, database, url, watch_id=watch_id)


def explain_by(known: InKafka, database: Database, url: str, *, watch_id: str | None = None) -> Explanation:
    """The same by what is known of the topics already."""
    _require_address(url)
    with database.read() as connection:
        watch = _watch(connection, watch_id)
        found, form = _pages(connection, url)
        if not found:
            return _unseen(url, known)
        story = replace(_story(connection, url, found, known), known_as=form)
        if watch is not None:
            story = replace(story, alerts=tuple(one for one in story.alerts if one.watch_id == watch.watch_id))
        story = _with_article(connection, story, watch, known)
    said = verdict.of_watch(story, watch) if watch is not None else verdict.of_page(story)
    return replace(story, verdict=said)


def _require_address(url: str) -> None:
    if urls.normalise(url) is None:
        raise UsageError(f"{url!r} is no web address; give it whole, such as https://news.example/article")


def forms_of(url: str) -> Iterator[str]:
    """The canonical form of an address, and what else it may be known as: the other scheme, `www.`, a slash."""
    exact = urls.normalise(url)
    if exact is None:
        return
    scheme, _, rest = exact.partition("://")
    host, slash, path = rest.partition("/")
    bare = next((host.removeprefix(label) for label in _LABELS if host.startswith(label)), host)
    before_query, mark, query = path.partition("?")
    paths = dict.fromkeys(
        (path, before_query.rstrip("/") + mark + query, before_query.rstrip("/") + "/" + mark + query)
    )
    hosts = dict.fromkeys((host, bare, *(label + bare for label in _LABELS)))
    schemes = dict.fromkeys((scheme, "https", "http"))
    every = (f"{one}://{name}{slash}{tail}" for name in hosts for one in schemes for tail in paths)
    yield from dict.fromkeys((exact, *every))


def _pages(connection: Connection, url: str) -> tuple[list[str], str | None]:
    """The pages known by the address, and the form of it under which they are known when that is another."""
    forms = {identity.page_id(form): form for form in forms_of(url)}
    found = outcomes.pages_at(connection, list(forms))
    for number, (address, form) in enumerate(forms.items()):
        if address in found:
            return found[address], form if number else None
    return [], None


def _watch(connection: Connection, watch_id: str | None) -> Watch | None:
    if watch_id is None:
        return None
    stored = watches.get(connection, watch_id)
    if stored is None:
        raise UsageError(f"{watch_id}: no such watch; `tocsin watch list` shows them")
    return stored.watch


def _story(connection: Connection, url: str, pages: Sequence[str], known: InKafka) -> Explanation:
    ended = outcomes.of_pages(connection, pages)
    feed_ids = dict.fromkeys(one.feed_id for one in ended if one.feed_id is not None)
    listed_by = [known.feeds[feed_id] for feed_id in feed_ids if feed_id in known.feeds]
    return Explanation(
        url=url,
        verdict="",
        page_ids=tuple(pages),
        outcomes=ended,
        feeds=tuple(_feed(feed, known.states.get(feed.feed_id)) for feed in listed_by),
        alerts=tuple(_alert(connection, one) for one in alerts.of_pages(connection, pages)),
        letters=dead_letters.of_pages(connection, pages),
    )


def _alert(connection: Connection, folded: FoldedPage) -> AlertStory:
    stored = folded.stored
    match = stored.alert.match
    return AlertStory(
        watch_id=stored.alert.watch_id,
        watch_name=match.watch_name,
        part=folded.part.value,
        alert_id=stored.alert.alert_id,
        title=match.title,
        url=match.url,
        raised_at=stored.alert.raised_at,
        mode=stored.alert.mode.value,
        run_id=match.origin.run_id,
        deliveries=tuple(
            DeliveryStory(delivery=one, attempts=deliveries.attempts_of(connection, one.delivery_id))
            for one in stored.deliveries
        ),
    )


def _with_article(connection: Connection, story: Explanation, watch: Watch | None, known: InKafka) -> Explanation:
    """The story with the article as it was tagged last, and the watches it nearly matched."""
    tagged = [one for one in story.outcomes if one.stage == "tag" and one.outcome == EMITTED]
    if not tagged:
        return story
    place = max(tagged, key=lambda one: (one.run_id == LIVE_RUN, one.arrived_at))
    article = known.article_at(place)
    if article is None:
        return replace(story, article_note="its tagged article is no longer in its topic")
    near, judged, in_force = _near(connection, story, article, watch)
    near = _with_put_aside(connection, near, known)
    return replace(story, article=_article(article), near=near, watches_judged=judged, watches_in_force=in_force)


def _near(
    connection: Connection, story: Explanation, article: TaggedArticle, watch: Watch | None
) -> tuple[tuple[NearMiss, ...], int, int]:
    listed = actors.list_all(connection)
    if watch is not None:
        return near_misses.judged(article, watch, listed), 1, 1
    every = [stored.watch for stored in watches.list_all(connection) if stored.watch.enabled]
    matched = {one.watch_id for one in story.outcomes if one.stage == "match" and one.watch_id is not None}
    near, judged = near_misses.nearest(article, every, listed, matched=matched)
    return near, judged, len(every)


def _with_put_aside(connection: Connection, near: tuple[NearMiss, ...], known: InKafka) -> tuple[NearMiss, ...]:
    """Agents are asked only about watches that would match now."""
    missed = {one.watch_id for one in near if not one.failed and one.error is None}
    stored = watches.list_all(connection) if missed else ()
    revisions = {one.watch.watch_id: one.watch.revision for one in stored if one.watch.watch_id in missed}
    aside = known.put_aside(revisions) if revisions else {}
    return tuple(replace(one, put_aside=aside.get(one.watch_id)) for one in near)


def _read(settings: Settings, place: StageOutcome) -> TaggedArticle | None:
    """The record where it lies; None when it is gone."""
    spec = registry.by_name(place.topic)
    source = TopicRange(settings, spec, {place.partition: Bounds(place.offset, place.offset + 1)})
    try:
        for batch in source.batches():
            for record in batch.records:
                if record.offset == place.offset:
                    tagged: TaggedArticle = codec.decode(spec, record.value)
                    return tagged
    except (TransientError, codec.UndecodableError):
        return None
    finally:
        source.close()
    return None


def _article(tagged: TaggedArticle) -> ArticleStory:
    mentions = Counter((mention.name, mention.actor_id) for mention in tagged.mentions)
    article = tagged.article
    return ArticleStory(
        title=article.title,
        language=article.language,
        published_at=article.published_at or article.origin.published_at,
        characters=len(article.text),
        actors=tuple(
            ActorFound(name=name, actor_id=actor_id, mentions=count)
            for (name, actor_id), count in mentions.most_common(_ACTORS)
        ),
        keywords=tuple(keyword.term for keyword in tagged.keywords[:_KEYWORDS]),
    )


def _unseen(url: str, known: InKafka) -> Explanation:
    """An address that is no page's: one that waits to be fetched, or was never listed."""
    wanted = set(forms_of(url))
    for feed_id, state in known.states.items():
        for entry in state.pending:
            if feed_id in known.feeds and urls.normalise(entry.url) in wanted:
                waiting = Waiting(
                    listed_at=entry.first_seen_at,
                    attempts=entry.attempts,
                    next_attempt_at=entry.next_attempt_at,
                    last_error=entry.last_error,
                )
                listed_by = (_feed(known.feeds[feed_id], state),)
                found = Explanation(url=url, verdict="", waiting=waiting, feeds=listed_by)
                return replace(found, verdict=verdict.of_waiting(found))
    near = [feed for feed in known.feeds.values() if _is_same_site(url, feed, known.states.get(feed.feed_id))]
    near.sort(key=lambda feed: (urls.host_of(feed.url) != urls.host_of(url), feed.url))
    feeds = tuple(_feed(feed, known.states.get(feed.feed_id)) for feed in near[:_FEEDS])
    return Explanation(url=url, verdict=verdict.of_unseen(url, feeds), feeds=feeds)


def _feed(feed: Feed, state: FeedState | None) -> FeedStory:
    return FeedStory(
        feed_id=feed.feed_id,
        url=feed.url,
        title=feed.title or (state.title if state is not None else None),
        is_enabled=feed.enabled,
        polled_at=state.polled_at if state is not None else None,
        succeeded_at=state.succeeded_at if state is not None else None,
        next_poll_at=state.next_poll_at if state is not None else None,
        last_outcome=state.last_outcome if state is not None else None,
        error_streak=state.error_streak if state is not None else 0,
        last_error=state.last_error if state is not None else None,
    )


def _is_same_site(url: str, feed: Feed, state: FeedState | None) -> bool:
    """Hosts that share the domain a site is registered under, as far as names tell."""
    hosts = {urls.host_of(feed.url), urls.host_of(state.url) if state is not None else ""}
    return _site(urls.host_of(url)) in {_site(host) for host in hosts if host}


def _site(host: str) -> str:
    """`news.example.co.uk` and `example.co.uk` are one site; so, by the same rule, are all of `co.com`."""
    labels = host.split(".")
    if host.replace(".", "").isdigit() or ":" in host:
        return host
    is_second_level = len(labels) > 2 and len(labels[-1]) == 2 and len(labels[-2]) <= 3
    return ".".join(labels[-3 if is_second_level else -2 :])
