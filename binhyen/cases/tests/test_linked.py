"""Lost and found cases linked by the province: the facts each desk may see of the other case, and the link between
them."""

from collections.abc import Callable
from typing import Any

import pytest

from binhyen.cases.models import Case, Note, Relation
from binhyen.cases.services import linking, restrict
from binhyen.cases.services.unit_of_work import INTAKE
from binhyen.cases.tests.scene import browser, fresh, open_case, url
from binhyen.channels.models import Message
from binhyen.conduct.services.seal_case import lift as seal
from binhyen.kit import clock
from binhyen.kit.ids import show_code
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


class Scene:
    """A wallet lost in Thành Sen and found in Lộc Hà, linked by the duty desk of the province."""

    def __init__(self, unit: Make, officer: Make, **found: Any) -> None:
        self.lost = open_case(unit("18073"), text=LOST, category="lost_item", title="Đánh rơi · chợ", place="chợ")
        self.found = open_case(unit("18568"), text=FOUND, category="found_item", title="Nhặt được", place="", **found)
        for message in Message.objects.all():
            message.reading |= {"entities": READ}
            message.save()
        self.duty = officer("PROVINCE_DUTY", "42")
        self.loser, self.finder = officer("OFFICER", "18073"), officer("OFFICER", "18568", name="Trần Bên Kia")

    def link(self) -> None:
        page = browser(self.duty).post(
            url(self.lost, "lien-ket"), {"version": fresh(self.lost).version, "into": show_code(self.found.code)}
        )
        assert page.status_code == 303


@pytest.fixture
def scene(unit: Make, officer: Make) -> Scene:
    return Scene(unit, officer)


def panel(person: Any, case: Case) -> str:
    page: str = browser(person).get(url(case)).content.decode()
    return page.partition('id="da-khop"')[2].partition("</section>")[0]


def test_each_desk_reads_who_holds_the_other_thing_and_no_more(scene: Scene) -> None:
    assert panel(scene.loser, scene.lost) == "", "control: nothing before the two are linked"
    scene.link()
    for person, mine, theirs, unit in (
        (scene.loser, scene.lost, scene.found, "Công an xã Lộc Hà"),
        (scene.finder, scene.found, scene.lost, "Công an phường Thành Sen"),
    ):
        shown = panel(person, mine)
        assert f"{unit} giữ" in shown and "ví da, nâu" in shown
        assert "".join(show_code(theirs.code).split("-")) in "".join(c for c in shown if c.isalnum())
        assert url(theirs) not in shown and f"/vu-viec/{show_code(theirs.code)}" not in shown
        for secret in ("Nguyễn Văn An", "0912345678", "Lê Thị Bé", "chợ", "Người báo"):
            assert secret not in shown.replace("người báo", ""), secret
        assert browser(person).get(url(theirs)).status_code == 404
    assert f"/vu-viec/{show_code(scene.found.code)}" in panel(scene.duty, scene.lost), (
        "an officer with access to both can follow the link"
    )


def test_both_desks_hear_of_the_link_and_the_list_marks_it(scene: Scene, officer: Make) -> None:
    assert "Đã khớp" not in browser(scene.loser).get("/ban-truc").content.decode()
    LiveEvent.objects.all().delete()
    scene.link()
    heard = {t for e in LiveEvent.objects.filter(data__verb="related") for t in e.topics}
    assert heard >= {f"unit:{scene.lost.unit_id}", f"unit:{scene.found.unit_id}"}
    for person in (scene.loser, scene.finder):
        for query in ("", "?q=vi", "?xem=tat-ca"):
            page = browser(person).get(f"/ban-truc{query}").content.decode()
            assert page.count('<span class="tag tag-good">Đã khớp</span>') == 1, query
    assert "Đã khớp" not in browser(officer("OFFICER", "18754")).get("/ban-truc").content.decode()


