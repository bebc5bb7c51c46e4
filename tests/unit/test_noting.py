"""What a record in Kafka says of how something ended."""

from dataclasses import replace
from datetime import timedelta

import pytest

from pipeline.ledger.noting import SOURCES, Lying, note
from pipeline.stages import dead_letter, identity
from pipeline.stages.dead_letter import Refusal
from tests.records import FULL
from tests.samples import AT, article, raw_page
from topics import codec, registry
from topics.records import RawPage
from topics.spec import TopicSpec


def lying(spec: TopicSpec, record: object = None, *, value: bytes | None = None, **headers: str) -> Lying:
    """A record where it lies, on a broker whose topics begin with `p-`."""
    return Lying(
        spec=spec,
        partition=3,
        offset=7,
        key=b"news.example",
        value=value if record is None else codec.encode(spec, record),
        headers=headers,
        timestamp_ms=int(AT.timestamp() * 1000),
        prefix="p-",
    )


def refusal(**more: object) -> Refusal:
    base = Refusal(
        stage="clean",
        version="clean/1",
        reason="deadline",
        detail="10 s",
        topic="p-raw-pages",
        partition=3,
        offset=7,
        failed_at=AT,
    )
    return replace(base, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("spec", [spec for spec in SOURCES if spec.name in FULL], ids=lambda spec: spec.name)
def test_every_topic_of_the_data_says_how_a_page_ended(spec: TopicSpec) -> None:
    outcome = note(lying(spec, FULL[spec.name], source="p-articles/1/2", version="stage/9")).outcome
    assert outcome is not None
    assert (outcome.page_id, outcome.version) == ("a1" * 16, "stage/9")
    assert (outcome.source, outcome.topic, outcome.partition, outcome.offset) == ("articles/1/2", spec.name, 3, 7)
    assert (outcome.run_id, outcome.arrived_at) == ("run-7", AT)


def test_a_page_is_known_by_the_addresses_that_are_not_its_own() -> None:
    page = raw_page("https://news.example/a")
    assert note(lying(registry.RAW_PAGES, page)).addresses == ()
    (moved,) = note(lying(registry.RAW_PAGES, replace(page, final_url="https://www.news.example/b?utm_id=1"))).addresses
    assert moved.address == identity.page_id("https://www.news.example/b")
    assert moved.page_id == page.origin.page_id


def test_a_retried_record_is_nobodys_output_again() -> None:
    assert note(lying(registry.RAW_PAGES, raw_page(), **{"retried-from": "a letter"})).outcome is None


def test_an_unreadable_record_and_its_letter_name_one_place() -> None:
    came = note(lying(registry.RAW_PAGES, value=b"nonsense")).outcome
    headers = dead_letter.write({}, refusal(reason="undecodable"))
    ended = note(lying(registry.RAW_PAGES.dead_letter, value=b"nonsense", **headers))
    assert came is not None
    assert ended.outcome is not None
    assert came.subject == ended.outcome.subject
    assert ended.letter is not None
    assert (ended.letter.topic, ended.letter.url) == ("raw-pages", None)


@pytest.mark.parametrize("says_whose", [True, False], ids=["by its headers", "by its record"])
def test_a_letter_is_its_pages(says_whose: bool) -> None:
    page = raw_page()
    said = refusal().about(page.origin) if says_whose else refusal()
    value = b"" if says_whose else codec.encode(registry.RAW_PAGES, page)
    found = note(lying(registry.RAW_PAGES.dead_letter, value=value, **dead_letter.write({}, said)))
    assert found.outcome is not None
    assert (found.outcome.subject, found.outcome.outcome) == (page.origin.version_id, "rejected")
    assert found.letter is not None
    assert found.letter.url == page.origin.url


def test_a_retried_letters_headers_are_the_records_own_and_the_next_try() -> None:
    received = {"steps": "{}", "source": "p-raw-pages/1/1"}
    letter = dead_letter.write(received, refusal().about(raw_page().origin))
    back = dead_letter.retried(letter, letter_id=letter["id"])
    assert back == received | {"attempt": "2", "retried-from": letter["id"]}
    again = dead_letter.write(back, refusal(offset=9, attempt=2))
    assert (again["attempt"], again["retried-from"]) == ("2", letter["id"])
    assert again["id"] != letter["id"]


@pytest.mark.parametrize(
    ("published", "counted_as"),
    [
        (timedelta(hours=-3), timedelta(hours=-3)),
        (timedelta(days=-30), timedelta(0)),
        (timedelta(hours=1), timedelta(0)),
    ],
    ids=["its own date", "too old a date", "a date that lies ahead"],
)
def test_a_page_counts_for_the_hour_it_was_published_in_if_that_can_be(
    published: timedelta, counted_as: timedelta
) -> None:
    page: RawPage = raw_page()
    page = replace(page, origin=replace(page.origin, published_at=AT + published))
    listed = note(lying(registry.RAW_PAGES, page)).listed
    assert listed is not None
    assert listed.published_at == AT + counted_as


def test_a_page_of_a_run_says_nothing_of_what_its_feed_lists_now() -> None:
    page: RawPage = raw_page()
    replayed = replace(page, origin=replace(page.origin, run_id="run-1"))
    assert note(lying(registry.RAW_PAGES, page)).listed is not None
    assert note(lying(registry.RAW_PAGES, replayed)).listed is None


@pytest.mark.parametrize("stamp", [-1, 0, 10**18, -(10**18)])
def test_any_timestamp_is_a_time_both_databases_hold(stamp: int) -> None:
    outcome = note(replace(lying(registry.ARTICLES, article()), timestamp_ms=stamp)).outcome
    assert outcome is not None
    assert 2000 <= outcome.arrived_at.year <= 2200
