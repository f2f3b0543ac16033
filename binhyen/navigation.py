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

from binhyen.areas.queries import NotLoaded, directory
from binhyen.cases.queries import alarm_recipients
from binhyen.cases.queries.overdue import late
from binhyen.channels import queries as channels
from binhyen.conduct import queries as conduct
from binhyen.kit import clock, prepared_queries
from binhyen.kit.capped_counts import counts_of
from binhyen.people.access import may, sight_key
from binhyen.people.auth_policy import terms
from binhyen.people.models import Officer, SignIn
from binhyen.people.roles import May
from binhyen.people.roles import may as role_may
from binhyen.privacy import queries as privacy
from binhyen.ui.context import Alert, NavItem, Shell, Signed
from binhyen.vault import key_distribution
from binhyen.vault.rules import PLACED

CAP = 1000
_URLS = Shell().urls | {"home": "/ban-truc", "search": "/tim", "groups": "/nhom"}
_RINGING = ("/ban-truc", "/giu-kin", "/su-co-du-lieu")
_ASK_STAFF = _("Nhắc Phòng Tham mưu trả lời ngay.")
_ASK_OPERATOR = _("Nhắc người vận hành, thanh tra báo ngay.")
_ASK_TO_MEND = _("Đọc ngay trong Zalo của kênh, và gọi người vận hành.")
_UNREAD = "/hop-thu-di#doc-lai"
_BEHIND = "behind"
_DAY = dt.timedelta(days=1)
_TOLD = "/ban-truc?han=nhac"  # the desk, filtered to cases near their deadline
_REQUESTS, _BREACHES = "/yeu-cau-du-lieu", "/su-co-du-lieu"
_CASES = (May.WORK_CASES, May.REPORT_BACK, May.HAND_ON)
_SORTS = (May.WORK_CASES,)
_KEYS = (May.WORK_CASES, May.HANDLE_CONDUCT, May.OPEN_IDENTITY)
_WATCHES_GROUPS = (May.MANAGE_GROUPS, May.WORK_CASES)
_WATCHES_OUTBOX = (May.WORK_CASES, May.OPERATE)
# Label, address, icon, and the permissions, one of which is required.
_PLACES: tuple[tuple[Promise, str, str, tuple[May, ...]], ...] = (
    (_("Bàn trực"), "/ban-truc", "inbox", _CASES),
    (_("Tìm"), "/tim", "search", _CASES),
    (_("Tin nhắn"), "/tin-nhan", "chat", _SORTS),
    (pgettext_lazy("nav", "Nhóm"), "/nhom", "users", _WATCHES_GROUPS),
    (pgettext_lazy("nav", "Kết quả"), "/ket-qua", "chart", (May.READ_LEDGER,)),
    (_("Tin chờ gửi"), "/hop-thu-di", "outbox", _WATCHES_OUTBOX),
    (_("Lịch trực"), "/lich-truc", "clock", (May.WORK_CASES, May.MANAGE_ROSTER)),
    (_("Cán bộ"), "/can-bo", "user", (May.MANAGE_PEOPLE,)),
    (_("Khai quan hệ"), "/quan-he", "users", (May.KEEP_TIES, May.HANDLE_CONDUCT)),
    (_("Nhật ký kiểm tra"), "/nhat-ky", "lock", (May.READ_AUDIT,)),
    (_("Giữ kín"), "/giu-kin", "lock", _KEYS),
    (_("Yêu cầu dữ liệu"), "/yeu-cau-du-lieu", "user", (May.ANSWER_DATA,)),
    (_("Lưu giữ"), "/luu-giu", "clock", (May.ANSWER_DATA, May.OPERATE, May.READ_AUDIT)),
    (_("Sự cố dữ liệu"), "/su-co-du-lieu", "alert", (May.OPERATE, May.READ_AUDIT)),
    (_("Máy đọc tin"), "/hoc-may", "chart", (May.WATCH_READER,)),
    (pgettext_lazy("nav", "Địa bàn"), "/dia-ban/nhap-thon", "map", (May.OPERATE,)),
)


def shell(request: HttpRequest) -> Shell:
    """Build the frame of an officer's page; other users get the citizens' frame."""
    officer = getattr(request, "user", None)
    if not isinstance(officer, Officer) or not officer.is_active:
        return Shell()
    numbers = _numbers(officer)
    here, late = request.path.split("/", 2)[1], bool(numbers.get("late"))
    nav = tuple(
        NavItem(
            label, url, icon, current=here == url[1:].partition("/")[0], count=numbers.get(url),
            hot=url in _RINGING or (late and url == _REQUESTS),
        )
        for label, url, icon in _places(officer.role, get_language())
    )  # fmt: skip
    return Shell(
        nav=nav, unit_name=_unit_name(officer), person=Signed(officer.name, officer.role_label, "/dang-xuat"),
        live_url="/live" if any(may(officer, ability) for ability in (*_CASES, May.HANDLE_CONDUCT)) else "",
        alerts=tuple(_alerts(officer, numbers, on_desk=here == "ban-truc")),
        behind=bool(numbers.get(_BEHIND)),
        summons=bool(numbers.get("/giu-kin")) if may(officer, May.HANDLE_CONDUCT) else None,
        rings=_rings(officer, numbers) if here != "ban-truc" else None,
        ends_in=_ends_in(request),
        idle_seconds=int(terms(officer.role).idle.total_seconds()),
        urls=_URLS,
    )  # fmt: skip


