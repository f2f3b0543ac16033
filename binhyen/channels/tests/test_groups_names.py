"""One group per name and place, in any spelling of the name."""

import datetime as dt
from typing import Any

import pytest

from binhyen.channels.models import Channel, Group
from binhyen.channels.services.groups import GroupActionError, request_group

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("again", ["AN NINH THÔN 3", "an ninh thon 3", "An ninh - thôn 3.", "An  ninh thôn 3"])
def test_the_same_name_in_another_writing_is_refused(officer: Any, unit: Any, now: dt.datetime, again: str) -> None:
    Channel.objects.create(kind="zalo_oa", name="OA tỉnh")
    chief, area = officer("CHIEF"), unit("18568").area_id
    asked = {"area_id": area, "level": Group.Level.COMMUNE, "officer": chief, "now": now}
    request_group(name="An ninh thôn 3", **asked)
    with pytest.raises(GroupActionError, match="đã có nhóm cùng tên"):
        request_group(name=again, **asked)
    request_group(name="An ninh thôn 4", **asked)
    assert Group.objects.filter(area_id=area).count() == 2
