"""A log line names the exception and its location; never the exception message."""

import psycopg
import pytest
import structlog
from django.db import OperationalError

from binhyen.kit.logs import _rename

SAID = """could not extend file "base/16384/16999": No space left on device
LINE 1: INSERT INTO message VALUES ('số 0912345678')
                                    ^
HINT:  Check free disk space."""


def logged(problem: Exception) -> list[str]:
    try:
        raise problem
    except Exception as raised:
        event = {"event": "x", "exc_info": raised}
        told = _rename(None, "", structlog.processors.format_exc_info(None, "", event))["exception"]
        assert "0912345678" not in str(told)
        return list(told)


def test_a_full_disk_is_known_by_its_name_whatever_the_database_says_below_it() -> None:
    cause = psycopg.errors.DiskFull(SAID)
    problem = OperationalError(SAID)
    problem.__cause__ = cause
    names = logged(problem)
    assert names[0] == "django.db.utils.OperationalError" and "psycopg.errors.DiskFull" in logged(cause)
    assert names[-1].startswith("File ") and "HINT" not in names


def test_one_name_and_its_places() -> None:
    name, *places = logged(ValueError("0912345678"))
    assert name == "ValueError" and all(place.startswith("File ") for place in places)


@pytest.mark.parametrize("text", ["", "một dòng\n  File giả\nXin chào: 0912345678", "a\n\nb"])
def test_words_that_look_like_a_traceback(text: str) -> None:
    assert logged(ValueError(text))[-1].startswith("File ")
