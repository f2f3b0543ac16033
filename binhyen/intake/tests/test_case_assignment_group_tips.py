"""A tip in a group has a known author: the author's private additions are sealed in a separate case. Parts written in
the group are as secret as the whole."""

import datetime as dt
from typing import Any

import pytest

from binhyen.cases.models import Case
from binhyen.cases.queries import case_page
from binhyen.cases.rules import NotAllowed
from binhyen.cases.services import linking, officer_actions
from binhyen.cases.services.disclosure_notice import seal_private_messages, seal_recent_private_messages
from binhyen.cases.services.search_index import rebuild_sealed_cases
from binhyen.cases.tests.scene import sign_in_browser
from binhyen.channels.models import Attachment, Message
from binhyen.channels.retry_policy import READABLE_TIME
from binhyen.channels.services.messages import seal_expired_urgent_tips
from binhyen.channels.types import Media
from binhyen.conduct.models import Complaint
from binhyen.intake import case_assignment, message_context
from binhyen.intake.items import DecidedItem
from binhyen.intake.tests.chat_reports import ChatPerson, create_group, create_person, run_pipeline
from binhyen.intake.tests.test_pipeline_group_tips import dump_rows, open_sealed_text
from binhyen.kit.ids import format_code
from binhyen.language.reading import DANGER
from binhyen.people.models import Officer
from binhyen.tips.group_tip_desk import GroupTipDesk
from binhyen.vault.models import WrappedKey
from binhyen.vault.queries import list_sealed_texts
from tests import rls

pytestmark = pytest.mark.django_db
MINUTE, HOUR = dt.timedelta(minutes=1), dt.timedelta(hours=1)
POST = "Quán cầm đồ đầu xóm của mụ Lài tiêu thụ xe gian, toàn xe trộm"
ALONE = ("dạ em làm công ở đó hai tháng rồi", "xe để sau kho, biển số bị đục hết")
DOUBTFUL_DANGER = "con trai ổng khóa cửa, có tiếng la bên trong"  # an alarm of the model alone; no words name it
SECRETS = ("làm công", "lam cong", "hai tháng", "sau kho", "biển số bị đục")


@pytest.fixture
def group(unit: Any, now: dt.datetime) -> Any:
    return create_group(unit("18568"), now)


def list_cases(reporter: ChatPerson) -> list[Case]:
    return list(Case.objects.filter(reports__reporter=reporter.reporter).order_by("pk").distinct())


def post_and_confide(group: Any, now: dt.datetime, *content: str) -> ChatPerson:
    reporter = create_person()
    run_pipeline((reporter, POST), group=group, moment=now)
    for n, text in enumerate(content or ALONE, 1):
        run_pipeline((reporter, text), moment=now + 20 * n * MINUTE)
    return reporter


def test_permitted_officers_see_the_link_on_the_case(officer: Any, group: Any, now: Any) -> None:
    """Other officers see no link."""
    reporter = post_and_confide(group, now)
    links = {f"/giu-kin/tin/nhom/{m.public_id}" for m in Message.objects.filter(lock__isnull=False)}
    shown = read_unit_pages(officer("PROVINCE_DUTY", "42"), group)
    assert len(links) > len(ALONE) - 1 and list_cases(reporter) and all(f'href="{link}"' in shown for link in links)
    assert "/giu-kin/tin/nhom/" not in read_unit_pages(officer("CHIEF", "18568"), group)


def read_unit_pages(officer: Officer, group: Any) -> str:
    addresses = [
        "/ban-truc",
        "/ban-truc?view=all",
        "/tin-nhan",
        f"/nhom/{group.public_id}",
        "/tim?q=kho",
        "/tim?q=công",
    ]
    addresses += [f"/vu-viec/{code}" for code in Case.objects.values_list("code", flat=True)]
    desk = sign_in_browser(officer)
    return "\n".join(desk.get(address).content.decode() for address in addresses)


def test_private_additions_are_sealed_in_a_separate_case(officer: Any, unit: Any, group: Any, now: Any) -> None:
    reporter = post_and_confide(group, now)
    first, private_case = list_cases(reporter)
    assert (
        first.unit == unit("18568")
        and private_case.unit == unit("42")
        and private_case.sensitive
        and private_case.commune == first.commune
    )
    assert [link.message.group for link in first.case_messages.all()] == [group]
    messages = [link.message for link in private_case.case_messages.order_by("pk")]
    assert [open_sealed_text(message) for message in messages] == list(ALONE)
    assert not any(
        word
        in f"{private_case.title} {private_case.place} {private_case.snippet} {private_case.search_text} {private_case.search_accented}"
        for word in SECRETS
    )
    assert (
        len(reporter.list_received("ACK")) == 1 and format_code(private_case.code) in reporter.list_received("ACK")[0]
    )


