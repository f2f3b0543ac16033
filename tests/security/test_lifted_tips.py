"""A sealed group post turns out to be a complaint about police: nothing of it stays at the tip desk."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from binhyen.cases.models import Case, Note
from binhyen.cases.services import officer_actions
from binhyen.cases.services.disclosure_notice import notify_disclosure
from binhyen.channels.models import Attachment, Channel, Conversation, Message, Outgoing
from binhyen.conduct.models import Complaint
from binhyen.conduct.routing import NOTES_SUFFIX
from binhyen.conduct.services import attachments, seal_case
from binhyen.intake.tests.test_pipeline_group_originals import PhotoPost
from binhyen.kit import file_storage
from binhyen.people import access
from binhyen.people.services import RuleViolation
from binhyen.tips.group_tip_desk import GroupTipDesk
from binhyen.vault.key_session import key_sessions
from binhyen.vault.models import DisclosureRequest, SealedText, WrappedKey
from tests import rls

pytestmark = pytest.mark.django_db


@pytest.fixture
def post(officer: Callable[..., Any], unit: Any, settings: Any, tmp_path: Any) -> Iterator[PhotoPost]:
    settings.FILES_ROOT = tmp_path
    yield PhotoPost(officer, unit)
    key_sessions.lock_all()


EXTRACT = "Người trong nhóm nói Trưởng Công an xã Lộc Hà nhận tiền bảo kê."


def mark_as_complaint(post: PhotoPost, officer: Callable[..., Any], words: str = EXTRACT) -> Case:
    case = Case.objects.get()
    officer_actions.reclassify_case(
        code=case.code,
        officer=officer("OFFICER", "18568"),
        category="officer_complaint",
        urgency=1,
        words=words,
        version=case.version,
        now=post.now,
    )
    with rls.acting_as("worker"):
        assert seal_case.seal_complaint_case(case.pk, now=post.now)
    case.refresh_from_db()
    return case


def test_it_leaves_the_desk_with_its_files(post: PhotoPost, officer: Callable[..., Any]) -> None:
    ref, desk = str(post.message.public_id), GroupTipDesk()
    assert [t.ref for t in desk.talks(post.handler, now=post.now).rows] == [ref] and len(desk.list_files(ref)) == 1, (
        "control"
    )
    mark_as_complaint(post, officer)
    assert desk.talks(post.handler, now=post.now).rows == [] and desk.list_files(ref) == []
    assert post.send("get", post.address).status_code == 404
    assert post.ask().status_code == 404 and not DisclosureRequest.objects.exists()


@pytest.mark.parametrize("agreed", [(), (0,), (0, 1)])
def test_a_request_for_its_picture_ends_at_any_stage(
    post: PhotoPost, officer: Callable[..., Any], agreed: tuple[int, ...]
) -> None:
    assert post.ask().status_code == 303
    post.approve(*agreed)
    assert post.take().status_code == (200 if len(agreed) == 2 else 409), "control"
    mark_as_complaint(post, officer)
    with pytest.raises(RuleViolation):
        post.approve(2)
    assert post.take().status_code == 409
    assert not DisclosureRequest.objects.get().parts.exists()


def test_a_request_in_another_case_continues(post: PhotoPost, officer: Callable[..., Any]) -> None:
    assert post.ask().status_code == 303
    post.approve(0, 1)
    DisclosureRequest.objects.update(subject="group-tip:0199c0de-0000-7000-8000-000000000000")
    mark_as_complaint(post, officer)
    assert post.take().status_code == 200


def test_the_evidence_stays_with_the_custodians(post: PhotoPost, officer: Callable[..., Any]) -> None:
    mark_as_complaint(post, officer)
    attachments.import_sealed_files(now=post.now)  # as when a file of another complaint arrived
    row = Attachment.objects.get()
    assert file_storage.read_file(row.original) and WrappedKey.objects.filter(lock=row.lock_id).exists()


def test_its_pictures_stay_under_the_lock_of_the_tips(post: PhotoPost, officer: Callable[..., Any]) -> None:
    """Sealed again for the complaint, they would be pictures that its handlers see listed and cannot open."""
    name = Attachment.objects.get().preview
    sealed = file_storage.read_file(name)
    mark_as_complaint(post, officer)
    row, complaint = Attachment.objects.get(), Complaint.objects.get()
    assert (row.preview, row.restricted_key_id, file_storage.read_file(name)) == (name, complaint.lock_id, sealed)
    assert not complaint.files.exists()


@pytest.mark.parametrize("of_group", [True, False])
def test_disclosure_notices_to_the_author_are_in_no_outbox(
    post: PhotoPost, officer: Callable[..., Any], of_group: bool
) -> None:
    assert post.ask().status_code == 303
    chat = Channel.objects.create(kind="zalo_oa", name="OA")
    talk = Conversation.objects.create(channel=chat, reporter=post.message.reporter, last_interaction_at=post.now)
    case = Case.objects.get()
    case.reports.update(conversation=talk)
    subject = f"group-tip:{post.message.public_id}" if of_group else f"case:{case.code}"

    def tell(key: str) -> Outgoing:
        more = {"reporter_id": post.message.reporter_id, "subject": subject, "why": "lý do", "file": True}
        notify_disclosure(key=key, now=post.now, **more)
        return Outgoing.objects.get(key=f"owed:{key}:{talk.pk}")

    before = tell("before")
    assert (before.purpose, before.unit_id) == ("ANSWER", case.unit_id), "control: of an ordinary case"
    mark_as_complaint(post, officer)
    after = tell("after")
    assert (after.purpose, after.unit_id) == (access.COMPLAINT_PURPOSE, None)
    duty = officer("PROVINCE_DUTY", "42")
    assert not Outgoing.objects.filter(access.filter_outgoing(duty), conversation=talk).exists()


def correct_category(post: PhotoPost, person: Any, **more: str) -> Any:
    client = Client()
    client.force_login(person)
    case = Case.objects.get()
    fields = {"category": "officer_complaint", "urgency": "1", "version": str(case.version)}
    return client.post(f"/vu-viec/{case.code}/phan-loai", fields | more)


def test_sealed_text_is_not_copied_so_the_officer_writes_the_extract(
    post: PhotoPost, officer: Callable[..., Any]
) -> None:
    person = officer("OFFICER", "18568")
    refused = correct_category(post, person)
    shown = refused.content.decode()
    assert refused.status_code == 422 and "không chuyển kèm" in shown
    assert '<option value="officer_complaint" selected>' in shown and 'name="words"' in shown
    assert not Case.objects.get().is_restricted and not Note.objects.exists()
    assert correct_category(post, person, words=EXTRACT).status_code == 303
    assert EXTRACT not in Note.objects.get().text, "until the worker has run it is sealed for it"
    with rls.acting_as("worker"):
        assert seal_case.seal_complaint_case(Case.objects.get().pk, now=post.now)
    complaint = Complaint.objects.get()
    assert complaint.subject_ranks == ["CHIEF"], "the extract routes it above the chief"
    owners = list(SealedText.objects.filter(lock_id=complaint.lock_id).values_list("owner", flat=True))
    assert owners == [f"{complaint.owner}{NOTES_SUFFIX}"], "never shown to the reporter"
    assert not Note.objects.exists()


def test_control_unsealed_text_needs_no_extract(post: PhotoPost, officer: Callable[..., Any]) -> None:
    Message.objects.update(lock=None, ciphertext=None, text="Nhà bên đốt rác")
    assert correct_category(post, officer("OFFICER", "18568")).status_code == 303
