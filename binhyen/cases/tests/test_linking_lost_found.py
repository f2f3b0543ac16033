"""Lost and found cases linked by the province: the facts each desk may see of the other case, and the link between
them."""

from collections.abc import Callable
from typing import Any

import pytest

from binhyen.cases.models import Case, Note, Relation
from binhyen.cases.services import linking, restricted_cases
from binhyen.cases.services.unit_of_work import INTAKE_ACTOR
from binhyen.cases.tests.scene import build_case_url, open_case, reload_case, sign_in_browser
from binhyen.channels.models import Message
from binhyen.conduct.services.seal_case import seal_complaint_case as seal
from binhyen.kit import clock
from binhyen.kit.ids import format_code
from binhyen.kit.models import LiveEvent
from tests import rls

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
LOST = "Tôi đánh rơi ví da màu nâu ở chợ, trong có căn cước tên Nguyễn Văn An, gọi 0912345678"
FOUND = "Nhặt được cái ví da nâu, căn cước mang tên Nguyễn Văn An, tôi là Lê Thị Bé"
READ = [
    {"type": "ITEM", "text": "Ví da", "start": 0, "end": 1, "norm": "wallet"},
    {"type": "COLOR", "text": "nâu", "start": 0, "end": 1, "norm": "brown"},
    {"type": "PERSON", "text": "Nguyễn Văn An", "start": 0, "end": 1, "norm": "nguyen van an"},
    {"type": "PHONE", "text": "0912345678", "start": 0, "end": 1, "norm": "0912345678"},
]


class LinkedScene:
    """A wallet lost in Thành Sen and found in Lộc Hà, linked by the duty desk of the province."""

    def __init__(self, unit: Make, officer: Make, **found_fields: Any) -> None:
        self.lost = open_case(unit("18073"), text=LOST, category="lost_item", title="Đánh rơi · chợ", place="chợ")
        self.found = open_case(
            unit("18568"), text=FOUND, category="found_item", title="Nhặt được", place="", **found_fields
        )
        for message in Message.objects.all():
            message.reading |= {"entities": READ}
            message.save()
        self.duty = officer("PROVINCE_DUTY", "42")
        self.loser, self.finder = officer("OFFICER", "18073"), officer("OFFICER", "18568", name="Trần Bên Kia")

    def link(self) -> None:
        page = sign_in_browser(self.duty).post(
            build_case_url(self.lost, "lien-ket"),
            {"version": reload_case(self.lost).version, "into": format_code(self.found.code)},
        )
        assert page.status_code == 303


@pytest.fixture
def scene(unit: Make, officer: Make) -> LinkedScene:
    return LinkedScene(unit, officer)


def read_link_panel(person: Any, case: Case) -> str:
    page: str = sign_in_browser(person).get(build_case_url(case)).content.decode()
    return page.partition('id="da-khop"')[2].partition("</section>")[0]


def test_each_desk_reads_the_other_holder_and_no_more(scene: LinkedScene) -> None:
    assert read_link_panel(scene.loser, scene.lost) == "", "control: nothing before the two are linked"
    scene.link()
    for person, own_case, other_case, unit in (
        (scene.loser, scene.lost, scene.found, "Công an xã Lộc Hà"),
        (scene.finder, scene.found, scene.lost, "Công an phường Thành Sen"),
    ):
        shown = read_link_panel(person, own_case)
        assert f"{unit} giữ" in shown and "ví da, nâu" in shown
        assert "".join(format_code(other_case.code).split("-")) in "".join(c for c in shown if c.isalnum())
        assert build_case_url(other_case) not in shown and f"/vu-viec/{format_code(other_case.code)}" not in shown
        for secret in ("Nguyễn Văn An", "0912345678", "Lê Thị Bé", "chợ", "Người báo"):
            assert secret not in shown.replace("người báo", ""), secret
        assert sign_in_browser(person).get(build_case_url(other_case)).status_code == 404
    assert f"/vu-viec/{format_code(scene.found.code)}" in read_link_panel(scene.duty, scene.lost), (
        "an officer with access to both can follow the link"
    )


def test_both_desks_are_notified_of_the_link_and_the_list_marks_it(scene: LinkedScene, officer: Make) -> None:
    assert "Đã khớp" not in sign_in_browser(scene.loser).get("/ban-truc").content.decode()
    LiveEvent.objects.all().delete()
    scene.link()
    topics_seen = {t for e in LiveEvent.objects.filter(data__verb="related") for t in e.topics}
    assert topics_seen >= {f"unit:{scene.lost.unit_id}", f"unit:{scene.found.unit_id}"}
    for person in (scene.loser, scene.finder):
        for query in ("", "?q=vi", "?xem=tat-ca"):
            page = sign_in_browser(person).get(f"/ban-truc{query}").content.decode()
            assert page.count('<span class="tag tag-good">Đã khớp</span>') == 1, query
    assert "Đã khớp" not in sign_in_browser(officer("OFFICER", "18754")).get("/ban-truc").content.decode()


