"""Every setting of the project, by topic. Values come from the environment through `saas.env`.

`TENANTRY_ENV` is demo (what `make run` starts), test or production. Production is strict: it asks for every
secret and address, and speaks TLS only.
"""

import os
from pathlib import Path
from urllib.parse import urlsplit

import dj_database_url
from csp.constants import NONE, SELF

from saas import env

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(env.text("TENANTRY_VAR", str(BASE_DIR / "var")))

# --- Which kind of installation -------------------------------------------------------------------------------------

ENVIRONMENT = env.choice("TENANTRY_ENV", ("demo", "test", "production"), "demo")
IS_PRODUCTION = ENVIRONMENT == "production"
DEMO = not IS_PRODUCTION
"""Doubles, the mail reader and the like exist here and nowhere else."""
DEBUG = env.flag("TENANTRY_DEBUG") and not IS_PRODUCTION
SECRET_KEY = env.text(
    "TENANTRY_SECRET_KEY",
    None if IS_PRODUCTION else "not-a-secret-only-for-demo-and-tests-" + "x" * 32,
)
SECRET_KEY_FALLBACKS = env.listing("TENANTRY_SECRET_KEY_FALLBACKS")

# --- Hosts ----------------------------------------------------------------------------------------------------------

BASE_DOMAIN = env.text("TENANTRY_BASE_DOMAIN", None if IS_PRODUCTION else "localhost").lower()
PLATFORM_HOSTS = frozenset(
    {BASE_DOMAIN, *env.listing("TENANTRY_PLATFORM_HOSTS")}
    | (set() if IS_PRODUCTION else {"127.0.0.1"})
)
PLATFORM_HOST = env.text("TENANTRY_PLATFORM_HOST", BASE_DOMAIN)
SCHEME = "https" if IS_PRODUCTION else "http"
PORT = env.text("PORT", "443" if IS_PRODUCTION else "8000")
PORT_SUFFIX = "" if IS_PRODUCTION else f":{PORT}"
PLATFORM_URL = f"{SCHEME}://{PLATFORM_HOST}{PORT_SUFFIX}"
TENANT_SOURCES = f"{SCHEME}://*.{BASE_DOMAIN}{PORT_SUFFIX}"
ALLOWED_HOSTS = [BASE_DOMAIN, f".{BASE_DOMAIN}", *PLATFORM_HOSTS]

# --- Apps -----------------------------------------------------------------------------------------------------------

SHARED_APPS = [
    "django_tenants",
    "saas.core",
    "saas.dashboard",
    "plans",
    "tenants",
    "billing",
    "credits",
    "workflows",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_htmx",
    "django_prose_editor",
]
TENANT_APPS = ["booking"]
INSTALLED_APPS = [*SHARED_APPS, *TENANT_APPS]

TENANT_MODEL = "tenants.Tenant"
TENANT_DOMAIN_MODEL = "tenants.Domain"
TENANT_LIMIT_SET_CALLS = True
PUBLIC_SCHEMA_URLCONF = "saas.urls_public"
ROOT_URLCONF = "saas.urls"
DATABASE_ROUTERS = ["django_tenants.routers.TenantSyncRouter"]
GET_EXECUTOR_FUNCTION = "tenants.migrating.get_executor"
SILENCED_SYSTEM_CHECKS = [
    "django_tenants.W001",  # Order of SHARED_APPS: django_tenants is first.
]

MIDDLEWARE = [
    "saas.core.middleware.HealthMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "billing.middleware.WebhookMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "tenants.middleware.TenantMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "saas.core.middleware.DomainErrorMiddleware",
    "tenants.middleware.MemberMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "tenants.context.shell",
                "saas.dashboard.context.shell",
            ],
        },
    }
]
UI_STRICT = not IS_PRODUCTION
"""Whether an icon that does not exist is an error rather than a gap."""
FORM_RENDERER = "django.forms.renderers.DjangoTemplates"
WSGI_APPLICATION = "saas.wsgi.application"
APPEND_SLASH = True

# --- Data -----------------------------------------------------------------------------------------------------------

