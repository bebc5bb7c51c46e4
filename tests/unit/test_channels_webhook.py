"""Webhooks on a receiver of the test's own: signed, never redirected, never to where they must not go."""

import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from pipeline.adapters.channels.webhook import WebhookSender
from pipeline.settings import Settings
from tests.delivering import SECRET, Receiver

BODY = '{"id":"a","title":"Свобода"}'.encode()
OTHER_SECRET = "whsec_QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY="


def settings_of(folder: Path, **deliver: object) -> Settings:
    return Settings.model_validate(
        {"data_folder": folder, "deliver": {"allow_private_addresses": True, "timeout": "PT1S"} | deliver}
    )


@pytest.fixture
async def sender(tmp_path: Path) -> AsyncIterator[WebhookSender]:
    made = WebhookSender(settings_of(tmp_path))
    yield made
    await made.close()


async def test_a_body_arrives_as_it_is_with_a_signature_that_verifies(sender: WebhookSender) -> None:
    async with Receiver() as receiver:
        sent = await sender.send(receiver.url, BODY, message_id="m1", secrets=(SECRET,))
    assert sent.is_accepted
    assert sent.status_code == 204
    (request,) = receiver.requests
    assert (request.webhook_id, request.body) == ("m1", BODY)
    assert request.content_type.startswith("application/cloudevents+json")


async def test_a_receiver_may_verify_with_any_secret_while_they_are_changed(sender: WebhookSender) -> None:
    async with Receiver() as receiver:
        sent = await sender.send(receiver.url, BODY, message_id="m1", secrets=(OTHER_SECRET, SECRET))
    assert sent.is_accepted


@pytest.mark.parametrize("status", [301, 302, 307, 400, 404, 429, 500, 503])
async def test_anything_but_2xx_is_a_failure_and_no_redirect_is_followed(sender: WebhookSender, status: int) -> None:
    async with Receiver(web.Response(status=status, headers={"Location": "/hook", "Retry-After": "90"})) as receiver:
        sent = await sender.send(receiver.url, BODY, message_id="m1", secrets=(SECRET,))
    assert not sent.is_accepted
    assert not sent.is_gone
    assert sent.status_code == status
    assert sent.retry_after is not None
    assert len(receiver.requests) == 1


async def test_410_says_that_the_receiver_is_gone(sender: WebhookSender) -> None:
    async with Receiver(web.Response(status=410)) as receiver:
        sent = await sender.send(receiver.url, BODY, message_id="m1", secrets=(SECRET,))
    assert sent.is_gone
    assert not sent.is_accepted


async def test_of_a_long_answer_only_the_first_words_are_kept_without_controls(sender: WebhookSender) -> None:
    async with Receiver(web.Response(status=500, body=b"\x1b[31mno" * 100_000)) as receiver:
        sent = await sender.send(receiver.url, BODY, message_id="m1", secrets=(SECRET,))
    assert sent.detail is not None
    assert len(sent.detail.encode()) <= 300
    assert "\x1b" not in sent.detail


async def test_a_receiver_that_does_not_answer_is_waited_for_no_longer_than_set(sender: WebhookSender) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        sent = await sender.send(url, BODY, message_id="m1", secrets=(SECRET,))
    assert (sent.is_accepted, sent.detail) == (False, "no answer in time")


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:1/", "http://no-such-host.invalid/", "http://[::1", "http://exa mple/", "ftp://127.0.0.1/", ""],
    ids=["nobody listens", "no such host", "no address", "a space", "another scheme", "nothing"],
)
async def test_an_address_that_cannot_be_reached_is_a_failure_in_words(sender: WebhookSender, url: str) -> None:
    sent = await sender.send(url, BODY, message_id="m1", secrets=(SECRET,))
    assert not sent.is_accepted
    assert sent.detail


async def test_private_addresses_are_refused_unless_allowed(tmp_path: Path) -> None:
    guarded = WebhookSender(settings_of(tmp_path, allow_private_addresses=False))
    async with Receiver() as receiver:
        sent = await guarded.send(receiver.url, BODY, message_id="m1", secrets=(SECRET,))
    await guarded.close()
    assert not receiver.requests
    assert "private address" in str(sent.detail)
