"""Notifications to the operator's own service (an app's push back end, for example), as signed JSON.

Posts to the one configured address only, whatever a message says.
"""

from __future__ import annotations

from business.delivery.channels import Letter
from business.delivery.signing import SignedPost, iso


class WebhookChannel:
    """Delivers letters as ``{"type", "id", "business_id", "business", "recipient", "subject", "text", …}``."""

    name = "webhook"

    def __init__(self, post: SignedPost) -> None:
        self._post = post

    async def deliver(self, letter: Letter) -> None:
        """Post it. Raises DeliveryFailed."""
        message_id = f"msg_{letter.id}"
        await self._post.post(
            message_id,
            {
                "type": f"hero365.{letter.kind}",
                "id": message_id,
                "business_id": letter.business_id,
                "business": letter.sender,
                "recipient": letter.to,
                "subject": letter.subject,
                "text": letter.text,
                "created_at": iso(letter.created_at),
            },
        )
