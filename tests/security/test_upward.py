"""A complaint that the reader takes for something else lies in clear nowhere, by whatever entrance it comes."""

from collections.abc import Callable, Collection
from typing import Any

import pytest
from django.test import Client

from binhyen.cases.models import Case
from binhyen.channels.models import Message
from binhyen.conduct.models import Complaint
from binhyen.intake import understanding
from binhyen.intake.reading import reader
from binhyen.intake.tests.telling import group_of, person, say
from binhyen.intake.tests.web import NOISE, key_of, link, tell
from binhyen.kit import clock
from binhyen.language.reading import Reading
from binhyen.tips.models import Tip
from binhyen.tips.services import telling
from binhyen.tips.tests import page as tips

pytestmark = pytest.mark.django_db
NAMED = "Lê Quang Dũng nhận tiền chủ sòng bạc nhà ông Tám ở xã Lộc Hà, đêm mô cũng đánh"
UNSEEN = ["CA xã Lộc Hà làm ngơ cho sòng bạc nhà ông Tám", "cong an xa Loc Ha an tien quan karaoke"]


@pytest.fixture(autouse=True)
def own_files(settings: Any, tmp_path: Any) -> None:
    settings.FILES_ROOT = tmp_path


@pytest.fixture(params=UNSEEN)
def text(request: pytest.FixtureRequest) -> str:
    said: str = request.param
    assert reader().understand(said).category != "officer_complaint", "the reader would do alone"
    return said


def lies_apart(text: str) -> bool:
    kept = not Message.objects.filter(text__contains=text).exists()
    return kept and not Case.objects.filter(folded__contains="loc ha", apart=False).exists()


def test_by_the_form(client: Client, text: str) -> None:
    assert tell(client, text).status_code == 303
    assert Complaint.objects.count() == 1 and lies_apart(text)


def test_by_the_status_page_of_something_else(client: Client, text: str) -> None:
    at = f"/theo-doi/{link(tell(client, NOISE))}"
    answer = client.post(at, {"text": text, "key": key_of(client.get(at).content.decode())})
    assert answer.status_code == 303
    assert Complaint.objects.count() == 1 and not Message.objects.filter(text__contains=text).exists()


def test_by_a_sealed_tip(client: Client, text: str) -> None:
    tips.tell(client, text)
    assert Tip.objects.get().case.apart and Complaint.objects.count() == 1


def test_in_a_private_chat_and_in_a_group(unit: Callable[[str], Any], text: str) -> None:
    say((person(), text))
    say((person(), text), group=group_of(unit("18568"), clock.now()))
    assert Complaint.objects.count() == 2 and lies_apart(text)


def test_control_without_the_rule_it_lies_in_clear(client: Client, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def alone(reading: Reading, _: str, officers: Collection[str] = ()) -> Reading:
        return reading

    monkeypatch.setattr(understanding, "up", alone)
    monkeypatch.setattr(telling, "up", alone)
    assert tell(client, text).status_code == 303
    tips.tell(client, text)
    assert Complaint.objects.count() == 0 and not lies_apart(text)


def test_who_would_read_it_is_named_without_the_word_police(client: Client, officer: Callable[..., Any]) -> None:
    officer("OFFICER", "18568", name="Lê Quang Dũng")
    assert reader().understand(NAMED).category != "officer_complaint"
    assert tell(client, NAMED).status_code == 303
    assert Complaint.objects.count() == 1 and lies_apart(NAMED)


def test_named_on_the_page_of_a_case_that_lies_on_their_desk(client: Client, officer: Callable[..., Any]) -> None:
    officer("OFFICER", "18568", name="Lê Quang Dũng")
    at = f"/theo-doi/{link(tell(client, NOISE))}"
    text = NAMED.replace(" ở xã Lộc Hà", "")
    assert client.post(at, {"text": text, "key": key_of(client.get(at).content.decode())}).status_code == 303
    assert Complaint.objects.count() == 1 and not Message.objects.filter(text__contains="sòng bạc").exists()


def test_named_at_the_desk_of_tips(client: Client, officer: Callable[..., Any]) -> None:
    officer("PROVINCE_DUTY", "42", name="Lê Quang Dũng")
    tips.tell(client, NAMED)
    assert Tip.objects.get().case.apart and Complaint.objects.count() == 1


def test_control_of_that_name_elsewhere_or_thanked_it_stays(client: Client, officer: Callable[..., Any]) -> None:
    officer("OFFICER", "18073", name="Lê Quang Dũng")
    officer("OFFICER", "18568", name="Phan Thị Hạnh")
    for text in (NAMED, "Nhờ chị Phan Thị Hạnh xem giúp vụ mất trộm xe ở xã Lộc Hà đêm qua"):
        assert tell(client, text).status_code == 303
    assert Complaint.objects.count() == 0 and Case.objects.filter(apart=False).count() == 2
