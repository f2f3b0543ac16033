"""What the register still holds of a complaint is sealed: of one that an officer recognised, or an older one."""

import datetime as dt
from collections.abc import Iterable

from django.db import transaction
from django.db.models import Q

from binhyen.areas import queries as areas
from binhyen.cases.models import Case, CaseMessage, Note, Relation, Report
from binhyen.cases.services.lifting import lift as out_of_sight
from binhyen.cases.services.lifting import names_of, written
from binhyen.cases.services.steps import INTAKE, lock_for_system
from binhyen.cases.tipdesk import GROUP_TIP
from binhyen.cases.words import NEVER_DOWN, OPEN_STATES
from binhyen.channels.models import Attachment, Message, Outgoing
from binhyen.channels.services import BARE, bare
from binhyen.conduct.models import Complaint
from binhyen.conduct.services.pictures import seal_shown
from binhyen.conduct.services.taking import place, say
from binhyen.kit.scope import PROGRAM, entered
from binhyen.people.access import APART
from binhyen.vault import services as vault
from binhyen.vault.services.opening import end_matters

NOTES = ":notes"  # after a conversation's owner: what officers wrote, never shown to the person who told


@entered(PROGRAM)
@transaction.atomic
def lift(case_id: int, *, now: dt.datetime) -> bool:
    """Route it and seal what is left of it; False where that was done before."""
    case = lock_for_system(case_id)
    if not case.apart or Complaint.objects.filter(case=case).exists():
        return False
    links = CaseMessage.objects.filter(case=case).select_related("message", "message__group").order_by("pk")
    told = [link.message for link in links]
    notes = list(Note.objects.filter(case=case).select_related("officer").order_by("pk"))
    noted = [(note, written(note)) for note in notes]
    words = "\n\n".join(m.text for m in told if m.text) or "\n\n".join(text for _, text in noted)
    taken = place(case, words=words, unit_ids=_units(case, told), alias=f"case:{case.code}", now=now)
    complaint = taken.complaint
    for message in told:
        say(complaint, message.text, now=message.sent_at)
    for note, text in noted:
        vault.seal_text(
            lock_id=complaint.lock_id or 0, owner=complaint.owner + NOTES, kind=vault.Kind.REPLY, text=text,
            author=f"officer:{note.officer.public_id}", now=note.at,
        )  # fmt: skip
    Note.objects.filter(case=case).delete()
    Relation.objects.filter(Q(case=case) | Q(other=case)).delete()  # no other case tells any more that there is one
    seal_shown(complaint, Attachment.objects.filter(message__in=told).order_by("pk"), now=now)
    end_matters([*(f"{GROUP_TIP}:{message.public_id}" for message in told), *names_of(case.pk)], now=now)
    _strip(told)
    Outgoing.objects.filter(case=case).update(purpose=APART, unit=None)
    return True


def _units(case: Case, told: Iterable[Message]) -> list[int]:
    """Units possibly meant: whoever had it, whose group it stood in, where its author's other cases lie."""
    province = areas.directory().province_unit_id
    before = [
        e.data.get("unit") or e.data.get("from")
        for e in case.events.filter(verb__in=("opened", "handed_on", "taken_back", "placed"))
    ]
    groups = [m.group.unit_id for m in told if m.group is not None]
    reporters = Report.objects.filter(case=case).values("reporter")
    others = Report.objects.filter(reporter__in=reporters).exclude(case=case).values_list("case__unit_id", flat=True)
    found = [u for u in (*before, *groups, *others) if isinstance(u, int) and u != province]
    return list(dict.fromkeys(found))


def _strip(told: list[Message]) -> None:
    for message in told:
        bare(message)
    Message.objects.bulk_update(told, BARE)


def lift_all(*, now: dt.datetime, most: int = 200) -> int:
    """Whatever is a complaint by its category and lies in the register openly, or apart without a keeper; how many."""
    done = 0
    open_ = Case.objects.filter(category__in=NEVER_DOWN, apart=False, state__in=OPEN_STATES, absorbed=None)
    for pk in list(open_.values_list("pk", flat=True)[:most]):
        with transaction.atomic():
            case = lock_for_system(pk)
            out_of_sight(case, case.category, case.urgency, actor=INTAKE, now=now)
            done += lift(pk, now=now)
    kept = Complaint.objects.values("case_id")
    alone = Case.objects.filter(apart=True, forgotten_at=None)
    for pk in list(alone.exclude(pk__in=kept).values_list("pk", flat=True)[:most]):
        done += lift(pk, now=now)
    return done
