"""An item lost in one commune and found in another: both desks are notified, in either order, and the province sees the
reason.
"""

from pathlib import Path
from typing import Any

import pytest

from binhyen.cases.models import Case
from binhyen.cases.tests.scene import browser, url
from binhyen.kit.ids import show_code
from tests.process_harness import Stack, running, until

LOST = "Tôi đánh rơi ví da màu nâu ở phường Thành Sen sáng nay, trong có căn cước tên Nguyễn Văn An"
FOUND = "Nhặt được cái ví da nâu ở xã Lộc Hà trưa nay, có căn cước mang tên Nguyễn Văn An"
KEYS = "Nhặt được chùm chìa khóa xe máy ở xã Lộc Hà sáng nay"


def _case(stack: Stack, name: str, text: str) -> Case:
    known = set(Case.objects.values_list("pk", flat=True))
    stack.say(stack.citizen(name), text)
    return until(lambda: Case.objects.exclude(pk__in=known).first(), 15, "case")


@pytest.mark.parametrize("order", [(LOST, FOUND), (FOUND, LOST)])
def test_new_posts_meet_across_communes(real_db: None, tmp_path: Path, officer: Any, order: tuple[str, str]) -> None:
    with running(tmp_path, "emulator", "door", "worker", "courier") as stack:
        keys = _case(stack, "Lê Thị Bé", KEYS)
        one, other = (_case(stack, f"Trần Văn {n}", text) for n, text in enumerate(order))
        assert one.unit_id != other.unit_id
        for mine, theirs in ((one, other), (other, one)):
            event = until(lambda case=mine: case.events.filter(verb="matched").first(), 20, "matched")
            assert event.data == {"cases": [theirs.code]}
        assert not keys.events.filter(verb="matched").exists(), "the control: keys do not match a wallet"
    page = browser(officer("PROVINCE_DUTY", "42")).get(url(one)).content.decode()
    panel = page.split("Có thể là của nhau")[1].split("</details>")[0]
    assert show_code(other.code) in panel and "cùng tên trên giấy tờ" in panel.lower()
    lone = browser(officer("OFFICER", "18073")).get(url(one if one.category == "lost_item" else other)).content.decode()
    assert "do đơn vị khác giữ có thể khớp" in lone
