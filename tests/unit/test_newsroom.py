"""The demo newsroom: its script is sound, and its truth is what watches find in the texts."""

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from itertools import islice
from pathlib import Path

import pytest

from examples.newsroom import OUTLETS, Behaviour, ScriptedArticle, ScriptError, expected_alerts, load
from examples.newsroom.files import (
    DEFAULT_HOOK,
    DEFAULT_PORT,
    FEEDS_FILE,
    WATCHES_FILE,
    feeds_opml,
    watches_yaml,
    write,
)
from examples.newsroom.hook import WATCHES
from examples.newsroom.press import SHELF, Press
from examples.newsroom.variations import OPENING, Variations, programme
from pipeline.stages import watchfile
from pipeline.stages.match import WatchIndex, match
from pipeline.stages.outcome import Emit
from tests.records import ARTICLE
from topics.records import Actor, Mention, TaggedArticle, TextField, Watch

SCRIPT = load()
WRITTEN = [one for one in SCRIPT if one.story == one.article_id and one.behaviour in ("normal", "slow")]
FILE = watchfile.read(WATCHES.read_text("utf-8"), source=str(WATCHES))
LANGUAGES = {outlet.outlet_id: outlet.language for outlet in OUTLETS}
NOON = datetime(2026, 5, 6, 12, 0, 0, 250_000, tzinfo=UTC)


def test_there_are_enough_written_articles_in_every_language() -> None:
    languages = Counter(LANGUAGES[article.outlet_id] for article in WRITTEN)
    assert languages["en"] >= 24
    assert all(languages[language] >= 3 for language in ("fr", "de", "ru", "uk", "ar"))
    assert sum(languages.values()) >= 40


@pytest.mark.parametrize("article", WRITTEN, ids=lambda article: article.article_id)
def test_a_written_article_has_the_length_of_a_news_report(article: ScriptedArticle) -> None:
    assert 180 <= sum(len(paragraph.split()) for paragraph in article.paragraphs) <= 600


def test_three_stories_are_carried_word_for_word_under_other_headlines() -> None:
    carriers = defaultdict(list)
    for article in SCRIPT:
        carriers[article.story].append(article)
    shared = [copies for copies in carriers.values() if len(copies) > 1]
    assert len(shared) >= 3
    for copies in shared:
        assert len({copy.paragraphs for copy in copies}) == 1
        assert len({copy.title for copy in copies}) == len({copy.outlet_id for copy in copies}) == len(copies)


def test_every_watch_is_expected_somewhere_but_the_trap_nowhere() -> None:
    expected = {watch for watch, _story in expected_alerts(SCRIPT)}
    assert expected == {watch.watch_id for watch in FILE.watches} - {"teaser-trap"}


def test_copies_are_expected_to_alert_once() -> None:
    assert len(expected_alerts(SCRIPT)) < sum(len(article.expect) for article in SCRIPT)


@pytest.mark.parametrize("article", SCRIPT, ids=lambda article: article.article_id)
def test_the_truth_is_what_the_watches_find_in_the_text(article: ScriptedArticle) -> None:
    reachable = article.behaviour in (Behaviour.NORMAL, Behaviour.SLOW)
    assert article.expect == (found(article) if reachable else set())


def test_the_truth_of_variations_is_what_the_watches_find_in_the_text() -> None:
    variations = Variations()
    for edition in range(1_790_000_000, 1_790_000_300):
        article = variations.article(edition)
        assert article.expect == found(article), article


def test_an_opening_is_one_article_of_each_outlet() -> None:
    assert {article.outlet_id for article in SCRIPT[:OPENING]} == {outlet.outlet_id for outlet in OUTLETS}


def test_variations_are_never_copies_and_always_the_same() -> None:
    one, other = Variations(), Variations()
    first = [one.article(edition) for edition in range(500)]
    again = [other.article(edition) for edition in range(500)]
    assert first == again
    assert len({article.paragraphs for article in first}) == len({article.article_id for article in first}) == 500


def test_the_programme_goes_on_after_the_written_articles_and_repeats_nothing() -> None:
    shown = list(islice(programme(SCRIPT, first_edition=7), 400))
    assert set(SCRIPT) <= set(shown)
    assert len({article.article_id for article in shown}) == 400


def test_most_of_the_programme_alerts() -> None:
    shown = list(islice(programme(SCRIPT, first_edition=7), 400))
    assert len(expected_alerts(shown)) / len(shown) > 0.6


