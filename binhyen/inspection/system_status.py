"""State of the machine for its operator: each line has a value and advice. Reads only."""

import datetime as dt
import os
import shutil
import socket
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection
from django.db.models import Count, Q
from django.utils.translation import gettext as _
from procrastinate.contrib.django.models import ProcrastinateJob

from binhyen.cases.services.alarms import ESCALATE
from binhyen.channels.models import Channel
from binhyen.channels.plan_rules import get_expiry_tone, has_run_out, is_quota_low
from binhyen.channels.presenters import format_channel
from binhyen.channels.queries import (
    LATE_AFTER,
    is_work_silent,
    list_account_states,
    list_lapsing_groups,
    list_overdue_webhooks,
    list_stuck,
)
from binhyen.kit import clock, erasure_log
from binhyen.kit.clock import to_vietnam_day
from binhyen.kit.periodic import get_last_heartbeat
from binhyen.people.models import Officer
from binhyen.ui.formatting import format_duration, format_full_time, format_number

GOOD, WARN, BAD = "good", "warn", "bad"
_GIGABYTE = 10**9
_LEAST_FREE = 2 * _GIGABYTE  # below this, pictures and the database soon fail
_MIN_CERTIFICATE_DAYS, _CERTIFICATE_CACHE_SECONDS = 21, 600
_BACKUP_WARN, _BACKUP_BAD = dt.timedelta(hours=30), dt.timedelta(days=3)
_SLOW_QUERY_MS, _SLOW_DISK_MS = 50, 200
_MANY_JOBS = 500
_JOB_STEP = 100  # shown in hundreds: jobs of a complaint must not be countable
_MISSED_SHOWN = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class StatusLine:
    """One line of the page. `advice`: the next step; `command`: on the server; `url`: the page that shows more."""

    name: str
    tone: str
    value: str
    advice: str = ""
    command: str = ""
    url: str = ""


def list_status(officer: Officer, *, now: dt.datetime) -> list[StatusLine]:
    """List the lines, those that need work first."""
    lines = [
        *_check_disk(),
        *_check_worker(),
        *_check_queue(officer, now),
        *_check_backup(now),
        *_check_certificate(),
        *_shorten_channels(list(_check_channels(now))),
        *_check_plans(officer, now),
        *_check_missed(now),
        *_measure_speed(),
    ]
    return sorted(lines, key=lambda line: (BAD, WARN, GOOD).index(line.tone))


def _check_disk() -> Iterator[StatusLine]:
    usage = shutil.disk_usage(settings.VAR_DIR)
    share = usage.free / usage.total
    tone = BAD if share < 0.05 or usage.free < _LEAST_FREE else WARN if share < 0.15 else GOOD
    value = _("còn trống {free} GB, {percent} %").format(free=round(usage.free / _GIGABYTE), percent=round(share * 100))
    advice = (
        "" if tone == GOOD else _("Thêm ổ đĩa, hoặc chuyển bản sao lưu cũ sang máy khác. Đầy ổ thì không nhận ảnh.")
    )
    yield StatusLine(_("Ổ đĩa"), tone, value, advice, "" if tone == GOOD else f"du -sh {settings.VAR_DIR}/*")


def _check_worker() -> Iterator[StatusLine]:
    newest = get_last_heartbeat(ESCALATE)  # the worker does this every second; by the database's clock
    if newest is not None and not is_work_silent(ESCALATE):
        yield StatusLine(_("Việc chạy nền"), GOOD, _("đang chạy"))
        return
    value = _("không có tin từ {moment}").format(moment=format_full_time(newest)) if newest else _("chưa chạy lần nào")
    advice = _("Chuông báo động vẫn kêu, nhưng tin Zalo không được đọc và không gửi. Khởi động lại.")
    yield StatusLine(_("Việc chạy nền"), BAD, value, advice, "systemctl restart binhyen")


