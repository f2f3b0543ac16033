"""An officer marks a web report as a complaint: the holder of its link can still read the conversation."""

import re
from collections.abc import Callable, Iterator
from html import unescape
from typing import Any

import pytest
from django.test import Client

from binhyen.cases.choices import Outcome
from binhyen.cases.escalation_settings import ladder
from binhyen.cases.models import Case
from binhyen.cases.services import closing, linking, officer_actions
from binhyen.cases.services.create import Opening, open_cases
from binhyen.cases.services.unit_of_work import CITIZEN
from binhyen.cases.tests.scene import told
from binhyen.channels.models import Conversation, Message, Outgoing
from binhyen.channels.services import media
from binhyen.conduct import queries
from binhyen.conduct.models import Complaint
from binhyen.conduct.services import handling, seal_case
from binhyen.conduct.tests.scene import AtTheDesk, handler
from binhyen.intake.idempotency import complaint_key
from binhyen.intake.tests.web import NOISE, key_of, link, picture, tell
from binhyen.kit import clock
from binhyen.kit.ids import token
from binhyen.vault.key_session import keys
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
    keys.lock_all()


@pytest.fixture
def me(officer: Make) -> Any:
    return officer("CHIEF", "18568")


def reported(client: Client, me: Any) -> str:
    """Report with a picture, an answer and a further message; return the URL of the page."""
    at = f"/theo-doi/{link(tell(client, NOISE, photos=picture()))}"
    case = Case.objects.get()
    officer_actions.answer(code=case.code, officer=me, text=ANSWER, version=None, now=clock.now())
    more = {"text": LATER, "key": key_of(client.get(at).content.decode())}
    assert client.post(at, more).status_code == 303
    return at


def lift(me: Any, *, by_worker: bool = True) -> None:
    case = Case.objects.get()
    officer_actions.reclassify(
        code=case.code, officer=me, category="officer_complaint", urgency=1, version=None, now=clock.now()
    )
    if by_worker:
        with rls.acting_as("worker"):
            assert seal_case.lift(case.pk, now=clock.now())


def thread(client: Client, at: str) -> list[str]:
    """Return the page's conversation as the login of the pages may read it."""
    with rls.acting_as("pages"):
        page = client.get(at).content.decode()
    part = page.split('<ol class="thread thread-public">')[1].split("</ol>")[0]
    return [unescape(re.sub(r"<[^>]+>", " ", f"<li{one}")).strip() for one in part.split("<li")[1:]]


def plain(lines: list[str]) -> list[str]:
    return [re.sub(r"\s+", " ", line) for line in lines]


def pictures(client: Client, at: str) -> list[int]:
    with rls.acting_as("pages"):
        page = client.get(at).content.decode()
        return [client.get(src).status_code for src in re.findall(r'<img[^>]+src="([^"]+/anh/[^"]+)"', page)]


def test_the_page_says_what_it_said(client: Client, me: Any, django_capture_on_commit_callbacks: Any) -> None:
    at = reported(client, me)
    before = thread(client, at)
    assert len(before) >= 4 and any(ANSWER in line for line in before) and pictures(client, at) == [200], "control"
    lift(me, by_worker=False)
    assert thread(client, at) == before, "until the worker has run"
    with django_capture_on_commit_callbacks(execute=True), rls.acting_as("worker"):
        seal_case.lift(Case.objects.get().pk, now=clock.now())
    assert plain(thread(client, at)) == plain(before) and pictures(client, at) == [200]
    assert (
        not Message.objects.exclude(text="").exists() and not Outgoing.objects.filter(text__contains="Cảm ơn").exists()
    )


def test_control_without_the_key_of_its_page_it_goes_silent(
    client: Client, me: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seal_case, "_page_key", lambda case: b"")
    at = reported(client, me)
    lift(me)
    assert not any(ANSWER in line for line in thread(client, at))


