"""Two accounts of the same pages, compared: what differs is counted, what could not be the same is left out."""

from dataclasses import replace
from datetime import timedelta

import pytest

from pipeline.cli.shadow import passed_limits, read_limits
from pipeline.errors import UsageError
from pipeline.replay.differences import EMITTED, Account, Differences, quantile, shares
from tests.samples import AT, article
from topics.records import Actor, ActorKind, Mention, TaggedArticle, TextField, Watch

LONG_AGO, SINCE = AT - timedelta(days=9), AT + timedelta(days=1)


def actor(actor_id: str, *, is_new: bool = False) -> Actor:
    return Actor(actor_id=actor_id, name=actor_id, kind=ActorKind.PERSON, updated_at=SINCE if is_new else LONG_AGO)


def watch(watch_id: str, *, is_new: bool = False) -> Watch:
    at = SINCE if is_new else LONG_AGO
    return Watch(watch_id=watch_id, name=watch_id, query="a", revision=1, updated_at=at)


def differences() -> Differences:
    actors = {one.actor_id: one for one in (actor("old"), actor("older"), actor("new", is_new=True))}
    watches = {one.watch_id: one for one in (watch("w"), watch("v"), watch("new", is_new=True))}
    return Differences(actors, watches)


def tagged(text: str = "One.\nTwo.\nThree.", *names: str | None, **known: object) -> TaggedArticle:
    mentions = tuple(
        Mention(
            name=name or "X", kind=ActorKind.PERSON, field=TextField.TEXT, start=0, end=3, surface="One", actor_id=name
        )
        for name in names
    )
    cleaned = replace(article(text), **known)  # type: ignore[arg-type]
    return TaggedArticle(article=cleaned, page_id=cleaned.origin.page_id, mentions=mentions)


def account(one: TaggedArticle | None = None, *watches: str, end: str = EMITTED, **seconds: float) -> Account:
    return Account(end=end, tagged=one, watches=frozenset(watches), seconds=seconds, processed_at=AT)


def test_equal_accounts_differ_in_nothing_and_what_made_them_does_not_count() -> None:
    found = differences()
    one = tagged("Text.", "old")
    made_by = replace(one.article, origin=replace(one.article.origin, made_by=("clean/2",)))
    found.add("u", account(one, "w"), account(replace(one, article=made_by), "w"))
    assert found.compared == found.both_emitted == found.matches_before == 1
    assert all(value == 0 for value in shares(found).values())
    assert found.samples == []


def test_a_page_without_a_stored_account_is_counted_and_not_compared() -> None:
    found = differences()
    found.add("u", None, account(tagged()))
    assert (found.compared, found.without_account) == (0, 1)


def test_text_fields_and_ends_are_told_apart_with_samples() -> None:
    found = differences()
    found.add("u1", account(tagged()), account(tagged("One.\nThree.")))
    found.add("u2", account(tagged()), account(tagged(title="Another", language="fr")))
    found.add("u3", account(tagged()), account(end="rejected deadline"))
    found.add("u4", account(end="dropped too-short"), account(tagged()))
    assert (found.text_changed, found.fields_changed, found.newly_rejected) == (1, {"title": 1, "language": 1}, 1)
    assert found.ends == {(EMITTED, "rejected deadline"): 1, ("dropped too-short", EMITTED): 1}
    assert [(one.url, one.what) for one in found.samples] == [
        ("u1", "text"),
        ("u2", "fields"),
        ("u3", "end"),
        ("u4", "end"),
    ]
    assert "-Two." in found.samples[0].diff
    assert shares(found)["text"] == 0.5


def test_actors_and_watches_that_came_after_the_page_count_on_neither_side() -> None:
    found = differences()
    before = account(tagged("T.", "old", "gone", None), "w", "removed")
    found.add("u", before, account(tagged("T.", "older", "new", None), "v", "new"))
    assert (found.actors_lost, found.actors_found, found.actors_changed) == ({"old": 1}, {"older": 1}, 1)
    assert (found.matches_lost, found.matches_found, found.matches_before) == ({"w": 1}, {"v": 1}, 1)


def test_no_more_samples_are_kept_than_people_read() -> None:
    found = differences()
    for number in range(100):
        found.add(f"u{number}", account(tagged()), account(tagged("\n".join(map(str, range(500))))))
    assert len(found.samples) == 10
    assert all(len(one.diff.splitlines()) <= 41 for one in found.samples)


def test_limits_are_shares_and_seconds() -> None:
    found = differences()
    for number in range(100):
        found.add(
            "u", account(tagged()), account(tagged("T." if number < 2 else "One.\nTwo.\nThree."), clean=number / 100)
        )
    assert passed_limits(found, read_limits(["text>2%", "clean-seconds>0.95", "tag-seconds > 1s"])) == []
    over = passed_limits(found, read_limits(["text>1.9%", "clean-seconds>0.9"]))
    assert over == ["text is 2 %, allowed 1.9 %", "clean-seconds is 0.95 s, allowed 0.9 s"]


@pytest.mark.parametrize(
    "words", ["text", "text>1", "txt>1%", "text>1s", "clean-seconds>1%", "text>-1%", "text<1%", ""]
)
def test_a_limit_that_is_none_is_refused(words: str) -> None:
    with pytest.raises(UsageError, match="--fail-if"):
        read_limits([words])


def test_nothing_compared_keeps_no_limit() -> None:
    assert passed_limits(differences(), {}) == []
    assert "nothing was compared" in passed_limits(differences(), read_limits(["text>99%"]))[0]


def test_a_quantile_is_a_value_that_occurred() -> None:
    assert quantile([], 0.95) == 0.0
    assert quantile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert quantile(map(float, range(1, 101)), 0.95) == 96.0
