"""An officer's own chat with the account: linked by a one-time code, asked from which group a forwarded message comes.

A pressed button comes back as a message, such as «Tin từ nhóm Bình yên Nam Sơn · K7M2-9QXD».
"""

import datetime as dt
import re
import secrets
from collections.abc import Mapping, Sequence

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from binhyen.areas import queries as areas
from binhyen.audit.services import AuditAction, record_actions
from binhyen.bulletins import manual_queries, sharing_services
from binhyen.bulletins.models import ManualGroup, OfficerChat
from binhyen.cases.escalation_settings import get_alarm_delays
from binhyen.cases.models import CaseMessage, Report
from binhyen.cases.services.location import Location, set_location
from binhyen.intake.officer_chat import OriginQuestion
from binhyen.kit.clock import to_vietnam_day
from binhyen.kit.ids import format_code, normalize_code
from binhyen.kit.rate_limits import RateLimit, try_acquire
from binhyen.kit.text import fold_text, fold_to_words, to_nfc
from binhyen.people import access
from binhyen.people.models import Officer
from binhyen.people.roles import Permission
from binhyen.people.services import RuleViolation, get_audit_actor

CODE_LIFETIME = dt.timedelta(minutes=15)
MAX_GROUPS_ASKED = 3  # with the two other answers: a chat message has five buttons
_CHAT_LIMIT = RateLimit(burst=5, per_second=1 / 600)  # codes that one chat may try
_TOTAL_LIMIT = RateLimit(burst=60, per_second=1 / 60)  # codes that all chats may try
_LINK_COMMAND = re.compile(r"lien ket (\d{3}) ?(\d{3})")
_ORIGIN_COMMAND = re.compile(r"\s*(tin từ nhóm (.{1,60}?)|tin của tôi)\s*·\s*([0-9A-Z]{4}-[0-9A-Z]{4})\s*", re.I)
_MAX_COMMAND_LENGTH = 120
_OTHER_GROUP = "khác"

# Texts of the chat: always in Vietnamese.
_LINKED_TEXT = (
    "Đã liên kết khung nhắn này với tài khoản cán bộ của bạn. Từ nay bạn chuyển tiếp tin vào đây, tôi hỏi tin từ nhóm "
    "nào rồi ghi vào vụ việc. Không phải bạn vừa lấy mã thì vào trang «Chuyển tin từ nhóm» và bấm «Bỏ liên kết Zalo»."
)
_WRONG_CODE_TEXT = "Mã liên kết chưa đúng. Mã chỉ dành cho cán bộ, lấy ở trang «Chuyển tin từ nhóm»."
_EXPIRED_TEXT = "Mã liên kết đã hết hạn. Bạn lấy mã mới ở trang «Chuyển tin từ nhóm»."
_TOO_MANY_TEXT = "Mã liên kết được thử nhiều lần quá. Bạn chờ 10 phút rồi gửi lại."
_ORIGIN_TEXT = "Vụ việc {code}: tin này từ nhóm nào? Bấm một nút. Người viết tin không được ghi tên."
_NOTED_TEXT = "Vụ việc {code}, đã ghi: {origin}."  # the same for a case that became hidden from the officer
_NO_CASE_TEXT = "Không tìm thấy vụ việc hoặc nhóm này. Bạn ghi ở trang vụ việc."


# The page.


def get_own_link(officer: Officer) -> OfficerChat | None:
    """Return the officer's linked chat; None before the code was sent."""
    return OfficerChat.objects.filter(officer=officer, linked_at__isnull=False).first()


@transaction.atomic
def create_link_code(*, officer: Officer, now: dt.datetime) -> str:
    """Return a new code of six digits for `CODE_LIFETIME`; it ends an earlier code or link."""
    _require_worker(officer)
    code = f"{secrets.randbelow(1_000_000):06}"
    fields = {"code_hash": _hash_link_code(code), "code_expires_at": now + CODE_LIFETIME}
    OfficerChat.objects.update_or_create(officer=officer, defaults=fields | {"reporter": None, "linked_at": None})
    _record_link("officer_chat.code_created", officer, now=now)
    return code


@transaction.atomic
def delete_own_link(*, officer: Officer, now: dt.datetime) -> None:
    _require_worker(officer)
    if OfficerChat.objects.filter(officer=officer).delete()[0]:
        _record_link("officer_chat.unlinked", officer, now=now)


def delete_invalid_links(now: dt.datetime, limit: int) -> None:
    """Delete unused codes, and links whose officer is inactive or whose reporter was erased or got a new pseudonym."""
    is_unused = Q(linked_at=None, code_expires_at__lt=now)
    # nosemgrep: identity-through-relation  whether there is one, never its content
    is_erased = Q(reporter__isnull=False, reporter__contacts__isnull=True)
    invalid = OfficerChat.objects.filter(is_unused | is_erased | Q(officer__is_active=False)).order_by("pk")
    OfficerChat.objects.filter(pk__in=list(invalid.values_list("pk", flat=True)[:limit])).delete()


def _require_worker(officer: Officer) -> None:
    if not access.officer_may(officer, Permission.WORK_CASES):
        raise RuleViolation(_("Bạn không có quyền làm việc này."))


def _record_link(verb: str, officer: Officer, *, now: dt.datetime) -> None:
    name = f"officer:{officer.public_id}"
    record_actions([AuditAction(get_audit_actor(officer), verb, name, officer.unit_id)], now=now)


def _hash_link_code(code: str) -> str:
    return salted_hmac("bulletins.officer_chat", code, algorithm="sha256").hexdigest()


# The chat.


