"""Command `binhyen play`: the Zalo emulator plays the demo story, demo officers act on it, the ledger fills.

Citizens write through Zalo's wire protocol, officers act through the register's own services; no row is inserted
directly.
"""

import json
import time
import urllib.error
import urllib.request  # nosemgrep: call-from-nowhere  the demo's emulator on this machine
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db.models import Max, Q

from binhyen.areas import queries as areas
from binhyen.cases.choices import Grade, Outcome, RewardKind, State
from binhyen.cases.models import Alarm, Case, CaseMessage
from binhyen.cases.services import arrival, closing, officer_actions
from binhyen.channels.models import Channel, Group, Message
from binhyen.channels.services.groups import request_group
from binhyen.demo.endings import (
    WaitUntil,
    conclude_conduct_complaint,
    help_household,
    investigate_theft,
    issue_bulletins,
    rate_handling,
    receive_gun,
    return_wallet,
    search_child,
    stop_fraud,
    verify_number,
)
from binhyen.kit import clock
from binhyen.kit.text import to_name_key
from binhyen.people.models import Officer
from binhyen.people.roles import Permission

Steps = Callable[[Case, Officer, WaitUntil], None]
ACTION_DELAY = 8.0  # story seconds until an officer acts: the desk can be heard ringing
TIMEOUT_SECONDS = 20.0  # real seconds to wait for the program's part of a line


@dataclass(frozen=True, slots=True)
class StoryEnding:
    """The end of a case in the story."""

    outcome: Outcome
    result: str
    evidence: str = ""
    grade: Grade | None = None


@dataclass(frozen=True, slots=True)
class StoryLine:
    """A line of the story: message, group and the officers' action. `at`: story seconds from the start.

    `steps`: officers' work between the answer and the end; it may close the case itself. `after_end`: what follows.
    `conclusion`: the answer to a complaint about police, at its sealed desk.
    """

    at: float
    who: str
    text: str
    group: str = ""
    answer: str = ""
    steps: Steps | None = None
    end: StoryEnding | None = None
    conclusion: str = ""
    after_end: Steps | None = None


GROUPS = {  # name in the story → (present commune, village or nothing)
    "ANTT xã Lộc Hà": ("18568", ""),
    "ANTT xã Can Lộc": ("18406", ""),
    "ANTT thôn Nam Thượng": ("18652", "Nam Thượng"),
}

