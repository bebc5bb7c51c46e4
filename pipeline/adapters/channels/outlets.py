"""Sends a body to a channel, whatever its kind."""

import asyncio
import sys
from pathlib import Path

from pipeline.adapters.channels.file import append
from pipeline.adapters.channels.sent import Sent
from pipeline.adapters.channels.webhook import WebhookSender
from pipeline.adapters.database.sending import Claim
from pipeline.settings import Settings
from pipeline.stages.compose import end_of_event
from pipeline.stages.watchfile import ChannelKind

__all__ = ["Outlets", "Sent"]


class Outlets:
    """Every kind of channel. Make and close it on the event loop that uses it."""

    def __init__(self, settings: Settings) -> None:
        self._folder = settings.data_folder
        self._webhooks = WebhookSender(settings)

    async def send(self, claim: Claim) -> Sent:
        """Make the attempt; whatever fails outside is in the answer."""
        channel = claim.channel
        match channel.kind:
            case ChannelKind.WEBHOOK:
                return await self._webhooks.send(
                    channel.url or "", claim.body, message_id=claim.message_id, secrets=channel.secrets
                )
            case ChannelKind.FILE:
                return await asyncio.to_thread(
                    append,
                    self._folder / Path(channel.path or ""),
                    claim.body,
                    ending=end_of_event(claim.delivery_id),
                    is_repeated=claim.attempt > 1,
                )
            case ChannelKind.STDOUT:
                return await asyncio.to_thread(_print, claim.body)

    async def close(self) -> None:
        """Close all connections."""
        await self._webhooks.close()


def _print(body: bytes) -> Sent:
    try:
        print(body.decode(), flush=True)
    except OSError as error:
        return Sent(is_accepted=False, detail=f"standard output: {error.strerror or error}")
    return Sent(is_accepted=True, detail="printed" if sys.stdout.isatty() else "written to standard output")