def _check_queue(officer: Officer, now: dt.datetime) -> Iterator[StatusLine]:
    due = Q(scheduled_at=None) | Q(scheduled_at__lte=now)
    jobs = ProcrastinateJob.objects.filter(due, status="todo").aggregate(n=Count("id"))["n"]
    unread = list_overdue_webhooks(due_before=now - LATE_AFTER, received_after=now + LATE_AFTER).count()
    stuck = list_stuck(officer, now=now).count()
    tone = BAD if unread else WARN if stuck or jobs > _MANY_JOBS else GOOD
    value = _("{jobs}, {unread} tin đến chưa đọc, {stuck} tin chưa gửi được").format(
        jobs=_format_jobs(jobs), unread=unread, stuck=stuck
    )
    advice = ""
    if unread:
        advice = _(
            "Tin đến không được đọc: xem việc chạy nền ở trên. Chưa chạy lại được thì báo bàn trực đọc trong Zalo."
        )
    elif stuck:
        advice = _("Mở trang Tin chờ gửi, xem vì sao và gửi lại.")
    elif jobs > _MANY_JOBS:
        advice = _("Đang dồn việc. Không vơi trong 10 phút thì chạy thêm một máy xử lý.")
    command = "./dev work" if tone == WARN and jobs > _MANY_JOBS else ""
    yield StatusLine(_("Hàng đợi"), tone, value, advice, command, "/hop-thu-di" if stuck or unread else "")


