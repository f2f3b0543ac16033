"""All settings, from the environment, validated early; each error has a hint. Imports no Django.

`./dev doctor` prints every variable below with its meaning and the value's health.
"""

import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from binhyen.embedded_postgres import EmbeddedPostgres
from binhyen.env import (
    SettingsError,
    env,
    env_address,
    env_bool,
    env_choice,
    env_folder,
    env_int,
    env_list,
    env_networks,
    env_stored_file,
)

BASE_DIR = Path(__file__).resolve().parent.parent

VAR_DIR = env_folder("BINHYEN_VAR", BASE_DIR / "var", "folder of data: database, files, logs")
PORT = env_int("BINHYEN_PORT", 8000, "the one port of pages, webhooks and the live feed", 1, 65535)
HOST = env("BINHYEN_HOST", "127.0.0.1", "address to listen on")
PUBLIC_URL = env_address("BINHYEN_URL", f"http://127.0.0.1:{PORT}", "address that citizens and Zalo reach")
DEMO = env_bool("BINHYEN_DEMO", False, "demo installation: fixed passwords, fictitious villages; never in production")
DEBUG = env_bool("BINHYEN_DEBUG", False, "Django's debug pages; never in production")
PAGE_PROCESSES = env_int("BINHYEN_PAGE_PROCESSES", 2, "processes that serve pages", 1, 64)
PAGE_SECONDS = env_int("BINHYEN_PAGE_SECONDS", 30, "seconds after which a page that is not ready is stopped", 1, 600)
PAGE_THREADS = env_int("BINHYEN_PAGE_THREADS", 4, "threads in each of them", 1, 64)
EMBEDDED_HOME = VAR_DIR / "postgresql"
_KEYS = env("BINHYEN_KEYS_DIR", "", "secret keys, one folder per process, not in backups; empty: `keys` in BINHYEN_VAR")
KEYS_DIR = Path(_KEYS or VAR_DIR / "keys").resolve()
_KEY_FOLDER_NAMES = env(
    "BINHYEN_KEYS", "", "key folders this process may use, separated by commas; empty: all readable ones"
)
KEY_FOLDERS = frozenset(filter(None, _KEY_FOLDER_NAMES.split(",")))
PROCESS = _KEY_FOLDER_NAMES if len(KEY_FOLDERS) == 1 else ""  # name of this process; "": a command of the operator
# A Unix socket's path is limited to 107 bytes; a deep checkout gets a short one elsewhere.
_SOCKETS = VAR_DIR / "run" if len(str(VAR_DIR)) < 80 else EmbeddedPostgres(VAR_DIR / "pages").socket_dir
PAGES_SOCKET = _SOCKETS / "pages.sock"
CUSTODY_SOCKET = _SOCKETS / "custody.sock"


def _load_secret_key() -> str:
    configured = env("BINHYEN_SECRET_KEY", "", "key that signs sessions and links; at least 32 characters")
    if configured:
        if len(configured) < 32:
            raise SettingsError("BINHYEN_SECRET_KEY", "is shorter than 32 characters", "openssl rand -base64 48")
        return configured
    if PROCESS == "gateway":  # the gateway signs nothing and must not be able to
        return secrets.token_urlsafe(48)
    return env_stored_file("BINHYEN_VAR", VAR_DIR / "secret_key", lambda: secrets.token_urlsafe(48))


def build_database_config(url: str) -> dict[str, Any]:
    """Build Django's DATABASES entry from a libpq URL."""
    parts = urlsplit(url)
    try:
        is_valid = parts.scheme in {"postgres", "postgresql"} and parts.path.strip("/") and parts.port != 0
    except ValueError:  # of an invalid port
        is_valid = False
    if not is_valid:
        raise SettingsError(
            "DATABASE_URL", "is not a PostgreSQL address with a database name", "postgresql://user:password@host/name"
        )
    return {
        "ENGINE": "binhyen.kit.database",
        "SCOPED": PROCESS not in {"worker", "sender"},  # these act for no person: no row-level security scope
        "NAME": parts.path.strip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or 5432),
        # A connection costs as much as 10 to 40 inserts: each process keeps a small pool.
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,  # when a connection is taken from the pool: kit/connection_pools.py
        "OPTIONS": {"pool": {"min_size": 1, "max_size": PAGE_THREADS + 2, "timeout": 10, "name": "binhyen"}},
    }


