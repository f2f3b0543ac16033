"""An officer marks a case as a complaint: nothing of it is left in the register, and other cases stay complete."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db.models import Model
from django.test import Client

from binhyen.cases.choices import Outcome
from binhyen.cases.models import Case, CaseMessage, Evidence, Note
from binhyen.cases.services import closing, linking, officer_actions
from binhyen.cases.tests.scene import open_case, told
from binhyen.channels.models import Attachment, Message, Outgoing
from binhyen.channels.services import media
from binhyen.conduct.models import Complaint, File
from binhyen.conduct.routing import NOTES
from binhyen.conduct.services import seal_case, worker_tasks
from binhyen.intake.corrections import collect
from binhyen.intake.models import Correction
from binhyen.intake.tests.web import NOISE, key_of, link, picture, tell
from binhyen.kit import clock, file_storage
from binhyen.people.access import APART
from binhyen.vault import services as vault
from binhyen.vault.models import SealedText
from tests import rls

pytestmark = pytest.mark.django_db
RUDE = "Anh công an xã Lộc Hà thái độ hách dịch, đòi tiền khi tôi làm giấy tờ"
PLAIN = "Hàng xóm đốt rác khói mù cả ngõ"
THEFT = "Đêm qua bị trộm lấy mất hai con gà"


@pytest.fixture(autouse=True)
def own_files(settings: Any, tmp_path: Any) -> None:
    settings.FILES_ROOT = tmp_path


@pytest.fixture
def me(officer: Callable[..., Any]) -> Any:
    return officer("CHIEF", "18568")


def lift(case: Case, me: Any, **more: Any) -> Complaint:
    officer_actions.reclassify(
        code=case.code, officer=me, category="officer_complaint", urgency=1, version=None, now=clock.now(), **more
    )
    with rls.acting_as("worker"):
        assert seal_case.lift(case.pk, now=clock.now())
    return Complaint.objects.get(case=case)


def words(complaint: Complaint) -> int:
    return SealedText.objects.filter(owner=complaint.owner).count()


def sealed_for_handlers(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    said: list[str] = []
    seal = vault.seal_text

    def heard(**more: Any) -> str:
        if more["owner"].endswith(NOTES):
            said.append(more["text"])
        return seal(**more)

    monkeypatch.setattr(vault, "seal_text", heard)
    return said


def attach(case: Case, message: Message, me: Any) -> None:
    linking.attach(code=case.code, message_id=str(message.public_id), officer=me, version=None, now=clock.now())


def detach(case: Case, message: Message, me: Any) -> None:
    linking.detach(code=case.code, message_id=str(message.public_id), officer=me, version=None, now=clock.now())


def test_what_was_taken_off_it_stays_another_citizens(me: Any) -> None:
    case, other, message = open_case(me.unit, text=RUDE), open_case(me.unit, text=PLAIN), told(me.unit, text=THEFT)
    attach(case, message, me)
    detach(case, message, me)
    attach(other, message, me)
    complaint = lift(case, me)
    message.refresh_from_db()
    other.refresh_from_db()
    assert message.text == THEFT and "hai con ga" in other.folded and "dot rac" in other.folded
    assert words(complaint) == 1, "and the complaint does not reveal it"
    assert not Message.objects.filter(text=RUDE).exists()


def test_what_two_cases_share_is_copied_and_only_the_complaint_itself_is_taken(me: Any) -> None:
    case, other = open_case(me.unit, text=RUDE), open_case(me.unit, text=PLAIN)
    theft = told(me.unit, text=THEFT)
    rude = Message.objects.get(text=RUDE)
    for one in (case, other):
        attach(one, theft, me)
    attach(other, rude, me)
    complaint = lift(case, me)
    theft.refresh_from_db()
    other.refresh_from_db()
    assert words(complaint) == 2 and theft.text == THEFT
    assert "hai con ga" in other.folded and "doi tien" not in other.folded and "đòi" not in other.marked
    assert list(CaseMessage.objects.filter(message=rude, detached_at=None).values_list("case", flat=True)) == [case.pk]
    assert not CaseMessage.objects.filter(message=theft, case=case, detached_at=None).exists()


def test_where_no_other_message_can_be_it_the_shared_one_is(me: Any) -> None:
    case, other = open_case(me.unit, text=PLAIN), open_case(me.unit, text=THEFT)
    message = Message.objects.get(text=PLAIN)
    attach(other, message, me)
    lift(case, me)
    message.refresh_from_db()
    other.refresh_from_db()
    assert message.text == "" and "dot rac" not in other.folded and other.snippet == THEFT


def test_a_case_that_held_it_once_is_found_by_its_words_no_more(me: Any) -> None:
    case, other = open_case(me.unit, text=RUDE), open_case(me.unit, text=THEFT)
    message = Message.objects.get(text=RUDE)
    attach(other, message, me)
    detach(other, message, me)
    Case.objects.filter(pk=other.pk).update(folded="doi tien", marked="đòi")  # the state left by earlier versions
    lift(case, me)
    other.refresh_from_db()
    assert "doi tien" not in other.folded and "đòi" not in other.marked and "hai con ga" in other.folded


@pytest.mark.parametrize("note", ["", "Bà con nói về anh Bình"])
def test_a_further_word_on_the_page_before_the_worker_came_by(me: Any, client: Client, note: str) -> None:
    at = f"/theo-doi/{link(tell(client, NOISE))}"
    case = Case.objects.get()
    if note:
        officer_actions.note(code=case.code, officer=me, text=note, version=None, now=clock.now())
    officer_actions.reclassify(
        code=case.code, officer=me, category="officer_complaint", urgency=1, version=None, now=clock.now()
    )
    key = key_of(client.get(at).content.decode())
    assert client.post(at, {"text": "Anh ấy lại tới nữa", "key": key}).status_code == 303
    complaint = Complaint.objects.get()
    assert words(complaint) == 1 and Message.objects.filter(text=NOISE).exists(), (
        "the pages process lacks the right for the remaining steps"
    )
    for _ in range(2):
        with rls.acting_as("worker"):
            assert not seal_case.lift(case.pk, now=clock.now())
    assert words(complaint) == 2 and not Message.objects.exclude(text="").exists() and not Note.objects.exists()
    assert SealedText.objects.filter(owner__endswith=NOTES).count() == bool(note)


def closed_and_reopened(me: Any) -> Case:
    """Close and reopen a case with a correction, written and image evidence, a result, and messages to the person."""
    case = open_case(me.unit, text=RUDE)
    officer_actions.reclassify(
        code=case.code, officer=me, category="environment_noise", urgency=1, version=None, now=clock.now()
    )
    assert collect() == 1 and Correction.objects.exists()
    proof = media.upload(picture().read(), name="Lời khai mật.png")
    officer_actions.answer(code=case.code, officer=me, text="Thư một mật", version=None, now=clock.now())
    closing.close(
        code=case.code, officer=me, outcome=Outcome.RESOLVED, result="Kết quả mật", evidence="Chứng cứ mật",
        attachment_ids=[proof.pk], version=None, now=clock.now(),
    )  # fmt: skip
    closing.reopen(code=case.code, officer=me, reason="Lý do mật", version=None, now=clock.now())
    return case


def in_clear(*rows: type[Model]) -> list[str]:
    return [
        f"{model._meta.label}: {value}"
        for model in rows
        for row in model._default_manager.values()
        for value in row.values()
        if isinstance(value, str) and ("mật" in value or "hách dịch" in value)
    ]


EVERYWHERE: tuple[type[Model], ...] = (Case, Evidence, Outgoing, Correction, Message, Attachment)


def test_of_one_that_was_closed_before_nothing_stays_in_clear(
    me: Any, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    said = sealed_for_handlers(monkeypatch)
    case = closed_and_reopened(me)
    assert len(in_clear(*EVERYWHERE)) >= 5, "control"
    shown = Attachment.objects.get().shown
    with django_capture_on_commit_callbacks(execute=True):
        complaint = lift(case, me)
    assert in_clear(*EVERYWHERE) == [] and not Correction.objects.exists()
    for each in ("Thư một mật", "Kết quả mật", "Chứng cứ mật", "Lý do mật"):
        assert any(each in text for text in said), "its handlers can read it"
    row = Attachment.objects.get()
    assert (row.shown, row.state) == ("", "KEPT") and row.original and not file_storage.is_there(shown)
    assert File.objects.get(complaint=complaint).shown


def test_control_a_lift_that_forgets_them_is_noticed(me: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    case = closed_and_reopened(me)
    monkeypatch.setattr(seal_case, "_seal_left", lambda case, complaint, *, now: None)
    lift(case, me)
    assert len(in_clear(*EVERYWHERE)) >= 4


def test_what_still_waits_to_go_out_keeps_its_words_until_then(me: Any) -> None:
    case = closed_and_reopened(me)
    letter = Outgoing.objects.filter(text__contains="Thư một").get()
    Outgoing.objects.filter(pk=letter.pk).update(state="QUEUED")
    lift(case, me)
    letter.refresh_from_db()
    assert letter.purpose == APART and "Thư một" in letter.text
    Outgoing.objects.filter(pk=letter.pk).update(state="DEAD")
    Outgoing.objects.create(
        key="case:1:1:ANSWER:1", channel=letter.channel, conversation=letter.conversation, officer=me, purpose=APART,
        text="Chưa niêm phong", state="SENT", created_at=clock.now(), due_at=clock.now(),
    )  # fmt: skip
    with rls.acting_as("worker"):
        assert worker_tasks.hush() == 1
    letter.refresh_from_db()
    assert letter.text == ""
    assert Outgoing.objects.filter(text="Chưa niêm phong").exists(), (
        "nothing is deleted from a case restricted before they were sealed"
    )
