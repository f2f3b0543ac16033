"""Endings of the demo story that need no other process."""

from typing import Any

import pytest

from binhyen.aid.models import Need
from binhyen.cases.models import Case
from binhyen.cases.tests.scene import open_case
from binhyen.demo.endings import help_household


@pytest.mark.django_db
def test_the_household_is_helped(unit: Any, officer: Any) -> None:
    case = open_case(unit("18652"), category="welfare", urgency=1)
    help_household(case, officer("CHIEF", "18652"), lambda _ready, _what: None)
    assert Case.objects.get(pk=case.pk).outcome == "HELPED"
    assert Need.objects.get().delivered == 6