STORY = (
    StoryLine(0, "Trần Thị An", "Chào cả nhà, em mới vào nhóm ạ", group="ANTT xã Lộc Hà"),
    StoryLine(
        20,
        "Nguyễn Văn Bình",
        "Có nhóm thanh niên cầm dao đánh nhau ở TDP Phú Mậu, công an đến nhanh với",
        answer="Tổ công tác đã lên đường, bạn đứng xa chỗ đó nhé.",
        end=StoryEnding(
            Outcome.HANDLED_ON_SITE,
            "Công an đã đến ngay, giữ 3 đối tượng, thu 2 con dao.",
            "Biên bản số 12",
            Grade.VALUABLE,
        ),
    ),
    StoryLine(60, "Lê Thị Cúc", "Mai mấy giờ họp phụ huynh rứa mọi người", group="ANTT xã Lộc Hà"),
    StoryLine(
        90,
        "Phạm Văn Dũng",
        "Tối qua nhà tôi ở Nghèn bị trộm vào lấy mất xe máy Wave biển 38N1-234.56",
        answer="Công an xã Can Lộc đang kiểm tra camera quanh nhà bạn.",
        steps=investigate_theft,
    ),
    StoryLine(
        150,
        "Hoàng Thị Em",
        "Có người gọi điện xưng công an bắt tôi chuyển 20 triệu vào tài khoản, có phải lừa đảo không",
        answer="Đây là lừa đảo. Bạn tuyệt đối không chuyển tiền, không đọc mã OTP.",
        steps=stop_fraud,
    ),
    StoryLine(
        180,
        "Đinh Thị Nhàn",
        "Số 0965432187 gọi cho tôi ở thị trấn Lộc Hà, xưng công an, đòi chuyển khoản để khỏi bị bắt",
        answer="Đây là số của kẻ lừa đảo. Bạn đừng nghe máy nữa, đừng chuyển tiền.",
        steps=verify_number,
        end=StoryEnding(Outcome.ANSWERED, "Công an đã xác nhận số này lừa đảo và đưa vào danh sách cảnh báo."),
    ),
    # Answered at once without a case: no record of the person asking about a number.
    StoryLine(200, "Cao Thị Diệp", "cho hỏi số 0965432187 có phải lừa đảo không"),
    StoryLine(
        210,
        "Võ Văn Giáp",
        "Cho hỏi làm căn cước cho con 6 tuổi cần giấy tờ gì, xã Ích Hậu cũ thì làm ở đâu",
        end=StoryEnding(
            Outcome.ANSWERED, "Bạn đưa cháu cùng giấy khai sinh đến Công an xã Đông Kinh trong giờ hành chính."
        ),
    ),
    StoryLine(
        260,
        "Đặng Thị Hoa",
        "Xe tải chở đất quá tải chạy rầm rầm qua xã Thạch Đài suốt ngày, đường nát hết rồi",
        group="ANTT thôn Nam Thượng",
        end=StoryEnding(
            Outcome.RESOLVED, "Đã lập biên bản 2 xe quá tải và nhắc chủ mỏ che bạt, rửa đường.", "Biên bản vi phạm"
        ),
    ),
    StoryLine(
        320,
        "Bùi Văn Khang",
        "Quán karaoke gần trường ở thị trấn Lộc Hà mở loa quá 11 giờ đêm, con cháu không học được",
        end=StoryEnding(Outcome.RESOLVED, "Chủ quán đã cam kết không mở sau 22 giờ.", "Bản cam kết"),
        after_end=rate_handling,
    ),
    StoryLine(
        380,
        "Nguyễn Thị Lan",
        "Tôi nhặt được một ví màu nâu có giấy tờ tên Trần Văn Minh ở chợ Nghèn",
        group="ANTT xã Can Lộc",
        steps=return_wallet,
    ),
    StoryLine(
        430,
        "Phan Thị Mai",
        "Con trai tôi 6 tuổi đi lạc ở bãi biển Lộc Hà từ 4 giờ chiều, cháu mặc áo phông vàng",
        answer="Tổ công tác đang tìm dọc bãi biển. Chị giữ máy và đứng lại chỗ thấy cháu lần cuối.",
        steps=search_child,
        end=StoryEnding(
            Outcome.FOUND_SAFE,
            "Đã tìm thấy cháu ở chợ Thạch Kim, cháu khỏe, gia đình đã đón về.",
            "Biên bản giao cháu cho mẹ",
            Grade.VALUABLE,
        ),
    ),
    StoryLine(
        490,
        "Hồ Văn Nam",
        "Nhà tôi có khẩu súng hơi cũ của ông để lại, tôi muốn giao nộp cho công an xã Lộc Hà",
        steps=receive_gun,
    ),
    StoryLine(
        550,
        "Lương Thị Oanh",
        "Ở xã Can Lộc có công ty đa cấp tổ chức hội thảo dụ người già đóng 50 triệu, hứa lãi 20% mỗi tháng",
        answer="Công an đang xác minh công ty này. Bạn nhắc các cụ chưa nộp tiền.",
        end=StoryEnding(
            Outcome.PASSED_TO_OTHER,
            "Đã chuyển Quản lý thị trường; hội thảo đã dừng.",
            "Công văn chuyển tin số 8",
            Grade.VALUABLE,
        ),
    ),
    StoryLine(
        610,
        "Mai Văn Phúc",
        "Nhà chị Hương ở thôn Nam Thượng chồng mất, ba con nhỏ không có gạo ăn, nhờ công an giúp đỡ",
        steps=help_household,
    ),
    StoryLine(
        660,
        "Ngô Thị Quý",
        "Cán bộ tiếp dân ở công an xã Lộc Hà quát mắng tôi, đòi bồi dưỡng mới làm giấy",
        conclusion="Công an tỉnh đã kiểm điểm cán bộ đó và xin lỗi chị. Giấy của chị đã làm xong, không thu tiền.",
    ),
    # A tip in a group is encrypted and gets no reply there; the reporter continues in private.
    StoryLine(
        710,
        "Tạ Văn Sơn",
        "Thằng Hùng con ông Bảy ở thôn Nam Thượng bán ma túy cho thanh niên trong xóm",
        group="ANTT thôn Nam Thượng",
    ),
    StoryLine(
        730,
        "Tạ Văn Sơn",
        "Tôi nhắn riêng: tối nào cũng có thanh niên đến nhà đó mua ma túy, đông nhất tầm 9 giờ",
        answer="Cảm ơn bạn đã nhắn riêng. Bạn đừng lại gần nhà đó, đừng kể với ai.",
        end=StoryEnding(
            Outcome.PASSED_TO_OTHER,
            "Đã chuyển cơ quan điều tra ma túy. Tên bạn được giữ kín.",
            "Phiếu chuyển tin số 21",
            Grade.VALUABLE,
        ),
    ),
    StoryLine(780, "Nguyễn Văn Bình", "Cảm ơn các anh công an đã đến nhanh"),
)


