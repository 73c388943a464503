"""How the service runs. What may differ between places comes from the environment.

`script/server` writes the same variables to `$HOSO_HOME/environment`, so that `manage.py` works
beside a running service; a variable that is set already wins over that file.
"""

import os
from pathlib import Path
from urllib.parse import urlsplit

import environ
import pghistory
from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
HOSO_HOME = Path(env.str("HOSO_HOME", default=str(BASE_DIR / "var"))).resolve()
if (HOSO_HOME / "environment").exists():
    env.read_env(str(HOSO_HOME / "environment"))

# The menu's order. A sixth registry is one word here and one folder.
REGISTRIES = ["citizens", "businesses", "vehicles", "housing", "education"]

DEFAULT_SECRET_KEY = "insecure: set SECRET_KEY"  # noqa: S105
SECRET_KEY = env.str("SECRET_KEY", default=DEFAULT_SECRET_KEY)
DEBUG = env.bool("DEBUG", default=False)
HOSO_DEMO = env.bool("HOSO_DEMO", default=False)
if HOSO_DEMO:
    # Authlib refuses tokens over http from anywhere but this machine; a demonstration may.
    os.environ.setdefault("AUTHLIB_INSECURE_TRANSPORT", "1")
HOSO_BASE_URL = env.str("HOSO_BASE_URL", default="http://127.0.0.1:8000").rstrip("/")
ALLOWED_HOSTS = env.list(
    "ALLOWED_HOSTS",
    default=[urlsplit(HOSO_BASE_URL).hostname or "", "localhost", "127.0.0.1", "[::1]"],
)

INSTALLED_APPS = [
    # Before the admin, whose frame it dresses.
    "records.desk",
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "csp",
    "pgtrigger",
    "pghistory",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "records",
    "records.units",
    "records.history",
    "records.audit",
    "records.access",
    "records.search",
    "records.imports",
    "records.findings",
    "records.api",
    "records.portal",
    *REGISTRIES,
]

MIDDLEWARE = [
    "records.api.middleware.request_id",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
APPEND_SLASH = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]


def database(url: str, *, pool: bool) -> dict[str, object]:
    """A DATABASES entry: one role's URL, with the walls every session stands behind."""
    parsed: dict[str, object] = dict(env.db_url_config(url))
    options: dict[str, object] = {
        "options": "-c statement_timeout=10s -c lock_timeout=5s"
        " -c idle_in_transaction_session_timeout=30s",
        "connect_timeout": 10,
    }
    if pool:
        options["pool"] = {"min_size": 2, "max_size": 16, "timeout": 5}
    return parsed | {"ENGINE": "config.postgresql", "OPTIONS": options}


# `default` is the running service's role: SELECT and INSERT on audit and history, nothing else.
# `owner` owns the tables: migrate, prepare_partitions. A web host in production has no such URL.
DATABASE_URL = env.str("DATABASE_URL", default="postgres://nobody@127.0.0.1:1/none")
# Celery closes Django's pool around every task; granian's workers say HOSO_POOL=1.
DATABASES = {"default": database(DATABASE_URL, pool=env.bool("HOSO_POOL", default=False))}
if owner_url := env.str("DATABASE_OWNER_URL", default=""):
    DATABASES["owner"] = database(owner_url, pool=False)
    DATABASES["owner"]["OPTIONS"] = {"options": "-c lock_timeout=10s", "connect_timeout": 10}

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 15},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

LANGUAGE_CODE = "vi"
LANGUAGES = [("vi", _("Vietnamese")), ("en", _("English"))]
FORMAT_MODULE_PATH = ["config.formats"]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Asia/Ho_Chi_Minh"
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = HOSO_HOME / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

# History keeps what was; today's rules, choices and indexes are the record's own.
PGHISTORY_FOREIGN_KEY_FIELD = pghistory.ForeignKey(db_index=False)
PGHISTORY_EXCLUDE_FIELD_KWARGS = {"records.fields.Choice": ["choices"]}
# Taken while the row is locked, so that one record's events stand in the order of its changes.
PGHISTORY_CREATED_AT_FUNCTION = "clock_timestamp()"

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["records.api.authentication.PartnerToken"],
    "DEFAULT_PERMISSION_CLASSES": ["records.api.authentication.Identified"],
    "DEFAULT_PARSER_CLASSES": ["records.api.formats.JSON"],
    "DEFAULT_RENDERER_CLASSES": ["records.api.formats.ToJSON"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "records.api.formats.JSONOnly",
    "DEFAULT_SCHEMA_CLASS": "records.api.schema.FromDeclarations",
    "EXCEPTION_HANDLER": "records.api.problems.handle",
    "UNAUTHENTICATED_USER": None,
}

SPECTACULAR_SETTINGS = {
    "TITLE": "Hồ Sơ",
    "DESCRIPTION": (BASE_DIR / "docs" / "api.md").read_text(encoding="utf-8"),
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.1",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PUBLIC": True,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"persistAuthorization": False, "validatorUrl": None},
    "DISABLE_ERRORS_AND_WARNINGS": False,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "POSTPROCESSING_HOOKS": ["records.api.shapes.finish", "records.api.unit_shapes.finish"],
}

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    },
}
# Only for a proxy that sets these headers itself and drops a client's.
BEHIND_PROXY = env.bool("BEHIND_PROXY", default=False)
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"
SESSION_ENGINE = "records.access.sessions"
CSRF_FAILURE_VIEW = "records.portal.doors.not_from_here"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = HOSO_BASE_URL.startswith("https:")
CSRF_COOKIE_SECURE = SESSION_COOKIE_SECURE

CELERY_BROKER_URL = env.str("BROKER_URL", default="redis://127.0.0.1:1/0")
CELERY_TIMEZONE = TIME_ZONE
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BEAT_SCHEDULE = {
    "forget what expired": {"task": "records.access.tasks.forget_expired", "schedule": 3600},
    "imports that stalled": {"task": "records.imports.tasks.sweep", "schedule": 5},
    "rows of old imports": {"task": "records.imports.tasks.forget_rows", "schedule": 86_400},
    "what disagrees": {
        "task": "records.findings.tasks.look_for_all",
        "schedule": crontab(hour=2, minute=30),
    },
    "recount words": {"task": "records.search.tasks.recount_words", "schedule": 3600},
}

# Signs access tokens (RFC 9068); partners' keys are in the database.
TOKEN_KEY_FILE = env.str("TOKEN_KEY_FILE", default=str(HOSO_HOME / "token_key.pem"))
MAX_BODY_BYTES = 1_000_000
# Files as they came, and how large one may be.
IMPORT_FILES = env.str("IMPORT_FILES", default=str(HOSO_HOME / "imports"))
IMPORT_MOST_BYTES = env.int("IMPORT_MOST_BYTES", default=150_000_000)
GRANTS_MAX_AGE_SECONDS = 1.0
UNITS_MAX_AGE_SECONDS = 60.0

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request_id": {"()": "records.api.middleware.RequestIdFilter"}},
    "formatters": {
        "line": {"format": "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s"}
    },
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["request_id"],
        }
    },
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="WARNING")},
}
