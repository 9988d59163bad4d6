"""Postgres or Redis gone: a page that says so, and `/healthz/` that tells which."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client

ROOT = Path(__file__).resolve().parents[2]
ASK = """
import django, sys
django.setup()
from django.test import Client
client = Client(SERVER_NAME=sys.argv[1], raise_request_exception=False)
response = client.get(sys.argv[2])
print(response.status_code, response.content.decode())
"""
NOBODY_POSTGRES = "postgres://nobody@127.0.0.1:9/nothing"
NOBODY_REDIS = "redis://127.0.0.1:9/0"


def ask(host: str, path: str, **environment: str) -> str:
    """The answer of a fresh process whose servers are not there."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", ASK, host, path],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "saas.settings", **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("host", ["localhost", "salon-aurora.localhost", "nobody-knows.example"])
def test_healthz_answers_on_any_host(host: str, client: Client, db: None) -> None:
    response = client.get("/healthz/", headers={"host": host})
    assert response.status_code == 200
    assert response.json()["postgres"] == "ok"


def test_healthz_tells_that_postgres_is_down() -> None:
    answer = ask("localhost", "/healthz/", DATABASE_URL=NOBODY_POSTGRES)
    assert answer.startswith("503")
    assert '"postgres": "down"' in answer


def test_healthz_tells_that_redis_is_down() -> None:
    answer = ask("localhost", "/healthz/", REDIS_URL=NOBODY_REDIS)
    assert answer.startswith("503")
    assert '"redis": "down"' in answer


@pytest.mark.parametrize("host", ["localhost", "salon-aurora.localhost"])
def test_page_without_postgres_says_so(host: str) -> None:
    answer = ask(host, "/", DATABASE_URL=NOBODY_POSTGRES)
    assert answer.startswith("503")
    assert "<h1" in answer
    assert "Traceback" not in answer


def test_login_without_redis_says_so() -> None:
    answer = ask("localhost", "/signup/address/?slug=salon", REDIS_URL=NOBODY_REDIS)
    assert answer.startswith("503")
    assert "<h1" in answer
