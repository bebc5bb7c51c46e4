"""Every way a record can end at a stage, through the stage's shell: each is explained in words its reader understands.

Which ways there are is read from the code: a reason that a stage begins to give is missed here.
"""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from pipeline.adapters import clock
from pipeline.adapters.database import Database, dead_letters, open_database, pruning, upgrade, watches
from pipeline.adapters.database.dead_letters import LetterStatus
from pipeline.agents.shell import Agent, Shell
from pipeline.delivery.folding import fold_record, refuse
from pipeline.ledger import wording
from pipeline.settings import Settings
from pipeline.stages import identity
from pipeline.stages.outcome import Drop, DropReason, Emit, Outcome, Reject, RejectReason
from tests.explaining import Topics, reasons_in
from tests.records import MATCH
from tests.samples import article, raw_page
from topics import codec, registry
from topics.records import Article, Match, Mode, Origin, RawPage, RecordedOutcome, TaggedArticle, Watch
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


def _article_of(page: RawPage, text: str = TEXT) -> Article:
    made = article(text, url=page.origin.url)
    return replace(made, origin=page.origin)


def _tagged_of(cleaned: Article) -> TaggedArticle:
    return TaggedArticle(article=cleaned, page_id=cleaned.origin.page_id)


def _match_of(tagged: TaggedArticle, watch: Watch = WATCH) -> Match:
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
        made=_article_of,
        needs="body",
    ),
    "tag": Step(
        source=registry.ARTICLES,
        sink=registry.TAGGED_ARTICLES,
        origin_of=lambda one: one.origin,
        made=_tagged_of,
        needs="text",
    ),
    "match": Step(
        source=registry.TAGGED_ARTICLES,
        sink=registry.MATCHES,
        origin_of=lambda tagged: tagged.article.origin,
        made=_match_of,
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
            says="Read as an article and not told: no watch in force then matched it (match: no-watch).",
        ),
        **_of_every_shell("match", "It could not be held against the watches"),
    },
}
CASES = [
    pytest.param(stage, ending, id=f"{stage} {name}") for stage, of in ENDINGS.items() for name, ending in of.items()
]
CODE_OF = {
    "clean": ("stages/clean/**/*.py", "adapters/pool.py", "agents/*.py"),
    "tag": ("stages/tag/**/*.py", "agents/*.py"),
    "match": ("stages/match/**/*.py", "agents/*.py"),
    "fold": ("delivery/*.py", "adapters/database/folding.py"),
}


@pytest.fixture
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    settings = Settings.model_validate({"data_folder": tmp_path_factory.mktemp("ledger")})
    upgrade(settings)
    opened = open_database(settings)
    with opened.write() as connection:
        watches.put(connection, WATCH, channels=(), now=clock.now())
    yield opened
    opened.close()


@pytest.fixture
def topics(database: Database) -> Topics:
    return Topics(database)


@pytest.fixture
def page() -> RawPage:
    return raw_page("https://news.example/2026/the-dyke")


@pytest.mark.parametrize(("stage", "ending"), CASES)
def test_every_way_to_end_at_a_stage_is_explained(topics: Topics, page: RawPage, stage: str, ending: Ending) -> None:
    come_to(topics, page, stage)
    end(topics, stage, ending)
    found = topics.explain(page.origin.url)
    assert found.verdict.startswith(ending.says), found.verdict
    is_refused = found.outcomes[-1].outcome == "rejected"
    assert ("`tocsin dlq retry" in found.verdict, len(found.letters)) == (is_refused, int(is_refused))
    if found.outcomes[-1].outcome != "unmatched":
        assert topics.explain(page.origin.url, watch_id=WATCH.watch_id).verdict == found.verdict


@pytest.mark.parametrize("stage", ENDINGS)
def test_no_stage_gives_a_reason_that_is_not_tried_here(stage: str) -> None:
    assert reasons_in(*CODE_OF[stage]) == set(ENDINGS[stage])


