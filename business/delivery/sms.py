"""Text messages through a gateway of the operator's: the same signed POST, since no vendor is chosen.

The gateway's receiver translates it for whichever vendor; nothing here knows one.
"""

from __future__ import annotations

from business.delivery.channels import DeliveryFailed, Letter
from business.delivery.signing import SignedPost


class SmsGateway:
    """Delivers letters as ``{"id", "to", "from", "text"}``; ``to`` is E.164."""

    name = "sms"

    def __init__(self, post: SignedPost) -> None:
        self._post = post

    async def deliver(self, letter: Letter) -> None:
        """Post it. Raises DeliveryFailed, at once for what is no phone number."""
        if not (letter.to.startswith("+") and letter.to[1:].isdigit()):
            raise DeliveryFailed("bad_number", retryable=False)
        message_id = f"msg_{letter.id}"
        await self._post.post(
            message_id,
            {"id": message_id, "to": letter.to, "from": letter.sender, "text": letter.text},
        )
