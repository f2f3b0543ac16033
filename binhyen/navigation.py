"""Navigation frame of every page: product, unit, navigation by role. One statement for its counts."""

import datetime as dt
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from binhyen.areas.queries import AreasNotLoadedError, get_directory
from binhyen.bulletins import manual_queries
from binhyen.bulletins import queries as bulletins
from binhyen.cases.queries import alarm_recipients
from binhyen.cases.queries.overdue import select_overdue
from binhyen.channels import queries as channels
from binhyen.conduct import queries as conduct
from binhyen.guide.content import build_help_url
from binhyen.kit import clock, prepared_queries
from binhyen.kit.capped_counts import cached_counts
from binhyen.people.access import get_visibility_key, officer_may
from binhyen.people.auth_policy import get_session_policy
from binhyen.people.models import Officer, SignIn
from binhyen.people.roles import Permission, get_permissions
from binhyen.privacy import queries as privacy
from binhyen.procedures import queries as procedures
from binhyen.stats.reports import queries as reports
from binhyen.ui.context import Alert, NavItem, PageFrame, SignedInOfficer
from binhyen.vault import key_distribution
from binhyen.vault.rules import PLACED_KEY_NOTICE

MAX_COUNT = 1000
_URLS = PageFrame().urls | {"home": "/ban-truc", "search": "/tim", "groups": "/nhom"}
_RINGING_PAGES = ("/ban-truc", "/giu-kin", "/su-co-du-lieu")
_ASK_STAFF = _("Nhắc Phòng Tham mưu trả lời ngay.")
_ASK_OPERATOR = _("Nhắc người vận hành, thanh tra báo ngay.")
_ASK_TO_MEND = _("Đọc ngay trong Zalo của kênh, và gọi người vận hành.")
_UNREAD = "/hop-thu-di#doc-lai"
_BEHIND = "behind"
_DAY = dt.timedelta(days=1)
_NEAR_DEADLINE = "/ban-truc?han=nhac"  # the desk, filtered to cases near their deadline
_REQUESTS, _BREACHES = "/yeu-cau-du-lieu", "/su-co-du-lieu"
_CASES = (Permission.WORK_CASES, Permission.REPORT_BACK, Permission.HAND_ON)
_SORTING = (Permission.WORK_CASES,)
_KEYS = (Permission.WORK_CASES, Permission.HANDLE_CONDUCT, Permission.OPEN_IDENTITY)
_GROUP_WATCHERS = (Permission.MANAGE_GROUPS, Permission.WORK_CASES)
_OUTBOX_WATCHERS = (Permission.WORK_CASES, Permission.OPERATE)
# Label, address, icon, and the permissions, one of which is required.
_PLACES: tuple[tuple[Promise, str, str, tuple[Permission, ...]], ...] = (
    (_("Bàn trực"), "/ban-truc", "inbox", _CASES),
    (_("Vận hành"), "/van-hanh", "chart", (Permission.OPERATE,)),
    (_("Tìm"), "/tim", "search", _CASES),
    (_("Tin nhắn"), "/tin-nhan", "chat", _SORTING),
    (_("Đồ nhặt được"), "/nhat-duoc", "hand", _SORTING),
    (_("Người đi lạc"), "/nguoi-lac", "user", _SORTING),
    (_("Vũ khí"), "/vu-khi", "alert", _SORTING),
    (_("Việc tốt"), "/viec-tot", "check", (Permission.WORK_CASES, Permission.APPROVE_BULLETINS)),
    (_("Hoàn cảnh"), "/hoan-canh", "users", (Permission.WORK_CASES, Permission.REPORT_BACK)),
    (pgettext_lazy("nav", "Nhóm"), "/nhom", "users", _GROUP_WATCHERS),
    (_("Bản tin"), "/ban-tin", "send", (Permission.WRITE_BULLETINS,)),
    (_("Đăng tay"), "/dang-tay", "forward", (Permission.WRITE_BULLETINS,)),
    (_("Thủ tục"), "/thu-vien-thu-tuc", "note", (Permission.WRITE_BULLETINS,)),
    (_("Tổng quan"), "/tong-quan", "chart", (Permission.READ_STATISTICS,)),
    (_("Bản đồ"), "/ban-do", "map", (Permission.READ_STATISTICS,)),
    (pgettext_lazy("nav", "Kết quả"), "/ket-qua", "star", (Permission.READ_STATISTICS,)),
    (_("Hỏi số liệu"), "/hoi-so-lieu", "filter", (Permission.READ_LEDGER,)),
    (_("Quan tâm"), "/moi-quan-tam", "users", (Permission.READ_STATISTICS,)),
    (_("Báo cáo"), "/bao-cao", "note", (Permission.READ_STATISTICS,)),
    (_("Lừa đảo"), "/lua-dao", "shield", (Permission.READ_LEDGER,)),
    (_("Tin chờ gửi"), "/hop-thu-di", "outbox", _OUTBOX_WATCHERS),
    (_("Lịch trực"), "/lich-truc", "clock", (Permission.WORK_CASES, Permission.MANAGE_ROSTER)),
    (_("Cán bộ"), "/can-bo", "user", (Permission.MANAGE_PEOPLE,)),
    (_("Khai báo quan hệ thân thích"), "/quan-he", "users", (Permission.KEEP_TIES, Permission.HANDLE_CONDUCT)),
    (_("Nhật ký kiểm tra"), "/nhat-ky", "lock", (Permission.READ_AUDIT,)),
    (_("Giữ kín"), "/giu-kin", "lock", _KEYS),
    (_("Yêu cầu dữ liệu"), "/yeu-cau-du-lieu", "user", (Permission.ANSWER_DATA,)),
    (_("Lưu giữ"), "/luu-giu", "clock", (Permission.ANSWER_DATA, Permission.OPERATE, Permission.READ_AUDIT)),
    (_("Sự cố dữ liệu"), "/su-co-du-lieu", "alert", (Permission.OPERATE, Permission.READ_AUDIT)),
    (_("Máy đọc tin"), "/hoc-may", "chart", (Permission.WATCH_READER,)),
    (pgettext_lazy("nav", "Địa bàn"), "/dia-ban/nhap-thon", "map", (Permission.OPERATE,)),
    (_("Quản trị"), "/quan-tri/", "menu", (Permission.OPERATE,)),
)
# Folds of a long navigation; what is not listed stands beside them.
_GROUPS: tuple[tuple[Promise, tuple[str, ...]], ...] = (
    (_("Sổ theo dõi"), ("/nhat-duoc", "/nguoi-lac", "/vu-khi", "/viec-tot", "/hoan-canh", "/lua-dao")),
    (_("Nhóm, bản tin"), ("/nhom", "/ban-tin", "/dang-tay", "/thu-vien-thu-tuc", "/hop-thu-di")),
    (_("Số liệu"), ("/tong-quan", "/ban-do", "/ket-qua", "/hoi-so-lieu", "/moi-quan-tam", "/bao-cao")),
    (_("Quản lý"), ("/lich-truc", "/can-bo", "/quan-he", "/yeu-cau-du-lieu", "/luu-giu", "/su-co-du-lieu", "/hoc-may")),
)
_MAX_FLAT = 9  # items that fit one line of 1280 px