def test_every_reason_there_is_has_its_words_and_is_tried_somewhere() -> None:
    assert set(wording.SAID_OF_DROPS) == set(DropReason)
    assert set(wording.SAID_OF_REJECTS) == set(RejectReason)
    tried = {reason for stage in CODE_OF for reason in reasons_in(*CODE_OF[stage])}
    of_feeds, of_polls = reasons_in("stages/feeds/**/*.py"), reasons_in("poller/*.py")
    assert tried | of_feeds | of_polls == {*DropReason, *RejectReason}


@pytest.mark.parametrize(
    ("stage", "says"),
    [
        ("clean", "Under way: it was fetched at {} and has not been cleaned yet."),
        ("tag", "Under way: it was cleaned at {} and has not been tagged yet."),
        ("match", "Under way: it was tagged at {} and has not been held against the watches yet."),
        ("fold", "Under way: it was held against the watches at {} and has not been made an alert yet."),
    ],
)
def test_a_page_on_its_way_is_said_to_be(topics: Topics, page: RawPage, stage: str, says: str) -> None:
    come_to(topics, page, stage)
    found = topics.explain(page.origin.url)
    said = says.format(f"{found.outcomes[-1].arrived_at:%Y-%m-%d %H:%M:%S} UTC")
    assert found.verdict == said
    of_watch = topics.explain(page.origin.url, watch_id=WATCH.watch_id).verdict
    assert of_watch == (f"The watch 'Dyke' matched it. {said}" if stage == "fold" else said)


def test_what_an_alert_came_to_is_explained_for_each_page_of_its_story(topics: Topics, page: RawPage) -> None:
    fold_page(topics, page)
    copy = raw_page("https://copy.example/2026/the-dyke")
    fold_page(topics, copy)
    later = replace(page, origin=replace(page.origin, version_id=identity.digest("later")))
    fold_page(topics, later, text=TEXT + " And so on.")
    again = replace(page, origin=replace(page.origin, mode=Mode.BACKFILL, run_id="r1"))
    fold_page(topics, again)
    found = topics.explain(page.origin.url)
    assert found.verdict.startswith("It raised an alert of the watch 'Dyke' at ")
    assert found.verdict.endswith("; the alert went to no channel.")
    ends = [(one.reason, one.run_id) for one in found.outcomes if one.stage == "fold"]
    assert sorted(ends, key=str) == [("known", "r1"), ("same-page", "live"), (None, "live")]
    assert (
        f"It is a copy of {page.origin.url}, which raised the alert of 'Dyke'"
        in topics.explain(copy.origin.url).verdict
    )
    assert reasons_in(*CODE_OF["fold"]) == {"copy", "same-page", "known", "undecodable", "unsendable"}


@pytest.mark.parametrize(
    ("reason", "says"),
    [
        (DropReason.COPY, "Matched and not told again: its text is a copy of one that has its alert (fold: copy)."),
        (
            DropReason.SAME_PAGE,
            "Matched and not told again: it is a later version of a page that has its alert (fold: same-page).",
        ),
        (DropReason.KNOWN, "Matched and not told again: it had come to its alert before (fold: known)."),
        (None, "It was folded into an alert that is no longer kept."),
    ],
    ids=str,
)
def test_a_page_whose_alert_is_no_longer_kept_is_explained(
    topics: Topics, page: RawPage, reason: DropReason | None, says: str
) -> None:
    come_to(topics, page, "fold")
    if reason is None:
        fold_newest(topics)
        forget_alerts(topics.database)
    else:
        origin = page.origin
        recorded = RecordedOutcome(
            outcome_id="1",
            stage="fold",
            outcome=reason.kind,
            reason=reason.value,
            page_id=origin.page_id,
            url=origin.url,
            version_id=origin.version_id,
            watch_id=WATCH.watch_id,
        )
        asyncio.run(topics.send(registry.OUTCOMES, recorded))
    assert topics.explain(page.origin.url).verdict == says


