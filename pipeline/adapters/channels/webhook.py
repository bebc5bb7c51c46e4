"""Signed webhooks after Standard Webhooks 1.0."""

import contextlib
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import aiohttp
from standardwebhooks import Webhook

from pipeline.adapters import clock
from pipeline.adapters.channels.sent import Sent
from pipeline.adapters.guard import PrivateAddressError, guarded_connector
from pipeline.settings import Settings
from pipeline.stages.compose import CONTENT_TYPE, clip

_GONE = 410
_ANSWER_BYTES = 2000
_DETAIL_BYTES = 300


class WebhookSender:
    """Posts bodies. Make and close it on the event loop that uses it."""

    def __init__(self, settings: Settings) -> None:
        deliver = settings.deliver
        self._user_agent = settings.fetch.user_agent
        self._session = aiohttp.ClientSession(
            connector=guarded_connector(allow_private=deliver.allow_private_addresses, limit=deliver.concurrency),
            timeout=aiohttp.ClientTimeout(total=deliver.timeout.total_seconds()),
            cookie_jar=aiohttp.DummyCookieJar(),
            # An answer is looked at for its first words only: nothing is inflated for them.
            auto_decompress=False,
            trust_env=False,
        )

    async def send(self, url: str, body: bytes, *, message_id: str, secrets: tuple[str, ...]) -> Sent:
        """Post once. Accepted is any 2xx; redirects are not followed."""
        headers = self._headers(body, message_id, secrets)
        try:
            async with self._session.post(url, data=body, headers=headers, allow_redirects=False) as answer:
                words = await _first_words(answer)
        except TimeoutError:
            return Sent(is_accepted=False, detail="no answer in time")
        except (aiohttp.ClientError, PrivateAddressError, OSError, ValueError) as error:
            return Sent(is_accepted=False, detail=clip(f"{type(error).__name__}: {error}", _DETAIL_BYTES))
        return Sent(
            is_accepted=200 <= answer.status < 300,
            status_code=answer.status,
            detail=clip(f"{answer.status} {answer.reason or ''} {words}".strip(), _DETAIL_BYTES),
            retry_after=read_retry_after(answer.headers.get("Retry-After"), now=clock.now()),
            is_gone=answer.status == _GONE,
        )

    async def close(self) -> None:
        """Close all connections."""
        await self._session.close()

    def _headers(self, body: bytes, message_id: str, secrets: tuple[str, ...]) -> dict[str, str]:
        now = clock.now()
        signatures = [Webhook(secret).sign(message_id, now, body.decode()) for secret in secrets]
        return {
            "content-type": CONTENT_TYPE,
            "user-agent": self._user_agent,
            "webhook-id": message_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": " ".join(signatures),
        }


def read_retry_after(value: str | None, *, now: datetime) -> timedelta | None:
    """What a Retry-After header asks for (RFC 9110, section 10.2.3); None for nothing, or for no time to come."""
    if value is None:
        return None
    if value.strip().isascii() and value.strip().isdigit():
        return timedelta(seconds=min(int(value.strip()[:9]), 10**8))
    with contextlib.suppress(ValueError, TypeError, OverflowError):
        moment = parsedate_to_datetime(value)
        # A date without a zone is in GMT, as HTTP's dates are.
        pause = (moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)) - now
        return pause if pause > timedelta(0) else None
    return None


async def _first_words(answer: aiohttp.ClientResponse) -> str:
    """The beginning of the body; an answer that breaks off after its status has still been given."""
    with contextlib.suppress(aiohttp.ClientError, TimeoutError, OSError):
        return (await answer.content.read(_ANSWER_BYTES)).decode("utf-8", "replace")
    return ""
