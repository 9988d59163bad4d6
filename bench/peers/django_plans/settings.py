"""The smallest settings that django-plans runs with, on the database that DATABASE_URL names."""

import os

import dj_database_url

SECRET_KEY = "the-peer-of-a-benchmark-needs-no-secret"
DEBUG = False
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "ordered_model",
    "sequences.apps.SequencesConfig",
    "plans",
    "bench.peers.django_plans.team",
]
DATABASES = {"default": dj_database_url.parse(os.environ["DATABASE_URL"], conn_max_age=300)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
PLANS_CURRENCY = "USD"
PLANS_TAX = None
PLANS_INVOICE_ISSUER: dict[str, str] = {}
PLANS_VALIDATORS = {"MAX_STAFF": "bench.peers.django_plans.team.validators.max_staff"}
LOGGING_CONFIG = None
