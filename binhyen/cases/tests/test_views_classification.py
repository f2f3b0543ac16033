"""The classifier's interpretation of a message on the case page."""

from collections.abc import Callable
from typing import Any

import pytest

from binhyen.cases.tests.scene import READING, build_case_url, open_case, sign_in_browser

pytestmark = pytest.mark.django_db


def test_repeated_phrases_are_read_once(officer: Callable[..., Any], unit: Callable[..., Any]) -> None:
    case = open_case(unit("18568"))
    message = case.case_messages.get().message
    dogs = [{"type": "ITEM", "text": text, "norm": "dog"} for text in ("chó", "Chó", *["chó"] * 7, "mèo")]
    message.reading = READING | {"entities": dogs}
    message.save()
    page = sign_in_browser(officer()).get(build_case_url(case)).content.decode()
    assert page.lower().count(">chó</b>") == 1 and ">mèo</b>" in page