@pytest.mark.parametrize("reason", ["undecodable", "unsendable"])
def test_a_match_that_is_refused_is_explained_beside_another_watchs_alert(
    topics: Topics, page: RawPage, reason: str
) -> None:
    fold_page(topics, page)
    other = Watch(watch_id="army", name="Army", query="army", revision=0)
    with topics.database.write() as connection:
        watches.put(connection, other, channels=(), now=clock.now())
    match = _match_of(_tagged_of(_article_of(page)), other)
    put(topics, registry.MATCHES, match, without="hits" if reason == "undecodable" else None)
    refuse_newest(topics, reason)
    first, second = topics.explain(page.origin.url).verdict.splitlines()
    assert first.startswith("It raised an alert of the watch 'Dyke'")
    said = f"Its match could not be made an alert: {wording.said_of(reason)} (fold: {reason}; "
    assert second.startswith(f"For the watch army: {said}")
    assert "`tocsin dlq retry" in second
    of_watch = topics.explain(page.origin.url, watch_id="army").verdict
    assert of_watch.startswith(f"The watch 'Army' matched it. {said}")
    assert topics.explain(page.origin.url, watch_id=WATCH.watch_id).verdict == first


def test_a_refused_record_is_explained_by_what_was_decided_of_its_letter(topics: Topics, page: RawPage) -> None:
    come_to(topics, page, "tag")
    end(topics, "tag", ENDINGS["tag"]["unexpected"])
    (letter,) = topics.explain(page.origin.url).letters
    with topics.database.write() as connection:
        dead_letters.close(connection, letter.letter_id, LetterStatus.DROPPED, by="anna", note="known", now=clock.now())
    assert topics.explain(page.origin.url).verdict.endswith("Given up by anna: known.")


def test_a_retried_record_that_fails_again_is_explained_by_its_new_letter(topics: Topics, page: RawPage) -> None:
    come_to(topics, page, "tag")
    end(topics, "tag", ENDINGS["tag"]["unexpected"])
    (letter,) = topics.explain(page.origin.url).letters
    with topics.database.write() as connection:
        dead_letters.close(connection, letter.letter_id, LetterStatus.RETRIED, by="anna", note=None, now=clock.now())
    assert topics.explain(page.origin.url).verdict.endswith("It was put back by anna and has not ended again yet.")
    back = {"attempt": "2", "retried-from": letter.letter_id}
    topics.put(registry.ARTICLES, key=b"", value=topics.newest(registry.ARTICLES).value, headers=back)
    end(topics, "tag", ENDINGS["tag"]["unexpected"])
    found = topics.explain(page.origin.url)
    (new,) = [one for one in found.letters if one.letter_id != letter.letter_id]
    assert new.retried_from == letter.letter_id
    assert f"`tocsin dlq retry {new.letter_id[:12]}` tries it again" in found.verdict


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"query": "dyke AND zeppelin"}, "The watch 'Dyke' did not match: it requires zeppelin."),
        ({"enabled": False}, "The watch 'Dyke' is switched off."),
        ({}, "The watch 'Dyke' would match it now and did not then: it, or an actor it names, came later"),
    ],
    ids=["lacks a clause", "switched off", "changed later"],
)
def test_why_one_watch_did_not_match_is_explained(
    topics: Topics, page: RawPage, changed: dict[str, Any], says: str
) -> None:
    with topics.database.write() as connection:
        watches.put(connection, replace(WATCH, **changed), channels=(), now=clock.now())
    come_to(topics, page, "match")
    end(topics, "match", ENDINGS["match"]["no-watch"])
    assert topics.explain(page.origin.url, watch_id=WATCH.watch_id).verdict.startswith(says)


def test_why_a_watch_did_not_match_is_not_known_once_the_article_is_gone(topics: Topics, page: RawPage) -> None:
    come_to(topics, page, "match")
    end(topics, "match", ENDINGS["match"]["no-watch"])
    topics.forget(registry.TAGGED_ARTICLES)
    said = topics.explain(page.origin.url, watch_id=WATCH.watch_id).verdict
    assert said == "The watch 'Dyke' did not match; its tagged article is no longer in its topic."


def come_to(topics: Topics, page: RawPage, stage: str, *, text: str = TEXT) -> None:
    """Let the page lie before that stage, the stages before it done."""
    put(topics, registry.RAW_PAGES, page)
    for name, step in STEPS.items():
        if name == stage:
            return
        record = codec.decode(step.source, topics.newest(step.source).value)
        made = _article_of(record, text) if name == "clean" else step.made(record)
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
