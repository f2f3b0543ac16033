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
from binhyen.cases.choices import Grade, Outcome
from binhyen.cases.models import Case, CaseMessage
from binhyen.cases.services import closing, officer_actions
from binhyen.channels.models import Group, Message
from binhyen.channels.services.groups import open_group
from binhyen.kit import clock
from binhyen.kit.text import name_key
from binhyen.people.models import Officer
from binhyen.people.roles import May

MOMENT = 8.0  # story seconds until an officer acts: the desk can be heard ringing
PATIENCE = 20.0  # real seconds to wait for the program's part of a line


@dataclass(frozen=True, slots=True)
class End:
    """The end of a case in the story."""

    outcome: Outcome
    result: str
    evidence: str = ""
    grade: Grade | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the story: message, group and the officers' action. `at`: story seconds from the start."""

    at: float
    who: str
    text: str
    group: str = ""
    answer: str = ""
    end: End | None = None


GROUPS = {  # name in the story → (present commune, village or nothing)
    "ANTT xã Lộc Hà": ("18568", ""),
    "ANTT xã Can Lộc": ("18406", ""),
    "ANTT thôn Nam Thượng": ("18652", "Nam Thượng"),
}

STORY = (
    Line(0, "Trần Thị An", "Chào cả nhà, em mới vào nhóm ạ", group="ANTT xã Lộc Hà"),
    Line(
        20, "Nguyễn Văn Bình", "Có nhóm thanh niên cầm dao đánh nhau ở TDP Phú Mậu, công an đến nhanh với",
        answer="Tổ công tác đã lên đường, bạn đứng xa chỗ đó nhé.",
        end=End(Outcome.HANDLED_ON_SITE, "Công an đã đến ngay, giữ 3 đối tượng, thu 2 con dao.", "Biên bản số 12", Grade.VALUABLE),
    ),
    Line(60, "Lê Thị Cúc", "Mai mấy giờ họp phụ huynh rứa mọi người", group="ANTT xã Lộc Hà"),
    Line(
        90, "Phạm Văn Dũng", "Tối qua nhà tôi ở Nghèn bị trộm vào lấy mất xe máy Wave biển 38N1-234.56",
        answer="Công an xã Can Lộc đang kiểm tra camera quanh nhà bạn.",
        end=End(Outcome.RESOLVED, "Đã bắt được người trộm, xe được trả lại cho bạn.", "Biên bản trao trả xe", Grade.VALUABLE),
    ),
    Line(
        150, "Hoàng Thị Em", "Có người gọi điện xưng công an bắt tôi chuyển 20 triệu vào tài khoản, có phải lừa đảo không",
        answer="Đây là lừa đảo. Bạn tuyệt đối không chuyển tiền, không đọc mã OTP.",
        end=End(Outcome.ANSWERED, "Bạn đã không chuyển tiền. Công an đã ghi nhận số điện thoại lừa đảo.", "", Grade.VALUABLE),
    ),
    Line(210, "Võ Văn Giáp", "Cho hỏi làm căn cước cho con 6 tuổi cần giấy tờ gì, xã Ích Hậu cũ thì làm ở đâu",
         end=End(Outcome.ANSWERED, "Bạn đưa cháu cùng giấy khai sinh đến Công an xã Đông Kinh trong giờ hành chính.")),
    Line(260, "Đặng Thị Hoa", "Xe tải chở đất quá tải chạy rầm rầm qua xã Thạch Đài suốt ngày, đường nát hết rồi", group="ANTT thôn Nam Thượng",
         end=End(Outcome.RESOLVED, "Đã lập biên bản 2 xe quá tải và nhắc chủ mỏ che bạt, rửa đường.", "Biên bản vi phạm")),
    Line(320, "Bùi Văn Khang", "Quán karaoke gần trường ở thị trấn Lộc Hà mở loa quá 11 giờ đêm, con cháu không học được",
         end=End(Outcome.RESOLVED, "Chủ quán đã cam kết không mở sau 22 giờ.", "Bản cam kết")),
    Line(380, "Nguyễn Thị Lan", "Tôi nhặt được một ví màu nâu có giấy tờ tên Trần Văn Minh ở chợ Nghèn", group="ANTT xã Can Lộc"),
    Line(
        430, "Phan Thị Mai", "Con trai tôi 6 tuổi đi lạc ở bãi biển Lộc Hà từ 4 giờ chiều, cháu mặc áo phông vàng",
        answer="Tổ công tác đang tìm dọc bãi biển. Chị giữ máy và đứng lại chỗ thấy cháu lần cuối.",
        end=End(Outcome.RESOLVED, "Đã tìm thấy cháu ở chợ Thạch Kim, cháu khỏe, gia đình đã đón về.", "Biên bản giao cháu cho mẹ", Grade.VALUABLE),
    ),
    Line(490, "Hồ Văn Nam", "Nhà tôi có khẩu súng hơi cũ của ông để lại, tôi muốn giao nộp cho công an xã Lộc Hà",
         end=End(Outcome.RESOLVED, "Cảm ơn bạn. Công an xã đã nhận 1 khẩu súng hơi.", "Biên bản giao nộp số 3", Grade.VALUABLE)),
    Line(
        550, "Lương Thị Oanh", "Ở xã Can Lộc có công ty đa cấp tổ chức hội thảo dụ người già đóng 50 triệu, hứa lãi 20% mỗi tháng",
        answer="Công an đang xác minh công ty này. Bạn nhắc các cụ chưa nộp tiền.",
        end=End(Outcome.PASSED_TO_OTHER, "Đã chuyển Quản lý thị trường; hội thảo đã dừng.", "Công văn chuyển tin số 8", Grade.VALUABLE),
    ),
    Line(610, "Mai Văn Phúc", "Nhà chị Hương ở thôn Nam Thượng chồng mất, ba con nhỏ không có gạo ăn, nhờ công an giúp đỡ",
         end=End(Outcome.PASSED_TO_OTHER, "Đã cùng trưởng thôn đến nhà, chuyển Hội Chữ thập đỏ xã giúp lâu dài.", "Biên bản xác minh với trưởng thôn")),
    Line(660, "Ngô Thị Quý", "Cán bộ tiếp dân ở công an xã Lộc Hà quát mắng tôi, đòi bồi dưỡng mới làm giấy"),
    # A tip in a group is encrypted and gets no reply there; the reporter continues in private.
    Line(710, "Tạ Văn Sơn", "Thằng Hùng con ông Bảy ở thôn Nam Thượng bán ma túy cho thanh niên trong xóm", group="ANTT thôn Nam Thượng"),
    Line(
        730, "Tạ Văn Sơn", "Tôi nhắn riêng: tối nào cũng có thanh niên đến nhà đó mua ma túy, đông nhất tầm 9 giờ",
        answer="Cảm ơn bạn đã nhắn riêng. Bạn đừng lại gần nhà đó, đừng kể với ai.",
        end=End(Outcome.PASSED_TO_OTHER, "Đã chuyển cơ quan điều tra ma túy. Tên bạn được giữ kín.", "Phiếu chuyển tin số 21", Grade.VALUABLE),
    ),
    Line(780, "Nguyễn Văn Bình", "Cảm ơn các anh công an đã đến nhanh"),
)  # fmt: skip


