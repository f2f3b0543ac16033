"""Replies of the desk: answers encrypted to the tip, and extracts that become cases.

The desk runs in the custody process, which may not touch cases: it leaves rows, and the worker updates the register.
"""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from binhyen.areas import queries as areas
from binhyen.cases.choices import NEVER_DOWN
from binhyen.cases.escalation_settings import ladder
from binhyen.cases.services import restricted_cases
from binhyen.cases.services.exclusions import draw
from binhyen.cases.services.unit_of_work import acting, lock_for_system
from binhyen.intake.complaint_store import Telling, keeper
from binhyen.intake.model_cache import read_upward
from binhyen.kit.i18n_markers import N_
from binhyen.kit.jobs import defer_once
from binhyen.kit.rls_scope import PROGRAM, entered
from binhyen.people.models import Officer
from binhyen.people.services import Refusal, actor_of
from binhyen.tips.models import Extract, Tip
from binhyen.tips.services.storage import alive, seal
from binhyen.vault import envelopes
from binhyen.vault import services as vault

PASSED_ON = N_(
    "Đã chuyển. Vụ việc mở ở đơn vị sau giây lát, không có gì dẫn về tin này. Phần trích nói về cán bộ công an thì nơi "
    "tiếp nhận phản ánh nhận, không phải đơn vị."
)

PASSED_BEFORE = N_("Tin này đã chuyển thành vụ việc. Chỉ chuyển lần nữa khi là việc khác, và đánh dấu ô «Việc khác».")


def answer(*, tip: Tip, text: str, officer: Officer, now: dt.datetime) -> None:
    """Store an answer of the desk, encrypted to the conversation key. Raises Refusal."""
    if not text.strip():
        raise Refusal(_("Câu trả lời đang trống."))
    with transaction.atomic():
        row = alive(tip)
        seal(row, vault.Kind.REPLY, text.strip(), author=actor_of(officer), now=now)
        row.answered_at = row.last_word_at = now
        row.save(update_fields=["answered_at", "last_word_at"])
        arguments = {"tip": str(row.public_id), "officer": officer.pk}
        defer_once(queue="intake", task="tips.answered", key=f"tips.answered:{row.public_id}", arguments=arguments)


def note_answer(*, tip_id: str, officer_id: int, now: dt.datetime) -> None:
    """Record in the register that an answer was given, as a job of the worker."""
    case_id = Tip.objects.values_list("case_id", flat=True).get(public_id=tip_id)
    restricted_cases.answered(case_id=case_id, actor=acting(Officer.objects.get(pk=officer_id)), now=now)


def hand_on(*, tip: Tip, extract: str, officer: Officer, again: bool = False, now: dt.datetime) -> str:
    """Queue the extract for an ordinary case of the place; return the handler's message.

    `again`: confirmed that it went on before and this is another subject. Raises Refusal.
    """
    if len(extract.split()) < 3:
        raise Refusal(_("Hãy viết phần trích đủ để cán bộ xã làm việc, không có gì chỉ ra người báo."))
    with transaction.atomic():
        row = alive(tip)
        if row.passed_on_at is not None and not again:
            raise Refusal(_(PASSED_BEFORE))
        row.passed_on_at = now
        row.save(update_fields=["passed_on_at"])
        sealed = vault.seal_for_worker(extract.strip(), context=_context(row))
        Extract.objects.create(tip=row, officer=officer, text=sealed, at=now)
        defer_once(queue="intake", task="tips.pass_on", key="tips.pass_on")
    return _(PASSED_ON)


def pass_on(*, now: dt.datetime) -> list[str]:
    """Open waiting extracts as cases, each in its own transaction; return the codes.

    Readers of the case do not learn of the tip, nor the other way round (cases/models.py: DerivedCase).
    """
    made: list[str] = []
    while True:
        with transaction.atomic():
            waiting = Extract.objects.select_for_update(skip_locked=True, of=("self",)).order_by("id")
            row = waiting.select_related("tip__case", "officer").first()
            if row is None:
                return made
            made.append(_open(row, now))
            row.delete()


def _open(row: Extract, now: dt.datetime) -> str:
    """Open one extract as a case.

    A possible complaint about police goes to the complaint desk, so that no unit reads it first.
    """
    tip, words = row.tip, _opened(row)
    tip.case = lock_for_system(tip.case_id)  # a tip that became a complaint meanwhile has no facts for an ordinary case
    communes = areas.directory().communes.values()
    units = tuple(commune.unit_id for commune in communes if commune.area_id == tip.commune_id)
    reading = read_upward(words, unit_ids=units)
    urgency = max(tip.case.urgency, reading.urgency)
    if reading.category in NEVER_DOWN or tip.case.apart:
        telling = Telling(0, words, None, None, urgency=max(urgency, 1), unit_ids=units)
        with entered(PROGRAM):
            case = keeper().open(telling, now=now).case
        draw(case.pk, source_id=tip.case_id)
        code = case.code
    else:
        code = restricted_cases.open_from_extract(
            extract=words, category=tip.case.category if reading.category == "other" else reading.category,
            urgency=urgency, commune_id=tip.commune_id, officer=row.officer, ladder=ladder(),
            source_id=tip.case_id, now=now,
        )  # fmt: skip
    restricted_cases.handed_on(case_id=tip.case_id, actor=acting(row.officer), now=now)
    return code


def _opened(row: Extract) -> str:
    """Decrypt in the worker. Raises key_files.KeyFileMissing. Extracts before 27 November 2026 were plaintext."""
    try:
        return vault.open_by_worker(row.text, context=_context(row.tip))
    except (envelopes.Refused, ValueError):
        return row.text


def _context(tip: Tip) -> str:
    return f"tips_extract.text:{tip.public_id}"
