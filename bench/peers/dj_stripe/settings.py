"""The smallest settings that dj-stripe's endpoint runs with; the connections are kept as long as ours.

As its documentation suggests, what is verified goes to a Celery queue rather than being worked on in the request.
"""

import os

import dj_database_url

SECRET_KEY = "the-peer-of-a-benchmark-needs-no-secret"
DEBUG = False
ALLOWED_HOSTS = ["*"]
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "djstripe"]
DATABASES = {"default": dj_database_url.parse(os.environ["DATABASE_URL"], conn_max_age=300)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
MIDDLEWARE: list[str] = []
ROOT_URLCONF = "bench.peers.dj_stripe.urls"
USE_TZ = True
STRIPE_TEST_SECRET_KEY = "sk_test_of_a_benchmark"
STRIPE_LIVE_MODE = False
DJSTRIPE_FOREIGN_KEY_TO_FIELD = "id"
DJSTRIPE_WEBHOOK_EVENT_CALLBACK = "bench.peers.dj_stripe.queue.enqueue"
BROKER_URL = os.environ["REDIS_URL"]
LOGGING_CONFIG = None