def play(*, stand_in: str, speed: float, say: Callable[[str], None] = print) -> int:
    """Play the story `speed` times faster than written. Return 1 if the program did not do its part."""
    if not speed > 0:  # before the first message
        raise SystemExit("--speed phải lớn hơn 0.\nHint: ./dev binhyen play --speed 20")
    stage = _Stage(stand_in)
    stage.citizen(STORY[0].who)  # fails early if the emulator is down: the database may be down as well
    _open_groups(stage, say)
    started = time.monotonic()
    for line in STORY:
        wait = line.at / speed - (time.monotonic() - started)
        if wait > 0:
            time.sleep(wait)
        say(f"{line.who}{f' ({line.group})' if line.group else ''}: {line.text}")
        before = stage.newest()
        stage.speak(line)
        if line.answer or line.end:
            case = stage.case_of(line, after=before)
            if case is None:
                say("! chưa thấy vụ việc được mở")
                return 1
            time.sleep(MOMENT / speed)
            _act(case, line)
    return 0


def _open_groups(stage: "_Stage", say: Callable[[str], None]) -> None:
    for name, (code, village) in GROUPS.items():
        commune = areas.directory().communes[code]
        area_id = areas.directory().villages.get((code, name_key(village)), commune.area_id)
        level = Group.Level.VILLAGE if village else Group.Level.COMMUNE
        chief = Officer.objects.filter(unit_id=commune.unit_id, role="CHIEF", is_active=True).first()
        if chief is None:
            raise SystemExit("Chưa có tài khoản trình diễn.\nHint: ./dev demo")
        if not Group.objects.filter(name=name, state__in=["CREATING", "OPEN"]).exists():
            open_group(area_id=area_id, level=level, name=name, officer=chief, now=clock.now())
        stage.groups[name] = stage.until(partial(_outside_id, name), f"nhóm {name}")
        say(f"Nhóm «{name}» đã mở.")


