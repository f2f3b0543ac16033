"""Bulletins in private chats: one a person; correction and withdrawal reach the same people."""

import datetime as dt
from typing import Any

import pytest

from binhyen.bulletins import private_services, queries, services
from binhyen.bulletins.models import Bulletin
from binhyen.bulletins.tests.scene import DAY, create_bulletin, create_channel, create_group, release_bulletin, run_jobs
from binhyen.bulletins.tests.test_views import sign_in
from binhyen.cases.models import Case, CaseMessage
from binhyen.channels.models import Channel, ChildGround, Conversation, Membership, Message, Outgoing
from binhyen.channels.services import outbox
from binhyen.kit.rls_scope import rls_scope
from binhyen.vault.models import Reporter
from tests import rls

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)


def write_privately(unit: Any, *, hours_ago: int = 1, account: Any = None, **fields: Any) -> Conversation:
    """Store a private message of a new person, that many hours before `DAY`."""
    channel, at = account or create_channel(), DAY - hours_ago * HOUR
    person = Reporter.objects.create(created_at=at)
    chat = Conversation.objects.create(channel=channel, reporter=person, last_interaction_at=at)
    number = Message.objects.count()
    Message.objects.create(
        channel=channel,
        conversation=chat,
        reporter=person,
        unit=unit,
        external_id=f"m{number}",
        text="Cho hỏi giờ làm việc.",
        sent_at=at,
        received_at=at,
        **fields,
    )
    return chat


def list_private(kind: str) -> list[tuple[int | None, str]]:
    rows = Outgoing.objects.filter(conversation__isnull=False, key__contains=f":{kind}:").order_by("conversation_id")
    return list(rows.values_list("conversation_id", "state"))


