"""Complaints for tests: submitted on the web page, handled in the custody process."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.test import Client, override_settings

from binhyen.cases.models import Case
from binhyen.conduct.models import Complaint
from binhyen.conduct.routing import DESK_KEY_GROUPS
from binhyen.intake import web_reports
from binhyen.kit.ids import generate_token
from binhyen.people.conflicts import get_queue
from binhyen.vault.services import key_rotation
from binhyen.vault.tests.custody import CustodyClient
from binhyen.vault.tests.people import create_key

RUDE = "Anh công an xã Lộc Hà thái độ hách dịch, đòi tiền khi tôi làm giấy tờ"
CHIEF = "Trưởng công an xã Lộc Hà nhận tiền, thái độ hách dịch, cán bộ đòi tiền dân làm giấy tờ"
DIRECTOR = "Phó giám đốc công an tỉnh thái độ hách dịch, đòi tiền dân khi làm giấy tờ"
DESK = {"PROVINCE_DUTY": "phan-anh", "PROVINCE_STAFF": "phan-anh", "DIRECTOR": "giam-doc", "INSPECTOR": "thanh-tra"}


BEATING = "Cán bộ công an xã Lộc Hà thái độ hách dịch, đòi tiền dân, đang đánh người bất tỉnh ngay tại trụ sở"
ELSEWHERE = "Giám đốc công an tỉnh bao che, thanh tra công an nhận tiền, thái độ hách dịch, đòi tiền dân"


def submit_complaint(text: str = RUDE, *, now: dt.datetime, insists: bool = True, **more: Any) -> tuple[str, Complaint]:
    """Submit a complaint; return the token of the status page and the complaint."""
    link = web_reports.send_report(
        sending=web_reports.Submission(key=generate_token(), text=text, is_insisting=insists, **more), now=now
    )
    return link, Complaint.objects.select_related("case", "veto").latest("id")


def create_handler(officer: Callable[..., Any], role: str, now: dt.datetime, **more: Any) -> Any:
    """Create an officer of the role with a key of their own, opened for the conversations of their desk."""
    person = officer(role, "42", **more)
    create_key(person, now)
    key_rotation.rotate_group_key(DESK_KEY_GROUPS[get_queue(role)], actor="system:test", now=now)
    return person


class HandlerClient:
    """A complaint handler signed in to the custody process."""

    def __init__(self, person: Any) -> None:
        self.person = person
        self.client = CustodyClient()
        with override_settings(ROOT_URLCONF="binhyen.vault.urls"):
            self.client.enter(person, unlock=True)

    def url(self, complaint: Complaint, more: str = "") -> str:
        return f"/giu-kin/tin/{DESK[self.person.role]}/{complaint.public_id}{more}"

    def list(self) -> str:
        return self.client.get("/giu-kin/tin").content.decode()

    def read(self, complaint: Complaint) -> tuple[int, str]:
        answer = self.client.get(self.url(complaint))
        return answer.status_code, answer.content.decode()

    def do(self, complaint: Complaint, deed: str, **data: str) -> int:
        return self.client.post(self.url(complaint, f"/viec/{deed}"), data).status_code


def sign_in(person: Any) -> Client:
    """Return an officer's client for the ordinary pages."""
    client = Client()
    client.force_login(person)
    return client


def get_only_case() -> Case:
    return Case.objects.get(is_restricted=True)