def _outside_id(name: str) -> str:
    group = Group.objects.filter(name=name, state=Group.State.OPEN).first()
    return group.outside_id if group else ""


def _act(case: Case, line: Line) -> None:
    """Perform the officers' part of a line."""
    officer = _who_works(case)
    officer_actions.take(code=case.code, officer=officer, version=None, now=clock.now())
    if line.answer:
        officer_actions.answer(code=case.code, officer=officer, text=line.answer, version=None, now=clock.now())
    if line.end is None:
        return
    if line.end.grade:
        officer_actions.grade(code=case.code, officer=officer, grade=line.end.grade, version=None, now=clock.now())
    closing.close(
        code=case.code, officer=officer, outcome=line.end.outcome, result=line.end.result, evidence=line.end.evidence,
        version=None, now=clock.now(),
    )  # fmt: skip


def _who_works(case: Case) -> Officer:
    able = ("OFFICER", "CHIEF", "PROVINCE_DUTY")
    own = Officer.objects.filter(unit_id=case.unit_id, is_active=True, role__in=able).order_by("id").first()
    found = own or Officer.objects.filter(role="PROVINCE_DUTY", is_active=True).first()
    if found is None or not found.may(May.WORK_CASES):
        raise SystemExit("Chưa có tài khoản trình diễn.\nHint: ./dev demo")
    return found


class _Stage:
    """Client of the emulator's control API, with the calls of the story."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._citizens: dict[str, str] = {}
        self.groups: dict[str, str] = {}

    def _control(self, path: str, body: dict[str, Any]) -> Any:
        request = urllib.request.Request(  # noqa: S310  the stand-in on this machine
            f"{self._address}/_control/{path}", data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )  # fmt: skip
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310  the stand-in on this machine
                return json.load(answer)
        except urllib.error.URLError as problem:
            hint = "./dev demo ở cửa sổ khác; nếu đã đặt BINHYEN_PORT thì đặt giống như vậy ở đây."
            raise SystemExit(f"Zalo giả lập không trả lời ở {self._address}.\nHint: {hint}") from problem

    def citizen(self, name: str) -> str:
        if name not in self._citizens:
            self._citizens[name] = str(self._control("citizens", {"name": name, "follower": True})["user_id"])
        return self._citizens[name]

    def speak(self, line: Line) -> None:
        who = self.citizen(line.who)
        group = self.groups.get(line.group)
        if group:
            joined = self._control("join", {"group": group, "citizen": who})
            if "pending" in json.dumps(joined):
                self._control("approve", {"group": group, "citizen": who, "accept": True})
        self._control("say", {"citizen": who, "text": line.text, **({"group": group} if group else {})})

    def newest(self) -> int:
        """Return the id of the newest message: later ones are from this run."""
        return int(Message.objects.aggregate(newest=Max("pk", default=0))["newest"])

    def case_of(self, line: Line, *, after: int) -> Case | None:
        """Return the case of this text after that message; a text of an earlier run is in a closed case.

        Encrypted messages can only be found by their position.
        """
        heard = CaseMessage.objects.filter(message__gt=after, message__group__isnull=not line.group)
        heard = heard.filter(Q(message__text=line.text) | Q(message__lock__isnull=False)).select_related("case")
        link = self.until(heard.order_by("pk").last, "")
        return link.case if link else None

    def until(self, what: Callable[[], Any], why: str) -> Any:
        """Poll for the first true value. At the timeout return None if `why` is empty, else exit with `why`."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if answer := what():
                return answer
            time.sleep(0.05)
        if why:
            raise SystemExit(f"Chưa xong sau {PATIENCE:.0f} giây: {why}")
        return None