def build_dsn(url: str, user: str, password: str = "") -> str:
    """Build the URL of the same database with another login."""
    parts = urlsplit(url)
    host_part = parts.netloc.rpartition("@")[2]
    return parts._replace(
        netloc=f"{quote(user)}{':' if password else ''}{quote(password, safe='')}@{host_part}"
    ).geturl()


def get_process_login(process: str) -> tuple[str, str]:
    """Return name and password of a process's database login; ("", "") without a key file."""
    path = KEYS_DIR / process / "database.key"
    return (f"binhyen_{process}", path.read_text()) if process and path.exists() else ("", "")


def get_database_url() -> str:
    """Return the DSN of this process, also for code outside Django (gateway, supervisor). Contains a password.

    A process of the program has a login of its own; commands of the operator use the owner.
    """
    configured = os.environ.get("DATABASE_URL", "")
    url = configured or (EmbeddedPostgres(EMBEDDED_HOME).build_dsn() if (EMBEDDED_HOME / "password").exists() else "")
    login, password = get_process_login(PROCESS)
    return build_dsn(url, login, password) if url and login else url


env("DATABASE_URL", "", "PostgreSQL to use; empty: the embedded one")
SECRET_KEY = _load_secret_key()
_URL = get_database_url()
DATABASES = {"default": build_database_config(_URL or "postgresql://binhyen@127.0.0.1/binhyen")}

ALLOWED_HOSTS = env_list("BINHYEN_HOSTS", "127.0.0.1,localhost,[::1]", "host names served")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
BEHIND_PROXY = env_bool(
    "BINHYEN_PROXY", PUBLIC_URL.startswith("https://"), "behind a reverse proxy; its X-Forwarded-For is trusted"
)
PROXY_ADDRESSES = env_networks("BINHYEN_PROXY_ADDRESSES", "127.0.0.0/8,::1/128", "addresses of the trusted proxy")
HTTPS = PUBLIC_URL.startswith("https://")
if not DEMO and not DEBUG and not HTTPS and urlsplit(PUBLIC_URL).hostname not in {"127.0.0.1", "localhost", "::1"}:
    raise SettingsError("BINHYEN_URL", "is not https", "put a TLS proxy in front and export BINHYEN_URL=https://…")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_htmx",
    "procrastinate.contrib.django",
    "binhyen.kit",
    "binhyen.ui",
    "binhyen.audit",
    "binhyen.areas",
    "binhyen.people.factors.apps.AccountsWithoutPages",
    "allauth.mfa",
    "binhyen.people",
    "binhyen.people.admin_site.AdminOfOperators",  # after people, whose templates have priority
    "binhyen.vault",
    "binhyen.consents",
    "binhyen.channels",
    "binhyen.cases",
    "binhyen.privacy",
    "binhyen.intake",
    "binhyen.found",
    "binhyen.missing",
    "binhyen.bulletins",
    "binhyen.tips",
    "binhyen.scams",
    "binhyen.weapons",
    "binhyen.deeds",
    "binhyen.aid",
    "binhyen.procedures",
    "binhyen.conduct",
    "binhyen.stats",
    "binhyen.api",
    "binhyen.demo",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "binhyen.ui.middleware.page_headers",
    "binhyen.ui.language_middleware.language_choice_middleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "binhyen.ui.middleware.OwnFormCsrf",
    "binhyen.people.middleware.SignedInMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
