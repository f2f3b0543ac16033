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
from binhyen.audit.queries.entries import looks
from binhyen.cases.choices import OPEN_STATES, OUTCOME_LABELS, STATE_LABELS, State
from binhyen.cases.kinds.conduct import KIND
from binhyen.channels.services.sealed_files import context_of
from binhyen.conduct import queries
from binhyen.conduct.models import Complaint
from binhyen.conduct.routing import GROUPS, NOTES, RANK_LABELS, Deed, Rank, deeds, may_pass_on
from binhyen.conduct.services import handling
from binhyen.kit.clock import VIETNAM
from binhyen.kit.i18n_markers import N_
from binhyen.kit.keyset_pagination import Page, falling
from binhyen.people.conflicts import DESK_LABELS, Desk, desk_of
from binhyen.people.models import Officer
from binhyen.people.queries import by_public_ids
from binhyen.people.services import Refusal, actor_of
from binhyen.vault.queries import sealed_texts
from binhyen.vault.sealed_desks import BY_RECEIPT, PAGE, Field, File, Look, Sealed, SealedDesk, Talk, desks
from binhyen.vault.sealed_desks import Deed as Form

_BY_LINK = N_("Người báo đọc trên trang tra cứu của mình.")
_STUCK = N_(
    "Có phản ánh mà mọi người được giải quyết ở cấp trên đều có liên quan. Đừng hỏi, đừng kể với ai ở đó: "
    "báo Thanh tra Bộ Công an cử người."
)
_OTHER = N_("Máy nối với hệ thống")
_IN_THE_CHAT = N_(
    "Lời này theo lối người báo đã nhắn: chat riêng (kênh chat, như Zalo, cũng đọc được) hoặc trang tra cứu."
)