def test_each_person_inside_the_window_gets_it_once_and_what_follows_too(
    officer: Any, unit: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    author, chief, commune = officer("OFFICER"), officer("CHIEF"), unit("18568")
    group, other_group = create_group(commune), create_group(unit("18073"))
    open_chat, late, waiting = write_privately(commune), write_privately(commune, hours_ago=40), None
    waiting = write_privately(commune)
    member = write_privately(commune)  # also in the group: gets it there
    Membership.objects.create(group=group, reporter=member.reporter, joined_at=DAY)
    elsewhere_member = write_privately(commune)
    Membership.objects.create(group=other_group, reporter=elsewhere_member.reporter, joined_at=DAY)
    write_privately(commune, hours_ago=49)
    write_privately(unit("18073"))
    Conversation.objects.filter(pk=write_privately(commune).pk).update(unfollowed_at=DAY)
    write_privately(commune, ciphertext=b"sealed")  # a tip
    complaint = write_privately(commune)
    restricted = Case.objects.create(
        category="other", kind="conduct", urgency=0, unit=commune, is_restricted=True, opened_at=DAY, updated_at=DAY
    )
    CaseMessage.objects.create(
        case=restricted, message=complaint.messages.get(), attached_at=DAY, attached_by="system:test"
    )
    recipients = sorted(chat.pk for chat in (open_chat, late, waiting, elsewhere_member))

    row = create_bulletin(author, now=DAY)
    with rls.acting_as("pages"), rls_scope(f"officer:{author.pk}"):
        assert private_services.count_recipients(row, [group.pk], now=DAY) == 4
    row.delete()
    with rls.acting_as("worker"):
        row = release_bulletin(author, chief, now=DAY)
        run_jobs(DAY)
    assert [chat for chat, _ in list_private("POST")] == recipients
    assert {state for _, state in list_private("POST")} == {"QUEUED"}
    assert (row.private_count, row.head_count) == (4, 104)
    text = Outgoing.objects.filter(conversation=open_chat).get().text
    assert text.startswith("Giả danh điện lực để lừa tiền\n\n")

    sent = Outgoing.objects.filter(conversation__in=[open_chat, late])
    sent.update(state="SENT", sent_at=DAY)
    Outgoing.objects.filter(conversation=elsewhere_member).update(state="DEAD", reason="Zalo không trả lời")
    Outgoing.objects.filter(conversation=late).update(state="SEEN")
    assert private_services.count_private_pace(row, now=DAY) == (1, 2)
    figures = private_services.count_messages(author, row)
    assert (figures.release.delivered, figures.release.waiting, figures.release.failed) == (2, 1, 1)
    stranger = private_services.count_messages(officer("OFFICER", "18073"), row)
    assert stranger.release.total == 0
    assert services.retry_failed(code=row.code, officer=author, now=DAY) == 1
    Outgoing.objects.filter(conversation=elsewhere_member).update(state="DEAD", reason="Zalo không trả lời")

    draft = services.start_correction(code=row.code, officer=author, now=DAY)
    services.submit_bulletin(code=draft.code, officer=author, now=DAY)
    services.approve_bulletin(code=draft.code, officer=chief, now=DAY)
    run_jobs(DAY)
    reached = sorted([open_chat.pk, late.pk])
    assert [chat for chat, _ in list_private("CORRECT")] == reached
    new = Outgoing.objects.filter(key__contains=f"{draft.public_id}:POST:c").get()
    assert new.conversation == waiting and new.text.startswith("ĐÍNH CHÍNH. ")
    assert list_private("POST").count((waiting.pk, "CANCELLED")) == 1

    Outgoing.objects.filter(key__contains=":CORRECT:").update(state="SENT", sent_at=DAY)
    Conversation.objects.filter(pk=late.pk).update(unfollowed_at=DAY + HOUR)
    assert private_services.count_unfollowers(row) == 1
    with rls.acting_as("pages"):  # which see no chat
        page = sign_in(chief)
        shown = page.get(f"/ban-tin/{row.code}").content.decode()
        assert "2 / 4 người đã nhận trong chat riêng, 1 người đã xem" in shown
        page.post(f"/ban-tin/{draft.code}/rut", {"reason": "Cả hai đều chưa đúng."})
    run_jobs(DAY + 2 * HOUR)
    assert [chat for chat, _ in list_private("WITHDRAW")] == reached
    assert list_private("POST").count((waiting.pk, "CANCELLED")) == 2

    # The window closed before the withdrawal was sent: it is owed, and goes out once the person writes again.
    owed = Outgoing.objects.filter(key__contains=":WITHDRAW:", conversation=late)
    limits = outbox.get_channel_kinds()["zalo_oa"].limits
    week_later = DAY + dt.timedelta(days=8)
    assert [failure is not None for failure in outbox.outside_window(limits, list(owed), now=week_later)] == [True]
    assert [failure is None for failure in outbox.outside_window(limits, list(owed), now=DAY)] == [True]
    owed.update(state="DEAD", due_at=week_later)
    Conversation.objects.filter(pk=late.pk).update(last_interaction_at=week_later + HOUR)
    assert outbox.requeue_deferred(now=week_later + HOUR) == 0, "control: only an open message counts"
    late.messages.update(sent_at=week_later + HOUR)
    assert outbox.requeue_deferred(now=week_later + HOUR) == 1


def test_places_and_accounts(officer: Any, unit: Any) -> None:
    staff, commune, sibling = officer("PROVINCE_STAFF", "42"), unit("18568"), unit("18073")
    create_group(commune)
    first, second, unknown = write_privately(commune), write_privately(sibling), write_privately(None)
    commune_account = Channel.objects.create(
        kind="zalo_oa", name="OA của xã", unit=sibling
    )  # tells the place of its people
    third = write_privately(None, account=commune_account)

    def list_chats(row: Bulletin) -> list[int]:
        return [chat.conversation_id for chat in private_services.list_private_chats(row, [], now=DAY)]

    row = create_bulletin(staff, now=DAY)
    assert list_chats(row) == [first.pk, second.pk, unknown.pk, third.pk]
    row = services.change_audience(code=row.code, level="VILLAGE", officer=staff, now=DAY)
    assert list_chats(row) == []
    row = services.change_audience(code=row.code, level="", exclude=[commune.area.public_id], officer=staff, now=DAY)
    assert list_chats(row) == [second.pk, third.pk], "an unknown place may be in the commune left out"

    row = release_bulletin(staff, officer("PROVINCE_DUTY", "42"), now=DAY)
    Outgoing.objects.filter(conversation__isnull=False).exclude(conversation=second).update(state="SENT", sent_at=DAY)
    reason = "Ở xã này tin chưa đúng."
    services.withdraw_from_communes(code=row.code, communes=["18073"], reason=reason, officer=staff, now=DAY + HOUR)
    assert [chat for chat, _ in list_private("WITHDRAW")] == [third.pk]
    assert (second.pk, "CANCELLED") in list_private("POST")
    Outgoing.objects.filter(conversation=first).update(state="QUEUED", attempts=1)  # an attempt failed
    assert private_services.list_ended_with_repeats() == []
    Bulletin.objects.filter(pk=row.pk).update(state="EXPIRED")
    run_jobs(DAY + HOUR)
    assert (first.pk, "CANCELLED") in list_private("POST")


def test_a_text_that_repeats_a_report_goes_to_nobody_and_a_child_is_erased(officer: Any, unit: Any) -> None:
    author, chief, commune = officer("OFFICER"), officer("CHIEF"), unit("18568")
    create_group(commune)
    chat = write_privately(commune)
    row = create_bulletin(author, now=DAY)
    Outgoing.objects.create(  # texts of this person repeated reports before
        key="echo",
        channel=create_channel(),
        group=row.unit.groups.get(),
        officer=author,
        purpose="ANSWER",
        text="…",
        created_at=DAY,
        due_at=DAY,
        fingerprint_hits=3,
    )
    row = release_bulletin(author, chief, now=DAY)
    assert list_private("POST") == [(chat.pk, "CANCELLED")]
    assert private_services.count_messages(author, row).reasons == ((private_services.QUARANTINED, 1),)
    assert services.retry_failed(code=row.code, officer=author, now=DAY) == 0
    Outgoing.objects.all().delete()

    child = create_bulletin(
        author,
        now=DAY,
        topic="MISSING",
        title="Tìm cháu bé đi lạc ở chợ",
        text="Cháu Nguyễn Thị Bình An, 5 tuổi, mặc áo đỏ, lạc ở chợ lúc 17 giờ. Ai thấy gọi 113.",
        ground="MISSING_CHILD",
        expires_at=DAY + 48 * HOUR,
    )
    services.release_urgently(code=child.code, officer=author, now=DAY)
    run_jobs(DAY)
    message = Outgoing.objects.get(conversation=chat)
    assert (message.state, message.priority) == ("QUEUED", 1)
    assert ChildGround.objects.filter(outgoing=message).exists() and message.shown_until is not None
    Outgoing.objects.filter(pk=message.pk).update(state="SENT", sent_at=DAY)
    services.withdraw_bulletin(code=child.code, reason="Đã tìm thấy cháu an toàn.", officer=author, now=DAY)
    run_jobs(DAY)
    assert not Outgoing.objects.filter(text__contains="Bình An").exists()
    assert [pk for pk, _ in list_private("WITHDRAW")] == [chat.pk]
    assert queries.list_current(now=DAY) == [row]
