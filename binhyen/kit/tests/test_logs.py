"""A log line names the exception and its location; never the exception message."""

import psycopg
import pytest
import structlog
from django.db import OperationalError

from binhyen.kit.logs import _shorten_exception

SAID = """could not extend file "base/16384/16999": No space left on device
LINE 1: INSERT INTO message VALUES ('số 0912345678')
                                    ^
HINT:  Check free disk space."""


def render_log_line(problem: Exception) -> list[str]:
    try:
        raise problem
    except Exception as raised:
        event = {"event": "x", "exc_info": raised}
        output = _shorten_exception(None, "", structlog.processors.format_exc_info(None, "", event))["exception"]
        assert "0912345678" not in str(output)
        return list(output)


def test_a_full_disk_is_named_for_every_database_message() -> None:
    cause = psycopg.errors.DiskFull(SAID)
    problem = OperationalError(SAID)
    problem.__cause__ = cause
    names = render_log_line(problem)
    assert names[0] == "django.db.utils.OperationalError" and "psycopg.errors.DiskFull" in render_log_line(cause)
    assert names[-1].startswith("File ") and "HINT" not in names


def test_one_name_and_its_places() -> None:
    name, *places = render_log_line(ValueError("0912345678"))
    assert name == "ValueError" and all(place.startswith("File ") for place in places)


@pytest.mark.parametrize("text", ["", "một dòng\n  File giả\nXin chào: 0912345678", "a\n\nb"])
def test_text_that_looks_like_a_traceback(text: str) -> None:
    assert render_log_line(ValueError(text))[-1].startswith("File ")
