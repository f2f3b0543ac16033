"""An officer marks a web report as a complaint: the holder of its link can still read the conversation."""

import re
from collections.abc import Callable, Iterator
from html import unescape
from typing import Any

import pytest
from django.test import Client

from binhyen.cases.choices import Outcome
from binhyen.cases.escalation_settings import get_alarm_delays
from binhyen.cases.models import Case
from binhyen.cases.services import closing, linking, officer_actions
from binhyen.cases.services.create import NewCase, create_cases
from binhyen.cases.services.unit_of_work import CITIZEN_ACTOR
from binhyen.cases.tests.scene import create_message
from binhyen.channels.models import Conversation, Message, Outgoing
from binhyen.channels.services import media
from binhyen.conduct import queries
from binhyen.conduct.models import Complaint
from binhyen.conduct.services import handling, seal_case
from binhyen.conduct.tests.scene import HandlerClient, create_handler
from binhyen.intake.idempotency import derive_complaint_key
from binhyen.intake.tests.web import NOISE, make_picture, parse_form_key, parse_status_token, submit_report
from binhyen.kit import clock
from binhyen.kit.ids import generate_token
from binhyen.vault.key_session import key_sessions
from binhyen.vault.tests.custody import SCREENS
from tests import rls

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
ANSWER = "Cảm ơn bác, chúng tôi sẽ nhắc nhà bên."
LATER = "Tối nay vẫn ồn như hôm qua"
PUT_AWAY = "đã niêm phong, không hiện ở đây nữa"


@pytest.fixture(autouse=True)
def own_files(settings: Any, tmp_path: Any) -> None:
    settings.FILES_ROOT = tmp_path


@pytest.fixture
def custody() -> Iterator[None]:
    with SCREENS:
        yield
    key_sessions.lock_all()


@pytest.fixture
def me(officer: Make) -> Any:
    return officer("CHIEF", "18568")


def report_on_page(client: Client, me: Any) -> str:
    """Report with a picture, an answer and a further message; return the URL of the page."""
    page_url = f"/theo-doi/{parse_status_token(submit_report(client, NOISE, photos=make_picture()))}"
    case = Case.objects.get()
    officer_actions.answer_reporters(code=case.code, officer=me, text=ANSWER, version=None, now=clock.now())
    more = {"text": LATER, "key": parse_form_key(client.get(page_url).content.decode())}
    assert client.post(page_url, more).status_code == 303
    return page_url


def mark_as_complaint(me: Any, *, by_worker: bool = True) -> None:
    case = Case.objects.get()
    officer_actions.reclassify_case(
        code=case.code, officer=me, category="officer_complaint", urgency=1, version=None, now=clock.now()
    )
    if by_worker:
        with rls.acting_as("worker"):
            assert seal_case.seal_complaint_case(case.pk, now=clock.now())


def read_thread(client: Client, page_url: str) -> list[str]:
    """Return the page's conversation as the login of the pages may read it."""
    with rls.acting_as("pages"):
        page = client.get(page_url).content.decode()
    part = page.split('<ol class="thread thread-public">')[1].split("</ol>")[0]
    return [unescape(re.sub(r"<[^>]+>", " ", f"<li{item}")).strip() for item in part.split("<li")[1:]]


def collapse_whitespace(lines: list[str]) -> list[str]:
    return [re.sub(r"\s+", " ", line) for line in lines]


def get_picture_statuses(client: Client, page_url: str) -> list[int]:
    with rls.acting_as("pages"):
        page = client.get(page_url).content.decode()
        return [client.get(src).status_code for src in re.findall(r'<img[^>]+src="([^"]+/anh/[^"]+)"', page)]


def test_the_page_shows_the_same_conversation(client: Client, me: Any, django_capture_on_commit_callbacks: Any) -> None:
    page_url = report_on_page(client, me)
    before = read_thread(client, page_url)
    assert (
        len(before) >= 4 and any(ANSWER in line for line in before) and get_picture_statuses(client, page_url) == [200]
    ), "control"
    mark_as_complaint(me, by_worker=False)
    assert read_thread(client, page_url) == before, "until the worker has run"
    with django_capture_on_commit_callbacks(execute=True), rls.acting_as("worker"):
        seal_case.seal_complaint_case(Case.objects.get().pk, now=clock.now())
    assert collapse_whitespace(read_thread(client, page_url)) == collapse_whitespace(before) and get_picture_statuses(
        client, page_url
    ) == [200]
    assert (
        not Message.objects.exclude(text="").exists() and not Outgoing.objects.filter(text__contains="Cảm ơn").exists()
    )


