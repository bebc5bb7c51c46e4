"""Every way a record can end at a stage, through the stage's shell: each is explained in words its reader understands.

Which ways there are is read from the code: a reason that a stage begins to give is missed here.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from pipeline.adapters import clock
from pipeline.adapters.database import Database, dead_letters, open_database, upgrade, watches
from pipeline.adapters.database.dead_letters import LetterStatus
from pipeline.ledger import near_misses, wording
from pipeline.settings import Settings
from pipeline.stages import identity
from pipeline.stages.match import Query
from pipeline.stages.match.exact.reading import Reading
from pipeline.stages.match.nearness import Nearness
from pipeline.stages.outcome import DropReason, Emit, RejectReason
from tests.explaining import Topics, reasons_in
from tests.samples import raw_page
from tests.unit.stage_endings import (
    ENDINGS,
    STEPS,
    TEXT,
    WATCH,
    Ending,
    article_of,
    come_to,
    end,
    fold_newest,
    fold_page,
    forget_alerts,
    match_of,
    put,
    refuse_newest,
    run_stage,
    tagged_of,
)
from topics import registry
from topics.records import Mode, RawPage, RecordedOutcome, Watch, WatchFault

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


def test_stages_that_end_within_one_millisecond_are_told_in_the_datas_order(
    topics: Topics, page: RawPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = clock.now()
    monkeypatch.setattr(clock, "now", lambda: moment)
    come_to(topics, page, "match")
    end(topics, "match", ENDINGS["match"]["unexpected"])
    told = [(one.stage, one.outcome) for one in topics.explain(page.origin.url).outcomes]
    assert told == [("poll", "emitted"), ("clean", "emitted"), ("tag", "emitted"), ("match", "rejected")]


@pytest.mark.parametrize("stage", ["tag", "match"])
def test_a_page_of_which_came_what_nobody_can_read_is_explained_by_the_records_key(
    topics: Topics, page: RawPage, stage: str
) -> None:
    come_to(topics, page, stage)
    made = topics.newest(STEPS[stage].source)
    fresh = raw_page("https://news.example/2026/another")
    come_to(topics, fresh, {"tag": "clean", "match": "tag"}[stage])
    source = topics.newest(STEPS[{"tag": "clean", "match": "tag"}[stage]].source).source
    key = fresh.origin.page_id.encode()
    topics.put(STEPS[stage].source, key=key, value=b"\xc1rubbish", headers={**made.headers, "source": source})
    run_stage(topics, stage, Emit(()))
    found = topics.explain(fresh.origin.url)
    assert found.verdict.startswith(ENDINGS[stage]["undecodable"].says)
    assert "`tocsin dlq retry" in found.verdict
    assert topics.explain(page.origin.url).verdict.startswith("Under way")


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
    match = match_of(tagged_of(article_of(page)), other)
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
    ],
    ids=["lacks a clause", "switched off"],
)
def test_why_one_watch_did_not_match_is_explained(
    topics: Topics, page: RawPage, changed: dict[str, Any], says: str
) -> None:
    with topics.database.write() as connection:
        watches.put(connection, replace(WATCH, **changed), channels=(), now=clock.now())
    come_to(topics, page, "match")
    end(topics, "match", ENDINGS["match"]["no-watch"])
    assert topics.explain(page.origin.url, watch_id=WATCH.watch_id).verdict.startswith(says)


@pytest.mark.parametrize(
    ("revision", "says"),
    [
        (None, "it, or an actor it names, came later (last changed {}), or it was put aside then. {}"),
        (0, "it, or an actor it names, came later (last changed {}), or it was put aside then. {}"),
        (
            1,
            "a match agent has put it aside (last changed {}): too slow. It is in force again once it is changed, or "
            "disabled and enabled; then {}",
        ),
    ],
    ids=["nothing is known", "its former revision is put aside", "put aside"],
)
def test_a_watch_that_would_match_now_and_did_not_then_came_later_or_was_put_aside(
    topics: Topics, page: RawPage, revision: int | None, says: str
) -> None:
    if revision is not None:
        topics.faults["dyke"] = WatchFault(watch_id="dyke", revision=revision, reason="too slow")
    come_to(topics, page, "match")
    end(topics, "match", ENDINGS["match"]["no-watch"])
    found = topics.explain(page.origin.url, watch_id="dyke")
    (miss,) = topics.explain(page.origin.url).near
    assert (miss, miss.put_aside) == (found.near[0], "too slow" if revision == 1 else None)
    assert miss.revised_at is not None
    said = says.format(f"{miss.revised_at:%Y-%m-%d %H:%M:%S} UTC", "`tocsin watch backfill dyke` looks back.")
    assert found.verdict == f"The watch 'Dyke' would match it now and did not then: {said}"


def test_a_watch_whose_evaluation_fails_is_explained_as_that_and_hides_no_other(
    topics: Topics, page: RawPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = near_misses.judge

    def failing(query: Query, reading: Reading) -> Nearness:
        if query.text == WATCH.query:
            raise RecursionError("too deep")
        return honest(query, reading)

    other = Watch(watch_id="wet", name="Wet", query="river AND zeppelin", revision=0)
    with topics.database.write() as connection:
        watches.put(connection, other, channels=(), now=clock.now())
    come_to(topics, page, "match")
    end(topics, "match", ENDINGS["match"]["no-watch"])
    monkeypatch.setattr(near_misses, "judge", failing)
    reason = "evaluating it failed: RecursionError: too deep"
    near = {one.watch_id: one for one in topics.explain(page.origin.url).near}
    assert (near["dyke"].error, near["wet"].error, near["wet"].failed) == (reason, None, ("zeppelin",))
    said = topics.explain(page.origin.url, watch_id="dyke").verdict
    assert said == f"Whether the watch 'Dyke' matches cannot be said: {reason}."


def test_why_a_watch_did_not_match_is_not_known_once_the_article_is_gone(topics: Topics, page: RawPage) -> None:
    come_to(topics, page, "match")
    end(topics, "match", ENDINGS["match"]["no-watch"])
    topics.forget(registry.TAGGED_ARTICLES)
    said = topics.explain(page.origin.url, watch_id=WATCH.watch_id).verdict
    assert said == "The watch 'Dyke' did not match; its tagged article is no longer in its topic."
