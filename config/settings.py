"""All settings, from the environment. The defaults need no service: a laptop runs with none of them set.

docs/settings.md explains every variable; a test keeps the two together.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dj_database_url
import django_stubs_ext
from csp.constants import NONCE, NONE, SELF

from accounts.secret_file import read_or_make
from config.env import Env, usable_folder

django_stubs_ext.monkeypatch()  # lets `ModelAdmin[Track]` run as it is typed

BASE_DIR = Path(__file__).resolve().parent.parent
_paths = Env()
DATA_DIR = usable_folder("SEGUE_DATA", Path(_paths.text("SEGUE_DATA", str(BASE_DIR / "var"))).resolve())
RUN_DIR = DATA_DIR / "run"  # what a running `manage.py up` tells other processes
ENV = Env(services=RUN_DIR / "services.json")

# -- web --
DEBUG = ENV.flag("SEGUE_DEBUG", default=False)
SECRET_KEY = ENV.text("SECRET_KEY") or read_or_make(DATA_DIR / "secret_key", 50)
# This machine may always ask, for instance whether the site lives.
ALLOWED_HOSTS = [*ENV.words("ALLOWED_HOSTS"), "localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = ENV.words("CSRF_TRUSTED_ORIGINS")
HTTPS = ENV.flag("SEGUE_HTTPS", default=False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 30
ROOT_URLCONF = "config.urls"
PORT = ENV.number("SEGUE_PORT", 0, low=0, high=65_535)  # 0: `manage.py up` takes 8000 or the next free one
WEB_PROCESSES = ENV.number("SEGUE_WEB_PROCESSES", 1, low=1, high=64)
ASGI_APPLICATION = "config.asgi.application"
X_ACCEL_REDIRECT = ENV.flag("SEGUE_X_ACCEL", default=False)  # nginx in front sends the files

INSTALLED_APPS = [
    "config.apps.SegueAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "csp",
    "config.apps.LockOutConfig",
    "accounts",
    "catalog",
    "recommender",
    "config",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "config.permissions.PermissionsPolicyMiddleware",
    "config.door.DoorMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.caching.PrivatePagesMiddleware",  # behind that of files which are the same for everybody
    "config.compression.PageGZipMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.SignedInMiddleware",
    "config.limits.LimitsMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
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
            ],
        },
    },
]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF],
        "media-src": [SELF],
        "connect-src": [SELF],
        "font-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    },
}

# -- people --
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # or a stranger could keep a lock closed for ever
AXES_HANDLER = "accounts.lockout.LockOut"
AXES_CLIENT_IP_CALLABLE = "accounts.addresses.network_of"
AXES_LOCKOUT_CALLABLE = "accounts.lockout.locked"
# What people start too often is counted here, in each web process; nothing that must outlive it.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "OPTIONS": {"MAX_ENTRIES": 50_000},
    },
}
TRUSTED_PROXIES = ENV.networks("SEGUE_TRUSTED_PROXIES")

# -- database --
DATABASE_SCHEMES = {
    **dict.fromkeys(("postgres", "postgresql"), "postgres://user:password@host:5432/name"),
    "sqlite": "sqlite:////folder/name.sqlite3",
}
DATABASES = {
    # No connection outlives its request: under ASGI every request has a thread of its own, so a kept connection is
    # never used again. Kept for a minute they ran PostgreSQL out of connections after some hundred requests.
    "default": dj_database_url.parse(
        ENV.address("DATABASE_URL", DATABASE_SCHEMES) or f"sqlite:///{DATA_DIR / 'segue.sqlite3'}", conn_max_age=0
    ),
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # Django's own SQLite options lost 518 of 600 racing transactions to "database is locked"; with these none.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-65536;",
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# -- files --
MEDIA_DIR = Path(ENV.text("SEGUE_MEDIA", str(DATA_DIR / "media"))).resolve()
MEDIA_ROOT = str(MEDIA_DIR)
MODELS_DIR = Path(ENV.text("SEGUE_MODELS", str(DATA_DIR / "models"))).resolve()
DEMO_DIR = DATA_DIR / "demo"
# On the media volume, so that the last step of an upload is a rename.
FILE_UPLOAD_TEMP_DIR = str(usable_folder("SEGUE_MEDIA", MEDIA_DIR / "incoming"))
FILE_UPLOAD_HANDLERS = ["catalog.uploads.SpoolingHandler"]
UPLOAD_MAX_BYTES = ENV.number("SEGUE_UPLOAD_MAX_MEGABYTES", 1024, low=1, high=1_000_000) * 1_000_000
QUOTA_BYTES = ENV.number("SEGUE_QUOTA_GIGABYTES", 10, low=1, high=1_000_000) * 1_000_000_000  # of each listener
QUOTA_TRACKS = ENV.number("SEGUE_QUOTA_TRACKS", 5_000, low=1, high=100_000_000)
DISK_RESERVE_BYTES = ENV.number("SEGUE_DISK_RESERVE_MEGABYTES", 1024, low=0, high=1_000_000) * 1_000_000
DATA_UPLOAD_MAX_NUMBER_FILES = 500
STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "config.staticfiles.ModuleManifestStorage",
    },
}
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_MIMETYPES = {".webmanifest": "application/manifest+json"}

# -- queue --
REDIS_SCHEMES = dict.fromkeys(("redis", "rediss"), "redis://:password@host:6379/0")
# Empty: `manage.py up` starts a broker of its own and writes down where.
REDIS_URL = ENV.address("REDIS_URL", REDIS_SCHEMES)
CELERY_BROKER_URL = REDIS_URL or "redis://127.0.0.1:1/0"  # port 1: nobody there, publishing fails at once
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "socket_connect_timeout": 2,
    "socket_timeout": 10,
    # A wake-up is a hint: somebody waits for their upload while it is sent, so one quick second try is all it gets.
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.1,
}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_DEFAULT_QUEUE = "ingest"
CELERY_BEAT_SCHEDULER = "celery.beat:Scheduler"  # remembers nothing: no file to be spoiled by a power cut


def _every(seconds: float, task: str, *, expires: float) -> dict[str, Any]:
    """A task of the clock; a hint that nobody took in time is dropped, because the next one is due anyway."""
    name = f"recommender.tasks.{task}"
    return {"task": name, "schedule": seconds, "options": {"expires": expires, "queue": "housekeeping"}}


CELERY_BEAT_SCHEDULE = {
    "sweep": _every(2.0, "sweep", expires=2.0),
    "reconcile": _every(3600.0, "reconcile", expires=600.0),
    "fit-anew": _every(60.0, "fit_anew", expires=60.0),
    "find-lost": _every(60.0, "find_lost", expires=60.0),
    "sweep-store": _every(3600.0, "sweep_store", expires=600.0),
    "draw-map": _every(60.0, "draw_map", expires=60.0),
}

# -- index --
# Empty: `manage.py up` starts Milvus Lite on loopback and writes down where.
MILVUS_URI = ENV.address("MILVUS_URI", dict.fromkeys(("http", "https", "tcp"), "http://host:19530"))
MILVUS_TOKEN = ENV.text("MILVUS_TOKEN")
MILVUS_INDEX_TYPE = ENV.choice("MILVUS_INDEX_TYPE", "HNSW", ("HNSW", "AUTOINDEX", "FLAT"))

# -- analysis --
ENCODER = ENV.text("SEGUE_ENCODER", "musicnn")
TEXT_ENCODER = ENV.text("SEGUE_TEXT_ENCODER", "lexicon")
ANALYSIS_CELLS = ENV.number("SEGUE_CELLS", 2, low=1, high=64)  # decoders side by side in one worker
ANALYSIS_BATCH = ENV.number("SEGUE_BATCH", 8, low=1, high=256)  # tracks a claim
ANALYSIS_LEASE_SECONDS = ENV.number("SEGUE_LEASE_SECONDS", 60, low=5, high=3600)
ANALYSIS_MAX_ATTEMPTS = 3

# -- the rest --
LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = False
FORMAT_MODULE_PATH = "config.formats"
NUMBER_GROUPING = 3  # of what is counted: "100,000"; other numbers in pages are ids
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname:<7} {name}: {message}", "style": "{"}},
    "filters": {"one line": {"()": "config.logs.OneLine"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["one line"]}},
    "root": {"handlers": ["stderr"], "level": ENV.choice("SEGUE_LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING"))},
    "loggers": {
        "axes": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},  # two lines a task, and the sweeper runs every two seconds
        "celery.app.trace": {"level": "WARNING"},
        "celery.worker.request": {"level": "WARNING"},  # a sweep that came too late is no news
    },
}
