"""Complaints on the sealed desks of the custody process (vault/sealed_desks.py): three desks, each with its own key.

`people/access.py: desk` decides access, the veto last; the keys decide readability. Either alone can refuse.
"""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from binhyen.areas.models import Unit
from binhyen.audit.queries.entries import list_read_events
from binhyen.cases.choices import OPEN_STATES, OUTCOME_LABELS, STATE_LABELS, State
from binhyen.cases.kinds import CONDUCT
from binhyen.channels.services.media import format_complaint_file_context
from binhyen.conduct import queries
from binhyen.conduct.models import Complaint
from binhyen.conduct.routing import (
    DESK_KEY_GROUPS,
    NOTES_SUFFIX,
    RANK_LABELS,
    ComplaintAction,
    SubjectRank,
    can_pass_on,
    list_complaint_actions,
)
from binhyen.conduct.services import handling
from binhyen.kit.clock import VIETNAM
from binhyen.kit.i18n_markers import N_
from binhyen.kit.keyset_pagination import Page, paginate_descending
from binhyen.people.conflicts import DESK_LABELS, Desk, get_queue
from binhyen.people.models import Officer
from binhyen.people.queries import get_officers_by_public_ids
from binhyen.people.services import RuleViolation, get_audit_actor
from binhyen.vault.queries import list_sealed_texts
from binhyen.vault.sealed_desks import (
    BY_RECEIPT,
    PAGE,
    ActionField,
    ReadReceipt,
    SealedAttachment,
    SealedConversation,
    SealedDesk,
    SealedMessage,
    get_desks,
)
from binhyen.vault.sealed_desks import DeskAction as Form

_BY_LINK = N_("Người báo đọc trên trang tra cứu của mình.")
_UNHANDLED_NOTICE = N_(
    "Có phản ánh mà mọi người được giải quyết ở cấp trên đều có liên quan. Đừng hỏi, đừng kể với ai ở đó: "
    "báo Thanh tra Bộ Công an cử người."
)
_MACHINE_LABEL = N_("Máy nối với hệ thống")
_IN_THE_CHAT = N_(
    "Gửi theo cách người báo đã nhắn: chat riêng (kênh chat, như Zalo, cũng đọc được) hoặc trang tra cứu."
)