def play_story(*, emulator_url: str, speed: float, report: Callable[[str], None] = print) -> int:
    """Play the story `speed` times faster than written. Return 1 if the program did not do its part."""
    if not speed > 0:  # before the first message
        raise SystemExit("--speed phải lớn hơn 0.\nHint: ./dev binhyen play --speed 20")
    client = _EmulatorClient(emulator_url)
    client.get_citizen(STORY[0].who)  # fails early if the emulator is down: the database may be down as well
    _open_groups(client, report)
    started = time.monotonic()
    for line in STORY:
        wait = line.at / speed - (time.monotonic() - started)
        if wait > 0:
            time.sleep(wait)
        report(f"{line.who}{f' ({line.group})' if line.group else ''}: {line.text}")
        previous_id, newest_case_id = client.newest(), client.newest_case()
        client.send_message(line)
        if line.conclusion:
            conclude_conduct_complaint(newest_case_id, line.conclusion, client.until)
        if line.answer or line.steps or line.end:
            case = client.find_case(line, after_id=previous_id)
            if case is None:
                report("! chưa thấy vụ việc được mở")
                return 1
            time.sleep(ACTION_DELAY / speed)
            _act_as_officer(case, line, client.until)
    issue_bulletins(report, client.until, lambda seconds: time.sleep(seconds / speed))
    return 0


def _open_groups(client: "_EmulatorClient", report: Callable[[str], None]) -> None:
    # the demo connects its account after its pages open
    client.until(Channel.objects.filter(kind="zalo_oa").exists, "nối tài khoản Zalo giả lập")
    for name, (code, village) in GROUPS.items():
        commune = areas.get_directory().communes[code]
        area_id = areas.get_directory().villages.get((code, to_name_key(village)), commune.area_id)
        level = Group.Level.VILLAGE if village else Group.Level.COMMUNE
        chief = Officer.objects.filter(unit_id=commune.unit_id, role="CHIEF", is_active=True).first()
        if chief is None:
            raise SystemExit("Chưa có tài khoản trình diễn.\nHint: ./dev demo")
        if not Group.objects.filter(name=name, state__in=["CREATING", "OPEN"]).exists():
            request_group(area_id=area_id, level=level, name=name, officer=chief, now=clock.now())
        client.groups[name] = client.until(partial(_get_external_id, name), f"nhóm {name}")
        report(f"Nhóm «{name}» đã mở.")


def _get_external_id(name: str) -> str:
    group = Group.objects.filter(name=name, state=Group.State.OPEN).first()
    return group.external_id if group else ""