def _format_jobs(count: int) -> str:
    if count < _JOB_STEP:
        return _("dưới {n} việc chờ chạy").format(n=_JOB_STEP)
    return _("hơn {n} việc chờ chạy").format(n=format_number(count // _JOB_STEP * _JOB_STEP))


def _check_backup(now: dt.datetime) -> Iterator[StatusLine]:
    newest = _find_newest_backup(settings.ERASED_DIR)
    command = "./dev backup binhyen.age"
    if newest is None:
        advice = _("Không thấy bản nào trong 35 ngày. Sao lưu mỗi đêm, cất ở máy khác, thử khôi phục mỗi quý.")
        yield StatusLine(_("Sao lưu"), WARN if settings.DEMO else BAD, _("chưa có"), advice, command)
        return
    age = now - newest
    tone = BAD if age > _BACKUP_BAD else WARN if age > _BACKUP_WARN else GOOD
    value = _("bản mới nhất {moment}").format(moment=format_full_time(newest))
    advice = "" if tone == GOOD else _("Lịch sao lưu mỗi đêm không chạy. Sao lưu ngay, rồi xem systemctl list-timers.")
    yield StatusLine(_("Sao lưu"), tone, value, advice, "" if tone == GOOD else command)


def _find_newest_backup(folder: Path) -> dt.datetime | None:
    """Return the moment of the newest backup by the marks that this process may read."""
    seconds = [0]
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.is_file() and os.access(path, os.R_OK):
            marks = (line.split(" ") for line in path.read_text(errors="replace").splitlines())
            seconds += [
                int(mark[1]) for mark in marks if mark[0] == erasure_log.BACKUP and mark[1:2] and mark[1].isdigit()
            ]
    return dt.datetime.fromtimestamp(max(seconds), dt.UTC) if max(seconds) else None


def _check_certificate() -> Iterator[StatusLine]:
    if not settings.PUBLIC_URL.startswith("https://"):
        if not settings.DEMO:
            advice = _("Đặt BINHYEN_URL là địa chỉ https, có máy chủ TLS đứng trước.")
            yield StatusLine(_("Chứng chỉ"), WARN, _("trang chưa dùng https"), advice)
        return
    problem, ends = _read_certificate(settings.PUBLIC_URL, int(time.monotonic()) // _CERTIFICATE_CACHE_SECONDS)
    command = "certbot renew && systemctl reload nginx"
    if ends is None:
        tone = BAD if problem else WARN
        yield StatusLine(
            _("Chứng chỉ"), tone, problem or _("từ máy này không hỏi được"), _("Gia hạn chứng chỉ."), command
        )
        return
    days = (ends - clock.now()).days
    tone = BAD if days < 3 else WARN if days < _MIN_CERTIFICATE_DAYS else GOOD
    advice = "" if tone == GOOD else _("Hết hạn thì trình duyệt và Zalo không vào được trang. Gia hạn chứng chỉ.")
    yield StatusLine(_("Chứng chỉ"), tone, _("còn {n} ngày").format(n=days), advice, "" if tone == GOOD else command)


@lru_cache(maxsize=2)
def _read_certificate(url: str, _period: int) -> tuple[str, dt.datetime | None]:
    """Return (problem, end) of the certificate at our own address; cached, since every look costs a connection."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        with (
            socket.create_connection((host, parts.port or 443), timeout=2) as raw,
            ssl.create_default_context().wrap_socket(raw, server_hostname=host) as tls,
        ):
            ends = str((tls.getpeercert() or {})["notAfter"])
    except ssl.SSLCertVerificationError as error:
        return error.verify_message, None
    except OSError:
        return "", None
    return "", dt.datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), dt.UTC)


_MOST_GOOD_CHANNELS = 5  # accounts without work, above which one line tells their number


def _shorten_channels(lines: list[StatusLine]) -> Iterator[StatusLine]:
    """Yield every account that needs work; a province may have hundreds without."""
    good = [line for line in lines if line.tone == GOOD]
    if len(good) <= _MOST_GOOD_CHANNELS:
        yield from lines
        return
    yield from (line for line in lines if line.tone != GOOD)
    yield StatusLine(_("Tài khoản"), GOOD, _("{n} tài khoản đang nối bình thường").format(n=len(good)))


def _check_plans(officer: Officer, now: dt.datetime) -> Iterator[StatusLine]:
    """List coming expiries: packages and message quotas of accounts, rights of groups."""
    today = to_vietnam_day(now)
    for state in list_account_states(officer, now=now):
        name = format_channel(state.channel)
        advice = _("Gia hạn gói ở trang quản lý Zalo OA. Hết gói thì nhóm và tin gửi đều dừng.")
        if state.ends_on is not None and has_run_out(state.ends_on, today):
            yield StatusLine(name, BAD, _("gói đã hết hạn ngày {day}").format(day=f"{state.ends_on:%d/%m/%Y}"), advice)
        elif state.ends_on is not None and get_expiry_tone(state.ends_on, today, renews=state.renews):
            tone = get_expiry_tone(state.ends_on, today, renews=state.renews)
            days = (state.ends_on - today).days
            yield StatusLine(name, tone, _("gói còn {n} ngày").format(n=days), advice)
        if is_quota_low(state.messages_left, state.messages_total):
            value = _("còn {left} trong {total} tin của gói").format(
                left=format_number(state.messages_left), total=format_number(state.messages_total)
            )
            yield StatusLine(
                name, WARN, value, _("Hết lượt thì tin sau 48 giờ phải trả tiền. Mua thêm hoặc chờ kỳ sau.")
            )
    lapsing = list_lapsing_groups(officer, now=now)
    first, count = lapsing.first(), lapsing.count()
    if first is not None and first.asset_until is not None:
        tone = get_expiry_tone(first.asset_until, today, renews=False) or WARN
        value = _("{n} nhóm sắp hết suất, sớm nhất ngày {day}").format(n=count, day=f"{first.asset_until:%d/%m/%Y}")
        advice = _("Gia hạn suất nhóm. Hết suất thì nhóm bị khóa, sau 45 ngày Zalo giải tán.")
        yield StatusLine(_("Nhóm Zalo"), tone, value, advice, "", "/nhom")


def _check_missed(now: dt.datetime) -> Iterator[StatusLine]:
    """Say where messages came by catch-up only: the webhook may be off."""
    for channel in Channel.objects.filter(missed_at__gt=now - _MISSED_SHOWN).order_by("id"):
        value = _("{n} tin không đến qua webhook, máy đã đọc bù").format(n=format_number(channel.missed_count))
        advice = _("Xem webhook còn bật không ở trang quản trị ứng dụng Zalo: Zalo tự tắt khi máy im quá hai giờ.")
        yield StatusLine(format_channel(channel), WARN, value, advice)


def list_zalo_accounts(officer: Officer, *, now: dt.datetime) -> list[dict[str, Any]]:
    """Return the accounts with their packages, and the form that verifies the domain."""
    states = {state.channel.pk: state for state in list_account_states(officer, now=now)}
    channels = Channel.objects.filter(kind="zalo_oa").select_related("unit").order_by("name", "id")
    return [
        {
            "name": channel.name,
            "unit": channel.unit.name if channel.unit else _("Toàn tỉnh"),
            "package": channel.plan.get("package", ""),
            "until": state.ends_on if state else None,
            "groups": _("{used} đang dùng, {free} trống").format(used=state.groups_used, free=state.groups_free)
            if state
            else "",
            "messages": f"{format_number(state.messages_left)}/{format_number(state.messages_total)}"
            if state and state.messages_total
            else "",
            "fee": state.fee if state else None,
            "code": channel.settings.get("site_verification", ""),
            "code_url": f"/hop-thu-di/kenh/{channel.public_id}/ten-mien",
        }
        for channel in channels
        for state in [states.get(channel.pk)]
    ]


def _check_channels(now: dt.datetime) -> Iterator[StatusLine]:
    """Say of each channel with tokens whether they are valid, and why it refuses (often the package)."""
    for channel in Channel.objects.filter(credential__isnull=False).select_related("credential").order_by("id"):
        credential, name = channel.credential, format_channel(channel)
        if credential.lost_at is not None:
            advice = _("Người quản lý tài khoản phải cấp quyền lại.")
            yield StatusLine(
                name, BAD, _("mất quyền gửi"), advice, f"./dev binhyen connect_{channel.kind.split('_')[0]}"
            )
        elif channel.paused_until and channel.paused_until > now:
            advice = _("{reason}. Nếu do gói dịch vụ hết hạn hay hết lượt, gia hạn trên trang quản lý tài khoản.")
            yield StatusLine(
                name, BAD, _("tạm dừng gửi"), advice.format(reason=_(channel.paused_reason)), "", "/hop-thu-di"
            )
        elif credential.refused_since is not None:
            advice = _("Máy vẫn đang thử. Quá một giờ thì cấp quyền lại.")
            yield StatusLine(name, WARN, _("bị từ chối gia hạn mã truy cập"), advice, "", "/hop-thu-di")
        elif credential.expires_at is not None and credential.expires_at <= now:
            yield StatusLine(name, WARN, _("mã truy cập hết hạn"), _("Máy tự gia hạn khi gửi tin tới."), "")
        else:
            until = credential.expires_at
            value = _("mã truy cập đến {moment}, tự gia hạn").format(moment=format_full_time(until)) if until else ""
            yield StatusLine(name, GOOD, value or _("đang nối"))


def _measure_speed() -> Iterator[StatusLine]:
    started = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()
    query_ms = (time.perf_counter() - started) * 1000
    advice = _("Xem máy của PostgreSQL có bận không, và mạng tới nó.") if query_ms > _SLOW_QUERY_MS else ""
    tone = WARN if advice else GOOD
    yield StatusLine(_("Cơ sở dữ liệu"), tone, _("trả lời trong {n}").format(n=_format_ms(query_ms)), advice)
    disk_ms = _time_disk_write(settings.VAR_DIR)
    if disk_ms is not None:
        advice = _("Ổ đĩa chậm hoặc đang bận: xem iostat -x 5.") if disk_ms > _SLOW_DISK_MS else ""
        tone = WARN if advice else GOOD
        yield StatusLine(_("Ghi đĩa"), tone, _("xong trong {n}").format(n=_format_ms(disk_ms)), advice)


def _time_disk_write(folder: Path) -> float | None:
    """Return the milliseconds of one durable write; None where this process may not write there."""
    path = folder / f".speed-{os.getpid()}"
    started = time.perf_counter()
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            os.write(descriptor, b"x" * 4096)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
            path.unlink()
    except OSError:
        return None
    return (time.perf_counter() - started) * 1000


def _format_ms(milliseconds: float) -> str:
    return f"{max(1, round(milliseconds))} ms" if milliseconds < 1000 else format_duration(milliseconds / 1000)