class ConductDesk(SealedDesk):
    """Complaints visible at this desk: those that lie here and, to take over, those that lie below."""

    own_desk: Desk
    passkey = True  # readers of complaints prove their identity with a passkey (requirement E.19)

    def is_available_to(self, officer: Officer) -> bool:
        return get_queue(officer.role) is self.own_desk

    @property
    def group(self) -> str:
        return DESK_KEY_GROUPS[self.own_desk]

    @property
    def label(self) -> str:
        return _("Phản ánh cán bộ: {desk}").format(desk=_(DESK_LABELS[self.own_desk]).lower())

    def talks(
        self, officer: Officer, *, over: bool = False, cursor: str = "", now: dt.datetime
    ) -> Page[SealedConversation]:
        """List complaints; of open ones those with an alarm come first."""
        if get_queue(officer.role) is not self.own_desk:
            return Page([], "")
        rows, open_ = queries.annotate_ringing(queries.list_visible(officer)), Q(case__state__in=OPEN_STATES)
        sort_keys = ("last_message_at", "id") if over else ("rings", "urgency", "last_message_at", "id")
        page = paginate_descending(
            f"{self.name} {over}", rows.filter(~open_ if over else open_), sort_keys, cursor=cursor, limit=PAGE
        )
        rings = queries.find_ringing(page.rows)
        return Page([self._to_conversation(row, now, rings) for row in page.rows], page.next)

    def notice(self, officer: Officer) -> str:
        return _(_UNHANDLED_NOTICE) if queries.is_alerted_without_handler(officer) else ""

    def talk(self, officer: Officer, ref: str, *, now: dt.datetime) -> SealedConversation | None:
        row = self._find_complaint(officer, ref)
        return self._to_conversation(row, now, queries.find_ringing([row])) if row else None

    def words(self, ref: str) -> Sequence[SealedMessage]:
        owner = Complaint.objects.values_list("owner", flat=True).get(public_id=UUID(ref))
        notes = [replace(word, note=True) for word in list_sealed_texts(owner + NOTES_SUFFIX)]
        return sorted([*list_sealed_texts(owner), *notes], key=lambda word: word.at)

    def list_files(self, ref: str) -> Sequence[SealedAttachment]:
        """List its own files, and those of an anonymous tip, which belong to tips."""
        row = Complaint.objects.get(public_id=UUID(ref))
        kind, _, tip_ref = row.owner.partition(":")
        tip_files = get_desks()[kind].list_files(tip_ref) if kind in get_desks() else []
        own_files = [
            SealedAttachment(
                str(file_row.public_id),
                file_row.preview,
                format_complaint_file_context(file_row.public_id, "shown"),
                file_row.at,
                original=file_row.original,
                original_context=format_complaint_file_context(file_row.public_id, "original"),
            )
            for file_row in row.files.order_by("id")
        ]
        return [*own_files, *tip_files]

    def saved(self, *, officer: Officer, ref: str, why: str, reason: str, now: dt.datetime) -> None:
        handling.record_download(
            complaint=self._get_complaint(officer, ref), why=why, reason=reason, officer=officer, now=now
        )

    def looks(self, ref: str) -> Sequence[ReadReceipt]:
        """List read receipts, also of the case before it was recognised.

        The audit log hides these entries from its readers.
        """
        veto = Complaint.objects.select_related("veto").get(public_id=UUID(ref)).veto
        entries = list_read_events([name for name in (veto.subject_ref, veto.alias) if name])
        officers = [entry.actor.removeprefix("officer:") for entry in entries if entry.actor.startswith("officer:")]
        names = {get_audit_actor(officer): officer.name for officer in get_officers_by_public_ids(officers).values()}
        return [ReadReceipt(names.get(entry.actor) or _(_MACHINE_LABEL), entry.times, entry.last) for entry in entries]

    def reply(self, *, officer: Officer, ref: str, text: str, now: dt.datetime) -> None:
        handling.answer_complaint(complaint=self._get_complaint(officer, ref), text=text, officer=officer, now=now)

    def hand_on(self, *, officer: Officer, ref: str, extract: str, again: bool, now: dt.datetime) -> str:
        handling.pass_on_facts(complaint=self._get_complaint(officer, ref), extract=extract, officer=officer, now=now)
        return _("Đã chuyển phần trích cho trực ban tỉnh. Phản ánh vẫn ở đây.")

    def deeds(self, officer: Officer, ref: str) -> Sequence[Form]:
        row = self._find_complaint(officer, ref)
        if row is None:
            return []
        rings = row.pk in queries.find_ringing([row])
        allowed = list_complaint_actions(
            State(row.case.state), own_desk=self.own_desk, current_desk=Desk(row.veto.desk), rings=rings
        )
        if not queries.can_prolong(row):
            allowed -= {ComplaintAction.PROLONG}
        return [form for deed, form in _build_forms().items() if deed in allowed]

    def do(self, *, officer: Officer, ref: str, deed: str, data: Mapping[str, str], now: dt.datetime) -> str:
        row = self._get_complaint(officer, ref)
        match deed:
            case ComplaintAction.ACKNOWLEDGE:
                handling.acknowledge_complaint(complaint=row, officer=officer, now=now)
                return _("Đã ghi là bạn biết. Chuông đã tắt ở mọi nơi.")
            case ComplaintAction.ACCEPT:
                handling.accept_complaint(complaint=row, officer=officer, now=now)
                return _("Đã nhận.")
            case ComplaintAction.NAME:
                return self._set_subject(row, officer, data, now)
            case ComplaintAction.TAKE_OVER:
                handling.take_over_complaint(complaint=row, reason=data.get("reason", ""), officer=officer, now=now)
                return _("Đã rút lên. Cấp dưới không còn thấy phản ánh này.")
            case ComplaintAction.PROLONG:
                until = handling.prolong_deadline(
                    complaint=row, reason=data.get("reason", ""), officer=officer, now=now
                )
                return _("Đã gia hạn đến {day}. Người phản ánh được báo.").format(
                    day=f"{until.astimezone(VIETNAM):%d/%m/%Y}"
                )
            case ComplaintAction.CLOSE:
                handling.conclude_complaint(
                    complaint=row, outcome=data.get("outcome", ""), text=data.get("text", ""), officer=officer, now=now
                )
                return _("Đã kết luận và trả lời.")
            case ComplaintAction.REOPEN:
                handling.reopen_complaint(complaint=row, officer=officer, now=now)
                return _("Đã mở lại.")
        raise RuleViolation(_("Không có việc này."))

    def _set_subject(self, row: Complaint, officer: Officer, data: Mapping[str, str], now: dt.datetime) -> str:
        rank = data.get("rank", "")
        if rank not in set(SubjectRank):
            raise RuleViolation(_("Chọn phản ánh về ai."))
        units = list(Unit.objects.filter(code=data.get("unit", "")).values_list("pk", flat=True))
        new_route = handling.set_subject(
            complaint=row,
            rank=SubjectRank(rank),
            unit_ids=units,
            name_text=data.get("who", ""),
            officer=officer,
            now=now,
        )
        if new_route.desk is self.own_desk:
            return _("Đã ghi.")
        return _("Đã ghi. Phản ánh nay thuộc {desk}.").format(desk=_(DESK_LABELS[new_route.desk]).lower())

    def _find_complaint(self, officer: Officer, ref: str) -> Complaint | None:
        if get_queue(officer.role) is not self.own_desk:
            return None
        try:
            return queries.list_visible(officer).filter(public_id=UUID(ref)).first()
        except ValueError:
            return None

    def _get_complaint(self, officer: Officer, ref: str) -> Complaint:
        row = self._find_complaint(officer, ref)
        if row is None:
            raise RuleViolation(_("Không có phản ánh này."))
        return row

    def _to_conversation(self, row: Complaint, now: dt.datetime, rings: Collection[int]) -> SealedConversation:
        state, current_desk = State(row.case.state), Desk(row.veto.desk)
        open_ = state in OPEN_STATES
        late = open_ and row.case.due_at is not None and row.case.due_at < now
        place = (
            ""
            if current_desk is self.own_desk
            else _("Đang ở: {desk}").format(desk=_(DESK_LABELS[current_desk]).lower())
        )
        return SealedConversation(
            ref=str(row.public_id),
            subject=f"conduct:{row.case.public_id}",
            lock_id=row.lock_id or 0,
            title=", ".join(_(RANK_LABELS[SubjectRank(rank)]) for rank in row.subject_ranks) or CONDUCT.label,
            place=place,
            urgency=row.urgency,
            at=row.last_message_at,
            state=_("{state}, quá hạn").format(state=_(STATE_LABELS[state])) if late else _(STATE_LABELS[state]),
            waiting=open_ and (row.answered_at is None or row.answered_at < row.last_message_at),
            may_reply=current_desk is self.own_desk,
            may_hand_on=open_ and current_desk is self.own_desk and can_pass_on(row.veto.conflict_keys),
            rings=row.pk in rings,
            reads=_(_choose_reading_note(row)),
        )


