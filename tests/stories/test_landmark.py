"""«quán bà Hoa»: a landmark confirmed by officers is known to the running worker a moment later."""

from pathlib import Path
from typing import Any

from binhyen.areas.models import Landmark
from binhyen.cases.choices import Outcome
from binhyen.cases.models import Case
from binhyen.cases.services import closing
from binhyen.kit import clock
from binhyen.kit.jobs import defer_once
from tests.process_harness import ProcessHarness, run_processes, wait_until

REPORT_TEXT = ("Hát karaoke ồn quá ở quán bà Hoa, xã Lộc Hà", "Đốt rác khét lẹt cạnh quán bà Hoa xã Lộc Hà")
LANDMARK_TEXT = "Hàng quán lấn hết vỉa hè chỗ quán bà Hoa"


def report_case(stack: ProcessHarness, name: str, text: str) -> Case:
    existing = set(Case.objects.values_list("pk", flat=True))
    stack.send_message(stack.create_citizen(name), text)
    return wait_until(lambda: Case.objects.exclude(pk__in=existing).first(), why="case")


def test_a_place_that_officers_confirmed_is_known_without_a_restart(
    real_db: None, tmp_path: Path, officer: Any
) -> None:
    duty = officer("OFFICER", "18568")
    with run_processes(tmp_path, "emulator", "gateway", "worker", "sender") as stack:
        before = report_case(stack, "Trần Thị An", LANDMARK_TEXT)
        assert before.commune is None and before.unit.level == "PROVINCE"
        for number, text in enumerate(REPORT_TEXT):
            case = report_case(stack, f"Lê Văn Bình {number}", text)
            assert case.unit == duty.unit
            closing.close_case(
                code=case.code,
                officer=duty,
                outcome=Outcome.RESOLVED,
                result="Đã nhắc nhở chủ quán.",
                evidence="Bản cam kết",
                version=None,
                now=clock.now(),
            )
        defer_once(queue="bulk", task="intake.learn", key="intake.learn")
        wait_until(lambda: Landmark.objects.count() == 2, 70, "the worker learns")
        names = iter(range(100))
        after = wait_until(
            lambda: Case.objects.filter(
                pk=report_case(stack, f"Phạm Thị Cúc {next(names)}", LANDMARK_TEXT).pk, unit=duty.unit
            ).first(),
            why="the worker reads with it",
        )
        assert after.commune is not None
