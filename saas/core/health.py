"""Whether the things that the product stands on answer."""

import redis
from django.conf import settings
from django.db import DatabaseError, connection


def report() -> dict[str, str]:
    """{"postgres": "ok" | "down", "redis": "ok" | "down" | "not used"}; each is asked with a short time-out."""
    return {"postgres": _postgres(), "redis": _redis()}


def _postgres() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        connection.close()
        return "down"
    return "ok"


def _redis() -> str:
    if not settings.REDIS_URL:
        return "not used"
    try:
        with redis.Redis.from_url(
            settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2
        ) as client:
            client.ping()
    except redis.RedisError:
        return "down"
    return "ok"