def _choose_reading_note(row: Complaint) -> str:
    """Choose the sentence on how the reporter reads an answer, as `handling` sends it.

    Encrypted for a receipt or status link, otherwise a letter into the chat.
    """
    if row.owner.startswith("tip:"):
        return BY_RECEIPT
    return _BY_LINK if row.page_wrapped_key or not row.owner.startswith("conduct:") else _IN_THE_CHAT


class ProvinceDesk(ConductDesk):
    own_desk, name = Desk.PROVINCE, "phan-anh"


class DirectorDesk(ConductDesk):
    own_desk, name = Desk.DIRECTOR, "giam-doc"


class InspectorDesk(ConductDesk):
    own_desk, name = Desk.INSPECTORATE, "thanh-tra"


def _build_forms() -> dict[ComplaintAction, Form]:
    units = Unit.objects.filter(level=Unit.Level.COMMUNE, valid_to=None).order_by("name").values_list("code", "name")
    ranks = [(rank.value, _(label)) for rank, label in RANK_LABELS.items()]
    outcomes = [(outcome.value, _(OUTCOME_LABELS[outcome])) for outcome in CONDUCT.outcomes]
    return {
        ComplaintAction.ACKNOWLEDGE: Form(ComplaintAction.ACKNOWLEDGE, _("Tôi đã biết, tắt chuông"), "check-circle"),
        ComplaintAction.ACCEPT: Form(ComplaintAction.ACCEPT, _("Nhận giải quyết"), "check"),
        ComplaintAction.NAME: Form(
            ComplaintAction.NAME,
            _("Phản ánh về ai"),
            "user",
            (
                ActionField("rank", _("Chức vụ"), choices=tuple(ranks)),
                ActionField("unit", _("Đơn vị"), choices=(("", _("Chưa rõ")), *units), required=False),
                ActionField("who", _("Họ tên, nếu có"), required=False),
            ),
            note=_("Chỉ thêm, không bớt: ai đã bị ngăn thì vẫn bị ngăn. Phản ánh có thể chuyển lên cấp trên."),
        ),
        ComplaintAction.TAKE_OVER: Form(
            ComplaintAction.TAKE_OVER,
            _("Rút lên giải quyết"),
            "forward",
            (ActionField("reason", _("Lý do"), long=True),),
            note=_("Khi cấp dưới vi phạm nghiêm trọng hoặc để chậm."),
        ),
        ComplaintAction.PROLONG: Form(
            ComplaintAction.PROLONG,
            _("Gia hạn"),
            "clock",
            (ActionField("reason", _("Lý do gia hạn"), long=True),),
            note=_("Thêm 30 ngày, một lần, khi chưa quá hạn. Người phản ánh đọc được lý do."),
        ),
        ComplaintAction.CLOSE: Form(
            ComplaintAction.CLOSE,
            _("Kết luận"),
            "check-circle",
            (
                ActionField("outcome", _("Kết quả"), choices=tuple(outcomes)),
                ActionField("text", _("Lời báo cho người phản ánh"), long=True),
            ),
        ),
        ComplaintAction.REOPEN: Form(ComplaintAction.REOPEN, _("Mở lại"), "clock"),
    }
