"""What production insists on, as a fresh process reads it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COMPLETE = {
    "TENANTRY_ENV": "production",
    "TENANTRY_SECRET_KEY": "k" * 60,
    "TENANTRY_BASE_DOMAIN": "tenantry.example",
    "TENANTRY_SMTP_URL": "smtp://mail.tenantry.example:587",
    "DATABASE_URL": "postgres://app@db.tenantry.example/tenantry",
    "REDIS_URL": "redis://cache.tenantry.example/0",
}
ASKED = [
    "SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE",
    "SESSION_COOKIE_DOMAIN", "CSRF_COOKIE_DOMAIN", "SESSION_COOKIE_HTTPONLY", "CSRF_TRUSTED_ORIGINS",
    "SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS", "USE_X_FORWARDED_HOST", "DEBUG", "DEMO",
    "PLATFORM_URL", "EMAIL_BACKEND", "CELERY_ACCEPT_CONTENT",
]  # fmt: skip


def read(names: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    code = (
        "import json; from django.conf import settings;"
        f" print(json.dumps({{n: getattr(settings, n) for n in {names!r}}}))"
    )
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("TENANTRY_", "PORT"))}
    kept = {k: v for k, v in kept.items() if k not in {"DATABASE_URL", "REDIS_URL"}}
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**kept, "DJANGO_SETTINGS_MODULE": "saas.settings", **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_production_trusts_nothing_but_tls_and_this_very_host() -> None:
    values = json.loads(read(ASKED, COMPLETE).stdout)
    assert values == {
        "SESSION_COOKIE_NAME": "__Host-session",
        "CSRF_COOKIE_NAME": "__Host-csrf",
        "SESSION_COOKIE_SECURE": True,
        "CSRF_COOKIE_SECURE": True,
        "SESSION_COOKIE_DOMAIN": None,
        "CSRF_COOKIE_DOMAIN": None,
        "SESSION_COOKIE_HTTPONLY": True,
        "CSRF_TRUSTED_ORIGINS": [],
        "SECURE_SSL_REDIRECT": True,
        "SECURE_HSTS_SECONDS": 365 * 24 * 3600,
        "USE_X_FORWARDED_HOST": False,
        "DEBUG": False,
        "DEMO": False,
        "PLATFORM_URL": "https://tenantry.example",
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "CELERY_ACCEPT_CONTENT": ["json"],
    }


@pytest.mark.parametrize("missing", [name for name in COMPLETE if name != "TENANTRY_ENV"])
def test_production_says_what_is_missing(missing: str) -> None:
    environment = {name: value for name, value in COMPLETE.items() if name != missing}
    done = read(["DEBUG"], environment)
    assert done.returncode != 0
    assert f"Set the environment variable {missing}." in done.stderr
