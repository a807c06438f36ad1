"""Which browser pages may open a socket. Both routes ask here, so that neither lets in what the other refuses."""

from __future__ import annotations

from urllib.parse import urlsplit

from config.settings import Settings


def origin_allowed(origin: str | None, host: str | None, settings: Settings) -> bool:
    """Whether a page of ``origin`` may. Programs that are no browser send none and pass on to the ticket.

    Args:
        origin: The Origin header.
        host: The Host header: the server's own pages are welcome.
        settings: The allowed origins, and the names the server has.
    """
    if origin is None or "*" in settings.allowed_origins or origin.rstrip("/") in settings.allowed_origins:
        return True
    own = {(host or "").lower()}
    if settings.public_url is not None:
        own.add(urlsplit(settings.public_url).netloc.lower())
    if settings.media_route == "direct":
        # The edge has a port of its own; the server's pages come from the other one.
        own.add(f"{(host or '').lower().rpartition(':')[0]}:{settings.http_port}")
    return urlsplit(origin).netloc.lower() in own
