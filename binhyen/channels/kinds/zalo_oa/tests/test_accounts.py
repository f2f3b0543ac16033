"""Several accounts of one app, their packages, and what no webhook brought, against fake Zalos as processes."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob

from binhyen import doctor
from binhyen.areas.queries import count_villages, get_directory
from binhyen.audit.models import AuditEntry
from binhyen.cases.models import Case
from binhyen.cases.tests.scene import sign_in_browser
from binhyen.channels import jobs, plan_rules, queries
from binhyen.channels.kinds.zalo_oa import client
from binhyen.channels.kinds.zalo_oa.oauth import TokenPair
from binhyen.channels.kinds.zalo_oa.tests import lab
from binhyen.channels.kinds.zalo_oa.tests.lab import FakeZalo
from binhyen.channels.kinds.zalo_oa.tokens import save_grant
from binhyen.channels.models import Channel, Conversation, Credential, Group, Inbound, Message, Outgoing
from binhyen.channels.services import OutgoingDraft, groups, inbox, outbox
from binhyen.channels.services.channel_events import SiteCodeError, parse_site_code
from binhyen.channels.views.groups import STORY_VILLAGES
from binhyen.intake.inbox_worker import drain_inbox
from binhyen.kit import clock
from binhyen.ui.formatting import format_number
from tests import rls
from tests.faults.doorway import FIGHT, SECRET, build_event, post_events, run_through_gateway, sign_body
from tests.rls import get_owner_dsn

COMMUNE_OA = "388613280878809999"
DAY = dt.date(2026, 12, 1)


@pytest.fixture
def commune_zalo() -> Iterator[FakeZalo]:
    """Run a second fake Zalo: another account of the same app."""
    process, running = lab.start_fake_zalo()
    running.control("setup", {"oa_id": COMMUNE_OA, "name": "Công an xã Lộc Hà"})
    yield running
    process.terminate()
    process.wait(timeout=10)


@pytest.fixture
def commune_oa(commune_zalo: FakeZalo, oa: Channel, unit: Any) -> Channel:
    """Connect the account of xã Lộc Hà beside the province's."""
    setup = commune_zalo.control("setup")
    names = ("app_id", "oa_id", "oauth_url", "openapi_url", "oa_admins")
    channel = Channel.objects.create(
        kind="zalo_oa", name="Lộc Hà", unit=unit("18568"), settings={name: setup[name] for name in names}
    )
    row = Credential(channel=channel)
    row.update_secrets(app_secret=setup["app_secret"], webhook_secret=SECRET)
    row.save()
    save_grant(channel.pk, TokenPair(setup["access_token"], setup["refresh_token"], 90_000), now=clock.now())
    return Channel.objects.get(pk=channel.pk)


def open_group(officer: Any, code: str, name: str) -> Group:
    area = get_directory().communes[code].area_id
    group = groups.request_group(
        area_id=area, level=Group.Level.COMMUNE, name=name, officer=officer("CHIEF", code), now=clock.now()
    )
    groups.create_on_channel(group_id=group.pk)
    group.refresh_from_db()
    return group


def test_a_new_group_is_counted_as_used_at_once(oa: Channel, zalo: FakeZalo, officer: Any) -> None:
    group = groups.request_group(
        area_id=get_directory().communes["18568"].area_id,
        level=Group.Level.COMMUNE,
        name="ANTT Lộc Hà",
        officer=officer("CHIEF", "18568"),
        now=clock.now(),
    )
    jobs.create_channel_group(group.pk)
    [reading] = ProcrastinateJob.objects.filter(task_name=groups.READ_JOB)
    groups.read_plan(**reading.args, now=clock.now())
    [account] = queries.list_account_states(officer("OPERATOR", "42"), now=clock.now())
    assert account.groups_used == 1


