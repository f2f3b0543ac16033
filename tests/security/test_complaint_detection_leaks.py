"""A complaint that the classifier takes for another category is stored in clear nowhere, by any channel."""

from collections.abc import Callable, Collection
from typing import Any

import pytest
from django.test import Client

from binhyen.cases.models import Case
from binhyen.channels.models import Message
from binhyen.conduct.models import Complaint
from binhyen.conduct.services import seal_case
from binhyen.conduct.tests.scene import HandlerClient, create_handler
from binhyen.intake import interpret, model_cache
from binhyen.intake.complaint_detection import detect
from binhyen.intake.model_cache import get_text_reader
from binhyen.intake.tests.chat_reports import create_group, create_person, run_pipeline
from binhyen.intake.tests.web import NOISE, parse_form_key, parse_status_token, submit_report
from binhyen.kit import clock
from binhyen.kit.ids import generate_uuid7
from binhyen.language.reading import Reading
from binhyen.tips import queries
from binhyen.tips.desk import TipDesk
from binhyen.tips.models import Tip
from binhyen.tips.rules import RETENTION
from binhyen.tips.tests import page as tips
from binhyen.vault.key_session import key_sessions
from binhyen.vault.models import DisclosureRequest, Holder, WrappedKey
from binhyen.vault.services import key_rotation
from binhyen.vault.tests.custody import SCREENS
from tests import rls

pytestmark = pytest.mark.django_db
NAMED = "Lê Quang Dũng nhận tiền chủ sòng bạc nhà ông Tám ở xã Lộc Hà, đêm mô cũng đánh"
FURTHER_TEXT = "Trưởng công an xã Lộc Hà biết mà làm ngơ. Trực ban công an tỉnh Nguyễn Quang Thìn cũng nhận tiền"
TOP_RANK_TEXT = "Giám đốc công an tỉnh cũng nhận tiền của nhà ấy"
UNSEEN = ["CA xã Lộc Hà làm ngơ cho sòng bạc nhà ông Tám", "cong an xa Loc Ha an tien chu song bac"]


@pytest.fixture(autouse=True)
def own_files(settings: Any, tmp_path: Any) -> None:
    settings.FILES_ROOT = tmp_path


@pytest.fixture(params=UNSEEN)
def text(request: pytest.FixtureRequest) -> str:
    phrase: str = request.param
    assert get_text_reader().understand(phrase).category != "officer_complaint", "the classifier alone would detect it"
    return phrase


def is_restricted(text: str) -> bool:
    is_absent = not Message.objects.filter(text__contains=text).exists()
    return is_absent and not Case.objects.filter(search_text__contains="loc ha", is_restricted=False).exists()


def test_by_the_form(client: Client, text: str) -> None:
    assert submit_report(client, text).status_code == 303
    assert Complaint.objects.count() == 1 and is_restricted(text)


def test_by_the_status_page_of_something_else(client: Client, text: str) -> None:
    status_url = f"/theo-doi/{parse_status_token(submit_report(client, NOISE))}"
    answer = client.post(status_url, {"text": text, "key": parse_form_key(client.get(status_url).content.decode())})
    assert answer.status_code == 303
    assert Complaint.objects.count() == 1 and not Message.objects.filter(text__contains=text).exists()


def test_by_a_sealed_tip(client: Client, text: str) -> None:
    tips.submit_tip(client, text)
    assert Tip.objects.get().case.is_restricted and Complaint.objects.count() == 1


def test_in_a_private_chat_and_in_a_group(unit: Callable[[str], Any], text: str) -> None:
    run_pipeline((create_person(), text))
    run_pipeline((create_person(), text), group=create_group(unit("18568"), clock.now()))
    assert Complaint.objects.count() == 2 and is_restricted(text)