class ChatCommands:
    """Commands of officers in a private chat (intake/officer_chat.py)."""

    def list_linked_reporters(self, reporter_ids: Sequence[int]) -> frozenset[int]:
        return frozenset(_select_links(reporter_ids).values_list("reporter_id", flat=True))

    def is_command(self, text: str, reporter_id: int) -> bool:
        if len(text) > _MAX_COMMAND_LENGTH:
            return False
        if _LINK_COMMAND.fullmatch(fold_to_words(text)):
            return True
        return _ORIGIN_COMMAND.fullmatch(to_nfc(text)) is not None and _select_links([reporter_id]).exists()

    def run_command(self, text: str, *, reporter_id: int, now: dt.datetime) -> str:
        code = _LINK_COMMAND.fullmatch(fold_to_words(text))
        if code is not None:
            return _link_chat(code[1] + code[2], reporter_id, now=now)
        answer, link = _ORIGIN_COMMAND.fullmatch(to_nfc(text)), _select_links([reporter_id]).first()
        if answer is None or link is None:
            return _NO_CASE_TEXT
        reports = Report.objects.filter(case__code=normalize_code(answer[3]), reporter=reporter_id)
        report = reports.select_related("case").first()
        if report is None:
            return _NO_CASE_TEXT
        if answer[2] is None:
            return _NOTED_TEXT.format(code=format_code(report.case.code), origin="tin của bạn")
        return _record_origin(report, answer[2], link.officer, now=now)

    def build_origin_questions(self, codes: Mapping[int, str]) -> dict[int, OriginQuestion]:
        questions = {}
        for link in _select_links(list(codes)):
            code, reporter_id = format_code(codes[link.reporter_id or 0]), link.reporter_id or 0
            names = [group.name for group in _list_origin_groups(link.officer)[:MAX_GROUPS_ASKED]]
            answers = [(name, f"Tin từ nhóm {name}") for name in names]
            answers += [("Nhóm khác", f"Tin từ nhóm {_OTHER_GROUP}"), ("Tin của tôi", "Tin của tôi")]
            buttons = tuple((title, f"{answer} · {code}") for title, answer in answers)
            questions[reporter_id] = OriginQuestion(_ORIGIN_TEXT.format(code=code), buttons)
        return questions


def _select_links(reporter_ids: Sequence[int]) -> "QuerySet[OfficerChat]":
    """Return the links of these reporters to officers that may pass messages on."""
    links = OfficerChat.objects.filter(reporter__in=reporter_ids, officer__is_active=True, officer__unsure_since=None)
    return links.select_related("officer__unit")


def _list_origin_groups(officer: Officer) -> list[ManualGroup]:
    may_work = access.officer_may(officer, Permission.WORK_CASES)
    return manual_queries.list_groups_of_unit(officer) if may_work else []


def _link_chat(code: str, reporter_id: int, *, now: dt.datetime) -> str:
    """Link the chat to the officer of the code. A chat belongs to one officer: an earlier link of it ends."""
    is_allowed = try_acquire(f"officer-chat:{reporter_id}", _CHAT_LIMIT)
    if not is_allowed or not try_acquire("officer-chat", _TOTAL_LIMIT):
        return _TOO_MANY_TEXT
    rows = OfficerChat.objects.select_for_update(of=("self",)).filter(code_hash=_hash_link_code(code))
    matches = list(rows.filter(officer__is_active=True).select_related("officer")[:2])
    if len(matches) != 1:  # two officers have the same digits: each takes a new code
        return _WRONG_CODE_TEXT
    [row] = matches
    if row.code_expires_at is None or row.code_expires_at <= now:
        return _EXPIRED_TEXT
    OfficerChat.objects.filter(reporter=reporter_id).delete()
    row.reporter_id, row.linked_at, row.code_hash, row.code_expires_at = reporter_id, now, "", None
    row.save()
    _record_link("officer_chat.linked", row.officer, now=now)
    return _LINKED_TEXT


def _record_origin(report: Report, name: str, officer: Officer, *, now: dt.datetime) -> str:
    """Note the group on the case and give the case its place; the author stays unknown."""
    case, groups = report.case, _list_origin_groups(officer)
    group = next((row for row in groups if fold_text(row.name) == fold_text(name)), None)
    if group is None and fold_text(name) != fold_text(_OTHER_GROUP):
        return _NO_CASE_TEXT
    if not case.is_restricted and officer.pk not in (case.excluded_officers or ()):
        if group is not None and case.commune_id is None:
            _place_case(case.pk, group, now=now)
        sharing_services.add_origin_note(Report.objects.filter(pk=report.pk), group, officer, now=now)
        messages = CaseMessage.objects.filter(case=case, message__reporter=report.reporter_id).exclude(message__text="")
        text = messages.order_by("pk").values_list("message__text", flat=True).first() or ""
        fingerprint = sharing_services.compute_fingerprint(officer.unit_id, text)
        sharing_services.record_shared_message(fingerprint, group, officer, now=now)
    origin = f"tin từ nhóm {group.name}" if group else "tin từ nhóm khác. Bạn ghi tên nhóm ở trang vụ việc"
    return _NOTED_TEXT.format(code=format_code(case.code), origin=origin)


def _place_case(case_id: int, group: ManualGroup, *, now: dt.datetime) -> None:
    unit_id, commune_id = areas.get_directory().get_responsible_unit(group.area_id)
    if commune_id is None:
        return
    words = areas.build_labels([group.area_id], to_vietnam_day(now)).get(group.area_id, "")
    spot = Location(unit_id, commune_id, group.area_id, words)
    set_location(case_id=case_id, spot=spot, ladder=get_alarm_delays(), now=now)
