"""Every way a record can end at a stage, what is said of it, and how a page is brought there through the shell."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import msgspec

from pipeline.adapters import clock
from pipeline.adapters.database import Database, pruning
from pipeline.agents.shell import Agent, Shell
from pipeline.delivery.folding import fold_record, refuse
from pipeline.stages import identity
from pipeline.stages.outcome import Drop, DropReason, Emit, Outcome, Reject, RejectReason
from tests.explaining import Topics
from tests.records import MATCH
from tests.samples import article
from topics import codec, registry
from topics.records import Article, Match, Origin, RawPage, TaggedArticle, Watch
from topics.spec import Encoding, TopicSpec

WATCH = Watch(watch_id="dyke", name="Dyke", query="dyke AND sandrey", revision=0)
TEXT = "The river rose above the dyke at Sandrey on Tuesday."
HALF_A_PAIR = "\ud800"
"""What no record can carry in bytes."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One stage between its topics."""

    source: TopicSpec
    sink: TopicSpec
    origin_of: Callable[[Any], Origin]
    made: Callable[[Any], Any]
    """What it makes of its record."""
    needs: str
    """A field the stage cannot do without and the ledger can."""


def article_of(page: RawPage, text: str = TEXT) -> Article:
    """What `clean` makes of the page."""
    made = article(text, url=page.origin.url)
    return replace(made, origin=page.origin)


def tagged_of(cleaned: Article) -> TaggedArticle:
    """What `tag` makes of the article."""
    return TaggedArticle(article=cleaned, page_id=cleaned.origin.page_id)


def match_of(tagged: TaggedArticle, watch: Watch = WATCH) -> Match:
    """What `match` makes of it for the watch."""
    cleaned = tagged.article
    origin = cleaned.origin
    return replace(
        MATCH,
        match_id=identity.match_id(watch.watch_id, origin.page_id, origin.version_id),
        watch_id=watch.watch_id,
        watch_name=watch.name,
        origin=origin,
        url=cleaned.url,
        text_digest=cleaned.text_digest,
    )


