"""The smallest settings that django-tenants runs with; the connections are kept as long as ours."""

import os

import dj_database_url

SECRET_KEY = "the-peer-of-a-benchmark-needs-no-secret"
DEBUG = False
ALLOWED_HOSTS = ["*"]
SHARED_APPS = [
    "django_tenants",
    "django.contrib.contenttypes",
    "bench.peers.bare_tenants.customers",
]
TENANT_APPS = ["bench.peers.bare_tenants.shop"]
INSTALLED_APPS = [*SHARED_APPS, *TENANT_APPS]
TENANT_MODEL = "customers.Client"
TENANT_DOMAIN_MODEL = "customers.Domain"
DATABASE_ROUTERS = ["django_tenants.routers.TenantSyncRouter"]
DATABASES = {
    "default": {
        **dj_database_url.parse(os.environ["DATABASE_URL"], conn_max_age=300),
        "ENGINE": "django_tenants.postgresql_backend",
    }
}
MIDDLEWARE = ["django_tenants.middleware.main.TenantMainMiddleware"]
ROOT_URLCONF = "bench.peers.bare_tenants.urls"
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
LOGGING_CONFIG = None