def test_control_without_the_rule_it_lies_in_clear(client: Client, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def decide_alone(
        read: Reading, _: str, officers: Collection[str] = (), *, has_case: bool = False, private: bool = False
    ) -> Reading:
        return read

    monkeypatch.setattr(interpret, "detect_complaint", decide_alone)
    monkeypatch.setattr(model_cache, "detect_complaint", decide_alone)
    assert submit_report(client, text).status_code == 303
    tips.submit_tip(client, text)
    assert Complaint.objects.count() == 0 and not is_restricted(text)


def test_who_would_read_it_is_named_without_the_word_police(client: Client, officer: Callable[..., Any]) -> None:
    officer("OFFICER", "18568", name="Lê Quang Dũng")
    assert get_text_reader().understand(NAMED).category != "officer_complaint"
    assert submit_report(client, NAMED).status_code == 303
    assert Complaint.objects.count() == 1 and is_restricted(NAMED)


def test_named_on_the_page_of_a_case_that_lies_on_their_desk(client: Client, officer: Callable[..., Any]) -> None:
    officer("OFFICER", "18568", name="Lê Quang Dũng")
    status_url = f"/theo-doi/{parse_status_token(submit_report(client, NOISE))}"
    text = NAMED.replace(" ở xã Lộc Hà", "")
    assert (
        client.post(
            status_url, {"text": text, "key": parse_form_key(client.get(status_url).content.decode())}
        ).status_code
        == 303
    )
    assert Complaint.objects.count() == 1 and not Message.objects.filter(text__contains="sòng bạc").exists()


def test_named_at_the_desk_of_tips(client: Client, officer: Callable[..., Any]) -> None:
    officer("PROVINCE_DUTY", "42", name="Lê Quang Dũng")
    tips.submit_tip(client, NAMED)
    assert Tip.objects.get().case.is_restricted and Complaint.objects.count() == 1


def test_control_of_that_name_elsewhere_or_thanked_it_stays(
    client: Client, officer: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(detect, "MIN_PRIVATE_CHANCE", 1.0)  # by its name, not by the classifier's guess
    officer("OFFICER", "18073", name="Lê Quang Dũng")
    officer("OFFICER", "18568", name="Phan Thị Hạnh")
    for text in (NAMED, "Nhờ chị Phan Thị Hạnh xem giúp vụ mất trộm xe ở xã Lộc Hà đêm qua"):
        assert submit_report(client, text).status_code == 303
    assert Complaint.objects.count() == 0 and Case.objects.filter(is_restricted=False).count() == 2


class SealedTip:
    """A tip about drugs on the desk of an officer whom a later message will name."""

    def __init__(self, client: Client, officer: Callable[..., Any]) -> None:
        self.client, now = client, clock.now()
        self.named = create_handler(officer, "PROVINCE_DUTY", now, name="Nguyễn Quang Thìn")
        key_rotation.rotate_group_key("TIPS", actor="t", now=now)
        self.director = create_handler(officer, "DIRECTOR", now)
        self.code = tips.read_receipt(tips.submit_tip(client, photos=tips.make_picture()))
        self.tip = Tip.objects.get()

    def more(self, text: str) -> Any:
        return tips.submit_step(self.client, tips.enter_code(self.client, self.code), text=text)

    def is_listed(self) -> list[str]:
        with rls.acting_as("custody"):
            return [talk.ref for talk in TipDesk().talks(self.named, now=clock.now()).rows]

    def can_open(self) -> set[str]:
        copies = WrappedKey.objects.filter(lock_id=self.tip.lock_id)
        return set(copies.values_list("group_key__group", flat=True))


@pytest.fixture
def sealed(client: Client, officer: Callable[..., Any]) -> Any:
    yield SealedTip(client, officer)
    key_sessions.lock_all()


def test_further_words_of_a_tip_take_it_from_whom_they_name(sealed: SealedTip) -> None:
    assert sealed.is_listed() == [str(sealed.tip.public_id)] and sealed.can_open() == {"TIPS"}, "control"
    shown = tips.read_page(sealed.more(FURTHER_TEXT))
    complaint = Complaint.objects.get()
    assert sealed.is_listed() == [] and complaint.veto.desk == "DIRECTOR"
    assert sealed.can_open() == {"DIRECTOR", "INSPECT"}, (
        "the old messages too are no longer visible to the named officer"
    )
    assert tips.TEXT in shown and FURTHER_TEXT in shown, "the receipt still opens all of it"
    with SCREENS:
        page = HandlerClient(sealed.director).read(complaint)[1]
    assert tips.TEXT in page and FURTHER_TEXT in page, "and its handlers read all of it"
    assert not Case.objects.filter(is_restricted=False).exists()
    sealed.more("Hôm qua ông ấy lại tới lấy")
    assert Complaint.objects.count() == 1 and sealed.is_listed() == []


@pytest.mark.parametrize("ended", ["closed", "merged", "took another in"])
def test_whatever_became_of_it_on_the_register(sealed: SealedTip, ended: str) -> None:
    own_cases, other_case = Case.objects.filter(pk=sealed.tip.case_id), Case.objects.get()
    other_case.pk, other_case.code, other_case.public_id = None, "K7M29QXD", generate_uuid7()
    other_case._state.adding = True
    other_case.save(force_insert=True)
    if ended == "closed":
        own_cases.update(state="CLOSED", outcome="RESOLVED", closed_at=clock.now() - RETENTION / 2)
    elif ended == "merged":
        own_cases.update(state="MERGED", state_before_merge="NEW", merged_into=other_case)
    else:
        Case.objects.filter(pk=other_case.pk).update(
            state="MERGED", state_before_merge="NEW", merged_into=own_cases.get()
        )
    sealed.more(FURTHER_TEXT)
    own_now = own_cases.get()
    assert own_now.is_restricted and own_now.state in {"NEW", "WORKING"} and not own_now.outcome
    other_case.refresh_from_db()
    assert (other_case.state, other_case.is_restricted) == ("NEW", False)


def test_what_was_asked_for_of_it_ends_by_the_worker(sealed: SealedTip) -> None:
    file = sealed.tip.files.get()
    DisclosureRequest.objects.create(
        file=file.original,
        file_context=queries.format_file_context(file, "original"),
        file_lock=file.original_lock,
        subject=queries.get_owner(sealed.tip),
        requester=sealed.named,
        holder_id=Holder.objects.latest("pk").pk,
        why="INQUIRY",
        reason="x",
        hours=4,
        asked_at=clock.now(),
    )
    sealed.more(FURTHER_TEXT)
    assert DisclosureRequest.objects.get().refused_at is None
    with rls.acting_as("worker"):
        assert not seal_case.seal_complaint_case(sealed.tip.case_id, now=clock.now()), "it has its desk already"
    assert DisclosureRequest.objects.get().refused_at is not None


def test_what_names_the_top_is_not_added_but_sent_anew(sealed: SealedTip) -> None:
    answer = sealed.more(TOP_RANK_TEXT)
    assert answer.status_code == 422 and "tin mới" in tips.read_page(answer) and TOP_RANK_TEXT in tips.read_page(answer)
    assert not Complaint.objects.exists() and sealed.is_listed() == [str(sealed.tip.public_id)]
    assert (
        "nơi" in tips.read_page(tips.submit_tip(sealed.client, text=TOP_RANK_TEXT)) and not Complaint.objects.exists()
    )


def test_control_other_words_stay_at_the_desk_and_without_the_rule_all_do(
    sealed: SealedTip, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed.more("Nhà ấy mới đổi xe, biển số 38A 123.45")
    assert sealed.is_listed() == [str(sealed.tip.public_id)] and not Complaint.objects.exists()
    monkeypatch.setattr(
        model_cache, "detect_complaint", lambda read, text, officers=(): get_text_reader().understand("Mất trâu")
    )
    sealed.more(FURTHER_TEXT)
    assert sealed.is_listed() == [str(sealed.tip.public_id)] and not Complaint.objects.exists()