STEPS = {
    "clean": Step(
        source=registry.RAW_PAGES,
        sink=registry.ARTICLES,
        origin_of=lambda page: page.origin,
        made=article_of,
        needs="body",
    ),
    "tag": Step(
        source=registry.ARTICLES,
        sink=registry.TAGGED_ARTICLES,
        origin_of=lambda one: one.origin,
        made=tagged_of,
        needs="text",
    ),
    "match": Step(
        source=registry.TAGGED_ARTICLES,
        sink=registry.MATCHES,
        origin_of=lambda tagged: tagged.article.origin,
        made=match_of,
        needs="page_id",
    ),
}


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How a stage ends its record, and what is said of it."""

    says: str
    gives: Outcome[Any] | Exception | None = None
    """None: what it makes, made so that it cannot be sent, or of a record that cannot be read."""
    is_unreadable: bool = False


def _drop(reason: DropReason, says: str) -> Ending:
    return Ending(gives=Drop(reason, "as it was"), says=f"{says} (clean: {reason.value}; as it was).")


def _reject(reason: RejectReason, says: str) -> Ending:
    return Ending(gives=Reject(reason, "as it was"), says=f"{says} (clean: {reason.value}; as it was).")


def _of_every_shell(stage: str, lead: str) -> dict[str, Ending]:
    """What can befall a record at any stage that runs in the shell."""
    unexpected = f"{lead}: it failed in a way nobody foresaw, which is a mistake of ours: please report it"
    return {
        "undecodable": Ending(is_unreadable=True, says=f"{lead}: its record in Kafka cannot be read ({stage}: unde"),
        "unexpected": Ending(
            gives=ZeroDivisionError("by zero"), says=f"{unexpected} ({stage}: unexpected; ZeroDivisionError: by zero)."
        ),
        "unsendable": Ending(says=f"{lead}: what came of it was refused by the broker or the database ({stage}: unse"),
    }


_NO_ARTICLE = "Fetched and not taken for an article"
_UNCLEANED = "It could not be cleaned"
ENDINGS = {
    "clean": {
        "not-html": _drop(DropReason.NOT_HTML, f"{_NO_ARTICLE}: it is no HTML page"),
        "home-page": _drop(DropReason.HOME_PAGE, f"{_NO_ARTICLE}: it is a front page"),
        "section-page": _drop(DropReason.SECTION_PAGE, f"{_NO_ARTICLE}: it is a list of articles"),
        "consent-wall": _drop(
            DropReason.CONSENT_WALL, f"{_NO_ARTICLE}: the server gave a page that asks for consent instead"
        ),
        "error-page": _drop(DropReason.ERROR_PAGE, f"{_NO_ARTICLE}: it is an error page"),
        "no-text": _drop(DropReason.NO_TEXT, f"{_NO_ARTICLE}: no text was found on it"),
        "too-short": _drop(DropReason.TOO_SHORT, f"{_NO_ARTICLE}: its text is too short to be one"),
        "too-large": _reject(RejectReason.TOO_LARGE, f"{_UNCLEANED}: it is too large to be handled"),
        "deadline": _reject(
            RejectReason.DEADLINE, f"{_UNCLEANED}: it took longer than TOCSIN_WORK__PAGE_DEADLINE allows"
        ),
        "child-died": _reject(RejectReason.CHILD_DIED, f"{_UNCLEANED}: the process that handled it died, twice"),
        "out-of-memory": _reject(
            RejectReason.OUT_OF_MEMORY,
            f"{_UNCLEANED}: it took more memory than TOCSIN_WORK__CHILD_MEMORY_MEGABYTES allows",
        ),
        **_of_every_shell("clean", _UNCLEANED),
    },
    "tag": _of_every_shell("tag", "Its people, organisations and figures could not be tagged"),
    "match": {
        "no-watch": Ending(
            gives=Drop(DropReason.NO_WATCH),
            says="Read as an article and not told: no watch that was in force then, and not put aside, matched it "
            "(match: no-watch).",
        ),
        **_of_every_shell("match", "It could not be held against the watches"),
    },
}


def come_to(topics: Topics, page: RawPage, stage: str, *, text: str = TEXT) -> None:
    """Let the page lie before that stage, the stages before it done."""
    put(topics, registry.RAW_PAGES, page)
    for name, step in STEPS.items():
        if name == stage:
            return
        record = codec.decode(step.source, topics.newest(step.source).value)
        made = article_of(record, text) if name == "clean" else step.made(record)
        run_stage(topics, name, Emit((made,)))


def end(topics: Topics, stage: str, ending: Ending) -> None:
    """Let the stage end the newest record that lies before it."""
    step = STEPS[stage]
    if ending.is_unreadable:
        record = codec.decode(step.source, topics.newest(step.source).value)
        put(topics, step.source, record, without=step.needs)
    outcome = ending.gives
    if outcome is None:
        outcome = Emit((_unsendable(step, topics.newest(step.source).value),)) if not ending.is_unreadable else Emit(())
    run_stage(topics, stage, outcome)


def _unsendable(step: Step, value: bytes | None) -> object:
    """What the stage would make, with half a character in it."""
    made = step.made(codec.decode(step.source, value))
    if isinstance(made, TaggedArticle):
        return replace(made, article=replace(made.article, title=HALF_A_PAIR))
    return replace(made, title=HALF_A_PAIR)


def run_stage(topics: Topics, stage: str, outcome: Outcome[Any] | Exception) -> None:
    """Bring the newest record before the stage to that outcome, in the stage's shell."""
    step = STEPS[stage]

    async def give(_record: object) -> Outcome[Any]:
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    agent = Agent(
        name=stage, version=f"{stage}/1", source=step.source, sink=step.sink, origin_of=step.origin_of, stage=give
    )
    asyncio.run(Shell(agent, topics).handle(topics.newest(step.source)))


def put(topics: Topics, spec: TopicSpec, record: object, *, without: str | None = None) -> None:
    """Append the record, or one that lacks a field and cannot be read for it."""
    value = codec.encode(spec, record)
    if without is not None:
        coding = msgspec.msgpack if spec.encoding is Encoding.MSGPACK else msgspec.json
        fields = coding.decode(value)
        del fields[without]
        value = coding.encode(fields)
    topics.put(spec, key=spec.key_of(record), value=value, headers={})


def fold_page(topics: Topics, page: RawPage, *, text: str = TEXT) -> None:
    """Bring the page all the way to its alert."""
    come_to(topics, page, "fold", text=text)
    fold_newest(topics)


def fold_newest(topics: Topics) -> None:
    """Fold the newest match."""
    partition, record = topics.newest_match()
    with topics.database.write() as connection:
        fold_record(connection, partition, record, story_window=timedelta(hours=72))
    topics.publish()


def refuse_newest(topics: Topics, reason: str) -> None:
    """Let the newest match be refused: it cannot be read, or what it says cannot be stored."""
    partition, record = topics.newest_match()
    if reason == RejectReason.UNDECODABLE.value:
        fold_newest(topics)
        return
    with topics.database.write() as connection:
        refuse(connection, partition, record, reason=RejectReason.UNSENDABLE, detail="NUL")
    topics.publish()


def forget_alerts(database: Database) -> None:
    """As pruning does with alerts of long ago."""
    long_after = clock.now() + timedelta(days=1000)
    for _ in pruning.prune(database, outcomes_before=clock.now() - timedelta(days=1), alerts_before=long_after):
        pass