class ConductDesk(SealedDesk):
    """Complaints visible at this desk: those that lie here and, to take over, those that lie below."""

    own: Desk
    passkey = True  # readers of complaints prove their identity with a passkey (requirement E.19)

    def serves(self, officer: Officer) -> bool:
        return desk_of(officer.role) is self.own

    @property
    def group(self) -> str:
        return GROUPS[self.own]

    @property
    def label(self) -> str:
        return _("Phản ánh cán bộ: {desk}").format(desk=_(DESK_LABELS[self.own]).lower())

    def talks(self, officer: Officer, *, over: bool = False, cursor: str = "", now: dt.datetime) -> Page[Talk]:
        """List complaints; of open ones those with an alarm come first."""
        if desk_of(officer.role) is not self.own:
            return Page([], "")
        rows, open_ = queries.ringing_too(queries.visible(officer)), Q(case__state__in=OPEN_STATES)
        by = ("told_at", "id") if over else ("rings", "urgency", "told_at", "id")
        page = falling(f"{self.name} {over}", rows.filter(~open_ if over else open_), by, cursor=cursor, most=PAGE)
        rings = queries.ringing(page.rows)
        return Page([self._talk(row, now, rings) for row in page.rows], page.next)

    def notice(self, officer: Officer) -> str:
        return _(_STUCK) if queries.called_in_vain(officer) else ""

    def talk(self, officer: Officer, ref: str, *, now: dt.datetime) -> Talk | None:
        row = self._one(officer, ref)
        return self._talk(row, now, queries.ringing([row])) if row else None

    def words(self, ref: str) -> Sequence[Sealed]:
        owner = Complaint.objects.values_list("owner", flat=True).get(public_id=UUID(ref))
        notes = [replace(word, note=True) for word in sealed_texts(owner + NOTES)]
        return sorted([*sealed_texts(owner), *notes], key=lambda word: word.at)

    def files(self, ref: str) -> Sequence[File]:
        """List its own files, and those of an anonymous tip, which belong to tips."""
        row = Complaint.objects.get(public_id=UUID(ref))
        kind, _, other = row.owner.partition(":")
        theirs = desks()[kind].files(other) if kind in desks() else []
        mine = [
            File(
                str(f.public_id), f.shown, context_of(f.public_id, "shown"), f.at, original=f.original,
                original_context=context_of(f.public_id, "original"),
            )
            for f in row.files.order_by("id")
        ]  # fmt: skip
        return [*mine, *theirs]

    def saved(self, *, officer: Officer, ref: str, why: str, reason: str, now: dt.datetime) -> None:
        handling.saved(complaint=self._need(officer, ref), why=why, reason=reason, officer=officer, now=now)

    def looks(self, ref: str) -> Sequence[Look]:
        """List read receipts, also of the case before it was recognised.

        The audit log hides these entries from its readers.
        """
        veto = Complaint.objects.select_related("veto").get(public_id=UUID(ref)).veto
        found = looks([name for name in (veto.matter, veto.alias) if name])
        officers = [look.actor.removeprefix("officer:") for look in found if look.actor.startswith("officer:")]
        names = {actor_of(officer): officer.name for officer in by_public_ids(officers).values()}
        return [Look(names.get(look.actor) or _(_OTHER), look.times, look.last) for look in found]

    def reply(self, *, officer: Officer, ref: str, text: str, now: dt.datetime) -> None:
        handling.answer(complaint=self._need(officer, ref), text=text, officer=officer, now=now)

    def hand_on(self, *, officer: Officer, ref: str, extract: str, again: bool, now: dt.datetime) -> str:
        handling.pass_on(complaint=self._need(officer, ref), extract=extract, officer=officer, now=now)
        return _("Đã chuyển phần trích cho trực ban tỉnh. Phản ánh vẫn ở đây.")

    def deeds(self, officer: Officer, ref: str) -> Sequence[Form]:
        row = self._one(officer, ref)
        if row is None:
            return []
        rings = row.pk in queries.ringing([row])
        able = deeds(State(row.case.state), own=self.own, at=Desk(row.veto.desk), rings=rings)
        if not queries.prolongable(row):
            able -= {Deed.PROLONG}
        return [form for deed, form in _forms().items() if deed in able]

    def do(self, *, officer: Officer, ref: str, deed: str, data: Mapping[str, str], now: dt.datetime) -> str:
        row = self._need(officer, ref)
        match deed:
            case Deed.ACKNOWLEDGE:
                handling.acknowledge(complaint=row, officer=officer, now=now)
                return _("Đã ghi là bạn biết. Chuông đã tắt ở mọi nơi.")
            case Deed.ACCEPT:
                handling.accept(complaint=row, officer=officer, now=now)
                return _("Đã nhận.")
            case Deed.NAME:
                return self._name(row, officer, data, now)
            case Deed.TAKE_OVER:
                handling.take_over(complaint=row, reason=data.get("reason", ""), officer=officer, now=now)
                return _("Đã rút lên. Cấp dưới không còn thấy phản ánh này.")
            case Deed.PROLONG:
                until = handling.prolong(complaint=row, reason=data.get("reason", ""), officer=officer, now=now)
                return _("Đã gia hạn đến {day}. Người phản ánh được báo.").format(
                    day=f"{until.astimezone(VIETNAM):%d/%m/%Y}"
                )
            case Deed.CLOSE:
                handling.conclude(
                    complaint=row, outcome=data.get("outcome", ""), text=data.get("text", ""), officer=officer, now=now
                )
                return _("Đã kết luận và trả lời.")
            case Deed.REOPEN:
                handling.reopen(complaint=row, officer=officer, now=now)
                return _("Đã mở lại.")
        raise Refusal(_("Không có việc này."))

    def _name(self, row: Complaint, officer: Officer, data: Mapping[str, str], now: dt.datetime) -> str:
        rank = data.get("rank", "")
        if rank not in set(Rank):
            raise Refusal(_("Chọn phản ánh về ai."))
        units = list(Unit.objects.filter(code=data.get("unit", "")).values_list("pk", flat=True))
        to = handling.name(
            complaint=row, rank=Rank(rank), unit_ids=units, who=data.get("who", ""), officer=officer, now=now
        )
        if to.desk is self.own:
            return _("Đã ghi.")
        return _("Đã ghi. Phản ánh nay thuộc {desk}.").format(desk=_(DESK_LABELS[to.desk]).lower())

    def _one(self, officer: Officer, ref: str) -> Complaint | None:
        if desk_of(officer.role) is not self.own:
            return None
        try:
            return queries.visible(officer).filter(public_id=UUID(ref)).first()
        except ValueError:
            return None

    def _need(self, officer: Officer, ref: str) -> Complaint:
        row = self._one(officer, ref)
        if row is None:
            raise Refusal(_("Không có phản ánh này."))
        return row

    def _talk(self, row: Complaint, now: dt.datetime, rings: Collection[int]) -> Talk:
        state, at = State(row.case.state), Desk(row.veto.desk)
        open_ = state in OPEN_STATES
        late = open_ and row.case.due_at is not None and row.case.due_at < now
        where = "" if at is self.own else _("Đang ở: {desk}").format(desk=_(DESK_LABELS[at]).lower())
        return Talk(
            ref=str(row.public_id), subject=f"conduct:{row.case.public_id}", lock_id=row.lock_id or 0,
            title=", ".join(_(RANK_LABELS[Rank(r)]) for r in row.ranks) or KIND.label, place=where, urgency=row.urgency,
            at=row.told_at,
            state=_("{state}, quá hạn").format(state=_(STATE_LABELS[state])) if late else _(STATE_LABELS[state]),
            waiting=open_ and (row.answered_at is None or row.answered_at < row.told_at),
            may_reply=at is self.own, may_hand_on=open_ and at is self.own and may_pass_on(row.veto.kept_from),
            rings=row.pk in rings, reads=_(_reads(row)),
        )  # fmt: skip


