"""Only the inspectorate reads the audit log; complaints stay out of it; every officer sees their own activity."""

import csv
import datetime as dt
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from binhyen.audit import services
from binhyen.audit.models import AuditEntry, CheckpointDelivery
from binhyen.audit.queries.entries import PAGE_SIZE
from binhyen.audit.rules.action_families import COVER_VERB
from binhyen.audit.rules.signed_notes import parse_note
from binhyen.audit.services import AuditAction, checkpoints, record_actions
from binhyen.kit import clock
from binhyen.kit.jobs import defer_once
from binhyen.people.roles import Permission, Role, role_may

pytestmark = pytest.mark.django_db
SECRET = "conduct:9K7M29QX"


@pytest.fixture(autouse=True)
def own_keys(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setattr("binhyen.settings.KEYS_DIR", tmp_path / "keys")


@pytest.fixture
def inspector(officer: Callable[..., Any]) -> Any:
    return officer("INSPECTOR", "42", "Nguyễn Đình Hải")


@pytest.fixture
def hang(officer: Callable[..., Any]) -> Any:
    return officer("OFFICER", "18568", "Nguyễn Thị Hằng")


@pytest.fixture
def page(client: Client, inspector: Any) -> Client:
    client.force_login(inspector)
    return client


def write_entries(*acts: AuditAction, moment: dt.datetime | None = None) -> None:
    record_actions(acts, now=moment or clock.now())


def format_actor(person: Any) -> str:
    return f"officer:{person.public_id}"


def read_page(client: Client, url: str = "/nhat-ky") -> str:
    answer = client.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_log_in_words(page: Client, hang: Any) -> None:
    write_entries(
        AuditAction(format_actor(hang), "case.read", "case:K7M29QXD", hang.unit_id),
        AuditAction(format_actor(hang), "search.asked", "", hang.unit_id, {"n": 12}),
        AuditAction("visitor", "sign_in_failed", format_actor(hang), hang.unit_id, {"tries": 3}),
        AuditAction("system:x", "never.heard", "thing:1"),
    )
    shown = read_page(page)
    for words in (
        "Nguyễn Thị Hằng",
        "Xem vụ việc",
        "Vụ K7M2-9QXD",
        "Công an xã Lộc Hà",
        "12 mục",
        "Bị từ chối",
        "never.heard",
    ):
        assert words in shown


def test_reading_the_log_is_an_entry(page: Client, inspector: Any) -> None:
    read_page(page)
    entry = AuditEntry.objects.get(verb="audit.read")
    assert entry.actor == format_actor(inspector)
    assert "Xem nhật ký kiểm tra" in read_page(page)


@pytest.mark.parametrize(
    "query,wanted",
    [
        ("ai=hằng", {"A"}),
        ("ai=HANG", {"A"}),
        ("ai=không có ai", set()),
        ("don-vi=CAX-18568", {"A", "B"}),
        ("viec=xem", {"A"}),
        ("viec=vu-viec", {"A", "B"}),
        ("viec=dang-nhap", {"C"}),
        ("vu=CASEA222", {"A"}),
        ("ket-qua=tu-choi", {"C"}),
        ("ket-qua=duoc", {"A", "B"}),
        ("tu=2026-11-20&den=2026-11-20", {"B"}),
        ("den=2026-11-19", set()),
        ("viec=khong-co&ket-qua=x&tu=hom-qua", {"A", "B", "C"}),
    ],
)
def test_filters(page: Client, hang: Any, query: str, wanted: set[str]) -> None:
    day = dt.datetime(2026, 11, 20, 1, tzinfo=dt.UTC)
    write_entries(AuditAction(format_actor(hang), "case.read", "case:CASEA222", hang.unit_id))
    write_entries(AuditAction("citizen", "case.opened", "case:CASEB222", hang.unit_id), moment=day)
    write_entries(AuditAction("visitor", "sign_in_failed", "token:C", None, {}))
    shown = read_page(page, f"/nhat-ky?{query}").split("<tbody")[-1]
    marked_names = {
        name for name, mark in (("A", "CASE-A222"), ("B", "CASE-B222"), ("C", "Mã của máy C")) if mark in shown
    }
    assert marked_names == wanted


def test_pages_follow_one_another_without_gaps(page: Client) -> None:
    write_entries(*[AuditAction("citizen", "case.opened", f"case:AAAA{n:04d}") for n in range(PAGE_SIZE + 7)])
    first = page.get("/nhat-ky?viec=vu-viec")
    listed = list_page_rows(first)
    second = page.get(first.context["pager"]["next_url"])
    after = list_page_rows(second)
    assert len(listed) == PAGE_SIZE and len(after) == 7 and not second.context["pager"]["next_url"]
    assert {r["about"] for r in listed} & {r["about"] for r in after} == set()


def list_page_rows(answer: Any) -> list[dict[str, Any]]:
    return [row for day in answer.context["days"] for group in day["groups"] for row in group["rows"]]


def test_entries_in_sequence_are_one_group_and_tasks_come_first(page: Client, hang: Any) -> None:
    act = format_actor(hang)
    write_entries(
        *[AuditAction(act, "search.asked", "", hang.unit_id, {"n": 1})] * 2,
        AuditAction(act, "case.read", "case:K7M29QXD", hang.unit_id),
        AuditAction(act, "case.taken", "case:K7M29QXD", hang.unit_id),
        AuditAction("visitor", "sign_in_failed", act, hang.unit_id, {"tries": 3}),
    )
    answer = page.get("/nhat-ky")
    groups = [group for day in answer.context["days"] for group in day["groups"]]
    of_officer = [group for group in groups if group["who"] == hang.name]
    assert [len(group["rows"]) for group in of_officer] == [2, 2] and of_officer[0]["about"] == "Vụ K7M2-9QXD"
    assert of_officer[0]["what"].startswith("Xem vụ việc, ")
    shown = answer.content.decode()
    assert "Một ngày qua có 1 việc bị từ chối" in shown and "in, ký nhận, cất ở thanh tra" in shown
    groups_of_own = page.get("/vet-cua-toi").context["days"]
    assert groups_of_own and all(row["who"] for row in list_page_rows(page.get("/vet-cua-toi")))


def test_statements_do_not_grow_with_the_log(page: Client, officer: Callable[..., Any]) -> None:
    def count_statements() -> int:
        with CaptureQueriesContext(connection) as asked:
            read_page(page)
        return len(asked)

    write_entries(AuditAction("citizen", "case.opened", "case:AAAA2222"))
    few = count_statements()
    write_entries(*[AuditAction(format_actor(officer("OFFICER")), "case.read", f"case:AAAA{n:04d}") for n in range(40)])
    assert count_statements() <= few + 1  # the names


def test_conduct_complaints_are_not_in_it(page: Client, hang: Any) -> None:
    """Not in the list, under any filter, in the export or on the page of the officer."""
    before = {url: read_page(page, url) for url in ("/nhat-ky?viec=vu-viec", "/nhat-ky?ai=hằng")}
    write_entries(
        AuditAction("citizen", "case.opened", SECRET, hang.unit_id),
        AuditAction(format_actor(hang), "case.read", SECRET, hang.unit_id),
    )
    write_entries(AuditAction("system:conduct", "conduct.named", format_actor(hang)))
    for url, shown in before.items():
        assert _strip_tags(read_page(page, url)) == _strip_tags(shown)
    _confirm(page)
    assert "9K7M" not in read_page(page, "/nhat-ky.csv") and "9K7M" not in read_page(page)


def test_control_without_the_veto_they_would_be(page: Client, hang: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db.models import Q

    monkeypatch.setattr("binhyen.people.access.filter_audit_entries", lambda _: Q())
    with pytest.raises(AssertionError):
        test_conduct_complaints_are_not_in_it(page, hang)


def _strip_tags(html: str) -> str:
    import re

    return re.sub(
        r"value=\"[^\"]*\"|csrf[^>]*|nonce=\"[^\"]*\"",
        "",
        html.rsplit("<tbody", maxsplit=1)[-1] if "<tbody" in html else "",
    )


def test_cover_traffic_is_invisible(page: Client) -> None:
    write_entries(AuditAction("system:audit", COVER_VERB, SECRET), AuditAction("system:audit", COVER_VERB, ""))
    assert ">cover" not in read_page(page)


def test_the_file_has_no_formulas_and_is_an_entry(page: Client, officer: Callable[..., Any]) -> None:
    evil = officer("OFFICER", "18568", "=HYPERLINK(1)")
    write_entries(AuditAction(format_actor(evil), "+cmd", "@x:-1", None, {"n": 1}))
    _confirm(page)
    answer = page.get("/nhat-ky.csv")
    cells = [cell for row in csv.reader(StringIO(answer.content.decode("utf-8-sig"))) for cell in row]
    assert "'=HYPERLINK(1)" in cells and not [c for c in cells if c.startswith(("=", "+", "-", "@"))]
    assert AuditEntry.objects.filter(verb="audit.exported", detail__n__gte=1).exists()


def _confirm(client: Client) -> None:
    from binhyen.people.models import SignIn

    SignIn.objects.update(confirmed_at=clock.now(), factor="PASSKEY")


def test_the_state_of_the_log_and_its_printed_page(page: Client, inspector: Any) -> None:
    assert "Chưa giao cho ai" in read_page(page)
    services.chain_waiting()
    point = checkpoints.sign_if_due(now=clock.now(), at_once=True)
    assert point is not None
    listed = read_page(page, "/nhat-ky/diem-kiem-tra")
    assert f"/nhat-ky/diem-kiem-tra/{point.size}" in listed
    printed = page.get(f"/nhat-ky/diem-kiem-tra/{point.size}")
    root = "".join(printed.context["point"]["root"]).replace(" ", "")
    assert parse_note(point.note).text.split("\n")[2] == __import__("base64").b64encode(bytes.fromhex(root)).decode()
    assert b"<svg" in printed.content and b"style=" not in printed.content
    answer = page.post(f"/nhat-ky/diem-kiem-tra/{point.size}/da-nhan")
    assert answer.status_code == 303 and CheckpointDelivery.objects.get().to == "PAPER"
    page.post(f"/nhat-ky/diem-kiem-tra/{point.size}/da-nhan")
    assert AuditEntry.objects.filter(verb="audit.paper", actor=format_actor(inspector)).count() == 1
    assert page.get("/nhat-ky/diem-kiem-tra/999999").status_code == 404
    assert page.post("/nhat-ky/diem-kiem-tra/999999/da-nhan").status_code == 404
    checkpoints.run_self_check(now=clock.now())
    assert "nguyên vẹn" in read_page(page) and "Bản in" in read_page(page)


def test_a_broken_log_is_reported(page: Client) -> None:
    write_entries(AuditAction("citizen", "case.opened", "case:AAAA2222"))
    services.chain_waiting()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_auditentry DISABLE TRIGGER USER; UPDATE audit_auditentry SET actor = 'x'")
    checkpoints.run_self_check(now=clock.now())
    shown = read_page(page)
    assert "Sổ không nguyên vẹn" in shown and "dòng 1" in shown


def test_officers_see_their_own_activity_only(client: Client, hang: Any, officer: Callable[..., Any]) -> None:
    other = officer("OFFICER", "18568", "Trần Văn Khác")
    write_entries(
        AuditAction(format_actor(hang), "case.read", "case:K7M29QXD"),
        AuditAction(format_actor(other), "case.read", "case:QQQQ2222"),
        AuditAction("visitor", "sign_in_failed", format_actor(hang), None, {"tries": 3}),
        AuditAction(format_actor(other), "conduct.named", format_actor(hang)),
    )
    client.force_login(hang)
    shown = read_page(client, "/vet-cua-toi")
    assert "Vụ K7M2-9QXD" in shown and "Đăng nhập không được" in shown
    assert "QQQQ" not in shown and "conduct" not in shown and "Trần Văn Khác" not in shown


@pytest.mark.parametrize("role", [role for role in Role if not role_may(role, Permission.READ_AUDIT)])
def test_no_other_role_reads_the_log(client: Client, officer: Callable[..., Any], role: Role) -> None:
    from binhyen.people.roles import role_allowed_in_unit

    client.force_login(officer(role, "18568" if role_allowed_in_unit(role, "COMMUNE") else "42"))
    assert client.get("/nhat-ky").status_code == 403
    assert read_page(client, "/vet-cua-toi")


def test_the_operators_page_says_what_to_do(
    client: Client, officer: Callable[..., Any], settings: Any, tmp_path: Any
) -> None:
    client.force_login(officer("OPERATOR", "42"))
    settings.ERASED_DIR, settings.DEMO = tmp_path, False
    first = client.get("/van-hanh")
    lines = {line.name: line for line in first.context["lines"]}
    assert (lines["Sao lưu"].tone, lines["Sao lưu"].command) == ("bad", "./dev backup binhyen.age")
    assert lines["Ổ đĩa"].value and lines["Hàng đợi"].value and "Trên máy chủ, chạy" in first.content.decode()
    assert first.context["lines"][0].tone == "bad", "the worst first"
    (tmp_path / "2026-11-25.1").write_text(f"backup {int(clock.now().timestamp()) - 7200}\nlock x\n")
    again = {line.name: line for line in client.get("/van-hanh").context["lines"]}
    assert again["Sao lưu"].tone == "good" and not again["Sao lưu"].command
    client.force_login(officer("CHIEF"))
    assert client.get("/van-hanh").status_code == 403


def test_the_operator_cannot_count_single_jobs(client: Client, officer: Callable[..., Any]) -> None:
    """A complaint leaves jobs that an ordinary report does not; row policies hide those of its own feature only."""

    def read_queue() -> str:
        return next(line.value for line in client.get("/van-hanh").context["lines"] if line.name == "Hàng đợi")

    client.force_login(officer("OPERATOR", "42"))
    before = read_queue()
    defer_once(queue="urgent", task="channels.deliver", key="0")
    assert read_queue() == before and "dưới 100" in before
    for number in range(100):
        defer_once(queue="urgent", task="channels.deliver", key=f"k{number}")
    assert "hơn 100" in read_queue(), "control: the jobs are counted"
