"""Connections to Redis as every process of the server makes them: a bound on each wait and on how many there are.

redis-py repeats a command that timed out up to ten times with pauses that grow: a Redis that is slow would be asked
more instead of less, a ticket could be used up by the repetition of its own check, and a user would wait for a
minute. Here a command that timed out has failed; only a connection that broke is made again, once.
"""

from __future__ import annotations

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError

from config.settings import Settings


def redis_of(
    settings: Settings, *, timeout_s: float, connections: int, decode_responses: bool = False
) -> Redis:
    """A client of the settings' Redis; RedisError means that something could not be done in time.

    Args:
        settings: With ``redis_url`` set.
        timeout_s: Longest wait for a free connection, for a new one, and for one answer.
        connections: Connections at the most; who needs one more waits for it.
        decode_responses: Answers as text instead of bytes.

    Raises:
        ValueError: ``redis_url`` is not set.
    """
    if settings.redis_url is None:
        raise ValueError("the launcher has to set redis_url first")
    pool = BlockingConnectionPool.from_url(
        settings.redis_url,
        max_connections=connections,
        timeout=timeout_s,
        socket_timeout=timeout_s,
        socket_connect_timeout=timeout_s,
        retry=Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,)),
        decode_responses=decode_responses,
    )
    return Redis.from_pool(pool)