def test_two_accounts_side_by_side(
    oa: Channel, zalo: FakeZalo, commune_oa: Channel, commune_zalo: FakeZalo, officer: Any
) -> None:
    """Groups, replies, quotas, tokens and webhooks of a commune's account and the province's."""
    local, other = open_group(officer, "18568", "ANTT Lộc Hà"), open_group(officer, "18073", "ANTT Thành Sen")
    assert (local.channel, other.channel) == (commune_oa, oa)
    assert [len(stand_in.control("groups")["groups"]) for stand_in in (commune_zalo, zalo)] == [1, 1]

    # Both accounts belong to one app, so Zalo posts the events of both to one address, here that of the province.
    for oa_id, person in ((COMMUNE_OA, "11"), (oa.settings["oa_id"], "12"), ("388613280878800077", "13")):
        message = {"msg_id": f"m{person}", "text": FIGHT}
        event = build_event(sender={"id": person}, recipient={"id": oa_id}, message=message)
        assert post_events(oa, event) == [200]
    drain_inbox()
    channels = dict(Message.objects.values_list("external_id", "channel"))
    assert channels == {"m11": commune_oa.pk, "m12": oa.pk}, "of an account that is not connected nothing is read"
    assert Inbound.objects.get(external_id="m13").state == "UNKNOWN"

    # Replies go by the account that was written to; a refused token is renewed for that account alone.
    commune_zalo.control("tokens", {"do": "expire_access"})
    before = {channel.pk: Credential.objects.get(pk=channel.pk).access_token for channel in (oa, commune_oa)}
    for group in (local, other):
        assert outbox.deliver_due(channel_id=group.channel_id) >= 0
    after = {channel.pk: Credential.objects.get(pk=channel.pk).access_token for channel in (oa, commune_oa)}
    assert after[oa.pk] == before[oa.pk] and after[commune_oa.pk] != before[commune_oa.pk]
    sent = dict(Outgoing.objects.filter(group=None).values_list("conversation__channel", "channel"))
    assert sent and all(conversation == channel for conversation, channel in sent.items())

    # The package of one account limits that account.
    limited = lab.ADAPTER.get_account_key(commune_oa.settings)
    assert limited == (oa.settings["app_id"], COMMUNE_OA)
    accounts = [outbox.load_account(channel) for channel in (oa, commune_oa)]
    client.get_limiter(accounts[1]).per_minute = 1
    client.take_turn(accounts[1], clock.now())
    assert client.take_turn(accounts[1], clock.now()) > 0 and client.take_turn(accounts[0], clock.now()) == 0

    client._limiters.clear()

    # The state of an account is shown to its commune, to the province and to the operator.
    for channel in (oa, commune_oa):
        assert groups.read_plan(channel_id=channel.pk, now=clock.now())
    people = [officer("CHIEF", "18568"), officer("CHIEF", "18073"), officer("OPERATOR", "42")]
    shown = [{state.channel.pk for state in queries.list_account_states(p, now=clock.now())} for p in people]
    assert shown == [{commune_oa.pk}, {oa.pk}, {oa.pk, commune_oa.pk}]
    Channel.objects.update(paused_until=clock.now() + dt.timedelta(hours=1), paused_reason="hết gói")
    troubled = [{t.channel.pk for t in queries.list_troubled_channels(p, now=clock.now())} for p in people]
    assert [pks - {channel.pk for channel in Channel.objects.filter(kind="web")} for pks in troubled] == shown
    Credential.objects.filter(channel=commune_oa).update(lost_at=clock.now())
    with psycopg.connect(get_owner_dsn()) as connection:
        (finding,) = doctor.check_zalo_accounts(connection)
    assert not finding.ok and finding.text == "Lộc Hà: mất quyền gửi" and COMMUNE_OA in finding.hint
    Credential.objects.update(lost_at=None)
    page = sign_in_browser(people[2]).get("/van-hanh").content.decode()
    assert "Lộc Hà" in page and "OA tỉnh" in page and "tạm dừng gửi" in page