def test_control_without_the_key_of_its_page_it_shows_nothing(
    client: Client, me: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seal_case, "_get_page_key", lambda case: b"")
    page_url = report_on_page(client, me)
    mark_as_complaint(me)
    assert not any(ANSWER in line for line in read_thread(client, page_url))


def test_its_handlers_read_the_letter_too_and_answer_on_the_page(
    client: Client, me: Any, officer: Make, custody: None
) -> None:
    duty = create_handler(officer, "PROVINCE_DUTY", clock.now())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.conf.settings.ROOT_URLCONF", "binhyen.urls")
        page_url = report_on_page(client, me)
        mark_as_complaint(me)
    complaint = Complaint.objects.get()
    status, page = HandlerClient(duty).read(complaint)
    assert status == 200 and ANSWER in unescape(page)
    handling.answer_complaint(complaint=complaint, text="Chúng tôi đang làm rõ.", officer=duty, now=clock.now())
    assert not Outgoing.objects.filter(text__contains="làm rõ").exists(), "no plaintext of it remains"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.conf.settings.ROOT_URLCONF", "binhyen.urls")
        assert any("làm rõ" in line for line in read_thread(client, page_url))


def test_an_officers_proof_is_not_the_persons_picture(client: Client, me: Any) -> None:
    page_url, case = report_on_page(client, me), Case.objects.get()
    actor_fields, proof = (
        {"officer": me, "version": None, "now": clock.now()},
        media.store_upload(make_picture().read()),
    )
    closing.close_case(
        code=case.code,
        outcome=Outcome.RESOLVED,
        result="Đã nhắc.",
        evidence="Ảnh tại chỗ",
        attachment_ids=[proof.pk],
        **actor_fields,
    )
    closing.reopen_closed_case(code=case.code, reason="Còn ồn", **actor_fields)
    mark_as_complaint(me)
    complaint = Complaint.objects.get()
    assert complaint.files.exclude(preview="").count() == 2 and get_picture_statuses(client, page_url) == [200]
    [ours] = complaint.files.filter(is_internal=True)
    assert client.get(f"{page_url}/anh/{ours.public_id}").status_code == 404


def test_another_persons_link_does_not_open_it(client: Client, me: Any) -> None:
    page_url = report_on_page(client, me)
    mark_as_complaint(me)
    complaint = Complaint.objects.get()
    link_token = page_url.removeprefix("/theo-doi/")
    assert queries.open_texts_by_link(complaint, derive_complaint_key(link_token))
    assert not queries.open_texts_by_link(complaint, derive_complaint_key(generate_token()))


def test_with_several_reporters_none_reads_the_others(client: Client, me: Any) -> None:
    page_url, other = report_on_page(client, me), create_message(me.unit, text="Ông ấy đánh cả vợ con")
    linking.attach_message(
        code=Case.objects.get().code, message_id=str(other.public_id), officer=me, version=None, now=clock.now()
    )
    mark_as_complaint(me)
    assert not Complaint.objects.get().page_wrapped_key
    page = client.get(page_url).content.decode()
    assert "đánh cả vợ con" not in page and PUT_AWAY in page


@pytest.mark.parametrize("looked", [True, False])
def test_of_a_page_from_before_it_had_a_key(client: Client, me: Any, looked: bool) -> None:
    page_url = report_on_page(client, me)
    Conversation.objects.update(page_public_key=None)
    if looked:
        read_thread(client, page_url)
    mark_as_complaint(me)
    assert any(ANSWER in line for line in read_thread(client, page_url)) is looked
    assert (PUT_AWAY in client.get(page_url).content.decode()) is not looked


def test_a_second_case_of_the_same_page_stays_when_one_is_restricted(client: Client, me: Any) -> None:
    page_url = report_on_page(client, me)
    first, message = Case.objects.get(), Message.objects.latest("pk")
    actor_fields = {"officer": me, "version": None, "now": clock.now()}
    linking.detach_message(code=first.code, message_id=str(message.public_id), **actor_fields)
    [second] = create_cases(
        [
            NewCase(
                kind="petition",
                lane=first.lane,
                category="environment_noise",
                urgency=1,
                sensitive=False,
                title="Ồn",
                unit_id=me.unit_id,
                actor=CITIZEN_ACTOR,
                reporter_id=message.reporter_id,
                conversation_id=message.conversation_id,
                message_ids=(message.pk,),
            )
        ],
        ladder=get_alarm_delays(),
        now=clock.now(),
    )
    before = read_thread(client, page_url)
    officer_actions.reclassify_case(code=second.code, category="officer_complaint", urgency=1, **actor_fields)
    with rls.acting_as("worker"):
        assert seal_case.seal_complaint_case(second.pk, now=clock.now())
    message.refresh_from_db()
    assert message.text == "" and collapse_whitespace(read_thread(client, page_url)) == collapse_whitespace(before)
