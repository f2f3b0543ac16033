"""The classifier's interpretation of a message on the case page."""

from collections.abc import Callable
from typing import Any

import pytest

from binhyen.cases.tests.scene import READING, browser, open_case, url

pytestmark = pytest.mark.django_db


def test_what_is_said_nine_times_is_read_once(officer: Callable[..., Any], unit: Callable[..., Any]) -> None:
    case = open_case(unit("18568"))
    message = case.case_messages.get().message
    dogs = [{"type": "ITEM", "text": text, "norm": "dog"} for text in ("chó", "Chó", *["chó"] * 7, "mèo")]
    message.reading = READING | {"entities": dogs}
    message.save()
    page = browser(officer()).get(url(case)).content.decode()
    assert page.lower().count("<b>chó</b>") == 1 and "<b>mèo</b>" in page