# The custody process has only screens of its own.
ROOT_URLCONF = "binhyen.vault.urls" if PROCESS == "custody" else "binhyen.urls"
WSGI_APPLICATION = "binhyen.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "OPTIONS": {
            "loaders": [
                ("binhyen.ui.template_loaders.PerLanguageLoader", ["django.template.loaders.app_directories.Loader"])
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "binhyen.ui.context.add_page_frame",
            ],
            "builtins": [
                "binhyen.ui.templatetags.ui",
                "binhyen.ui.templatetags.i18n",
                "binhyen.cases.templatetags.case_rows",
            ],
        },
    }
]
UI_SHELL = (
    "binhyen.vault.navigation.build_custody_frame" if PROCESS == "custody" else "binhyen.navigation.build_officer_frame"
)
AUTH_USER_MODEL = "people.Officer"
LOGIN_URL = "/dang-nhap"
LOGIN_REDIRECT_URL = "/ban-truc"
FIRST_SIGN_IN_URL = "/huong-dan/bat-dau"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "binhyen.people.password_validators.NotOurWords"},
]
OIDC_ISSUER = env("BINHYEN_OIDC_ISSUER", "", "identity service for officers' sign-in; empty: none")
OIDC_CLIENT = env("BINHYEN_OIDC_CLIENT", "", "client id there; the secret is `pages/oidc.key` among the keys")
OIDC_NAME = env("BINHYEN_OIDC_NAME", "Dịch vụ định danh", "label of the button on the sign-in page")
if OIDC_ISSUER and not OIDC_CLIENT:
    raise SettingsError("BINHYEN_OIDC_CLIENT", "is empty", "export BINHYEN_OIDC_CLIENT=<the client id>")
if OIDC_ISSUER and not OIDC_ISSUER.startswith(("https://", "http://127.0.0.1:", "http://localhost:")):
    raise SettingsError("BINHYEN_OIDC_ISSUER", "is not https", "export BINHYEN_OIDC_ISSUER=https://…")
MFA_ADAPTER = "binhyen.people.factors.adapter.Adapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MFA_RECOVERY_CODE_DIGITS = 10
MFA_TRUST_ENABLED = False
ACCOUNT_USER_MODEL_EMAIL_FIELD = None  # officers have no address: nothing is ever proved by e-mail
# Scheduled mails of numbers (stats/mailings.py), sent by the worker; its password is `worker/smtp.key`.
SMTP_URL = env("BINHYEN_SMTP", "", "mail server of scheduled reports: smtp://name@host:587 or smtps://…; empty: none")
_DOMAINS = env("BINHYEN_MAIL_DOMAINS", "", "mail domains whose addresses may receive reports, separated by commas")
MAIL_DOMAINS = [name.strip().lower() for name in _DOMAINS.split(",") if name.strip()]
_MAIL_SERVER = urlsplit(SMTP_URL)
if SMTP_URL and (_MAIL_SERVER.scheme not in ("smtp", "smtps") or not _MAIL_SERVER.hostname):
    raise SettingsError("BINHYEN_SMTP", "is no address of a mail server", "export BINHYEN_SMTP=smtp://name@host:587")
