"""Signed POSTs to a real HTTP server which checks the signature: what arrives, and what each answer means."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from business.delivery.channels import DeliveryFailed
from business.delivery.signing import SignedPost, key_of, sign
from business.delivery.sms import SmsGateway
from business.delivery.webhook import WebhookChannel
from tests.business.delivery.conftest import KEY, SECRET
from tests.business.delivery.letters import letter
from tests.conftest import free_port
from tests.support.webhook_server import Answer, WebhookServer


def post(hook: WebhookServer, secret: str = SECRET, clock: Callable[[], float] = time.time) -> SignedPost:
    return SignedPost(hook.url, secret, clock, timeout_s=5)


def test_the_signature_is_that_of_the_specification() -> None:
    # The example of the Standard Webhooks specification's reference libraries.
    key = key_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    signature = sign(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert key_of("just some text") == b"just some text"
    with pytest.raises(ValueError, match="base64"):
        key_of("whsec_!!!")


async def test_a_notification_arrives_signed(hook: WebhookServer) -> None:
    out = post(hook, clock=lambda: 1_800_000_000.9)
    channel = WebhookChannel(out)
    await channel.deliver(letter(to="user-owner", text="Ünïcode ☂"))
    await channel.deliver(letter(to="user-owner", text="Ünïcode ☂"))
    (headers, body), (again, same) = hook.received
    assert headers["webhook-id"] == again["webhook-id"] == body["id"] == "msg_0123456789abcdef"
    assert headers["webhook-timestamp"] == "1800000000"
    assert body == same
    assert body["type"] == "hero365.invoice"
    assert (body["business_id"], body["business"]) == ("biz-one", "One Plumbing")
    assert (body["recipient"], body["text"]) == ("user-owner", "Ünïcode ☂")
    assert body["created_at"] == "2026-05-13T20:00:00+00:00"
    await out.close()


async def test_a_wrong_secret_is_found_out(hook: WebhookServer) -> None:
    with pytest.raises(DeliveryFailed) as caught:
        await WebhookChannel(post(hook, "another secret of the operator")).deliver(letter())
    assert (caught.value.code, caught.value.retryable, hook.forged) == ("http_401", False, 1)


@pytest.mark.parametrize(
    ("status", "retryable"),
    [(400, False), (404, False), (410, False), (408, True), (409, True), (425, True), (429, True),
     (500, True), (503, True)],
)  # fmt: skip
async def test_what_a_status_means(hook: WebhookServer, status: int, retryable: bool) -> None:
    hook.answers = [Answer(status)]
    with pytest.raises(DeliveryFailed) as caught:
        await WebhookChannel(post(hook)).deliver(letter())
    assert (caught.value.code, caught.value.retryable) == (f"http_{status}", retryable)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("120", 120.0), ("999999", 3600.0), ("Fri, 15 Jan 2027 08:02:00 GMT", 120.0), ("soon", None)],
)
async def test_a_receiver_may_ask_for_a_pause(
    hook: WebhookServer, header: str, seconds: float | None
) -> None:
    hook.answers = [Answer(429, {"retry-after": header})]
    with pytest.raises(DeliveryFailed) as caught:
        await WebhookChannel(post(hook, clock=lambda: 1_800_000_000.0)).deliver(letter())
    assert caught.value.retry_after_s == seconds


async def test_redirects_are_not_followed(hook: WebhookServer) -> None:
    hook.answers = [Answer(307, {"location": f"{hook.url}/elsewhere"})]
    with pytest.raises(DeliveryFailed) as caught:
        await WebhookChannel(post(hook)).deliver(letter())
    assert (caught.value.code, caught.value.retryable) == ("redirect_refused", False)
    assert hook.paths == ["/hook"]


async def test_an_endless_answer_is_not_read(hook: WebhookServer) -> None:
    hook.answers = [Answer(endless=True)]
    await WebhookChannel(post(hook)).deliver(letter())
    assert len(hook.received) == 1


async def test_no_answer_in_time(hook: WebhookServer) -> None:
    hang = threading.Event()
    hook.answers = [Answer(hang=hang)]
    with pytest.raises(DeliveryFailed) as caught:
        await WebhookChannel(SignedPost(hook.url, SECRET, time.time, timeout_s=0.2)).deliver(letter())
    assert (caught.value.code, caught.value.retryable) == ("timeout", True)
    hang.set()


async def test_nobody_listens() -> None:
    out = SignedPost(f"http://127.0.0.1:{free_port()}/", SECRET, time.time, timeout_s=5)
    with pytest.raises(DeliveryFailed) as caught:
        await WebhookChannel(out).deliver(letter())
    assert (caught.value.code, caught.value.retryable) == ("unreachable", True)


async def test_a_text_message_goes_to_the_gateway(hook: WebhookServer) -> None:
    gateway = SmsGateway(post(hook))
    await gateway.deliver(letter(to="+13035550100", text="One Plumbing: invoice INV-000031"))
    ((headers, body),) = hook.received
    assert body == {
        "id": headers["webhook-id"],
        "to": "+13035550100",
        "from": "One Plumbing",
        "text": "One Plumbing: invoice INV-000031",
    }
    with pytest.raises(DeliveryFailed) as caught:
        await gateway.deliver(letter(to="nora@client.example"))
    assert (caught.value.code, caught.value.retryable) == ("bad_number", False)
    assert hook.key == KEY
