"""A tip in a group has a known author: the author's private additions are sealed in a separate case. Parts written in
the group are as secret as the whole."""

import datetime as dt
from typing import Any

import pytest

from binhyen.cases.group_tip_desk import GroupTips
from binhyen.cases.models import Case
from binhyen.cases.queries import case_page
from binhyen.cases.rules import NotAllowed
from binhyen.cases.services import linking, officer_actions
from binhyen.cases.services.delayed_sealing import hush_lately, hush_private
from binhyen.cases.services.search_index import retell_sealed
from binhyen.cases.tests.scene import browser
from binhyen.channels.models import Attachment, Message
from binhyen.channels.retry_policy import READABLE
from binhyen.channels.services.messages import seal_late
from binhyen.channels.types import Media
from binhyen.conduct.models import Complaint
from binhyen.intake import case_assignment, message_context
from binhyen.intake.tests.telling import Person, group_of, person, say
from binhyen.intake.tests.test_group_tips import opened, stored
from binhyen.kit.ids import show_code
from binhyen.language.reading import DANGER
from binhyen.people.models import Officer
from binhyen.vault.models import LockCopy
from binhyen.vault.queries import sealed_texts
from tests import rls

pytestmark = pytest.mark.django_db
MINUTE, HOUR = dt.timedelta(minutes=1), dt.timedelta(hours=1)
POST = "Quán cầm đồ đầu xóm của mụ Lài tiêu thụ xe gian, toàn xe trộm"
ALONE = ("dạ em làm công ở đó hai tháng rồi", "xe để sau kho, biển số bị đục hết")
SECRETS = ("làm công", "lam cong", "hai tháng", "sau kho", "biển số bị đục")


@pytest.fixture
def group(unit: Any, now: dt.datetime) -> Any:
    return group_of(unit("18568"), now)


def cases(who: Person) -> list[Case]:
    return list(Case.objects.filter(reports__reporter=who.reporter).order_by("pk").distinct())


def posted_and_said(group: Any, now: dt.datetime, *said: str) -> Person:
    who = person()
    say((who, POST), group=group, at=now)
    for n, text in enumerate(said or ALONE, 1):
        say((who, text), at=now + 20 * n * MINUTE)
    return who


def test_who_reads_them_goes_there_from_the_case(officer: Any, group: Any, now: Any) -> None:
    """Other officers see no link."""
    who = posted_and_said(group, now)
    links = {f"/giu-kin/tin/nhom/{m.public_id}" for m in Message.objects.filter(lock__isnull=False)}
    shown = pages_of(officer("PROVINCE_DUTY", "42"), group)
    assert len(links) > len(ALONE) - 1 and cases(who) and all(f'href="{link}"' in shown for link in links)
    assert "/giu-kin/tin/nhom/" not in pages_of(officer("CHIEF", "18568"), group)


def pages_of(officer: Officer, group: Any) -> str:
    addresses = [
        "/ban-truc",
        "/ban-truc?view=all",
        "/tin-nhan",
        f"/nhom/{group.public_id}",
        "/tim?q=kho",
        "/tim?q=công",
    ]
    addresses += [f"/vu-viec/{code}" for code in Case.objects.values_list("code", flat=True)]
    desk = browser(officer)
    return "\n".join(desk.get(address).content.decode() for address in addresses)


def test_what_is_said_in_private_lies_sealed_on_a_case_of_its_own(
    officer: Any, unit: Any, group: Any, now: Any
) -> None:
    who = posted_and_said(group, now)
    first, own = cases(who)
    assert first.unit == unit("18568") and own.unit == unit("42") and own.sensitive and own.commune == first.commune
    assert [link.message.group for link in first.case_messages.all()] == [group]
    said = [link.message for link in own.case_messages.order_by("pk")]
    assert [opened(message) for message in said] == list(ALONE)
    assert not any(word in f"{own.title} {own.place} {own.snippet} {own.folded} {own.marked}" for word in SECRETS)
    assert len(who.heard("ACK")) == 1 and show_code(own.code) in who.heard("ACK")[0]


def test_the_unit_whose_group_it_was_reads_counts_and_finds_nothing_of_it(officer: Any, group: Any, now: Any) -> None:
    posted_and_said(group, now)
    told = pages_of(officer("CHIEF"), group)
    own = Case.objects.latest("pk")
    assert not any(word in told for word in SECRETS)
    assert own.code not in told and show_code(own.code) not in told