EMAIL_HOST = _MAIL_SERVER.hostname or ""
EMAIL_USE_SSL = _MAIL_SERVER.scheme == "smtps"
EMAIL_USE_TLS = not EMAIL_USE_SSL and EMAIL_HOST not in ("127.0.0.1", "::1", "localhost")  # no plain text to elsewhere
EMAIL_PORT = _MAIL_SERVER.port or (465 if EMAIL_USE_SSL else 587)
EMAIL_HOST_USER = unquote(_MAIL_SERVER.username or "")
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env("BINHYEN_MAIL_FROM", "binh-yen@localhost", "sender of scheduled reports")
SESSION_ENGINE = "binhyen.kit.sessions"  # the table holds a digest of the cookie
SESSION_COOKIE_AGE = 12 * 3600
# `__Host-`: a neighbour below our domain cannot set these, a plain connection cannot carry them (RFC 6265bis
# §4.1.3.2).
SESSION_COOKIE_NAME = "__Host-binhyen_session" if HTTPS else "binhyen_session"
CSRF_COOKIE_AGE = None  # session cookie: a lasting one on a phone would reveal a contact with the police for a year
CSRF_COOKIE_NAME = "__Host-csrftoken" if HTTPS else "csrftoken"
LANGUAGE_COOKIE_NAME = "__Host-language" if HTTPS else "language"
LANGUAGE_COOKIE_AGE = 365 * 86_400
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_SSL_REDIRECT = False  # nosemgrep: guard-switched-off  the TLS proxy redirects; behind it HTTP is plain
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_REFERRER_POLICY = "no-referrer"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
LANGUAGE_CODE = "vi"
LANGUAGES = [("vi", "Tiếng Việt"), ("en", "English")]  # texts: binhyen/ui/locale and binhyen/cases/locale
TIME_ZONE = "Asia/Ho_Chi_Minh"
USE_TZ = True
USE_I18N = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STORAGES = {"staticfiles": {"BACKEND": "binhyen.ui.static_finders.HashedStaticStorage"}}
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "binhyen.ui.static_finders.GeneratedFinder",
    "binhyen.ui.static_finders.LeafletFinder",
]
FILES_ROOT = VAR_DIR / "files"
# Ledgers that provinces sent to a national installation, with `keys.txt`; without the folder there is no such page.
LEDGERS_ROOT = VAR_DIR / "ledgers"
MODELS_ROOT = VAR_DIR / "models"  # models trained here with officers' corrections; see language/model_selection.py
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"
# One line per channel kind: the dotted path of its adapter class.
CHANNEL_KINDS = [
    "binhyen.channels.kinds.zalo_oa.adapter.ZaloOA",
    "binhyen.channels.kinds.web.adapter.Web",
    "binhyen.channels.kinds.webpush.adapter.WebPush",
    "binhyen.channels.kinds.email.adapter.Email",
]
# One line per queue of sealed conversations: the dotted path of its class (vault/sealed_desks.py).
SEALED_DESKS = [
    "binhyen.tips.desk.TipDesk",
    "binhyen.tips.group_tip_desk.GroupTipDesk",
    "binhyen.conduct.desk.ProvinceDesk",
    "binhyen.conduct.desk.DirectorDesk",
    "binhyen.conduct.desk.InspectorDesk",
]
KEEPER = (
    "binhyen.conduct.complaint_store.SealedComplaintStore"  # stores complaints about police (intake/complaint_store.py)
)
SCAM_CHECK = "binhyen.scams.chat_answers.ChatScamCheck"  # answers questions about numbers (intake/scam_check.py)
OFFICER_CHAT = "binhyen.bulletins.officer_chat.ChatCommands"  # messages forwarded by officers (intake/officer_chat.py)
# Functions case ids → words of a register, compared with the messages of lost and found cases.
LOST_FOUND_TEXTS = ("binhyen.found.queries.load_matching_texts",)
# Category of a case → the class that proposes bulletins about it (cases/bulletin_source.py).
BULLETIN_SOURCES = {
    "missing_person": "binhyen.missing.appeal_bulletins.MissingPersonSource",
    "found_person": "binhyen.missing.appeal_bulletins.MissingPersonSource",
    "scam": "binhyen.scams.cluster_bulletins.ScamClusterSource",
    "": "binhyen.deeds.deed_bulletins.DeedSource",
}
PROVINCE_CODE = env("BINHYEN_PROVINCE", "42", "code of the province this installation serves")
ALARM_CHIEF_SECONDS = env_int("BINHYEN_ALARM_CHIEF", 120, "unacknowledged urgent case: seconds until the chief")
ALARM_PROVINCE_SECONDS = env_int("BINHYEN_ALARM_PROVINCE", 300, "… seconds until the province's duty desk")
ALARM_BUDGET = env_int(
    "BINHYEN_ALARM_BUDGET", 4, "alarms per thousand group messages that only the model finds; 0: no limit", 0, 1000
)
if ALARM_PROVINCE_SECONDS < ALARM_CHIEF_SECONDS:
    raise SettingsError("BINHYEN_ALARM_PROVINCE", "is before BINHYEN_ALARM_CHIEF", "export BINHYEN_ALARM_PROVINCE=300")
FREE_DAYS = env("BINHYEN_FREE_DAYS", "", "free days for office hours beyond the built-in ones, dates with commas")
WORKED_DAYS = env("BINHYEN_WORKED_DAYS", "", "weekend days worked instead of a swapped day, dates with commas")
ARRIVAL_MINUTES = env_int("BINHYEN_ARRIVAL_MINUTES", 15, "urgent case: minutes to arrive; 0: no target", 0, 1440)
LATE_CHIEF_SECONDS = env_int("BINHYEN_LATE_CHIEF", 300, "missed legal step: seconds until the chief is alerted", 1, 900)
LATE_PROVINCE_SECONDS = env_int("BINHYEN_LATE_PROVINCE", 600, "… seconds until the province's duty desk", 1, 900)
if LATE_PROVINCE_SECONDS < LATE_CHIEF_SECONDS:
    raise SettingsError("BINHYEN_LATE_PROVINCE", "is before BINHYEN_LATE_CHIEF", "export BINHYEN_LATE_PROVINCE=600")