def build_officer_frame(request: HttpRequest) -> PageFrame:
    """Build the frame of an officer's page; other users get the citizens' frame."""
    officer = getattr(request, "user", None)
    if not isinstance(officer, Officer) or not officer.is_active:
        return PageFrame(help_url=build_help_url("", request.path.split("/", 2)[1]))
    numbers = _count_items(officer)
    first_path_part, has_overdue_requests = request.path.split("/", 2)[1], bool(numbers.get("late"))
    nav = tuple(
        NavItem(
            label,
            url,
            icon,
            current=first_path_part == url[1:].partition("/")[0],
            count=numbers.get(url),
            hot=url in _RINGING_PAGES or (has_overdue_requests and url == _REQUESTS),
            group=group,
        )
        for label, url, icon, group in _list_places(get_permissions(officer.role), get_language())
    )
    return PageFrame(
        nav=nav,
        unit_name=_get_unit_name(officer),
        person=SignedInOfficer(officer.name, officer.role_label, "/dang-xuat"),
        live_url="/live"
        if any(officer_may(officer, ability) for ability in (*_CASES, Permission.HANDLE_CONDUCT))
        else "",
        alerts=tuple(_list_alerts(officer, numbers, on_desk=first_path_part == "ban-truc")),
        behind=bool(numbers.get(_BEHIND)),
        summons=bool(numbers.get("/giu-kin")) if officer_may(officer, Permission.HANDLE_CONDUCT) else None,
        rings=_list_ringing_codes(officer, numbers) if first_path_part != "ban-truc" else None,
        ends_in=_seconds_until_end(request),
        help_url=build_help_url(officer.role, first_path_part),
        idle_seconds=int(get_session_policy(officer.role).idle.total_seconds()),
        urls=_URLS,
    )