def test_either_desk_undoes_the_link_and_the_other_is_notified(scene: LinkedScene, officer: Make) -> None:
    scene.link()
    stranger = {"version": reload_case(scene.found).version, "into": scene.lost.code}
    assert (
        sign_in_browser(officer("OFFICER", "18754")).post(build_case_url(scene.found, "bo-noi"), stranger).status_code
        == 404
    )
    assert "Bỏ nối" in read_link_panel(scene.finder, scene.found)
    LiveEvent.objects.all().delete()
    form = {"version": reload_case(scene.found).version, "into": scene.lost.code}
    assert sign_in_browser(scene.finder).post(build_case_url(scene.found, "bo-noi"), form).status_code == 303
    assert not Relation.objects.exists() and read_link_panel(scene.loser, scene.lost) == ""
    topics_seen = {t for e in LiveEvent.objects.filter(data__verb="unrelated") for t in e.topics}
    assert topics_seen >= {f"unit:{scene.lost.unit_id}", f"unit:{scene.found.unit_id}"}
    page_text = sign_in_browser(scene.loser).get(build_case_url(scene.lost)).content.decode()
    assert "Bỏ liên kết" in page_text and f"/vu-viec/{format_code(scene.found.code)}" not in page_text


def test_a_message_crosses_the_link_and_is_answered(scene: LinkedScene) -> None:
    scene.link()
    client = sign_in_browser(scene.loser)
    sent = client.post(
        build_case_url(scene.lost, "nhan-ben-kia"),
        {"into": format_code(scene.found.code), "text": "Chủ ví chiều nay sang nhận."},
    )
    assert sent.status_code == 303
    assert "Đã nhắn." in client.get(build_case_url(scene.lost)).content.decode()
    page = sign_in_browser(scene.finder).get(build_case_url(scene.found)).content.decode().replace("\u2060", "")
    assert f"Công an phường Thành Sen nhắn về tin {format_code(scene.lost.code)}: Chủ ví chiều nay sang nhận." in page
    assert scene.loser.name in page and "Nhắn đơn vị kia" in page
    back = sign_in_browser(scene.finder).post(
        build_case_url(scene.found, "nhan-ben-kia"), {"into": scene.lost.code, "text": "Mang theo căn cước."}
    )
    assert back.status_code == 303
    assert "Mang theo căn cước." in sign_in_browser(scene.loser).get(build_case_url(scene.lost)).content.decode()
    assert [e.data for e in scene.found.events.filter(verb="messaged").order_by("id")] == [
        {"case": scene.lost.code},
        {"case": scene.lost.code},
    ]


def test_an_unlinked_case_cannot_be_written_to(scene: LinkedScene, officer: Make) -> None:
    form = {"into": scene.found.code, "text": "Cho tôi hỏi"}
    refused = sign_in_browser(scene.loser).post(build_case_url(scene.lost, "nhan-ben-kia"), form)
    assert refused.status_code == 422 and "chưa được nối" in refused.content.decode()
    scene.link()
    empty = sign_in_browser(scene.loser).post(build_case_url(scene.lost, "nhan-ben-kia"), {**form, "text": "  "})
    assert empty.status_code == 422 and "đang trống" in empty.content.decode()
    long = sign_in_browser(scene.loser).post(build_case_url(scene.lost, "nhan-ben-kia"), {**form, "text": "x" * 1001})
    assert long.status_code == 422
    assert (
        sign_in_browser(officer("OFFICER", "18754")).post(build_case_url(scene.lost, "nhan-ben-kia"), form).status_code
        == 404
    )
    staff = sign_in_browser(officer("PROVINCE_STAFF", "42")).post(build_case_url(scene.lost, "nhan-ben-kia"), form)
    assert staff.status_code == 422 and "không có quyền" in staff.content.decode()
    assert not Note.objects.exists()


def test_nothing_secret_is_ever_linked_or_shown(scene: LinkedScene, unit: Make) -> None:
    hushed = open_case(unit("18568"), text=FOUND, category="found_item", sensitive=True)
    linking.link_cases(
        code=scene.lost.code,
        other=hushed.code,
        kind=Relation.Kind.RELATED,
        officer=scene.duty,
        version=None,
        now=clock.now(),
    )
    assert Relation.objects.get(case=scene.lost).kind == "RELATED" and read_link_panel(scene.loser, scene.lost) == ""
    scene.link()
    assert "Công an xã Lộc Hà giữ" in read_link_panel(scene.loser, scene.lost)
    Case.objects.filter(pk=scene.found.pk).update(sensitive=True)
    assert read_link_panel(scene.loser, scene.lost) == ""


def test_a_case_that_becomes_a_complaint_leaves_no_mark(scene: LinkedScene) -> None:
    scene.link()
    case = reload_case(scene.found)
    restricted_cases.restrict(case, "officer_complaint", 1, actor=INTAKE_ACTOR, now=clock.now())
    assert read_link_panel(scene.loser, scene.lost) == ""
    with rls.acting_as("worker"):
        seal(case.pk, now=clock.now())
    assert not Relation.objects.exists()
    assert "Đã khớp" not in sign_in_browser(scene.loser).get("/ban-truc").content.decode()
