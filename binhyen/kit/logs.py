"""Structured logs: an event name and its fields as JSON, never personal data, never an interpolated sentence.

Request paths are left out too: a status link is a secret.
"""

import logging
import logging.config
import re
from typing import Any

import structlog

_EXCEPTION_NAME = re.compile(r"[A-Za-z_][\w.]*(?=:|$)")
_MAX_FRAMES = 8  # innermost frames of a traceback that are logged
# Fields that may carry the identity or words of a person. A call that uses one of these names is a mistake.
FORBIDDEN_FIELDS = frozenset(
    {"text", "name", "phone", "body", "address", "token", "password", "sender", "user_id", "path"}
)


def _mask_personal_data(_: Any, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    for key in FORBIDDEN_FIELDS & event.keys():
        event[key] = "…"
    return event


def _shorten_exception(_: Any, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    if "exception" in event:  # the message of an exception may quote a row: only names and places are logged
        lines = event["exception"].splitlines()
        places = [line.strip() for line in lines if line.startswith("  File")]
        event["exception"] = [*_exception_names(lines), *places[-_MAX_FRAMES:]]
    return event


def _exception_names(lines: list[str]) -> list[str]:
    """Return the names of the exception and its causes from a traceback.

    Each stands on the first line after its frames: a database message continues for more lines («HINT: …»), and a full
    disk is recognised by the name of the cause alone.
    """
    names, is_in_traceback = [], False
    for line in lines:
        is_frame = line.startswith("  ")
        if is_in_traceback and not is_frame and (name := _EXCEPTION_NAME.match(line)):
            names.append(name[0])
        is_in_traceback = line.startswith("  File") or (is_in_traceback and is_frame)
    return names[::-1] or [lines[0].partition(":")[0]]


_SHARED_PROCESSORS: list[Any] = [
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
    _shorten_exception,
    _mask_personal_data,
]


class _HideRequestPaths(logging.Filter):
    """Logging filter that hides request paths: Django's request logger prints the path; only the status is logged."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.startswith("django."):
            record.msg = getattr(record, "status_code", record.name)
            record.args = ()
            record.exc_text = None
        return True


def configure_logging(config: dict[str, Any]) -> None:
    """Configure logging, as Django's LOGGING_CONFIG: one JSON line per event on standard error."""
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, structlog.processors.JSONRenderer()],
        "foreign_pre_chain": _SHARED_PROCESSORS,
    }
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "filters": {"hush": {"()": _HideRequestPaths}},
            "formatters": {"json": formatter},
            "handlers": {"err": {"class": "logging.StreamHandler", "formatter": "json", "filters": ["hush"]}},
            "root": {"handlers": ["err"], "level": config.get("level", "INFO")},
            "loggers": {
                "procrastinate": {"level": "WARNING"},
                "django.request": {"level": "ERROR"},
                "asyncio": {"level": "WARNING"},
            },
        }
    )
    structlog.configure(
        processors=[*_SHARED_PROCESSORS, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """Return a logger: `log.info("case_opened", case=case.code, unit=unit.code)`."""
    logger: structlog.stdlib.BoundLogger = structlog.get_logger(name)
    return logger