ALARM_CONDUCT_SECONDS = env_int("BINHYEN_ALARM_CONDUCT", 300, "… complaint about police: seconds for a desk", 1, 450)
MINISTRY = env("BINHYEN_MINISTRY", "", "the Ministry's contact for complaints about police, as shown to people")
INSPECTORATE = env("BINHYEN_INSPECTORATE", "", "the same for the inspectorate outside the province's police")
SMALL_TALK_DAYS = env_int("BINHYEN_SMALL_TALK_DAYS", 30, "days until a message outside a case is deleted", 1, 3650)
AUDIT_ARCHIVED = env_int("BINHYEN_AUDIT_ARCHIVED", 0, "audit entries up to this checkpoint are archived, not here")
AUDIT_FOLDER = env("BINHYEN_AUDIT_FOLDER", "", "folder for audit checkpoints that the inspectorate collects")
ERASED_DIR = Path(
    env("BINHYEN_ERASED", "", "folder of the erasure log, for a restore; empty: `erased` in BINHYEN_VAR")
    or VAR_DIR / "erased"
)
BACKUP_KEY = env(
    "BINHYEN_BACKUP_KEY",
    "",
    "public key file (age) that backups are encrypted to; empty: no backup but with --plain",
)
AUDIT_WITNESS = env_address(
    "BINHYEN_AUDIT_WITNESS", "", "address of a witness of audit checkpoints, run by a second party"
)
AUDIT_WITNESS_KEY = env("BINHYEN_AUDIT_WITNESS_KEY", "", "that witness's public key, as printed at its start")
CAP_KEY = env("BINHYEN_CAP_KEY", "", "file with the RSA key (PEM) that signs CAP alerts; empty: unsigned")
CAP_CERTIFICATE = env("BINHYEN_CAP_CERTIFICATE", "", "file with the certificate (PEM) of that key")
if bool(CAP_KEY) != bool(CAP_CERTIFICATE):
    raise SettingsError("BINHYEN_CAP_CERTIFICATE", "belongs to BINHYEN_CAP_KEY", "set both, or neither")
CAP_TRUSTED = env(
    "BINHYEN_CAP_TRUSTED", "", "file with certificates (PEM); only CAP messages signed by one of them are taken in"
)
CAP_FEEDS = env("BINHYEN_CAP_FEEDS", "", "addresses of CAP feeds (Atom, RSS), read every five minutes").split()
for _feed in CAP_FEEDS:
    if urlsplit(_feed).scheme != "https" and not (DEMO and urlsplit(_feed).hostname == "127.0.0.1"):
        raise SettingsError("BINHYEN_CAP_FEEDS", "has an address without https", "alerts must not be forged on the way")
ZALO_OAUTH_URL = env_address("ZALO_OAUTH_URL", "https://oauth.zaloapp.com", "Zalo's OAuth host")
ZALO_OPENAPI_URL = env_address("ZALO_OPENAPI_URL", "https://openapi.zalo.me", "Zalo's API host")
ZALO_GROUP_FEE = env_int("ZALO_GROUP_FEE", 75_000, "đồng a month for a bought Zalo group of 100")
ZALO_LARGE_GROUP_FEE = env_int("ZALO_LARGE_GROUP_FEE", 300_000, "đồng a month for a bought Zalo group of 1,000")
ZALO_PACKAGE_FEE = env_int("ZALO_PACKAGE_FEE", 2_500_000, "đồng a year for an account's package, one group included")

LOGGING_CONFIG = "binhyen.kit.logs.configure_logging"
_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
LOGGING = {"level": env_choice("BINHYEN_LOG", "INFO", "DEBUG, INFO, WARNING, ERROR or CRITICAL", _LEVELS)}
SILENCED_SYSTEM_CHECKS = [
    "security.W002",  # X-Frame-Options is set for every response by kit/security_headers.py
    "security.W003",  # ui/middleware.py: OwnForms does the CSRF check
    "security.W008",  # the TLS proxy redirects to https; the gateway behind it speaks plain HTTP
    "templates.W003",  # ui/templatetags/i18n.py replaces Django's tags of that name on purpose
    *([] if HTTPS else ["security.W004", "security.W012", "security.W016"]),
]