def test_either_desk_undoes_the_link_and_the_other_hears_of_it(scene: Scene, officer: Make) -> None:
    scene.link()
    stranger = {"version": fresh(scene.found).version, "into": scene.lost.code}
    assert browser(officer("OFFICER", "18754")).post(url(scene.found, "bo-noi"), stranger).status_code == 404
    assert "Bỏ nối" in panel(scene.finder, scene.found)
    LiveEvent.objects.all().delete()
    form = {"version": fresh(scene.found).version, "into": scene.lost.code}
    assert browser(scene.finder).post(url(scene.found, "bo-noi"), form).status_code == 303
    assert not Relation.objects.exists() and panel(scene.loser, scene.lost) == ""
    heard = {t for e in LiveEvent.objects.filter(data__verb="unrelated") for t in e.topics}
    assert heard >= {f"unit:{scene.lost.unit_id}", f"unit:{scene.found.unit_id}"}
    told = browser(scene.loser).get(url(scene.lost)).content.decode()
    assert "Bỏ liên kết" in told and f"/vu-viec/{show_code(scene.found.code)}" not in told


def test_a_word_goes_across_and_comes_back(scene: Scene) -> None:
    scene.link()
    client = browser(scene.loser)
    sent = client.post(
        url(scene.lost, "nhan-ben-kia"), {"into": show_code(scene.found.code), "text": "Chủ ví chiều nay sang nhận."}
    )
    assert sent.status_code == 303
    assert "Đã nhắn." in client.get(url(scene.lost)).content.decode()
    page = browser(scene.finder).get(url(scene.found)).content.decode().replace("\u2060", "")
    assert f"Công an phường Thành Sen nhắn về tin {show_code(scene.lost.code)}: Chủ ví chiều nay sang nhận." in page
    assert scene.loser.name in page and "Nhắn đơn vị kia" in page
    back = browser(scene.finder).post(
        url(scene.found, "nhan-ben-kia"), {"into": scene.lost.code, "text": "Mang theo căn cước."}
    )
    assert back.status_code == 303
    assert "Mang theo căn cước." in browser(scene.loser).get(url(scene.lost)).content.decode()
    assert [e.data for e in scene.found.events.filter(verb="messaged").order_by("id")] == [
        {"case": scene.lost.code}, {"case": scene.lost.code}
    ]  # fmt: skip


def test_nobody_writes_into_a_case_that_is_not_linked(scene: Scene, officer: Make) -> None:
    form = {"into": scene.found.code, "text": "Cho tôi hỏi"}
    refused = browser(scene.loser).post(url(scene.lost, "nhan-ben-kia"), form)
    assert refused.status_code == 422 and "chưa được nối" in refused.content.decode()
    scene.link()
    empty = browser(scene.loser).post(url(scene.lost, "nhan-ben-kia"), {**form, "text": "  "})
    assert empty.status_code == 422 and "đang trống" in empty.content.decode()
    long = browser(scene.loser).post(url(scene.lost, "nhan-ben-kia"), {**form, "text": "x" * 1001})
    assert long.status_code == 422
    assert browser(officer("OFFICER", "18754")).post(url(scene.lost, "nhan-ben-kia"), form).status_code == 404
    staff = browser(officer("PROVINCE_STAFF", "42")).post(url(scene.lost, "nhan-ben-kia"), form)
    assert staff.status_code == 422 and "không có quyền" in staff.content.decode()
    assert not Note.objects.exists()


def test_nothing_secret_is_ever_linked_or_shown(scene: Scene, unit: Make) -> None:
    hushed = open_case(unit("18568"), text=FOUND, category="found_item", sensitive=True)
    linking.relate(code=scene.lost.code, other=hushed.code, kind=Relation.Kind.RELATED, officer=scene.duty,
                   version=None, now=clock.now())  # fmt: skip
    assert Relation.objects.get(case=scene.lost).kind == "RELATED" and panel(scene.loser, scene.lost) == ""
    scene.link()
    assert "Công an xã Lộc Hà giữ" in panel(scene.loser, scene.lost)
    Case.objects.filter(pk=scene.found.pk).update(sensitive=True)
    assert panel(scene.loser, scene.lost) == ""


def test_what_turns_out_a_complaint_leaves_no_mark(scene: Scene) -> None:
    scene.link()
    case = fresh(scene.found)
    restrict.lift(case, "officer_complaint", 1, actor=INTAKE, now=clock.now())
    assert panel(scene.loser, scene.lost) == ""
    with rls.acting_as("worker"):
        seal(case.pk, now=clock.now())
    assert not Relation.objects.exists()
    assert "Đã khớp" not in browser(scene.loser).get("/ban-truc").content.decode()
