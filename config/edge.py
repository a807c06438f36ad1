"""Settings of the direct route: an edge HAProxy between clients and conversations, without the ingress in between.

A part of ``config.settings.Settings``. With ``MEDIA_ROUTE=serve`` none of the others is looked at.
"""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, Any, Final, Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode

#: What is never reachable from outside: this machine, private networks (RFC 1918, 4193), carrier-grade NAT (RFC 6598).
PRIVATE_NETWORKS: Final = (
    "127.0.0.0/8",
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "100.64.0.0/10",
    "::1/128",
    "fc00::/7",
)


class EdgeSettings(BaseSettings):
    """Which way audio takes, and what the edge listens on, admits and may connect to."""

    media_route: Literal["serve", "direct"] = Field(
        "serve",
        alias="MEDIA_ROUTE",
        description="How sockets reach their conversation: through the ingress, or by an edge HAProxy directly.",
    )
    edge_port: int = Field(8001, ge=1, le=65535, description="TCP port of the edge HAProxy.")
    edge_metrics_port: int = Field(
        9102, ge=1, le=65535, description="Port of the edge's Prometheus metrics; not for the public."
    )
    edge_url: str | None = Field(
        None,
        pattern=r"^wss?://[^/?#\s]+/?$",
        description="URL clients reach the edge by, wss://host. Empty: as the request names it, with the edge's port.",
    )
    edge_max_connections: int = Field(
        2000, ge=1, le=100_000, description="Open sockets of the edge; more are refused with 503."
    )
    edge_destinations: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Private networks the edge may connect to, with commas: the nodes of the cluster. Empty: this "
        "machine, and with a cluster that is joined every private network and this node.",
    )

    @field_validator("edge_destinations", mode="before")
    @classmethod
    def _networks(cls, value: Any) -> Any:
        if isinstance(value, str):
            value = [part.strip() for part in value.split(",") if part.strip()]
        return tuple(_private(each) for each in value) if isinstance(value, list | tuple) else value


def _private(text: Any) -> str:
    """The network as it is written in short. Raises ValueError when it is none, or reaches beyond private ones."""
    try:
        network = ip_network(str(text))
    except ValueError:
        raise ValueError(f"networks like 10.0.0.0/16, with commas; {text} is none") from None
    if not any(_within(network, ip_network(each)) for each in PRIVATE_NETWORKS):
        raise ValueError(f"private networks only; {text} is or holds something else")
    return str(network)


def _within(inner: IPv4Network | IPv6Network, outer: IPv4Network | IPv6Network) -> bool:
    if isinstance(inner, IPv4Network):
        return isinstance(outer, IPv4Network) and inner.subnet_of(outer)
    return isinstance(outer, IPv6Network) and inner.subnet_of(outer)
