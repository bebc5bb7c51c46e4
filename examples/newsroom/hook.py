"""The demo's webhook receiver: checks signatures and counts."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aiohttp import web
from standardwebhooks import Webhook, WebhookVerificationError

from examples.newsroom.script import HERE, ScriptError, read_yaml

WATCHES = HERE / "watches.yaml"
KEPT = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A delivery whose signature holds."""

    webhook_id: str
    payload: Any
    received_at: datetime
    is_repeat: bool
    """The id was received before."""


class Receiver:
    """Takes Standard Webhooks deliveries at `/hook` and tells of them at `/hook/received`."""

    def __init__(self, *, secret: str, clock: Callable[[], datetime]) -> None:
        self.deliveries: deque[Received] = deque(maxlen=KEPT)
        """The last ones, oldest first, repeats included."""
        self.received = 0
        self.repeated = 0
        self.refused = 0
        self._webhook = Webhook(secret)
        self._clock = clock
        self._seen: set[str] = set()

    def add_routes(self, application: web.Application) -> None:
        """Put the receiver at `/hook`."""
        application.router.add_post("/hook", self._receive)
        application.router.add_get("/hook/received", self._tell)

    def counts(self) -> dict[str, int]:
        """Deliveries with a valid signature, how many of them repeat an id, and those refused."""
        return {"received": self.received, "repeated": self.repeated, "refused": self.refused}

    async def _receive(self, request: web.Request) -> web.Response:
        body = await request.read()
        try:
            payload = self._webhook.verify(body, dict(request.headers))
        except (WebhookVerificationError, ValueError):
            self.refused += 1
            return web.json_response({"error": "the signature does not hold"}, status=401)
        self._note(request.headers["webhook-id"], payload)
        return web.Response(status=204)

    def _note(self, webhook_id: str, payload: Any) -> None:
        is_repeat = webhook_id in self._seen
        self._seen.add(webhook_id)
        self.received += 1
        self.repeated += is_repeat
        self.deliveries.append(
            Received(webhook_id=webhook_id, payload=payload, received_at=self._clock(), is_repeat=is_repeat)
        )

    async def _tell(self, _request: web.Request) -> web.Response:
        last = [
            {"id": delivery.webhook_id, "received_at": delivery.received_at.isoformat(), "repeat": delivery.is_repeat}
            for delivery in list(self.deliveries)[-20:]
        ]
        return web.json_response(self.counts() | {"last": last})


def demo_secret() -> str:
    """The signing secret in watches.yaml. ScriptError when there is none."""
    for channel in read_yaml(WATCHES)["channels"]:
        if channel["kind"] == "webhook":
            return str(channel["secret"])
    raise ScriptError(f"{WATCHES}: no webhook channel")