def _act_as_officer(case: Case, line: StoryLine, wait_until: WaitUntil) -> None:
    """Perform the officers' part of a line."""
    officer = _choose_officer(case)
    officer_actions.assign_to_self(code=case.code, officer=officer, version=None, now=clock.now())
    _arrive(case, officer)
    if line.answer:
        officer_actions.answer_reporters(
            code=case.code, officer=officer, text=line.answer, version=None, now=clock.now()
        )
    if line.steps:
        line.steps(case, officer, wait_until)
    case.refresh_from_db(fields=["state"])
    if line.end is None or case.state == State.CLOSED:  # the library of procedures may have answered it
        return
    if line.end.grade:
        officer_actions.grade_tip(code=case.code, officer=officer, grade=line.end.grade, version=None, now=clock.now())
    closing.close_case(
        code=case.code,
        officer=officer,
        outcome=line.end.outcome,
        result=line.end.result,
        evidence=line.end.evidence,
        version=None,
        now=clock.now(),
    )
    if line.end.grade is Grade.VALUABLE and not line.group:
        officer_actions.reward_reporter(
            code=case.code,
            officer=officer,
            kind=RewardKind.THANKS,
            amount=None,
            receipt="",
            version=None,
            now=clock.now(),
        )
    if line.after_end:
        line.after_end(case, officer, wait_until)


def _arrive(case: Case, officer: Officer) -> None:
    """Set out to an urgent case and arrive: the fight, the lost boy."""
    if Alarm.objects.filter(case=case, acknowledged_at__isnull=False).exists():
        arrival.record_departure(code=case.code, officer=officer, now=clock.now())
        arrival.record_arrival(code=case.code, officer=officer, now=clock.now())


def _choose_officer(case: Case) -> Officer:
    roles = ("OFFICER", "CHIEF", "PROVINCE_DUTY")
    unit_officer = Officer.objects.filter(unit_id=case.unit_id, is_active=True, role__in=roles).order_by("id").first()
    officer = unit_officer or Officer.objects.filter(role="PROVINCE_DUTY", is_active=True).first()
    if officer is None or not officer.may(Permission.WORK_CASES):
        raise SystemExit("Chưa có tài khoản trình diễn.\nHint: ./dev demo")
    return officer


class _EmulatorClient:
    """Client of the emulator's control API, with the calls of the story."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._citizens: dict[str, str] = {}
        self.groups: dict[str, str] = {}

    def _control(self, path: str, body: dict[str, Any]) -> Any:
        request = urllib.request.Request(  # noqa: S310  the stand-in on this machine
            f"{self._address}/_control/{path}",
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310  the stand-in on this machine
                return json.load(response)
        except urllib.error.URLError as error:
            hint = "./dev demo ở cửa sổ khác; nếu đã đặt BINHYEN_PORT thì đặt giống như vậy ở đây."
            raise SystemExit(f"Zalo giả lập không trả lời ở {self._address}.\nHint: {hint}") from error

    def get_citizen(self, name: str) -> str:
        if name not in self._citizens:
            self._citizens[name] = str(self._control("citizens", {"name": name, "follower": True})["user_id"])
        return self._citizens[name]

    def send_message(self, line: StoryLine) -> None:
        user_id = self.get_citizen(line.who)
        group = self.groups.get(line.group)
        if group:
            joined = self._control("join", {"group": group, "citizen": user_id})
            if "pending" in json.dumps(joined):
                self._control("approve", {"group": group, "citizen": user_id, "accept": True})
        self._control("say", {"citizen": user_id, "text": line.text, **({"group": group} if group else {})})

    def newest(self) -> int:
        """Return the id of the newest message: later ones are from this run."""
        return int(Message.objects.aggregate(newest=Max("pk", default=0))["newest"])

    def newest_case(self) -> int:
        return int(Case.objects.aggregate(newest=Max("pk", default=0))["newest"])

    def find_case(self, line: StoryLine, *, after_id: int) -> Case | None:
        """Return the case of this text after that message; a text of an earlier run is in a closed case.

        Encrypted messages can only be found by their position.
        """
        candidates = CaseMessage.objects.filter(message__gt=after_id, message__group__isnull=not line.group)
        candidates = candidates.filter(Q(message__text=line.text) | Q(message__lock__isnull=False)).select_related(
            "case"
        )
        link = self.until(candidates.order_by("pk").last, "")
        return link.case if link else None

    def until(self, poll: Callable[[], Any], timeout_message: str) -> Any:
        """Poll for the first true value. At the timeout return None if `why` is empty, else exit with `why`."""
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while time.monotonic() < deadline:
            if value := poll():
                return value
            time.sleep(0.05)
        if timeout_message:
            raise SystemExit(f"Chưa xong sau {TIMEOUT_SECONDS:.0f} giây: {timeout_message}")
        return None