def test_the_unit_whose_group_it_was_reads_counts_and_finds_nothing_of_it(officer: Any, group: Any, now: Any) -> None:
    post_and_confide(group, now)
    page_text = read_unit_pages(officer("CHIEF"), group)
    private_case = Case.objects.latest("pk")
    assert not any(word in page_text for word in SECRETS)
    assert private_case.code not in page_text and format_code(private_case.code) not in page_text


def test_readers_of_both_see_the_link_and_the_tip_desk_has_the_text(officer: Any, group: Any, now: Any) -> None:
    reporter = post_and_confide(group, now)
    first, private_case = list_cases(reporter)
    duty = officer("PROVINCE_DUTY", "42")
    desk = sign_in_browser(duty)
    assert format_code(first.code) in desk.get(f"/vu-viec/{private_case.code}").content.decode()
    page = desk.get(f"/vu-viec/{first.code}").content.decode()
    assert format_code(private_case.code) in page
    with rls.acting_as("custody"):
        talks = GroupTipDesk().talks(duty, now=now).rows
    assert [talk.case_code for talk in talks] == [private_case.code, private_case.code, first.code]
    rebuild_sealed_cases()
    private_case.refresh_from_db()
    assert not any(word in f"{private_case.snippet} {private_case.search_text}" for word in SECRETS)