def _ends_in(request: HttpRequest) -> int:
    signed = getattr(request, "sign_in", None)  # set by the decorator of people
    return max(1, int((signed.expires_at - clock.now()).total_seconds())) if isinstance(signed, SignIn) else 0


@lru_cache(maxsize=64)
def _places(role: str, language: str | None) -> tuple[tuple[str, str, str], ...]:
    """Return label, address and icon of the role's navigation items, in the language of the page."""
    assert language == get_language(), language
    return tuple(
        (str(label), url, icon)
        for label, url, icon, abilities in _PLACES
        if any(role_may(role, ability) for ability in abilities)
    )


def _numbers(officer: Officer) -> dict[str, int]:
    """Count items by address: ringing cases, stuck messages, flagged group messages.

    For sealed conversations only whether there is an alert.
    """
    now = clock.now()
    found = counts_of(
        ("shell", sight_key(officer)), lambda: _wanted(officer),
        {prepared_queries.NOW: now - channels.LATE, prepared_queries.THEN: now - _DAY}, cap=CAP,
    )  # fmt: skip
    return found | {"/giu-kin": min(1, found.get("/giu-kin", 0))}


def _rings(officer: Officer, numbers: dict[str, int]) -> tuple[str, ...] | None:
    """List ringing case codes; one more statement, only while an alarm rings."""
    if not any(may(officer, ability) for ability in _CASES):
        return None
    return tuple(alarm_recipients.ringing_codes(officer)) if numbers["/ban-truc"] else ()


def _wanted(officer: Officer) -> dict[str, QuerySet[Any]]:
    """Build the counted queries. `compiled.NOW`: limit of stuck messages, `compiled.THEN`: one day ago."""
    wanted: dict[str, QuerySet[Any]] = {"/ban-truc": alarm_recipients.ringing(officer), _TOLD: late(officer)}
    if any(may(officer, ability) for ability in _WATCHES_OUTBOX):
        wanted["/hop-thu-di"] = channels.stuck(officer, now=prepared_queries.NOW + channels.LATE)
    if any(may(officer, ability) for ability in (*_CASES, May.OPERATE)):
        wanted[_BEHIND] = channels.behind(now=prepared_queries.NOW + channels.LATE)
    if may(officer, May.OPERATE) or may(officer, May.DECIDE):
        wanted[_UNREAD] = channels.unreadable(since=prepared_queries.THEN)
    if any(may(officer, ability) for ability in _WATCHES_GROUPS):
        wanted["/nhom"] = channels.open_flags(officer)
    if may(officer, May.HANDLE_CONDUCT):
        wanted["/giu-kin"] = conduct.summons(officer)
    if may(officer, May.ANSWER_DATA):
        wanted[_REQUESTS] = privacy.waiting(officer)
    if any(may(officer, ability) for ability in _KEYS):
        wanted["placed"] = key_distribution.placed_keys(officer)
    return wanted | {"late": privacy.alarmed(officer), _BREACHES: privacy.alarmed_breaches(officer)}


def _alerts(officer: Officer, numbers: dict[str, int], *, on_desk: bool) -> Iterator[Alert]:
    """List alerts: shared keys to collect, and legal deadlines near expiry.

    Officers in charge get a link; the province above is asked to supervise. The desk page shows its own cases itself.
    """
    if numbers.get("placed"):
        yield Alert(str(_(PLACED)), "/giu-kin")
    if (told := numbers[_TOLD]) and not on_desk:
        yield Alert(_("Thời hạn của vụ việc sắp quá hoặc đã quá, chưa ai xem: {n}.").format(n=told), _TOLD)
    if unread := numbers.get(_UNREAD):
        text = _("Tin gửi tới từ hôm qua mà máy không đọc được, chưa bàn trực nào thấy: {n}.").format(n=unread)
        yield Alert(text, _UNREAD if may(officer, May.OPERATE) else "", str(_ASK_TO_MEND))
    if late := numbers.get("late"):
        text = _("Yêu cầu về dữ liệu cá nhân sắp hoặc đã quá hạn, chưa ai trả lời: {n}.").format(n=late)
        yield Alert(text, _REQUESTS if may(officer, May.ANSWER_DATA) else "", str(_ASK_STAFF))
    if late := numbers.get(_BREACHES):
        text = _("Sự cố dữ liệu sắp hoặc đã quá 72 giờ mà chưa báo cơ quan chuyên trách: {n}.").format(n=late)
        keeps = any(may(officer, ability) for ability in privacy.BREACH_BOOK)
        yield Alert(text, _BREACHES if keeps else "", str(_ASK_OPERATOR))


def _unit_name(officer: Officer) -> str:
    """Return the unit's name from the process's snapshot of the areas, without a statement."""
    try:
        return directory().unit_name(officer.unit_id)
    except NotLoaded:
        return ""
