"""The shell: every record ends in exactly one acknowledged outcome."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from pipeline.agents import shell as shell_module
from pipeline.agents.shell import Agent, Headers, Received, Shell, Unsendable
from pipeline.errors import TransientError
from pipeline.stages.outcome import Drop, DropReason, Emit, Outcome, Reject, RejectReason
from pipeline.stages.provenance import PutAside, read_put_aside
from tests.fakes import MemorySink
from tests.samples import article, raw_page
from topics import codec, registry
from topics.records import OutcomeKind, RawPage, RecordedOutcome, WatchFault
from topics.spec import Lane, TopicSpec

PAGE = raw_page()
FAULT = WatchFault(watch_id="dyke", reason="why", revision=3)


def received(page: RawPage = PAGE, *, value: bytes | None = b"", headers: dict[str, str] | None = None) -> Received:
    body = codec.encode(registry.RAW_PAGES, page) if value == b"" else value
    return Received(topic="raw-pages", partition=3, offset=7, key=b"news.example", value=body, headers=headers or {})


def agent_of(stage: Any) -> Agent:
    return Agent(
        name="clean",
        version="clean/1",
        source=registry.RAW_PAGES,
        sink=registry.ARTICLES,
        origin_of=lambda page: page.origin,
        stage=stage,
    )


def shell_giving(outcome: Outcome[Any] | Exception, sink: MemorySink) -> Shell:
    async def stage(_page: RawPage) -> Outcome[Any]:
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    return Shell(agent_of(stage), sink)


async def test_an_emitted_record_is_sent_once_with_the_steps_so_far() -> None:
    sink = MemorySink()
    steps = json.dumps({"poll": "2026-03-04T05:06:07+00:00"})
    assert await shell_giving(Emit((article(),)), sink).handle(received(headers={"steps": steps}))
    (sent,) = sink.sent
    assert sent.spec == registry.ARTICLES
    assert sent.record == article()
    assert list(json.loads(sent.headers["steps"])) == ["poll", "clean"]
    assert sent.headers["source"] == "raw-pages/3/7"


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        pytest.param(DropReason.HOME_PAGE, OutcomeKind.DROPPED, id="dropped"),
        pytest.param(DropReason.COPY, OutcomeKind.DUPLICATE, id="duplicate"),
        pytest.param(DropReason.NO_WATCH, OutcomeKind.UNMATCHED, id="unmatched"),
    ],
)
async def test_a_drop_is_recorded_under_a_deterministic_id(reason: DropReason, kind: OutcomeKind) -> None:
    sink = MemorySink()
    shell = shell_giving(Drop(reason, "why"), sink)
    await shell.handle(received())
    await shell.handle(received())
    first, second = (sent.record for sent in sink.of(registry.OUTCOMES))
    assert isinstance(first, RecordedOutcome)
    assert first == second
    assert (first.outcome, first.reason, first.detail, first.stage) == (kind, reason.value, "why", "clean")
    assert len(sink.sent) == 2


@pytest.mark.parametrize(
    ("value", "outcome", "reason"),
    [
        pytest.param(b"", Reject(RejectReason.DEADLINE, "slow"), "deadline", id="rejected by the stage"),
        pytest.param(b"", ValueError("no"), "unexpected", id="the stage raises"),
        pytest.param(b"\xff\x00", Emit((article(),)), "undecodable", id="undecodable bytes"),
        pytest.param(None, Emit((article(),)), "undecodable", id="tombstone"),
    ],
)
async def test_an_unusable_record_goes_to_the_dead_letters_as_it_was(
    value: bytes | None, outcome: Outcome[Any] | Exception, reason: str
) -> None:
    sink = MemorySink()
    given = received(value=value, headers={"steps": "{}"})
    assert not await shell_giving(outcome, sink).handle(given)
    (sent,) = sink.sent
    assert sent.spec == registry.RAW_PAGES.dead_letter
    assert (sent.key, sent.value) == (b"news.example", given.value or b"")
    story = {
        name: sent.headers[name] for name in ("stage", "reason", "topic", "partition", "offset", "attempt", "version")
    }
    assert story == {
        "stage": "clean",
        "reason": reason,
        "topic": "raw-pages",
        "partition": "3",
        "offset": "7",
        "attempt": "1",
        "version": "clean/1",
    }
    assert sent.headers["steps"] == "{}"


async def test_a_send_that_fails_for_a_while_is_tried_until_it_succeeds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shell_module, "_FIRST_PAUSE_S", 0.001)
    sink = MemorySink(failures=[TransientError("away")] * 5)
    assert await shell_giving(Emit((article(),)), sink).handle(received())
    assert len(sink.of(registry.ARTICLES)) == 1


async def test_it_can_be_seen_that_a_record_is_in_hand_and_whether_it_is_being_sent_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shell_module, "_FIRST_PAUSE_S", 0.001)
    seen: list[tuple[int, int]] = []

    class Looking(MemorySink):
        async def send(self, spec: TopicSpec, *, key: bytes, value: bytes, headers: Headers) -> None:
            seen.append((shell.in_hand, shell.retrying))
            await super().send(spec, key=key, value=value, headers=headers)

    sink = Looking(failures=[TransientError("away"), TransientError("away"), Unsendable("too large")])
    shell = shell_giving(Emit((article(),)), sink)
    await shell.handle(received())
    assert seen == [(1, 0), (1, 1), (1, 1), (1, 0)]
    assert (shell.in_hand, shell.retrying) == (0, 0)


async def test_an_output_the_broker_refuses_for_good_is_dead_lettered() -> None:
    sink = MemorySink(failures=[Unsendable("too large")])
    assert not await shell_giving(Emit((article(),)), sink).handle(received())
    (sent,) = sink.sent
    assert sent.headers["reason"] == "unsendable"
    assert sent.headers["attempt"] == "1"


@pytest.mark.parametrize(
    "outcome",
    [
        pytest.param(Emit((article(), article("half a \ud83d pair"))), id="an output"),
        pytest.param(Drop(DropReason.HOME_PAGE, "half a \ud83d pair"), id="a recorded outcome"),
        pytest.param(Emit((raw_page(),)), id="another topic's record"),
    ],
)
async def test_what_cannot_be_said_in_bytes_is_dead_lettered_and_nothing_else_sent(outcome: Outcome[Any]) -> None:
    sink = MemorySink()
    assert not await shell_giving(outcome, sink).handle(received())
    (sent,) = sink.sent
    assert (sent.spec, sent.headers["reason"]) == (registry.RAW_PAGES.dead_letter, "unsendable")


async def test_a_dead_letter_too_large_itself_leaves_its_bytes_where_its_headers_say() -> None:
    sink = MemorySink(failures=[Unsendable("too large"), Unsendable("too large")])
    assert not await shell_giving(Emit((article(),)), sink).handle(received())
    (sent,) = sink.sent
    assert (sent.value, sent.headers["offset"]) == (b"", "7")


async def test_versions_of_one_page_are_handled_in_their_order_and_other_pages_beside_them() -> None:
    order: list[str] = []
    first_may_go = asyncio.Event()
    other = raw_page("https://news.example/b")

    async def stage(page: RawPage) -> Outcome[Any]:
        if page.body == b"first":
            await first_may_go.wait()
        if page.origin.page_id == other.origin.page_id:
            first_may_go.set()
        order.append(page.body.decode())
        return Emit((article(),))

    shell = Shell(agent_of(stage), MemorySink())
    pages = [replace(PAGE, body=b"first"), replace(PAGE, body=b"second"), replace(other, body=b"other")]
    await asyncio.gather(*(shell.handle(received(page)) for page in pages))
    assert order == ["other", "first", "second"]


async def test_what_a_record_ends_in_says_which_version_ended_it() -> None:
    sink = MemorySink()
    await shell_giving(Emit((article(),)), sink).handle(received())
    await shell_giving(Drop(DropReason.HOME_PAGE), sink).handle(received())
    assert [sent.headers["version"] for sent in sink.sent] == ["clean/1", "clean/1"]
    assert all("attempt" not in sent.headers for sent in sink.sent)


@pytest.mark.parametrize(
    "outcome", [Emit((article(),)), Drop(DropReason.HOME_PAGE), Reject(RejectReason.TOO_LARGE)], ids=str
)
async def test_a_retried_record_ends_under_the_number_of_its_try(outcome: Outcome[Any]) -> None:
    sink = MemorySink()
    await shell_giving(outcome, sink).handle(received(headers={"attempt": "3", "retried-from": "a letter"}))
    (sent,) = sink.sent
    assert sent.headers["attempt"] == "3"
    assert sent.headers.get("retried-from") == ("a letter" if isinstance(outcome, Reject) else None)


@pytest.mark.parametrize("value", ["", "0", "-1", "two", "²", "9" * 30])
async def test_a_number_of_tries_that_is_none_counts_as_the_first(value: str) -> None:
    sink = MemorySink()
    await shell_giving(Reject(RejectReason.TOO_LARGE), sink).handle(received(headers={"attempt": value}))
    assert sink.sent[0].headers["attempt"] == "1"


def of_a_run(**more: str) -> dict[str, str]:
    return {"run": "r1", "replays": "raw-pages/1/5", **more}


async def test_in_the_replay_lane_outputs_go_beside_the_live_ones_and_carry_their_run() -> None:
    sink = MemorySink()

    async def stage(_page: RawPage) -> Outcome[Any]:
        return Emit((article(),))

    assert await Shell(agent_of(stage).in_lane(Lane.REPLAY), sink).handle(received(headers=of_a_run()))
    (sent,) = sink.sent
    assert sent.spec.name == "articles-replay"
    assert (sent.headers["run"], sent.headers["replays"]) == ("r1", "raw-pages/1/5")


@pytest.mark.parametrize(
    "outcome", [Emit((article(),), (FAULT,)), Drop(DropReason.NO_WATCH, put_aside=(FAULT,))], ids=["output", "none"]
)
async def test_what_a_run_lacks_for_a_watch_that_was_put_aside_says_so_however_often_it_is_sent(
    outcome: Outcome[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shell_module, "_FIRST_PAUSE_S", 0.001)
    sink = MemorySink(failures=[TransientError("away")])
    await shell_giving(outcome, sink).handle(received(headers=of_a_run()))
    await shell_giving(outcome, sink).handle(received())
    of_run, of_live = sink.sent
    assert read_put_aside(of_run.headers) == PutAside({"dyke": "why"})
    assert "put-aside" not in of_live.headers


async def test_what_is_refused_in_the_replay_lane_goes_to_the_one_place_of_dead_letters_with_its_run() -> None:
    sink = MemorySink()
    shell = Shell(agent_of(None).in_lane(Lane.REPLAY), sink)
    assert not await shell.handle(received(value=b"junk", headers=of_a_run()))
    (sent,) = sink.sent
    assert sent.spec.name == "raw-pages-dlq"
    assert (sent.headers["run"], sent.headers["replays"]) == ("r1", "raw-pages/1/5")


@pytest.mark.parametrize(("last", "count"), [("clean", 1), ("fold", 1), ("nonsense", 1)])
async def test_a_record_replayed_as_far_as_this_stage_or_further_is_handled(last: str, count: int) -> None:
    sink = MemorySink()
    shell = shell_giving(Emit((article(),)), sink)
    await shell.handle(received(headers=of_a_run(**{"last-stage": last})))
    assert len(sink.sent) == count
    assert sink.sent[0].headers["last-stage"] == last


async def test_a_record_replayed_as_far_as_an_earlier_stage_is_read_and_nothing_done_with_it() -> None:
    sink = MemorySink()
    agent = replace(agent_of(None), name="tag")
    shell = Shell(agent, sink)
    assert await shell.handle(received(headers=of_a_run(**{"last-stage": "clean"})))
    assert sink.sent == []
