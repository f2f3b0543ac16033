"""«quán bà Hoa»: a landmark confirmed by officers is known to the running worker a moment later."""

from pathlib import Path
from typing import Any

from binhyen.areas.models import Landmark
from binhyen.cases.choices import Outcome
from binhyen.cases.models import Case
from binhyen.cases.services import closing
from binhyen.kit import clock
from binhyen.kit.jobs import defer_once
from tests.process_harness import Stack, running, until

TOLD = ("Hát karaoke ồn quá ở quán bà Hoa, xã Lộc Hà", "Đốt rác khét lẹt cạnh quán bà Hoa xã Lộc Hà")
BARE = "Hàng quán lấn hết vỉa hè chỗ quán bà Hoa"


def _case(stack: Stack, name: str, text: str) -> Case:
    known = set(Case.objects.values_list("pk", flat=True))
    stack.say(stack.citizen(name), text)
    return until(lambda: Case.objects.exclude(pk__in=known).first(), 15, "case")


def test_a_place_that_officers_confirmed_is_known_without_a_restart(
    real_db: None, tmp_path: Path, officer: Any
) -> None:
    duty = officer("OFFICER", "18568")
    with running(tmp_path, "emulator", "door", "worker", "courier") as stack:
        before = _case(stack, "Trần Thị An", BARE)
        assert before.commune is None and before.unit.level == "PROVINCE"
        for number, text in enumerate(TOLD):
            case = _case(stack, f"Lê Văn Bình {number}", text)
            assert case.unit == duty.unit
            closing.close(code=case.code, officer=duty, outcome=Outcome.RESOLVED, result="Đã nhắc nhở chủ quán.",
                          evidence="Bản cam kết", version=None, now=clock.now())  # fmt: skip
        defer_once(queue="bulk", task="intake.learn", key="intake.learn")
        until(lambda: Landmark.objects.count() == 2, 70, "the worker learns")
        names = iter(range(100))
        after = until(
            lambda: Case.objects.filter(pk=_case(stack, f"Phạm Thị Cúc {next(names)}", BARE).pk, unit=duty.unit).first(),
            20, "the worker reads with it",
        )  # fmt: skip
        assert after.commune is not None
