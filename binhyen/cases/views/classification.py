"""Classification panel: the reader's result as plain values."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.translation import gettext as _

from binhyen.cases.choices import CATEGORY_LABELS, PROVINCE_ONLY_CATEGORIES, Verb
from binhyen.cases.kinds import get_kind
from binhyen.cases.models import Case, CaseEvent
from binhyen.cases.queries.case_detail import ThreadEntry
from binhyen.cases.rules import should_alarm
from binhyen.cases.views.case_context import build_correction_choices
from binhyen.kit.i18n_markers import N_
from binhyen.kit.text import fold_text
from binhyen.ui import formatting
from binhyen.ui.label_cache import translated_labels
from binhyen.ui.stored_text_i18n import translate_reason

_ENTITY_LABELS = {
    "PHONE": N_("Điện thoại"),
    "BANK_ACCOUNT": N_("Tài khoản"),
    "ID_NUMBER": N_("Số giấy tờ"),
    "PLATE": N_("Biển số"),
    "URL": N_("Liên kết"),
    "MONEY": N_("Số tiền"),
    "AGE": N_("Tuổi"),
    "TIME": N_("Lúc"),
    "PLACE": N_("Nơi"),
    "ITEM": N_("Vật"),
    "COLOR": N_("Màu"),
    "BRAND": N_("Hiệu"),
    "PERSON": N_("Người"),
}


def build_classification(lines: Sequence[ThreadEntry], case: Case, *, correct_url: str) -> dict[str, Any] | None:
    """Build the reader's result for the most urgent message; None where none was classified."""
    read = [line.message for line in lines if line.message is not None and line.message.reading]
    if not read:
        return None
    reading = max(read, key=lambda message: (message.urgency, -message.pk)).reading
    return {
        "category": translated_labels(CATEGORY_LABELS).get(reading.get("category", ""), _("Khác")),
        "confidence": reading.get("confidence"),
        "entities": _deduplicate_entities(_to_entity_row(entity) for entity in reading.get("entities", ())),
        "reasons": [translate_reason(reason_code) for reason_code in reading.get("reasons", ())],
        "correct_url": correct_url,
        "sealed": any(line.message is not None and line.message.lock_id for line in lines),
        **build_correction_choices(case),
    }


def suggest_category(
    lines: Sequence[ThreadEntry], case: Case, happened: Sequence[CaseEvent], *, correct_url: str
) -> dict[str, str] | None:
    """Suggest the category of an urgent follow-up that differs from the case's, if no officer corrected it since.

    Accepted with one tap; never a complaint about police, which would leave this desk for good.
    """
    messages = [line.message for line in lines if line.message is not None and line.message.reading]
    urgent_messages = [message for message in messages[1:] if should_alarm(message.urgency)]
    if not urgent_messages or not correct_url or get_kind(case.kind).sealed:
        return None
    category = urgent_messages[-1].category
    corrected = any(
        event.verb == Verb.RECLASSIFIED and event.at >= urgent_messages[-1].received_at for event in happened
    )
    if corrected or category in {case.category, *PROVINCE_ONLY_CATEGORIES, "other"} or category not in CATEGORY_LABELS:
        return None
    return {"label": translated_labels(CATEGORY_LABELS)[category], "category": category, "url": correct_url}


def _deduplicate_entities(entities: Iterable[dict[str, str]]) -> list[dict[str, str]]:
    """Deduplicate the entities."""
    return list({(entity["label"], entity["text"].casefold()): entity for entity in reversed(list(entities))}.values())[
        ::-1
    ]


def _to_entity_row(entity: dict[str, Any]) -> dict[str, str]:
    norm = entity.get("norm")
    shown = formatting.format_number(norm) if isinstance(norm, int) else str(norm or "")
    if entity["type"] == "ITEM" or fold_text(shown) in fold_text(entity["text"]):
        shown = ""  # a repetition, or an internal code of the item, adds nothing
    return {
        "label": translated_labels(_ENTITY_LABELS).get(entity["type"], entity["type"]),
        "text": entity["text"],
        "norm": shown,
    }