def test_who_reads_both_sees_that_they_are_one_and_the_desk_of_tips_has_the_words(
    officer: Any, group: Any, now: Any
) -> None:
    who = posted_and_said(group, now)
    first, own = cases(who)
    duty = officer("PROVINCE_DUTY", "42")
    desk = browser(duty)
    assert show_code(first.code) in desk.get(f"/vu-viec/{own.code}").content.decode()
    page = desk.get(f"/vu-viec/{first.code}").content.decode()
    assert show_code(own.code) in page
    with rls.acting_as("custody"):
        talks = GroupTips().talks(duty, now=now).rows
    assert [talk.case_code for talk in talks] == [own.code, own.code, first.code]
    retell_sealed()
    own.refresh_from_db()
    assert not any(word in f"{own.snippet} {own.folded}" for word in SECRETS)


def test_control_as_it_was_the_unit_reads_it(officer: Any, group: Any, now: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("binhyen.intake.interpret.sealed", lambda facts, mine: False)
    monkeypatch.setattr("binhyen.intake.interpret.in_confidence", lambda facts, mine: False)
    with pytest.raises(AssertionError):
        test_the_unit_whose_group_it_was_reads_counts_and_finds_nothing_of_it(officer, group, now)


def test_it_stays_at_the_province_and_by_itself(officer: Any, unit: Any, group: Any, now: Any) -> None:
    first, own = cases(posted_and_said(group, now))
    at, duty = now + HOUR, officer("PROVINCE_DUTY", "42")
    for code, into in ((own.code, first.code), (first.code, own.code)):
        with pytest.raises(NotAllowed):
            linking.merge(code=code, into=into, officer=duty, version=None, now=at)
    with pytest.raises(NotAllowed):
        officer_actions.hand_on(
            code=own.code, officer=duty, unit=unit("18568"), reason="xã kiểm tra", version=None, now=at
        )
    assert case_page.hands(duty, own, now=at).units == () and case_page.hands(duty, first, now=at).units, "control"


def test_whoever_is_asked_answers_who_asks(officer: Any, group: Any, now: Any) -> None:
    who = posted_and_said(group, now, "alo anh ơi cho em nói thêm với")
    first, own = cases(who)
    officer_actions.ask(code=first.code, officer=officer(), question="Nhà số mấy?", version=None, now=now + HOUR)
    say((who, "số nhà 12 ạ"), at=now + HOUR + MINUTE)
    say((who, "cổng màu xanh"), at=now + HOUR + 2 * MINUTE)
    say((who, "em sợ lắm, đừng nói em báo"), at=now + 3 * HOUR)
    assert [link.message.text for link in first.case_messages.order_by("pk")] == ["", "số nhà 12 ạ", "cổng màu xanh"]
    assert own.case_messages.count() == 2


DANGER_ALONE = "chúng nó đang cầm dao đuổi chém em ở đây, cứu em với"


@pytest.mark.parametrize("said", [ALONE, ()])
def test_danger_is_read_by_who_drives_there_and_stands_beside_no_post(
    said: tuple[str, ...], officer: Any, unit: Any, group: Any, now: Any
) -> None:
    who, duty = person(), officer()
    for n, text in enumerate((POST, *said, DANGER_ALONE, "em trốn sau vườn rồi")):
        say((who, text), at=now + 10 * n * MINUTE, **({} if n else {"group": group}))
    first, own = cases(who)[0], cases(who)[-1]
    assert first != own and own.unit == unit("18568") and own.alarm and own.sensitive
    assert [link.message.text for link in own.case_messages.order_by("pk")] == [DANGER_ALONE, "em trốn sau vườn rồi"]
    assert first.case_messages.count() == 1
    page = browser(duty).get(f"/vu-viec/{own.code}").content.decode()
    assert DANGER_ALONE in page and show_code(first.code) not in page and f"nhóm {group.name}" not in page


def test_a_doubtful_danger_in_the_group_opens_nothing_of_what_was_said_in_private(
    officer: Any, group: Any, now: Any
) -> None:
    """«đứng gác» is read as one; a reporter who says that it is their uncle's house must not suffer for that."""
    who = person()
    for n, text in enumerate(("Cuối xóm đêm nào cũng mở sòng xóc đĩa ăn tiền", "con trai ổng đứng gác đầu ngõ")):
        say((who, text), group=group, at=now + n * MINUTE)
    assert who.case().urgency == DANGER, "control: it raises an alarm"
    for n, text in enumerate(("nhà chồng em đó", "em sợ lắm, đừng cho ai biết em nói")):
        say((who, text), at=now + (5 + n) * MINUTE)
    [first, own] = cases(who)
    assert [opened(link.message) for link in own.case_messages.order_by("pk")] == [
        "nhà chồng em đó", "em sợ lắm, đừng cho ai biết em nói",
    ]  # fmt: skip
    Case.objects.update(category="traffic")  # all of them within half an hour are proposed as one incident
    page = browser(officer("PROVINCE_DUTY", "42")).get(f"/vu-viec/{first.code}").content.decode()
    assert "Có thể cùng vụ" not in page, "merged into it, it would be on the unit's desk"


def test_what_was_said_in_private_of_a_danger_is_sealed_with_the_post(unit: Any, group: Any, now: Any) -> None:
    who = person()
    say((who, "Cứu với, thằng Hùng đang cầm dao chém vợ ở TDP Phú Mậu"), group=group, at=now)
    say((who, "nhà em ngay sát vách nhà nó"), at=now + 5 * MINUTE)
    [case] = cases(who)
    post, said = Message.objects.order_by("pk")
    assert said.case_messages.get().case == case and "sat vach" in Case.objects.get().folded, (
        "the responding officer reads it"
    )
    assert seal_late(now=now + READABLE + MINUTE) == 1
    assert hush_private([post.pk], now=now + READABLE + MINUTE) == [], "the last message is not as old"
    assert hush_lately(now=now + READABLE + 6 * MINUTE) == [said.pk]
    said.refresh_from_db()
    assert opened(said) == "nhà em ngay sát vách nhà nó" and "sat vach" not in Case.objects.get().folded


def test_a_photo_alone_is_a_case_of_its_own_too(unit: Any, group: Any, now: Any) -> None:
    who = person()
    say((who, POST), group=group, at=now)
    say((who, ""), at=now + 5 * MINUTE, media=(Media(kind="image", url="https://example.invalid/anh.jpg"),))
    _, own = cases(who)
    assert own.unit == unit("42") and Attachment.objects.get().shown_lock_id == own.case_messages.get().message.lock_id


def test_another_matter_is_not_drawn_into_it(unit: Any, group: Any, now: Any) -> None:
    who = posted_and_said(group, now)
    say((who, "Cho em hỏi làm căn cước cho con 14 tuổi cần giấy tờ gì ạ"), at=now + 5 * HOUR)
    assert Message.objects.latest("pk").sealed is None


OPEN = "Sáng nay ai thấy xe Wave đỏ để trước chợ Cồn không, em bị mất rồi"


def test_who_is_accused_of_what_stood_openly_in_the_group_is_told_elsewhere(group: Any, now: Any) -> None:
    who = person()
    say((who, OPEN), group=group, at=now)
    say((who, "em nghi thằng Tý con ông Năm lấy trộm xe của em"), at=now + 10 * MINUTE)
    first, *more = cases(who)
    assert first.case_messages.count() == 1 and len(more) == 1


# In the group.

PIECES = (
    "Tối qua ở nhà ông Tư ngõ chợ",
    "tụi nó mở sòng xóc đĩa ăn tiền",
    "thứ bảy nào cũng thế, vợ ổng ngồi ghi sổ",
)


def posted(group: Any, now: dt.datetime, *said: str) -> Person:
    who = person()
    for n, text in enumerate(said):
        say((who, text), group=group, at=now + n * MINUTE)
    return who


def test_pieces_of_a_tip_in_a_group_are_sealed_with_it(officer: Any, group: Any, now: Any) -> None:
    who = posted(group, now, *PIECES)
    [case] = cases(who)
    messages = list(Message.objects.order_by("pk"))
    assert [opened(message) for message in messages] == list(PIECES)
    assert {link.message_id for link in case.case_messages.all()} == {message.pk for message in messages}
    told = pages_of(officer(), group)
    assert not any(word in told for word in ("ông Tư", "ngõ chợ", "ghi sổ", "vợ ổng"))


@pytest.mark.parametrize(
    ("where", "name", "as_it_was"),
    [
        (message_context, "of_tips", lambda understood, now: list(understood)),
        (case_assignment, "_clearly_other", lambda facts, mine: True),
    ],
)
def test_control_each_by_itself_the_first_or_the_last_lies_open(
    where: Any, name: str, as_it_was: Any, officer: Any, group: Any, now: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(where, name, as_it_was)
    with pytest.raises((AssertionError, ValueError, LockCopy.DoesNotExist)):
        test_pieces_of_a_tip_in_a_group_are_sealed_with_it(officer, group, now)


def test_of_a_danger_they_are_read_at_once_and_sealed_when_it_is(group: Any, now: Any) -> None:
    posted(group, now, "nhà thằng Hùng cạnh trạm điện", "nó đang cầm dao chém vợ, cứu với")
    assert all(message.text and message.sensitive and message.in_case for message in Message.objects.all())
    assert seal_late(now=now + READABLE + 2 * MINUTE) == 2


def test_a_cry_that_follows_a_tip_rings_there_and_stands_in_no_list(officer: Any, group: Any, now: Any) -> None:
    who = posted(group, now, *PIECES, "con trai ổng đứng gác đầu ngõ")
    case, *more = cases(who)
    said = Message.objects.latest("pk")
    if said.urgency >= DANGER:  # with any label of the classifier
        assert said.text and said.sensitive and case.alarm and not more
    desk = browser(officer())
    assert "đứng gác" not in "".join(desk.get(at).content.decode() for at in ("/ban-truc?view=all", "/tim?q=gác"))


def test_what_somebody_else_wrote_there_stays(group: Any, now: Any) -> None:
    neighbour = posted(group, now, "Chào cả nhà, chúc mọi người ngày mới vui vẻ")
    posted(group, now + MINUTE, *PIECES)
    assert Message.objects.get(reporter=neighbour.reporter).sealed is None


def test_their_own_other_matter_stays_too(group: Any, now: Any) -> None:
    posted(group, now, *PIECES, "Cây đổ chắn ngang đường liên xã trước cổng trường tiểu học từ sáng tới giờ")
    assert Message.objects.latest("pk").sealed is None


# Before a complaint about police.

BEFORE = ("em ở xã Lộc Hà", "cái anh Dũng bên công an xã mình")
BLAME = "anh ấy đòi tiền dân mới cho làm hộ khẩu"


@pytest.mark.parametrize("openly", [False, True])
def test_what_was_written_just_before_a_complaint_goes_with_it(
    openly: bool, officer: Any, group: Any, now: Any
) -> None:
    """It names the accused, and was in the case list of the officers who would ask that person."""
    who, where = person(), {"group": group} if openly else {}
    for n, text in enumerate((*BEFORE, BLAME)):
        say((who, text), at=now + n * MINUTE, **where)
    assert Case.objects.get().apart and not Message.objects.exclude(text="").exists()
    complaint = Complaint.objects.get()
    assert sealed_texts(complaint.owner) and "bên công an xã" not in stored()
    told = pages_of(officer("PROVINCE_STAFF", "42"), group) + pages_of(officer(), group)
    assert "anh Dũng" not in told


def test_control_left_where_they_are_the_desk_reads_them(officer: Any, group: Any, now: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(message_context, "ids", lambda u: [])
    with pytest.raises(AssertionError):
        test_what_was_written_just_before_a_complaint_goes_with_it(False, officer, group, now)


def test_who_is_named_only_there_is_on_the_side_concerned(officer: Any, group: Any, now: Any) -> None:
    dung = officer("OFFICER", "18568", name="Phùng Quang Dũng")
    who = person()
    say((who, "Anh Phùng Quang Dũng công an xã Lộc Hà"), at=now)
    say((who, BLAME), at=now + MINUTE)
    assert f"person:{dung.pk}" in Complaint.objects.get().veto.kept_from


def test_of_what_is_kept_elsewhere_only_nothing_stays(now: Any) -> None:
    """The reply says so, and that all of it has to be written again."""
    who = person()
    say((who, "em ở xã Lộc Hà"), at=now)
    assert Message.objects.exists(), "control"
    say((who, "Giám đốc công an tỉnh nhận tiền của chủ mỏ đá rồi bao che"), at=now + MINUTE)
    assert not Message.objects.exists() and not Case.objects.exists() and who.heard()
