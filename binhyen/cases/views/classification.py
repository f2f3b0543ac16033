"""Classification panel: the reader's result as plain values."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.translation import gettext as _

from binhyen.cases.choices import CATEGORY_LABELS, NEVER_DOWN, Verb
from binhyen.cases.kinds import kind
from binhyen.cases.models import Case, CaseEvent
from binhyen.cases.queries.case_detail import Line
from binhyen.cases.rules import alarm_starts
from binhyen.cases.views.case_context import corrections
from binhyen.kit.i18n_markers import N_
from binhyen.kit.text import fold
from binhyen.ui import formatting
from binhyen.ui.label_cache import spoken
from binhyen.ui.stored_text_i18n import reason

_ENTITY_LABELS = {
    "PHONE": N_("Điện thoại"), "BANK_ACCOUNT": N_("Tài khoản"), "ID_NUMBER": N_("Số giấy tờ"), "PLATE": N_("Biển số"),
    "URL": N_("Liên kết"), "MONEY": N_("Số tiền"), "AGE": N_("Tuổi"), "TIME": N_("Lúc"), "PLACE": N_("Nơi"),
    "ITEM": N_("Vật"), "COLOR": N_("Màu"), "BRAND": N_("Hiệu"), "PERSON": N_("Người"),
}  # fmt: skip


def understanding(lines: Sequence[Line], case: Case, *, correct_url: str) -> dict[str, Any] | None:
    """Build the reader's result for the most urgent message; None where none was classified."""
    read = [line.message for line in lines if line.message is not None and line.message.reading]
    if not read:
        return None
    reading = max(read, key=lambda m: (m.urgency, -m.pk)).reading
    return {
        "category": spoken(CATEGORY_LABELS).get(reading.get("category", ""), _("Khác")),
        "confidence": reading.get("confidence"),
        "entities": _once(_entity(e) for e in reading.get("entities", ())),
        "reasons": [reason(each) for each in reading.get("reasons", ())],
        "correct_url": correct_url,
        "sealed": any(line.message is not None and line.message.lock_id for line in lines),
        **corrections(case),
    }


def heard_as(
    lines: Sequence[Line], case: Case, happened: Sequence[CaseEvent], *, correct_url: str
) -> dict[str, str] | None:
    """Suggest the category of an urgent follow-up that differs from the case's, if no officer corrected it since.

    Accepted with one tap; never a complaint about police, which would leave this desk for good.
    """
    told = [line.message for line in lines if line.message is not None and line.message.reading]
    grave = [message for message in told[1:] if alarm_starts(message.urgency)]
    if not grave or not correct_url or kind(case.kind).sealed:
        return None
    said = grave[-1].category
    corrected = any(e.verb == Verb.RECLASSIFIED and e.at >= grave[-1].received_at for e in happened)
    if corrected or said in {case.category, *NEVER_DOWN, "other"} or said not in CATEGORY_LABELS:
        return None
    return {"label": spoken(CATEGORY_LABELS)[said], "category": said, "url": correct_url}


def _once(entities: Iterable[dict[str, str]]) -> list[dict[str, str]]:
    """Deduplicate the entities."""
    return list({(e["label"], e["text"].casefold()): e for e in reversed(list(entities))}.values())[::-1]


def _entity(entity: dict[str, Any]) -> dict[str, str]:
    norm = entity.get("norm")
    shown = formatting.number(norm) if isinstance(norm, int) else str(norm or "")
    if entity["type"] == "ITEM" or fold(shown) in fold(entity["text"]):
        shown = ""  # a repetition, or an internal code of the item, adds nothing
    return {"label": spoken(_ENTITY_LABELS).get(entity["type"], entity["type"]), "text": entity["text"], "norm": shown}