DATABASE_URL = env.text("DATABASE_URL", None if IS_PRODUCTION else "postgres:///tenantry")
_database = dj_database_url.parse(
    DATABASE_URL, conn_max_age=env.number("TENANTRY_CONN_MAX_AGE", 300)
)
DATABASES = {
    "default": {
        **_database,
        "ENGINE": "django_tenants.postgresql_backend",
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": True,
        "OPTIONS": {"connect_timeout": 5, **_database.get("OPTIONS", {})},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = (
    env.text("REDIS_URL", None if IS_PRODUCTION else "")
    if "REDIS_URL" in os.environ or IS_PRODUCTION
    else ""
)
CACHES = {
    "default": (
        {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": REDIS_URL,
            "KEY_PREFIX": "tenantry",
            "OPTIONS": {"socket_timeout": 3, "socket_connect_timeout": 3},
        }
        if REDIS_URL
        else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    )
}

# --- Background work ------------------------------------------------------------------------------------------------

CELERY_BROKER_URL = env.text("BROKER_URL", REDIS_URL or "memory://")
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_TIME_LIMIT = 300
CELERY_TIMEZONE = "UTC"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {
        "data_folder_in": str(VAR_DIR / "queue"),
        "data_folder_out": str(VAR_DIR / "queue"),
        "control_folder": str(VAR_DIR / "queue"),
    }
    if CELERY_BROKER_URL.startswith("filesystem")
    else {}
)

# --- People ---------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "tenants.User"
AUTHENTICATION_BACKENDS = ["tenants.sessions.SessionBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name")},
    },
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
if ENVIRONMENT == "test":
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/businesses/"
ACCOUNT_ADAPTER = "tenants.adapters.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_FORMS = {"signup": "tenants.forms.SignupForm"}
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_CONFIRMATION_HMAC = True
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = SCHEME
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "10/m/ip,5/5m/key",
    "signup": "20/h/ip",
    "confirm_email": "1/1m/key",
    "reset_password": "20/h/ip,5/h/key",
    "reset_password_from_key": "20/h/ip",
    "reauthenticate": "10/m/user",
}
MFA_ALLOW_UNVERIFIED_EMAIL = True  # nobody logs in without a confirmed one; a new one only waits
MFA_ADAPTER = "tenants.adapters.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Tenantry"
RATE_LIMITS_ENABLED = env.flag("TENANTRY_RATE_LIMITS", default=True)
TRUSTED_PROXY_COUNT = env.number("TENANTRY_TRUSTED_PROXIES", 1 if IS_PRODUCTION else 0)
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXY_COUNT

# --- Mail -----------------------------------------------------------------------------------------------------------

_mail = urlsplit(env.text("TENANTRY_SMTP_URL", None if IS_PRODUCTION else "demo://"))
"""smtp://user:password@host:port, or smtps:// for TLS from the first byte."""
EMAIL_BACKEND = (
    "django.core.mail.backends.smtp.EmailBackend"
    if _mail.scheme in {"smtp", "smtps"}
    else "tenants.demo_mail.DemoMailBackend"
)
EMAIL_HOST, EMAIL_PORT = _mail.hostname or "", _mail.port or 587
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _mail.username or "", _mail.password or ""
EMAIL_USE_SSL = _mail.scheme == "smtps"
EMAIL_USE_TLS = _mail.scheme == "smtp" and bool(_mail.username)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text("TENANTRY_MAIL_FROM", f"Tenantry <hello@{BASE_DOMAIN}>")

# --- Payments -------------------------------------------------------------------------------------------------------

STRIPE_SANDBOX_URL = "" if IS_PRODUCTION else env.text("TENANTRY_STRIPE_SANDBOX_URL", "")
"""Where Stripe's double answers; used as long as no keys of Stripe are entered. `make run` sets it."""
MERCADOPAGO_SANDBOX_URL = "" if IS_PRODUCTION else env.text("TENANTRY_MERCADOPAGO_SANDBOX_URL", "")
"""The same of Mercado Pago's."""
PAYPAL_SANDBOX_URL = "" if IS_PRODUCTION else env.text("TENANTRY_PAYPAL_SANDBOX_URL", "")
"""The same of PayPal's."""

# --- Messages -------------------------------------------------------------------------------------------------------

TWILIO_SANDBOX_URL = "" if IS_PRODUCTION else env.text("TENANTRY_TWILIO_SANDBOX_URL", "")
META_SANDBOX_URL = "" if IS_PRODUCTION else env.text("TENANTRY_META_SANDBOX_URL", "")
"""Where the carriers’ doubles answer."""
OUTGOING_TRUSTED = (
    frozenset() if IS_PRODUCTION else frozenset(env.listing("TENANTRY_OUTGOING_TRUSTED"))
)
"""Origins with their port that webhooks may call though they are not public: “http://127.0.0.1:9000”. For tests."""

# --- Browser security -----------------------------------------------------------------------------------------------

_host_prefix = "__Host-" if IS_PRODUCTION else ""
SESSION_COOKIE_NAME = f"{_host_prefix}session"
CSRF_COOKIE_NAME = f"{_host_prefix}csrf"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = IS_PRODUCTION
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if IS_PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = IS_PRODUCTION
SECURE_REDIRECT_EXEMPT = [r"^healthz/$"]
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if IS_PRODUCTION and TRUSTED_PROXY_COUNT:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CSRF_FAILURE_VIEW = "saas.core.views.csrf_failure"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        # A login or a logout ends on the other host, and form-action also governs the redirect after a POST.
        "form-action": [SELF, PLATFORM_URL, TENANT_SOURCES],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}

# --- Static files, language, time -----------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if ENVIRONMENT == "test" or DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = ENVIRONMENT == "test" or DEBUG
WHITENOISE_AUTOREFRESH = DEBUG

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_TZ = True
TIME_ZONE = "UTC"

# --- Logging --------------------------------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.text("TENANTRY_LOG_LEVEL", "INFO")},
    "loggers": {
        "django.request": {"handlers": ["console"], "level": "ERROR", "propagate": False},
        "django.security.DisallowedHost": {"handlers": [], "propagate": False},
        # Below that it writes every address that it asks, with e-mails of payers in them.
        "stripe": {"level": "WARNING"},
    },
}
