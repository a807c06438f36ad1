"""TCP ports for a server that may not be alone on its machine. Looks, never keeps a port."""

from __future__ import annotations

import random
import socket

_REPLICA_PORTS = 100
_PORTS_TRIED = 4
_TRIES = 50
_OWN_PORTS = (29_100, 32_768)


def own_serve_ports() -> dict[str, str]:
    """Variables that give Ray Serve's inner ports to this server alone, to be set before Ray starts.

    Behind HAProxy each replica listens on the first port of a range, and until the first one is up a fallback proxy
    answers. Ray's defaults are the same for every cluster: two servers on one machine would get each other's
    requests.
    """
    for _ in range(_TRIES):
        first = random.SystemRandom().randrange(20_000, 29_000, _REPLICA_PORTS)
        if all(is_free(port) for port in range(first, first + _PORTS_TRIED)):
            break
    else:
        raise OSError("no free range of ports for the ingress replicas")
    fallback_http, fallback_grpc = free_ports(2)
    return {
        "RAY_SERVE_DIRECT_INGRESS_MIN_HTTP_PORT": str(first),
        "RAY_SERVE_DIRECT_INGRESS_MAX_HTTP_PORT": str(first + _REPLICA_PORTS - 1),
        "RAY_SERVE_FALLBACK_PROXY_HTTP_PORT": str(fallback_http),
        "RAY_SERVE_FALLBACK_PROXY_GRPC_PORT": str(fallback_grpc),
    }


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether nobody listens on the port of that address now."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # what is closing does not count
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_ports(count: int) -> list[int]:
    """Different TCP ports that are free on the loopback interface at this moment.

    Below the range out of which the system takes the ports of outgoing connections: one of those could be taken by any
    connection that is made until the port is bound.
    """
    found: list[int] = []
    for _ in range(_TRIES * count):
        port = random.SystemRandom().randrange(*_OWN_PORTS)
        if port not in found and is_free(port):
            found.append(port)
            if len(found) == count:
                return found
    raise OSError("no free TCP ports")