def _reads(row: Complaint) -> str:
    """Choose the sentence on how the reporter reads an answer, as `handling` sends it.

    Encrypted for a receipt or status link, otherwise a letter into the chat.
    """
    if row.owner.startswith("tip:"):
        return BY_RECEIPT
    return _BY_LINK if row.wrapped or not row.owner.startswith("conduct:") else _IN_THE_CHAT


class ProvinceDesk(ConductDesk):
    own, name = Desk.PROVINCE, "phan-anh"


class DirectorDesk(ConductDesk):
    own, name = Desk.DIRECTOR, "giam-doc"


class InspectorDesk(ConductDesk):
    own, name = Desk.INSPECTORATE, "thanh-tra"


def _forms() -> dict[Deed, Form]:
    units = Unit.objects.filter(level=Unit.Level.COMMUNE, valid_to=None).order_by("name").values_list("code", "name")
    ranks = [(rank.value, _(label)) for rank, label in RANK_LABELS.items()]
    outcomes = [(o.value, _(OUTCOME_LABELS[o])) for o in KIND.outcomes]
    return {
        Deed.ACKNOWLEDGE: Form(Deed.ACKNOWLEDGE, _("Tôi đã biết, tắt chuông"), "check-circle"),
        Deed.ACCEPT: Form(Deed.ACCEPT, _("Nhận giải quyết"), "check"),
        Deed.NAME: Form(
            Deed.NAME, _("Phản ánh về ai"), "user",
            (
                Field("rank", _("Chức vụ"), choices=tuple(ranks)),
                Field("unit", _("Đơn vị"), choices=(("", _("Chưa rõ")), *units), required=False),
                Field("who", _("Họ tên, nếu có"), required=False),
            ),
            note=_("Chỉ thêm, không bớt: ai đã bị ngăn thì vẫn bị ngăn. Phản ánh có thể chuyển lên cấp trên."),
        ),
        Deed.TAKE_OVER: Form(
            Deed.TAKE_OVER, _("Rút lên giải quyết"), "forward", (Field("reason", _("Lý do"), long=True),),
            note=_("Khi cấp dưới vi phạm nghiêm trọng hoặc để chậm."),
        ),
        Deed.PROLONG: Form(
            Deed.PROLONG, _("Gia hạn"), "clock", (Field("reason", _("Lý do gia hạn"), long=True),),
            note=_("Thêm 30 ngày, một lần, khi chưa quá hạn. Người phản ánh đọc được lý do."),
        ),
        Deed.CLOSE: Form(
            Deed.CLOSE, _("Kết luận"), "check-circle",
            (
                Field("outcome", _("Kết quả"), choices=tuple(outcomes)),
                Field("text", _("Lời báo cho người phản ánh"), long=True),
            ),
        ),
        Deed.REOPEN: Form(Deed.REOPEN, _("Mở lại"), "clock"),
    }  # fmt: skip