def _seconds_until_end(request: HttpRequest) -> int:
    sign_in = getattr(request, "sign_in", None)  # set by the decorator of people
    return max(1, int((sign_in.expires_at - clock.now()).total_seconds())) if isinstance(sign_in, SignIn) else 0


@lru_cache(maxsize=64)
def _list_places(permissions: frozenset[Permission], language: str | None) -> tuple[tuple[str, str, str, str], ...]:
    """Return label, address, icon and group of the navigation items of these permissions, in the language of the page.

    A short navigation and a group of one item have no fold.
    """
    assert language == get_language(), language
    places = [(label, url, icon) for label, url, icon, abilities in _PLACES if not permissions.isdisjoint(abilities)]
    urls = {url for _label, url, _icon in places}
    groups = {
        url: str(group)
        for group, members in _GROUPS
        for url in members
        if len(places) > _MAX_FLAT and len(urls.intersection(members)) > 1
    }
    return tuple((str(label), url, icon, groups.get(url, "")) for label, url, icon in places)


def _count_items(officer: Officer) -> dict[str, int]:
    """Count items by address: ringing cases, stuck messages, flagged group messages.

    For sealed conversations only whether there is an alert.
    """
    now = clock.now()
    counts = cached_counts(
        ("shell", get_visibility_key(officer)),
        lambda: _build_count_queries(officer),
        {
            prepared_queries.NOW_PARAM: now - channels.LATE_AFTER,
            prepared_queries.CUTOFF_PARAM: now - _DAY,
            prepared_queries.FUTURE_PARAM: now + channels.LATE_AFTER,
        },
        cap=MAX_COUNT,
    )
    return counts | {"/giu-kin": min(1, counts.get("/giu-kin", 0))}


def _list_ringing_codes(officer: Officer, numbers: dict[str, int]) -> tuple[str, ...] | None:
    """List ringing case codes; one more statement, only while an alarm rings."""
    if not any(officer_may(officer, ability) for ability in _CASES):
        return None
    return tuple(alarm_recipients.list_ringing_codes(officer)) if numbers["/ban-truc"] else ()


