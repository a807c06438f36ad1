"""The configuration of the edge HAProxy, as text. Pure: settings and a key in, text out; starts and writes nothing.

The edge lets through what carries a ticket that this server signed, that has not expired, and that leads into a private
network of the cluster. Everything else (session, single use, origin, budgets) is the session actor's to judge.
"""

from __future__ import annotations

import json
import math
import os
from typing import Final

from config.edge import PRIVATE_NETWORKS
from config.settings import Settings
from conversation.tickets import PURPOSE

#: What answers 200 while the edge runs; nothing else does without a ticket.
HEALTH_PATH: Final = "/edge/health"
_THREADS = 2
#: Connections beyond the sockets: those that are being refused, and the metrics'.
_SPARE = 64
#: Requests with one ticket; it opens one socket, and the session actor refuses each further one at some cost.
_TRIES_PER_TICKET = 3
_TRIES_KEPT = 100_000
#: What a connection may lead to: nothing that needs to be root to listen.
_PORTS = "1024:65535"
_REASONS: Final = {
    404: ("not_found", "There is nothing here but the sockets of conversations."),
    426: ("websocket_wanted", "Connect with a WebSocket."),
    429: ("ticket_reused", "This ticket was used already; ask for a fresh one."),
}


def edge_config(settings: Settings, key: str, admin_socket: str, node: str | None = None) -> str:
    """The configuration file; it holds the key, so only its owner may read it.

    Args:
        settings: Ports, limits and destinations.
        key: The HS256 key of tickets.
        admin_socket: Path of HAProxy's own socket, at most 100 characters.
        node: Address of the node the edge runs on, in a cluster that is joined.
    """
    return "\n".join(
        [
            _global(settings, key, admin_socket),
            _defaults(settings),
            _frontend(settings, destinations(settings, node)),
            _backend(),
            _metrics(settings),
            "",
        ]
    )


def destinations(settings: Settings, node: str | None) -> tuple[str, ...]:
    """The networks a ticket may lead to: those of the settings, else where session actors of this cluster listen."""
    if settings.edge_destinations:
        return settings.edge_destinations
    if settings.ray_address is None:
        return ("127.0.0.1/32",)
    return PRIVATE_NETWORKS if node is None else (*PRIVATE_NETWORKS, node)


def _global(settings: Settings, key: str, admin_socket: str) -> str:
    # Every byte of the key is written as %XX: there is no character that could mean something to the parser.
    written = "".join(f"%{byte:02X}" for byte in key.encode())
    return f"""\
global
    maxconn {settings.edge_max_connections + 2 * _SPARE}
    nbthread {min(_THREADS, os.cpu_count() or 1)}
    noreuseport
    stats socket {admin_socket} mode 600 level operator
    set-var proc.ticket_key str({written}),url_dec
"""


def _defaults(settings: Settings) -> str:
    longest_s = max(math.ceil(settings.max_duration_s + settings.grace_s), settings.websocket_timeout) + 60
    return f"""\
defaults
    mode http
    timeout connect 3s
    timeout client 15s
    timeout server 15s
    timeout http-request 5s
    timeout http-keep-alive 1s
    timeout tunnel {longest_s}s
    timeout client-fin 10s
    timeout server-fin 10s
    retries 0
"""


def _frontend(settings: Settings, networks: tuple[str, ...]) -> str:
    ticket = "var(txn.ticket)"
    purpose = f"{{ {ticket},jwt_payload_query('$.purpose') -m str {PURPOSE} }}"
    signed = f"""{{ {ticket},jwt_header_query('$.alg') -m str HS256 }} \
{{ {ticket},jwt_verify("HS256",proc.ticket_key) -m int 1 }} {purpose}"""
    full = f"{{ fe_conn gt {settings.edge_max_connections} }}"
    invalid = _answer(401, "ticket_invalid", "This ticket opens nothing.")
    expired = _answer(401, "ticket_expired", "This ticket has expired; ask for a fresh one.")
    outside = _answer(403, "destination_not_allowed", "This ticket leads to no conversation of this cluster.")
    busy = _answer(503, "at_capacity", "Every place is taken; try again in a moment.")
    return f"""\
frontend edge
    bind {_bound(settings.http_host, settings.edge_port)}
    maxconn {settings.edge_max_connections + _SPARE}
    option disable-h2-upgrade
    monitor-uri {HEALTH_PATH}
    stick-table type string len 64 size {_TRIES_KEPT} expire {settings.ticket_ttl_s}s store http_req_cnt
    {busy} hdr Retry-After 5 if {full}
    {_answer(404)} unless METH_GET {{ path_reg ^/ws/(voice-agent/)?[^/]+$ }}
    {_answer(426)} unless {{ req.hdr(upgrade) -i websocket }}
    http-request set-var(txn.ticket) urlp(ticket)
    {invalid} unless {signed}
    http-request set-var(txn.now) date
    http-request set-var(txn.left) {ticket},jwt_payload_query('$.exp','int'),sub(txn.now)
    {expired} unless {{ var(txn.left) -m int gt 0 }}
    http-request set-var(txn.addr) {ticket},jwt_payload_query('$.addr')
    http-request set-var(txn.port) {ticket},jwt_payload_query('$.port','int')
    {outside} unless {{ var(txn.addr) -m ip {" ".join(networks)} }} {{ var(txn.port) -m int {_PORTS} }}
    http-request track-sc0 {ticket},jwt_payload_query('$.jti')
    {_answer(429)} if {{ sc_http_req_cnt(0) gt {_TRIES_PER_TICKET} }}
    http-request set-dst var(txn.addr)
    http-request set-dst-port var(txn.port)
    default_backend session
"""


def _backend() -> str:
    gone = _body("session_gone", "The conversation is not reachable here; resume it with a fresh ticket.")
    return f"""\
backend session
    http-reuse never
    http-error status 503 content-type application/json string {gone} hdr Retry-After 1
    http-error status 502 content-type application/json string {gone} hdr Retry-After 1
    http-error status 504 content-type application/json string {gone} hdr Retry-After 1
    server actor 0.0.0.0:0
"""


def _metrics(settings: Settings) -> str:
    return f"""\
frontend metrics
    bind {_bound(settings.http_host, settings.edge_metrics_port)}
    maxconn {_SPARE}
    http-request use-service prometheus-exporter if {{ path /metrics }}
    {_answer(404)}
"""


def _answer(status: int, code: str | None = None, message: str | None = None) -> str:
    known = _REASONS.get(status, ("", ""))
    body = _body(code or known[0], message or known[1])
    return f"http-request return status {status} content-type application/json string {body}"


def _body(code: str, message: str) -> str:
    """An error in the shape of the HTTP API, quoted for HAProxy."""
    error = {"type": "edge_refused", "message": message, "code": code, "details": {}}
    return "'" + json.dumps({"error": error}, ensure_ascii=True) + "'"


def _bound(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