def test_its_handlers_read_the_letter_too_and_answer_on_the_page(
    client: Client, me: Any, officer: Make, custody: None
) -> None:
    duty = handler(officer, "PROVINCE_DUTY", clock.now())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.conf.settings.ROOT_URLCONF", "binhyen.urls")
        at = reported(client, me)
        lift(me)
    complaint = Complaint.objects.get()
    status, page = AtTheDesk(duty).read(complaint)
    assert status == 200 and ANSWER in unescape(page)
    handling.answer(complaint=complaint, text="Chúng tôi đang làm rõ.", officer=duty, now=clock.now())
    assert not Outgoing.objects.filter(text__contains="làm rõ").exists(), "no plaintext of it remains"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.conf.settings.ROOT_URLCONF", "binhyen.urls")
        assert any("làm rõ" in line for line in thread(client, at))


def test_an_officers_proof_is_not_the_persons_picture(client: Client, me: Any) -> None:
    at, case = reported(client, me), Case.objects.get()
    who, proof = {"officer": me, "version": None, "now": clock.now()}, media.upload(picture().read())
    closing.close(
        code=case.code, outcome=Outcome.RESOLVED, result="Đã nhắc.", evidence="Ảnh tại chỗ", attachment_ids=[proof.pk],
        **who,
    )  # fmt: skip
    closing.reopen(code=case.code, reason="Còn ồn", **who)
    lift(me)
    complaint = Complaint.objects.get()
    assert complaint.files.exclude(shown="").count() == 2 and pictures(client, at) == [200]
    [ours] = complaint.files.filter(ours=True)
    assert client.get(f"{at}/anh/{ours.public_id}").status_code == 404


def test_nobody_elses_link_opens_it(client: Client, me: Any) -> None:
    at = reported(client, me)
    lift(me)
    complaint = Complaint.objects.get()
    mine = at.removeprefix("/theo-doi/")
    assert queries.words_by_link(complaint, complaint_key(mine))
    assert not queries.words_by_link(complaint, complaint_key(token()))


def test_where_several_told_none_reads_the_others_words(client: Client, me: Any) -> None:
    at, other = reported(client, me), told(me.unit, text="Ông ấy đánh cả vợ con")
    linking.attach(
        code=Case.objects.get().code, message_id=str(other.public_id), officer=me, version=None, now=clock.now()
    )
    lift(me)
    assert not Complaint.objects.get().wrapped
    page = client.get(at).content.decode()
    assert "đánh cả vợ con" not in page and PUT_AWAY in page


@pytest.mark.parametrize("looked", [True, False])
def test_of_a_page_from_before_it_had_a_key(client: Client, me: Any, looked: bool) -> None:
    at = reported(client, me)
    Conversation.objects.update(page_key=None)
    if looked:
        thread(client, at)
    lift(me)
    assert any(ANSWER in line for line in thread(client, at)) is looked
    assert (PUT_AWAY in client.get(at).content.decode()) is not looked


def test_a_second_matter_of_the_same_page_stays_on_it_when_it_is_lifted(client: Client, me: Any) -> None:
    at = reported(client, me)
    before, first, message = thread(client, at), Case.objects.get(), Message.objects.latest("pk")
    who = {"officer": me, "version": None, "now": clock.now()}
    linking.detach(code=first.code, message_id=str(message.public_id), **who)
    [second] = open_cases(
        [Opening(kind="petition", lane=first.lane, category="environment_noise", urgency=1, sensitive=False, title="Ồn",
                 unit_id=me.unit_id, actor=CITIZEN, reporter_id=message.reporter_id,
                 conversation_id=message.conversation_id, message_ids=(message.pk,))],
        ladder=ladder(), now=clock.now(),
    )  # fmt: skip
    officer_actions.reclassify(code=second.code, category="officer_complaint", urgency=1, **who)
    with rls.acting_as("worker"):
        assert seal_case.lift(second.pk, now=clock.now())
    message.refresh_from_db()
    assert message.text == "" and plain(thread(client, at)) == plain(before)