def _build_count_queries(officer: Officer) -> dict[str, QuerySet[Any]]:
    """Build the counted queries. NOW_PARAM: limit of stuck messages, CUTOFF_PARAM: one day ago."""
    queries: dict[str, QuerySet[Any]] = {
        "/ban-truc": alarm_recipients.select_ringing(officer),
        _NEAR_DEADLINE: select_overdue(officer),
    }
    if any(officer_may(officer, ability) for ability in _OUTBOX_WATCHERS):
        queries["/hop-thu-di"] = channels.list_stuck(officer, now=prepared_queries.NOW_PARAM + channels.LATE_AFTER)
    if any(officer_may(officer, ability) for ability in (*_CASES, Permission.OPERATE)):
        queries[_BEHIND] = channels.list_overdue_webhooks(
            due_before=prepared_queries.NOW_PARAM, received_after=prepared_queries.FUTURE_PARAM
        )
    if officer_may(officer, Permission.OPERATE) or officer_may(officer, Permission.DECIDE):
        queries[_UNREAD] = channels.list_unreadable(since=prepared_queries.CUTOFF_PARAM)
    if any(officer_may(officer, ability) for ability in _GROUP_WATCHERS):
        queries["/nhom"] = channels.list_open_flags(officer)
    if officer_may(officer, Permission.APPROVE_BULLETINS):
        queries["/ban-tin"] = bulletins.list_awaiting_decision(officer)
    if procedures.may_approve(officer):
        queries["/thu-vien-thu-tuc"] = procedures.list_awaiting_approval(officer)
    if officer_may(officer, Permission.WRITE_BULLETINS):
        queries["/dang-tay"] = manual_queries.list_owed_of_unit(officer)
    if officer_may(officer, Permission.ISSUE_REPORTS):
        queries["/bao-cao"] = reports.select_unanswered_remarks(officer)
    if officer_may(officer, Permission.HANDLE_CONDUCT):
        queries["/giu-kin"] = conduct.list_alerts(officer)
    if officer_may(officer, Permission.ANSWER_DATA):
        queries[_REQUESTS] = privacy.list_open_requests(officer)
    if any(officer_may(officer, ability) for ability in _KEYS):
        queries["placed"] = key_distribution.find_placed_keys(officer)
    return queries | {"late": privacy.list_alerted_requests(officer), _BREACHES: privacy.list_alerted_breaches(officer)}


def _list_alerts(officer: Officer, numbers: dict[str, int], *, on_desk: bool) -> Iterator[Alert]:
    """List alerts: shared keys to collect, and legal deadlines near expiry.

    Officers in charge get a link; the province above is asked to supervise. The desk page shows its own cases itself.
    """
    if numbers.get("placed"):
        yield Alert(str(_(PLACED_KEY_NOTICE)), "/giu-kin")
    if (near_deadline := numbers[_NEAR_DEADLINE]) and not on_desk:
        yield Alert(
            _("Thời hạn của vụ việc sắp quá hoặc đã quá, chưa ai xem: {n}.").format(n=near_deadline), _NEAR_DEADLINE
        )
    if unread := numbers.get(_UNREAD):
        text = _("Tin gửi tới từ hôm qua mà máy không đọc được, chưa bàn trực nào thấy: {n}.").format(n=unread)
        yield Alert(text, _UNREAD if officer_may(officer, Permission.OPERATE) else "", str(_ASK_TO_MEND))
    if overdue := numbers.get("late"):
        text = _("Yêu cầu về dữ liệu cá nhân sắp hoặc đã quá hạn, chưa ai trả lời: {n}.").format(n=overdue)
        yield Alert(text, _REQUESTS if officer_may(officer, Permission.ANSWER_DATA) else "", str(_ASK_STAFF))
    if overdue := numbers.get(_BREACHES):
        text = _("Sự cố dữ liệu sắp hoặc đã quá 72 giờ mà chưa báo cơ quan chuyên trách: {n}.").format(n=overdue)
        may_open = any(officer_may(officer, ability) for ability in privacy.BREACH_ABILITIES)
        yield Alert(text, _BREACHES if may_open else "", str(_ASK_OPERATOR))


def _get_unit_name(officer: Officer) -> str:
    """Return the unit's name from the process's snapshot of the areas, without a statement."""
    try:
        return get_directory().unit_name(officer.unit_id)
    except AreasNotLoadedError:
        return ""