def test_packages_are_read_and_shown_before_they_run_out(oa: Channel, zalo: FakeZalo, officer: Any) -> None:
    group = open_group(officer, "18568", "ANTT Lộc Hà")
    second = open_group(officer, "18568", "ANTT Lộc Hà hai")
    asset = next(a for a in zalo.control("assets")["assets"] if a["group_id"] == second.external_id)
    assert asset["quota_type"] == "purchase_quota", "the first group is that of the package"
    zalo.control("assets", {"asset_id": asset["asset_id"], "days": 5})
    ends = int((clock.now() + dt.timedelta(days=20)).timestamp() * 1000)
    zalo.control("setup", {"package_until_ms": ends, "sub_quota": 1000, "sub_quota_used": 950})
    assert groups.read_plan(channel_id=oa.pk, now=clock.now())
    group.refresh_from_db()
    second.refresh_from_db()
    assert (group.asset_type, second.asset_until) == (
        "gmf100",
        clock.to_vietnam_day(clock.now() + dt.timedelta(days=5)),
    )
    chief, operator = officer("CHIEF", "18568"), officer("OPERATOR", "42")
    (state,) = queries.list_account_states(chief, now=clock.now())
    assert (state.groups_used, state.groups_free, state.fee, state.tone) == (2, 248, 75_000, "warn")
    page = sign_in_browser(chief).get("/nhom").content.decode()
    villages = max(count_villages(clock.to_vietnam_day(clock.now())), STORY_VILLAGES)
    total = round(plan_rules.estimate_monthly_cost(69 + villages, 1, queries.get_fees()), -5)
    for shown in ("75.000 đ", f"{format_number(total)} đ", "suất 100 người", f"{format_number(villages)} thôn"):
        assert shown in page
    status = sign_in_browser(operator).get("/van-hanh").content.decode()
    assert "gói còn 20 ngày" in status and "1 nhóm sắp hết suất" in status and "còn 50 trong 1.000 tin" in status
    zalo.fault("http_5xx", endpoint="*getoa", count=1)
    assert not groups.read_plan(channel_id=oa.pk, now=clock.now())
    oa.refresh_from_db()
    assert oa.plan["package"] == "Tăng trưởng", "an account that does not answer keeps what is known"


@pytest.mark.parametrize(
    ("days", "renews", "tone"),
    [(31, False, ""), (30, False, "warn"), (7, False, "bad"), (-1, False, "bad"), (7, True, ""), (-1, True, "bad")],
)
def test_what_runs_out_is_told_in_time(days: int, renews: bool, tone: str) -> None:
    assert plan_rules.get_expiry_tone(DAY + dt.timedelta(days=days), DAY, renews=renews) == tone


def test_fees_of_groups_and_of_a_province() -> None:
    fees = plan_rules.Fees(75_000, 300_000, 2_400_000)
    assert plan_rules.sum_group_fees({"gmf100": 3, "gmf1000": 1}, fees) == 525_000
    assert plan_rules.estimate_monthly_cost(1969, 1, fees) == 1968 * 75_000 + 200_000
    assert plan_rules.estimate_monthly_cost(1, 3, fees) == 600_000


def test_what_no_webhook_brought_is_read_once_and_in_order(oa: Channel, zalo: FakeZalo, officer: Any) -> None:
    """The gateway is down while the stand-in goes on; afterwards everything becomes what it would have become."""
    group = open_group(officer, "18568", "ANTT Lộc Hà")
    person = "Nguyễn Thị Hoà"
    zalo.control("say", {"citizen": person, "text": "tin trước khi nối"})
    zalo.control("join", {"group": group.external_id, "citizen": person})
    zalo.control("approve", {"group": group.external_id, "citizen": person})
    zalo.control("clock", {"advance": 600})
    assert inbox.catch_up(channel_id=oa.pk, now=zalo.now()) == 0, "what came before the account is not read"

    sent = []
    for values in (
        {"text": FIGHT},
        {"text": "Họ chạy về phía cầu"},
        {"photo": {"lat": 18.4, "lon": 105.9}},
        {"location": [18.4533, 105.9011]},
        {"text": "Chợ Lộc Hà có người bán pháo nổ", "group": group.external_id},
        {"text": "Cảm ơn các chú"},
    ):
        zalo.control("clock", {"advance": 60})
        sent += zalo.control("say", {"citizen": person} | values)["said"]
    zalo.control("clock", {"advance": 4 * 3600})
    zalo.control("say", {"citizen": "Trần Văn Đức", "text": "vừa mới nhắn"})
    # The last of them came by webhook after all, before the catch-up.
    event = build_event(
        sender={"id": zalo.get_citizen_id()}, message={"msg_id": sent[5]["msg_id"], "text": "Cảm ơn các chú"}
    )
    assert post_events(oa, event) == [200]

    zalo.fault("http_5xx", endpoint="*conversation", count=1)
    assert inbox.catch_up(channel_id=oa.pk, now=zalo.now()) == 0, "a gap is no history: all or nothing"
    with rls.acting_as("sender"):
        assert inbox.catch_up(channel_id=oa.pk, now=zalo.now()) == 5
        assert inbox.catch_up(channel_id=oa.pk, now=zalo.now()) == 0, "nothing twice"
    drain_inbox()
    stored = list(Message.objects.exclude(external_id=sent[5]["msg_id"]).order_by("pk"))
    assert [row.external_id for row in stored] == [row["msg_id"] for row in sent[:5]]
    assert (stored[2].attachments.get().kind, round(stored[3].latitude or 0, 4)) == ("image", 18.4533)
    assert stored[4].group == group and Message.objects.count() == 6
    case = Case.objects.get(case_messages__message=stored[0])
    assert case.category == "violence" and case.urgency >= 3
    oa.refresh_from_db()
    assert oa.missed_count == 5 and oa.missed_at is not None
    status = sign_in_browser(officer("OPERATOR", "42")).get("/van-hanh").content.decode()
    assert "5 tin không đến qua webhook" in status

    zalo.control("clock", {"advance": 120})
    assert inbox.catch_up(channel_id=oa.pk, now=zalo.now()) == 1, "the young one was left to its webhook"
    Channel.objects.filter(pk=oa.pk).update(is_active=False)
    assert inbox.catch_up(channel_id=oa.pk, now=zalo.now()) == 0


