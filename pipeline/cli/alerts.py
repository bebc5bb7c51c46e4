"""`tocsin alerts`: what was raised and delivered."""

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from pipeline.adapters.database import alerts, deliveries
from pipeline.cli import control
from pipeline.errors import UsageError
from pipeline.web.view import steps
from topics import codec
from topics.records import Mode

app = typer.Typer(help="What was raised and delivered.", no_args_is_help=True)


@app.command("list")
def list_(
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many, the newest first.")] = 50,
    watch: Annotated[str | None, typer.Option(help="Of that watch only.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Show the newest alerts and where their deliveries stand."""
    with control.reading() as database, database.read() as connection:
        found = alerts.newest(connection, limit=limit, watch_id=watch)
    if as_json:
        for stored in found:
            typer.echo(json.dumps(_line(stored), ensure_ascii=False))
        return
    console = Console(highlight=False)
    for stored in found:
        console.print(_entry(stored))
    if not found:
        console.print("no alerts yet", style="dim")


@app.command()
def show(alert: Annotated[str, typer.Argument(help="The alert's id, or its beginning.")]) -> None:
    """Show one alert whole: why, where, how long each step took, its story and every attempt to deliver it."""
    with control.reading() as database, database.read() as connection:
        stored = _find(alerts.newest(connection, limit=10_000), alert)
        pages = alerts.pages_of(connection, stored.sequence)
        log = {one.delivery_id: deliveries.attempts_of(connection, one.delivery_id) for one in stored.deliveries}
    match = stored.alert.match
    say = typer.echo
    say(f"{match.title}\n{match.url}\nwatch {match.watch_id} (revision {match.watch_revision}), {match.watch_name}")
    for hit in match.hits:
        alias = f", alias {hit.alias}" if hit.alias else ""
        say(f"  {hit.clause}: “{hit.words}” in {hit.field.value} {hit.start}–{hit.end}{alias}")
    say(f"published {match.published_at or 'at an unknown time'}; seen {match.origin.seen_at}")
    say("  " + ", ".join(f"{name} done {seconds:.3f} s after that" for name, seconds in steps(stored.alert)))
    for page in pages:
        say(f"story: {page.part.value} {page.url}")
    for one in stored.deliveries:
        say(f"delivery to {one.channel}: {one.status.value}{f' ({one.detail})' if one.detail else ''}")
        for attempt in log[one.delivery_id]:
            how = " ".join(filter(None, (attempt.outcome, attempt.detail)))
            say(f"  attempt {attempt.attempt} at {attempt.started_at}: {how}")


def _entry(stored: alerts.StoredAlert) -> Text:
    """An alert in three lines, as wide as they come."""
    match, mode = stored.alert.match, stored.alert.mode
    about = [match.site_name, f"{stored.copies} copies" if stored.copies else None]
    about.append(mode.value if mode is not Mode.LIVE else None)
    sent = ", ".join(f"{one.channel} {one.status.value}" for one in stored.deliveries)
    text = Text(f"{stored.alert.alert_id[:12]}  {stored.alert.raised_at:%Y-%m-%d %H:%M:%S}Z  ", style="dim")
    text.append(match.watch_name, style="not dim bold red")
    text.append(f"\n  {match.title}", style="not dim bold")
    text.append("".join(f" · {part}" for part in about if part))
    text.append(f"\n  {sent or 'not delivered to anyone'}")
    return text


def _find(found: tuple[alerts.StoredAlert, ...], beginning: str) -> alerts.StoredAlert:
    fitting = [stored for stored in found if stored.alert.alert_id.startswith(beginning)]
    if len(fitting) != 1:
        raise UsageError(
            f"{beginning}: {'no alert has' if not fitting else 'several alerts have'} an id that begins so"
        )
    return fitting[0]


def _line(stored: alerts.StoredAlert) -> dict[str, object]:
    sent = [{"channel": one.channel, "status": one.status.value, "attempts": one.attempts} for one in stored.deliveries]
    alert = codec.to_builtins(stored.alert)
    return {"sequence": stored.sequence, "copies": stored.copies, "deliveries": sent, "alert": alert}