def test_control_as_it_was_the_unit_reads_it(officer: Any, group: Any, now: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("binhyen.intake.interpret.is_sealed_follow_up", lambda facts, open_case: False)
    monkeypatch.setattr("binhyen.intake.interpret.is_private_follow_up", lambda facts, open_case: False)
    with pytest.raises(AssertionError):
        test_the_unit_whose_group_it_was_reads_counts_and_finds_nothing_of_it(officer, group, now)


def test_it_stays_at_the_province_and_by_itself(officer: Any, unit: Any, group: Any, now: Any) -> None:
    first, private_case = list_cases(post_and_confide(group, now))
    moment, duty = now + HOUR, officer("PROVINCE_DUTY", "42")
    for code, into in ((private_case.code, first.code), (first.code, private_case.code)):
        with pytest.raises(NotAllowed):
            linking.merge_cases(code=code, into=into, officer=duty, version=None, now=moment)
    with pytest.raises(NotAllowed):
        officer_actions.transfer(
            code=private_case.code, officer=duty, unit=unit("18568"), reason="xã kiểm tra", version=None, now=moment
        )
    assert (
        case_page.assignment_options(duty, private_case, now=moment).units == ()
        and case_page.assignment_options(duty, first, now=moment).units
    ), "control"


def test_an_answer_goes_to_the_desk_that_asked(officer: Any, group: Any, now: Any) -> None:
    reporter = post_and_confide(group, now, "alo anh ơi cho em nói thêm với")
    first, private_case = list_cases(reporter)
    officer_actions.ask_reporters(
        code=first.code, officer=officer(), question="Nhà số mấy?", version=None, now=now + HOUR
    )
    run_pipeline((reporter, "số nhà 12 ạ"), moment=now + HOUR + MINUTE)
    run_pipeline((reporter, "cổng màu xanh"), moment=now + HOUR + 2 * MINUTE)
    run_pipeline((reporter, "em sợ lắm, đừng nói em báo"), moment=now + 3 * HOUR)
    assert [link.message.text for link in first.case_messages.order_by("pk")] == ["", "số nhà 12 ạ", "cổng màu xanh"]
    assert private_case.case_messages.count() == 2


DANGER_ALONE = "chúng nó đang cầm dao đuổi chém em ở đây, cứu em với"


@pytest.mark.parametrize("texts", [ALONE, ()])
def test_danger_is_read_by_responders_and_shown_beside_no_post(
    texts: tuple[str, ...], officer: Any, unit: Any, group: Any, now: Any
) -> None:
    reporter, duty = create_person(), officer()
    for n, text in enumerate((POST, *texts, DANGER_ALONE, "em trốn sau vườn rồi")):
        run_pipeline((reporter, text), moment=now + 10 * n * MINUTE, **({} if n else {"group": group}))
    first, private_case = list_cases(reporter)[0], list_cases(reporter)[-1]
    assert (
        first != private_case and private_case.unit == unit("18568") and private_case.alarm and private_case.sensitive
    )
    assert [link.message.text for link in private_case.case_messages.order_by("pk")] == [
        DANGER_ALONE,
        "em trốn sau vườn rồi",
    ]
    assert first.case_messages.count() == 1
    page = sign_in_browser(duty).get(f"/vu-viec/{private_case.code}").content.decode()
    assert DANGER_ALONE in page and format_code(first.code) not in page and f"nhóm {group.name}" not in page


def test_a_doubtful_danger_in_the_group_reveals_no_private_messages(officer: Any, group: Any, now: Any) -> None:
    """«khóa cửa» is read as one; a reporter who says that it is their uncle's house must not suffer for that."""
    reporter = create_person()
    for n, text in enumerate(("Cuối xóm đêm nào cũng mở sòng xóc đĩa ăn tiền", DOUBTFUL_DANGER)):
        run_pipeline((reporter, text), group=group, moment=now + n * MINUTE)
    assert reporter.case().urgency == DANGER, "control: it raises an alarm"
    for n, text in enumerate(("nhà chồng em đó", "em sợ lắm, đừng cho ai biết em nói")):
        run_pipeline((reporter, text), moment=now + (5 + n) * MINUTE)
    [first, private_case] = list_cases(reporter)
    assert [open_sealed_text(link.message) for link in private_case.case_messages.order_by("pk")] == [
        "nhà chồng em đó",
        "em sợ lắm, đừng cho ai biết em nói",
    ]
    Case.objects.update(category="traffic")  # all of them within half an hour are proposed as one incident
    page = sign_in_browser(officer("PROVINCE_DUTY", "42")).get(f"/vu-viec/{first.code}").content.decode()
    assert "Có thể cùng vụ" not in page, "merged into it, it would be on the unit's desk"


def test_private_messages_about_a_danger_are_sealed_with_the_post(unit: Any, group: Any, now: Any) -> None:
    reporter = create_person()
    run_pipeline((reporter, "Cứu với, thằng Hùng đang cầm dao chém vợ ở TDP Phú Mậu"), group=group, moment=now)
    run_pipeline((reporter, "nhà em ngay sát vách nhà nó"), moment=now + 5 * MINUTE)
    [case] = list_cases(reporter)
    post, private_message = Message.objects.order_by("pk")
    assert private_message.case_messages.get().case == case and "sat vach" in Case.objects.get().search_text, (
        "the responding officer reads it"
    )
    assert seal_expired_urgent_tips(now=now + READABLE_TIME + MINUTE) == 1
    assert seal_private_messages([post.pk], now=now + READABLE_TIME + MINUTE) == [], "the last message is not as old"
    assert seal_recent_private_messages(now=now + READABLE_TIME + 6 * MINUTE) == [private_message.pk]
    private_message.refresh_from_db()
    assert (
        open_sealed_text(private_message) == "nhà em ngay sát vách nhà nó"
        and "sat vach" not in Case.objects.get().search_text
    )


def test_a_photo_alone_opens_a_separate_case_too(unit: Any, group: Any, now: Any) -> None:
    reporter = create_person()
    run_pipeline((reporter, POST), group=group, moment=now)
    run_pipeline(
        (reporter, ""), moment=now + 5 * MINUTE, media=(Media(kind="image", url="https://example.invalid/anh.jpg"),)
    )
    _, private_case = list_cases(reporter)
    assert (
        private_case.unit == unit("42")
        and Attachment.objects.get().shown_lock_id == private_case.case_messages.get().message.lock_id
    )


def test_another_matter_is_not_merged_into_it(unit: Any, group: Any, now: Any) -> None:
    reporter = post_and_confide(group, now)
    run_pipeline((reporter, "Cho em hỏi làm căn cước cho con 14 tuổi cần giấy tờ gì ạ"), moment=now + 5 * HOUR)
    assert Message.objects.latest("pk").ciphertext is None


OPEN = "Sáng nay ai thấy xe Wave đỏ để trước chợ Cồn không, em bị mất rồi"


def test_a_private_accusation_after_a_public_post_opens_a_separate_case(group: Any, now: Any) -> None:
    reporter = create_person()
    run_pipeline((reporter, OPEN), group=group, moment=now)
    run_pipeline((reporter, "em nghi thằng Tý con ông Năm lấy trộm xe của em"), moment=now + 10 * MINUTE)
    first, *more = list_cases(reporter)
    assert first.case_messages.count() == 1 and len(more) == 1


# In the group.

PIECES = (
    "Tối qua ở nhà ông Tư ngõ chợ",
    "tụi nó mở sòng xóc đĩa ăn tiền",
    "thứ bảy nào cũng thế, vợ ổng ngồi ghi sổ",
)


def post_in_pieces(group: Any, now: dt.datetime, *content: str) -> ChatPerson:
    reporter = create_person()
    for n, text in enumerate(content):
        run_pipeline((reporter, text), group=group, moment=now + n * MINUTE)
    return reporter


def test_pieces_of_a_tip_in_a_group_are_sealed_with_it(officer: Any, group: Any, now: Any) -> None:
    reporter = post_in_pieces(group, now, *PIECES)
    [case] = list_cases(reporter)
    messages = list(Message.objects.order_by("pk"))
    assert [open_sealed_text(message) for message in messages] == list(PIECES)
    assert {link.message_id for link in case.case_messages.all()} == {message.pk for message in messages}
    page_text = read_unit_pages(officer(), group)
    assert not any(word in page_text for word in ("ông Tư", "ngõ chợ", "ghi sổ", "vợ ổng"))


@pytest.mark.parametrize(
    ("where", "name", "as_it_was"),
    [
        (message_context, "add_group_messages", lambda decided_items, now: list(decided_items)),
        (case_assignment, "_is_unrelated", lambda facts, open_case: True),
    ],
)
def test_control_separately_the_first_or_the_last_stays_open(
    where: Any, name: str, as_it_was: Any, officer: Any, group: Any, now: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(where, name, as_it_was)
    with pytest.raises((AssertionError, ValueError, WrappedKey.DoesNotExist)):
        test_pieces_of_a_tip_in_a_group_are_sealed_with_it(officer, group, now)


def test_of_a_danger_they_are_read_at_once_and_sealed_when_it_is(group: Any, now: Any) -> None:
    post_in_pieces(group, now, "nhà thằng Hùng cạnh trạm điện", "nó đang cầm dao chém vợ, cứu với")
    assert all(message.text and message.sensitive and message.in_case for message in Message.objects.all())
    assert seal_expired_urgent_tips(now=now + READABLE_TIME + 2 * MINUTE) == 2


def test_a_cry_after_a_tip_raises_an_alarm_and_is_in_no_list(officer: Any, group: Any, now: Any) -> None:
    reporter = post_in_pieces(group, now, *PIECES, DOUBTFUL_DANGER)
    case, *more = list_cases(reporter)
    messages = Message.objects.latest("pk")
    if messages.urgency >= DANGER:  # with any label of the classifier
        assert messages.text and messages.sensitive and case.alarm and not more
    desk = sign_in_browser(officer())
    assert "đứng gác" not in "".join(
        desk.get(page_path).content.decode() for page_path in ("/ban-truc?view=all", "/tim?q=gác")
    )


def test_posts_of_other_authors_stay(group: Any, now: Any) -> None:
    neighbour = post_in_pieces(group, now, "Chào cả nhà, chúc mọi người ngày mới vui vẻ")
    post_in_pieces(group, now + MINUTE, *PIECES)
    assert Message.objects.get(reporter=neighbour.reporter).ciphertext is None


def test_their_own_other_matter_stays_too(group: Any, now: Any) -> None:
    post_in_pieces(group, now, *PIECES, "Cây đổ chắn ngang đường liên xã trước cổng trường tiểu học từ sáng tới giờ")
    assert Message.objects.latest("pk").ciphertext is None


# Before a complaint about police.

BEFORE = ("em ở xã Lộc Hà", "cái anh Dũng bên công an xã mình")
BLAME = "anh ấy đòi tiền dân mới cho làm hộ khẩu"


@pytest.mark.parametrize("openly", [False, True])
def test_messages_just_before_a_complaint_move_with_it(openly: bool, officer: Any, group: Any, now: Any) -> None:
    """It names the accused, and was in the case list of the officers who would ask that person."""
    reporter, where = create_person(), {"group": group} if openly else {}
    for n, text in enumerate((*BEFORE, BLAME)):
        run_pipeline((reporter, text), moment=now + n * MINUTE, **where)
    assert Case.objects.get().is_restricted and not Message.objects.exclude(text="").exists()
    complaint = Complaint.objects.get()
    assert list_sealed_texts(complaint.owner) and "bên công an xã" not in dump_rows()
    page_text = read_unit_pages(officer("PROVINCE_STAFF", "42"), group) + read_unit_pages(officer(), group)
    assert "anh Dũng" not in page_text


def test_control_left_where_they_are_the_desk_reads_them(officer: Any, group: Any, now: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(DecidedItem, "recent_message_ids", [])
    with pytest.raises(AssertionError):
        test_messages_just_before_a_complaint_move_with_it(False, officer, group, now)


def test_a_person_named_only_there_is_excluded(officer: Any, group: Any, now: Any) -> None:
    dung = officer("OFFICER", "18568", name="Phùng Quang Dũng")
    reporter = create_person()
    run_pipeline((reporter, "Anh Phùng Quang Dũng công an xã Lộc Hà"), moment=now)
    run_pipeline((reporter, BLAME), moment=now + MINUTE)
    assert f"person:{dung.pk}" in Complaint.objects.get().veto.conflict_keys


def test_of_complaints_referred_elsewhere_nothing_is_stored(now: Any) -> None:
    """The reply says so, and that all of it has to be written again."""
    reporter = create_person()
    run_pipeline((reporter, "em ở xã Lộc Hà"), moment=now)
    assert Message.objects.exists(), "control"
    run_pipeline((reporter, "Giám đốc công an tỉnh nhận tiền của chủ mỏ đá rồi bao che"), moment=now + MINUTE)
    assert not Message.objects.exists() and not Case.objects.exists() and reporter.list_received()
