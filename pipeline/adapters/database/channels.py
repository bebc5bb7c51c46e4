"""Channels: where alerts go."""

import base64
import binascii
import secrets as randomness
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from pipeline.adapters.database.schema import channels, deliveries, watch_channels
from pipeline.adapters.database.statements import Change, insert_if_new
from pipeline.errors import UsageError
from pipeline.stages.urls import host_of
from pipeline.stages.watchfile import ChannelKind

_SECRET_PREFIX = "whsec_"
_SECRET_BYTES = 24
# Standard Webhooks 1.0, "Signature scheme": between 24 and 64 bytes.
_SECRET_SIZES = range(24, 65)


class OnInterrupted(StrEnum):
    """What becomes of a delivery whose process died while sending: it may have arrived."""

    RESEND = "resend"
    """Send the same bytes under the same id again; a receiver that follows the specification drops the second."""
    HOLD = "hold"
    """Show it as unknown and never send it again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredChannel:
    """Where alerts go."""

    name: str
    kind: ChannelKind
    url: str | None = None
    """Of a webhook."""
    secrets: tuple[str, ...] = ()
    """Signing secrets of a webhook, the newest first; each request is signed with all of them."""
    path: str | None = None
    """Of a file; a relative one lies in the data folder."""
    on_interrupted: OnInterrupted = OnInterrupted.RESEND
    """Asked of webhooks only: a file is looked through before writing again, and a terminal always holds."""
    disabled_at: datetime | None = None
    disabled_reason: str | None = None


def put(connection: Connection, channel: StoredChannel, *, now: datetime) -> Change:
    """Store the channel, and enable it if it was disabled.

    A webhook without a secret keeps the one it had, or is given one. UsageError for a channel that cannot work.
    """
    _check(channel)
    values = _values(channel)
    if insert_if_new(connection, channels, name=channel.name, **values, updated_at=now):
        return Change.ADDED
    of_channel = channels.c.name == channel.name
    stored = from_row(connection.execute(select(channels).where(of_channel).with_for_update()).one())
    if not channel.secrets and stored.secrets:
        values["secrets"] = list(stored.secrets)
    if stored == replace(channel, secrets=tuple(values["secrets"]), disabled_at=None, disabled_reason=None):
        return Change.UNCHANGED
    connection.execute(update(channels).where(of_channel).values(**values, updated_at=now))
    return Change.CHANGED


def remove(connection: Connection, name: str, *, now: datetime) -> bool:
    """Send nothing there any more; what still waits for it has failed. False when there is no such channel.

    UsageError while a watch sends its alerts there.
    """
    user = (
        connection.execute(select(watch_channels.c.watch_id).where(watch_channels.c.channel == name)).scalars().first()
    )
    if user is not None:
        raise UsageError(f"channel {name} is in use by watch {user}")
    connection.execute(
        update(deliveries)
        .where(deliveries.c.channel == name, deliveries.c.status == "pending")
        .values(status="failed", ended_at=now, detail="the channel was removed")
    )
    return connection.execute(delete(channels).where(channels.c.name == name)).rowcount == 1


def disable(connection: Connection, name: str, reason: str, *, now: datetime) -> None:
    """Send nothing there until it is put again; what waits for it goes on waiting."""
    connection.execute(
        update(channels).where(channels.c.name == name).values(disabled_at=now, disabled_reason=reason, updated_at=now)
    )


def list_all(connection: Connection) -> tuple[StoredChannel, ...]:
    """Every channel, by name, secrets included."""
    return tuple(map(from_row, connection.execute(select(channels).order_by(channels.c.name))))


def _check(channel: StoredChannel) -> None:
    if not channel.name:
        raise UsageError("a channel needs a name")
    if channel.kind is ChannelKind.WEBHOOK:
        if not host_of(channel.url or ""):
            raise UsageError(f"channel {channel.name}: {channel.url} is no http or https address")
        for secret in channel.secrets:
            _check_secret(channel.name, secret)
    if channel.kind is ChannelKind.FILE and not channel.path:
        raise UsageError(f"channel {channel.name}: a file needs a path")


def _check_secret(name: str, secret: str) -> None:
    try:
        size = len(base64.b64decode(secret.removeprefix(_SECRET_PREFIX), validate=True))
    except binascii.Error:
        size = 0
    if not secret.startswith(_SECRET_PREFIX) or size not in _SECRET_SIZES:
        raise UsageError(f"channel {name}: a secret is {_SECRET_PREFIX} and the base64 of 24 to 64 bytes")


def _values(channel: StoredChannel) -> dict[str, Any]:
    secrets = list(channel.secrets)
    if channel.kind is ChannelKind.WEBHOOK and not secrets:
        secrets = [_SECRET_PREFIX + base64.b64encode(randomness.token_bytes(_SECRET_BYTES)).decode()]
    return {
        "kind": channel.kind.value,
        "url": channel.url,
        "secrets": secrets,
        "path": channel.path,
        "on_interrupted": channel.on_interrupted.value,
        "disabled_at": None,
        "disabled_reason": None,
    }


def from_row(row: Row[Any], *, prefix: str = "") -> StoredChannel:
    """The channel in a row whose columns have the table's names after the prefix."""
    values = {name.removeprefix(prefix): value for name, value in row._mapping.items() if name.startswith(prefix)}
    return StoredChannel(
        name=values["name"],
        kind=ChannelKind(values["kind"]),
        url=values["url"],
        secrets=tuple(values["secrets"]),
        path=values["path"],
        on_interrupted=OnInterrupted(values["on_interrupted"]),
        disabled_at=values["disabled_at"],
        disabled_reason=values["disabled_reason"],
    )