def test_the_domain_is_verified_by_file_and_by_meta_tag(oa: Channel, officer: Any) -> None:
    code = "GTcnSB_B2MPytA1gfzecS7_abawJaaCMDJas"
    url, anybody = f"/hop-thu-di/kenh/{oa.public_id}/ten-mien", Client()
    queries.clear_site_codes()
    assert anybody.get(f"/zalo_verifier{code}.html").status_code == 404
    operator = sign_in_browser(officer("OPERATOR", "42"))
    assert sign_in_browser(officer("CHIEF")).post(url, {"code": code}).status_code == 403
    tag = f'<meta name="zalo-platform-site-verification" content="{code}" />'
    assert operator.post(url, {"code": tag}).status_code in (302, 303)
    page = anybody.get(f"/zalo_verifier{code}.html")
    assert page.status_code == 200 and tag.replace(" />", ">") in page.content.decode()
    assert tag.replace(" />", ">") in anybody.get("/").content.decode()
    assert anybody.get(f"/zalo_verifier{code}x.html").status_code == 404
    assert AuditEntry.objects.filter(verb="channel.site_code").count() == 1
    operator.post(url, {"code": "<script>"})
    oa.refresh_from_db()
    assert oa.settings["site_verification"] == code, "a wrong text changes nothing"
    operator.post(url, {"code": ""})  # and the cache of this process is empty again
    assert anybody.get(f"/zalo_verifier{code}.html").status_code == 404
    assert parse_site_code(f"zalo_verifier{code}.html") == parse_site_code(f" {code} ") == code
    with pytest.raises(SiteCodeError):
        parse_site_code("một câu")


def receive_newest(oa: Channel, zalo: FakeZalo, name: str) -> None:
    """Post the newest webhook of this name as the stand-in would, and read it."""
    rows = [row for row in zalo.control("webhooks")["deliveries"] if row["event"] == name]
    body = rows[-1]["body"].encode()
    statuses = run_through_gateway(oa, lambda door: door.post_body(body, sign_body(body, rows[-1]["timestamp"])))
    assert statuses == 200
    drain_inbox()


def test_a_pressed_button_says_its_text_in_each_way(oa: Channel, zalo: FakeZalo) -> None:
    person = "Nguyễn Thị Hoà"
    zalo.control("setup", {"webhook_url": "http://127.0.0.1:9/"})
    try:
        zalo.control("say", {"citizen": person, "text": "Chào công an xã"})
        receive_newest(oa, zalo, "user_send_text")
        talk = Conversation.objects.get(channel=oa)
        draft = OutgoingDraft(
            key="ask",
            channel_id=oa.pk,
            conversation_id=talk.pk,
            text="Việc này có giúp được bạn không?",
            purpose="ASK",
            buttons=(("Có", "Có, đã xong"),),
        )
        outbox.queue_messages([draft], now=clock.now())
        outbox.deliver_due(channel_id=oa.pk)
        for name in ("user_send_text", "user_click_response_button", "user_click_button"):
            zalo.control("switches", {"click_event": name})
            zalo.control("press", {"citizen": person, "title": "Có"})
            receive_newest(oa, zalo, name)
        answers = Message.objects.filter(text="Có, đã xong")
        assert list(answers.values_list("reporter", flat=True)) == [talk.reporter_id] * 3
        assert not Inbound.objects.filter(state__in=["UNKNOWN", "DEAD", "PENDING"]).exists()
    finally:
        zalo.control("setup", {"webhook_url": ""})
