"""An officer marks a case as a complaint: nothing of it is left in the register, and other cases stay complete."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db.models import Model
from django.test import Client

from binhyen.cases.choices import Outcome
from binhyen.cases.models import Case, CaseMessage, Evidence, Note
from binhyen.cases.services import closing, linking, officer_actions
from binhyen.cases.tests.scene import create_message, open_case
from binhyen.channels.models import Attachment, Message, Outgoing
from binhyen.channels.services import media
from binhyen.conduct.models import Complaint, File
from binhyen.conduct.routing import NOTES_SUFFIX
from binhyen.conduct.services import seal_case, worker_tasks
from binhyen.intake.corrections import collect_corrections
from binhyen.intake.models import Correction
from binhyen.intake.tests.web import NOISE, make_picture, parse_form_key, parse_status_token, submit_report
from binhyen.kit import clock, file_storage
from binhyen.people.access import COMPLAINT_PURPOSE
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


def mark_as_complaint(case: Case, me: Any, **more: Any) -> Complaint:
    officer_actions.reclassify_case(
        code=case.code, officer=me, category="officer_complaint", urgency=1, version=None, now=clock.now(), **more
    )
    with rls.acting_as("worker"):
        assert seal_case.seal_complaint_case(case.pk, now=clock.now())
    return Complaint.objects.get(case=case)


def count_sealed_messages(complaint: Complaint) -> int:
    return SealedText.objects.filter(owner=complaint.owner).count()


def collect_handler_texts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    texts: list[str] = []
    seal = vault.seal_text

    def record_and_seal(**more: Any) -> str:
        if more["owner"].endswith(NOTES_SUFFIX):
            texts.append(more["text"])
        return seal(**more)

    monkeypatch.setattr(vault, "seal_text", record_and_seal)
    return texts


def attach_message(case: Case, message: Message, me: Any) -> None:
    linking.attach_message(code=case.code, message_id=str(message.public_id), officer=me, version=None, now=clock.now())


def detach_message(case: Case, message: Message, me: Any) -> None:
    linking.detach_message(code=case.code, message_id=str(message.public_id), officer=me, version=None, now=clock.now())


def test_detached_messages_stay_with_the_other_citizen(me: Any) -> None:
    case, other, message = (
        open_case(me.unit, text=RUDE),
        open_case(me.unit, text=PLAIN),
        create_message(me.unit, text=THEFT),
    )
    attach_message(case, message, me)
    detach_message(case, message, me)
    attach_message(other, message, me)
    complaint = mark_as_complaint(case, me)
    message.refresh_from_db()
    other.refresh_from_db()
    assert message.text == THEFT and "hai con ga" in other.search_text and "dot rac" in other.search_text
    assert count_sealed_messages(complaint) == 1, "and the complaint does not reveal it"
    assert not Message.objects.filter(text=RUDE).exists()


def test_shared_messages_are_copied_and_only_the_complaint_is_moved(me: Any) -> None:
    case, other = open_case(me.unit, text=RUDE), open_case(me.unit, text=PLAIN)
    theft = create_message(me.unit, text=THEFT)
    rude = Message.objects.get(text=RUDE)
    for first_case in (case, other):
        attach_message(first_case, theft, me)
    attach_message(other, rude, me)
    complaint = mark_as_complaint(case, me)
    theft.refresh_from_db()
    other.refresh_from_db()
    assert count_sealed_messages(complaint) == 2 and theft.text == THEFT
    assert (
        "hai con ga" in other.search_text and "doi tien" not in other.search_text and "đòi" not in other.search_accented
    )
    assert list(CaseMessage.objects.filter(message=rude, detached_at=None).values_list("case", flat=True)) == [case.pk]
    assert not CaseMessage.objects.filter(message=theft, case=case, detached_at=None).exists()


def test_a_shared_message_moves_where_it_is_the_only_candidate(me: Any) -> None:
    case, other = open_case(me.unit, text=PLAIN), open_case(me.unit, text=THEFT)
    message = Message.objects.get(text=PLAIN)
    attach_message(other, message, me)
    mark_as_complaint(case, me)
    message.refresh_from_db()
    other.refresh_from_db()
    assert message.text == "" and "dot rac" not in other.search_text and other.snippet == THEFT


def test_a_case_that_once_held_it_is_not_found_by_its_text(me: Any) -> None:
    case, other = open_case(me.unit, text=RUDE), open_case(me.unit, text=THEFT)
    message = Message.objects.get(text=RUDE)
    attach_message(other, message, me)
    detach_message(other, message, me)
    Case.objects.filter(pk=other.pk).update(
        search_text="doi tien", search_accented="đòi"
    )  # the state left by earlier versions
    mark_as_complaint(case, me)
    other.refresh_from_db()
    assert (
        "doi tien" not in other.search_text and "đòi" not in other.search_accented and "hai con ga" in other.search_text
    )


@pytest.mark.parametrize("note", ["", "Bà con nói về anh Bình"])
def test_a_follow_up_on_the_page_before_the_worker_ran(me: Any, client: Client, note: str) -> None:
    page_url = f"/theo-doi/{parse_status_token(submit_report(client, NOISE))}"
    case = Case.objects.get()
    if note:
        officer_actions.add_note(code=case.code, officer=me, text=note, version=None, now=clock.now())
    officer_actions.reclassify_case(
        code=case.code, officer=me, category="officer_complaint", urgency=1, version=None, now=clock.now()
    )
    key = parse_form_key(client.get(page_url).content.decode())
    assert client.post(page_url, {"text": "Anh ấy lại tới nữa", "key": key}).status_code == 303
    complaint = Complaint.objects.get()
    assert count_sealed_messages(complaint) == 1 and Message.objects.filter(text=NOISE).exists(), (
        "the pages process lacks the right for the remaining steps"
    )
    for _ in range(2):
        with rls.acting_as("worker"):
            assert not seal_case.seal_complaint_case(case.pk, now=clock.now())
    assert (
        count_sealed_messages(complaint) == 2
        and not Message.objects.exclude(text="").exists()
        and not Note.objects.exists()
    )
    assert SealedText.objects.filter(owner__endswith=NOTES_SUFFIX).count() == bool(note)


def close_and_reopen(me: Any) -> Case:
    """Close and reopen a case with a correction, written and image evidence, a result, and messages to the person."""
    case = open_case(me.unit, text=RUDE)
    officer_actions.reclassify_case(
        code=case.code, officer=me, category="environment_noise", urgency=1, version=None, now=clock.now()
    )
    assert collect_corrections() == 1 and Correction.objects.exists()
    proof = media.store_upload(make_picture().read(), name="Lời khai mật.png")
    officer_actions.answer_reporters(code=case.code, officer=me, text="Thư một mật", version=None, now=clock.now())
    closing.close_case(
        code=case.code,
        officer=me,
        outcome=Outcome.RESOLVED,
        result="Kết quả mật",
        evidence="Chứng cứ mật",
        attachment_ids=[proof.pk],
        version=None,
        now=clock.now(),
    )
    closing.reopen_closed_case(code=case.code, officer=me, reason="Lý do mật", version=None, now=clock.now())
    return case


def find_plaintext(*rows: type[Model]) -> list[str]:
    return [
        f"{model._meta.label}: {value}"
        for model in rows
        for row in model._default_manager.values()
        for value in row.values()
        if isinstance(value, str) and ("mật" in value or "hách dịch" in value)
    ]


EVERYWHERE: tuple[type[Model], ...] = (Case, Evidence, Outgoing, Correction, Message, Attachment)


def test_of_an_earlier_closed_case_no_plaintext_remains(
    me: Any, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    sealed_texts = collect_handler_texts(monkeypatch)
    case = close_and_reopen(me)
    assert len(find_plaintext(*EVERYWHERE)) >= 5, "control"
    shown = Attachment.objects.get().preview
    with django_capture_on_commit_callbacks(execute=True):
        complaint = mark_as_complaint(case, me)
    assert find_plaintext(*EVERYWHERE) == [] and not Correction.objects.exists()
    for secret_text in ("Thư một mật", "Kết quả mật", "Chứng cứ mật", "Lý do mật"):
        assert any(secret_text in text for text in sealed_texts), "its handlers can read it"
    row = Attachment.objects.get()
    assert (row.preview, row.state) == ("", "KEPT") and row.original and not file_storage.file_exists(shown)
    assert File.objects.get(complaint=complaint).preview


def test_control_a_lift_that_forgets_them_is_noticed(me: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    case = close_and_reopen(me)
    monkeypatch.setattr(seal_case, "_seal_officer_texts", lambda case, complaint, *, now: None)
    mark_as_complaint(case, me)
    assert len(find_plaintext(*EVERYWHERE)) >= 4


def test_pending_messages_keep_their_text_until_sent(me: Any) -> None:
    case = close_and_reopen(me)
    letter = Outgoing.objects.filter(text__contains="Thư một").get()
    Outgoing.objects.filter(pk=letter.pk).update(state="QUEUED")
    mark_as_complaint(case, me)
    letter.refresh_from_db()
    assert letter.purpose == COMPLAINT_PURPOSE and "Thư một" in letter.text
    Outgoing.objects.filter(pk=letter.pk).update(state="DEAD")
    Outgoing.objects.create(
        key="case:1:1:ANSWER:1",
        channel=letter.channel,
        conversation=letter.conversation,
        officer=me,
        purpose=COMPLAINT_PURPOSE,
        text="Chưa niêm phong",
        state="SENT",
        created_at=clock.now(),
        due_at=clock.now(),
    )
    with rls.acting_as("worker"):
        assert worker_tasks.erase_sent_letters() == 1
    letter.refresh_from_db()
    assert letter.text == ""
    assert Outgoing.objects.filter(text="Chưa niêm phong").exists(), (
        "nothing is deleted from a case restricted before they were sealed"
    )
