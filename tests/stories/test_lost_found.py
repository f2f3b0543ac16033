"""An item lost in one commune and found in another: both desks are notified, in either order, and the province sees the
reason.
"""

from pathlib import Path
from typing import Any

import pytest

from binhyen.cases.models import Case
from binhyen.cases.tests.scene import build_case_url, sign_in_browser
from binhyen.kit.ids import format_code
from tests.process_harness import ProcessHarness, run_processes, wait_until

LOST = "Tôi đánh rơi ví da màu nâu ở phường Thành Sen sáng nay, trong có căn cước tên Nguyễn Văn An"
FOUND = "Nhặt được cái ví da nâu ở xã Lộc Hà trưa nay, có căn cước mang tên Nguyễn Văn An"
KEYS = "Nhặt được chùm chìa khóa xe máy ở xã Lộc Hà sáng nay"


def report_case(stack: ProcessHarness, name: str, text: str) -> Case:
    existing = set(Case.objects.values_list("pk", flat=True))
    stack.send_message(stack.create_citizen(name), text)
    return wait_until(lambda: Case.objects.exclude(pk__in=existing).first(), why="case")


@pytest.mark.parametrize("order", [(LOST, FOUND), (FOUND, LOST)])
def test_new_posts_meet_across_communes(real_db: None, tmp_path: Path, officer: Any, order: tuple[str, str]) -> None:
    with run_processes(tmp_path, "emulator", "gateway", "worker", "sender") as stack:
        keys = report_case(stack, "Lê Thị Bé", KEYS)
        first_case, second_case = (report_case(stack, f"Trần Văn {n}", text) for n, text in enumerate(order))
        assert first_case.unit_id != second_case.unit_id
        for own_case, matched_case in ((first_case, second_case), (second_case, first_case)):
            event = wait_until(lambda case=own_case: case.events.filter(verb="matched").first(), why="matched")
            assert event.data == {"cases": [matched_case.code]}
        assert not keys.events.filter(verb="matched").exists(), "the control: keys do not match a wallet"
    page = sign_in_browser(officer("PROVINCE_DUTY", "42")).get(build_case_url(first_case)).content.decode()
    panel = page.split("Có thể trùng khớp")[1].split("</details>")[0]
    assert format_code(second_case.code) in panel and "cùng tên trên giấy tờ" in panel.lower()
    lone = (
        sign_in_browser(officer("OFFICER", "18073"))
        .get(build_case_url(first_case if first_case.category == "lost_item" else second_case))
        .content.decode()
    )
    assert "do đơn vị khác giữ có thể khớp" in lone
