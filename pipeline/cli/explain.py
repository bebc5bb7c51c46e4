"""`tocsin explain`: why did I not get this?"""

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from pipeline.adapters.database import Database
from pipeline.adapters.database.deliveries import Status
from pipeline.cli import control
from pipeline.ledger import progress
from pipeline.ledger.explain import explain as explanation_of
from pipeline.ledger.explanation import AlertStory, Explanation, FeedStory
from pipeline.ledger.verdict import said_of_last_poll, was_held_against_watches, why_missed
from pipeline.settings import Settings, load
from topics.codec import to_builtins

_console = Console(highlight=False, soft_wrap=True)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("explain")(explain)


def explain(
    url: Annotated[str, typer.Argument(help="The address of a page, in any of its forms.")],
    watch: Annotated[str | None, typer.Option(help="Why this watch did or did not match it, by its id.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The whole story as one JSON object.")] = False,
) -> None:
    """Why did I not get this? What became of a page: feed, fetch, stages, watches, story, deliveries."""
    settings = load()
    with control.reading() as database:
        found = explanation_of(settings, database, url, watch_id=watch)
        note = _note(settings, database)
    if as_json:
        typer.echo(json.dumps(to_builtins(found) | {"note": note}, ensure_ascii=False, default=str))
        return
    _show(found)
    if note is not None:
        _console.print(f"\n[yellow]{escape(note)}[/]")


def _note(settings: Settings, database: Database) -> str | None:
    unread = progress.behind(settings, database)
    return f"{unread} records are not indexed yet: is `tocsin ledger` running?" if unread else None


def _show(found: Explanation) -> None:
    for line in found.verdict.splitlines():
        _console.print(f"[bold]{escape(line)}[/]")
    if found.known_as is not None:
        _say(f"found under {found.known_as}")
    for feed in found.feeds:
        _show_feed(feed)
    for outcome in found.outcomes:
        is_replayed = outcome.stage == "poll" and outcome.run_id != "live"
        made = "replayed" if is_replayed else outcome.version or outcome.stage
        what = " ".join(filter(None, (outcome.outcome, outcome.reason, outcome.watch_id and f"({outcome.watch_id})")))
        run = "" if outcome.run_id == "live" else f" [{outcome.mode}, run {outcome.run_id}]"
        tried = f", try {outcome.attempt}" if outcome.attempt > 1 else ""
        place = f"{outcome.topic}/{outcome.partition}/{outcome.offset}"
        _say(f"{outcome.arrived_at:%Y-%m-%d %H:%M:%S} {made}: {what}{tried}{run}  {place}")
        if outcome.detail:
            _say(f"    {outcome.detail.strip().rpartition(chr(10))[2]}")
    _show_article(found)
    for alert in found.alerts:
        _show_alert(alert)
    for letter in found.letters:
        _say(f"dead letter {letter.letter_id[:12]}: {letter.stage} {letter.reason}, {letter.status.value}")


def _show_feed(feed: FeedStory) -> None:
    read = (
        f"last read {feed.polled_at:%Y-%m-%d %H:%M:%S}: {said_of_last_poll(feed)}" if feed.polled_at else "never read"
    )
    _say(f"feed {feed.url}: {read}")


def _show_article(found: Explanation) -> None:
    article = found.article
    if found.article_note is not None:
        _say(f"article: {found.article_note}")
    if article is not None:
        _say(f"article: “{article.title}” ({article.language or '?'}, {article.characters} characters)")
        actors = ", ".join(
            f"{one.name}{f' [{one.actor_id}]' if one.actor_id else ''} ×{one.mentions}" for one in article.actors
        )
        _say(f"    actors: {actors or 'none'}")
        _say(f"    keywords: {', '.join(article.keywords) or 'none'}")
    is_past_watches = was_held_against_watches(found)
    for miss in found.near:
        if miss.error is not None:
            _say(f"watch {miss.watch_id}: {miss.error}")
            continue
        required = len(miss.satisfied) + len(miss.failed)
        _say(f"watch {miss.watch_id}: {len(miss.satisfied)} of {required} required clauses hold")
        for clause in miss.failed:
            _say(f"    lacks: {clause}")
        if not miss.failed and is_past_watches:
            _say(f"    would match it now: {why_missed(miss)}")
    if found.watches_judged < found.watches_in_force:
        _say(f"    only {found.watches_judged} of {found.watches_in_force} watches were looked at")


def _show_alert(alert: AlertStory) -> None:
    _say(f"alert {alert.alert_id[:12]} of {alert.watch_id} ({alert.mode}): {alert.part}, raised by {alert.url}")
    for story in alert.deliveries:
        sent = story.delivery
        _say(f"    {sent.channel}: {sent.status.value}{f' ({sent.detail})' if sent.detail else ''}")
        # One that went well at once is told by the line above.
        for attempt in story.attempts if len(story.attempts) > 1 or sent.status is not Status.DELIVERED else ():
            how = " ".join(filter(None, (attempt.outcome, attempt.detail)))
            _say(f"        attempt {attempt.attempt} at {attempt.started_at:%Y-%m-%d %H:%M:%S}: {how}")


def _say(line: str) -> None:
    _console.print(f"  {escape(line)}")