def test_a_shelf_is_bounded_and_what_left_it_is_gone() -> None:
    press = Press(OUTLETS[0])
    first = press.release(SCRIPT[1], at=NOON)
    for number in range(SHELF):
        press.release(replace(SCRIPT[1], slug=f"later-{number}"), at=NOON)
    assert press.find(first.path) is None
    assert press.is_gone(first.path)
    assert not press.is_gone("/never-there")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("no front matter", "no front matter"),
        ("---\ntitle: [\n---\n", "no front matter"),
        ("---\ntitle: A\nsection: B\n---\n", "needs"),
        ("---\ntitle: A\nsection: B\nexpect: []\nexpected: []\n---\n", "may have"),
        ("---\ntitle: A\nsection: B\nexpect: []\ncopy_of: courier/none\n---\n", "copy_of"),
    ],
    ids=["plain", "broken-yaml", "missing-key", "unknown-key", "copy-of-nothing"],
)
def test_an_unusable_article_is_named(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "courier").mkdir()
    (tmp_path / "courier" / "one.md").write_text(text, "utf-8")
    (tmp_path / "running-order.yaml").write_text("[courier/one]", "utf-8")
    with pytest.raises(ScriptError, match=f"courier/one.*{message}"):
        load(tmp_path)


def test_an_article_that_is_not_in_the_running_order_is_refused(tmp_path: Path) -> None:
    (tmp_path / "running-order.yaml").write_text("[courier/one]", "utf-8")
    with pytest.raises(ScriptError, match="listed once"):
        load(tmp_path)


def test_the_stored_feed_list_is_that_of_the_default_port() -> None:
    urls = {
        outlet: f"http://127.0.0.{number}:{DEFAULT_PORT}{outlet.feed_path}"
        for number, outlet in enumerate(OUTLETS, start=2)
    }
    assert (WATCHES.parent / "feeds.opml").read_text("utf-8") == feeds_opml(urls)


def test_the_watches_name_the_hook_in_use() -> None:
    file = watchfile.read(watches_yaml("http://127.0.0.1:9/hook"), source="watches.yaml")
    assert [channel.url for channel in file.channels if channel.url] == ["http://127.0.0.1:9/hook"]


def test_whoever_waits_for_the_watches_finds_both_files_whole(tmp_path: Path) -> None:
    (tmp_path / FEEDS_FILE).mkdir()
    with pytest.raises(OSError, match=FEEDS_FILE):
        write(tmp_path, feed_urls={}, hook_url=DEFAULT_HOOK)
    assert not (tmp_path / WATCHES_FILE).exists()
    (tmp_path / FEEDS_FILE).rmdir()
    write(tmp_path, feed_urls={}, hook_url=DEFAULT_HOOK)
    assert {path.name for path in tmp_path.iterdir()} == {FEEDS_FILE, WATCHES_FILE}
    assert (tmp_path / WATCHES_FILE).read_text("utf-8") == watches_yaml(DEFAULT_HOOK)


def found(article: ScriptedArticle) -> set[str]:
    """Watches that hold in the article's own title and text, actors looked for by their listed names alone."""
    title, text = article.title, "\n".join(article.paragraphs)
    mentions = tuple(
        Mention(
            name=actor.name,
            kind=actor.kind,
            field=field,
            start=value.index(alias),
            end=value.index(alias) + len(alias),
            surface=alias,
            actor_id=actor.actor_id,
            alias=alias,
        )
        for actor in FILE.actors
        for field, value in ((TextField.TITLE, title), (TextField.TEXT, text))
        for alias in spellings(actor)
        if alias in value
    )
    record = replace(ARTICLE, title=title, text=text, language=LANGUAGES[article.outlet_id], section=article.section)
    outcome = match(TaggedArticle(article=record, page_id="p", mentions=mentions), watches=index())
    return {one.watch_id for one in outcome.records} if isinstance(outcome, Emit) else set()


def spellings(actor: Actor) -> list[str]:
    """Name and aliases as they stand in texts."""
    return [alias.removeprefix("=") for alias in (actor.name, *actor.aliases)]


@cache
def index() -> WatchIndex:
    """The demo's watches, in force."""
    watches = WatchIndex()
    for actor in FILE.actors:
        watches.put_actor(actor)
    for entry in FILE.watches:
        watches.put(Watch(watch_id=entry.watch_id, name=entry.name, query=entry.query, revision=1))
    return watches
