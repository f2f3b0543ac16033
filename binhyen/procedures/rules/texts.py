"""Answer of a procedure as a chat message. Pure."""

from collections.abc import Sequence
from typing import Final

from binhyen.kit.i18n_markers import L_
from binhyen.kit.text import fold_to_words
from binhyen.procedures.rules.matching import contains_phrase
from binhyen.procedures.rules.states import ProcedureContent, Variant, split_lines

MAX_ANSWER_LENGTH: Final = 1700  # a chat message holds 2,000 letters; code and rating question are added
_PAPERS: Final = L_("Giấy tờ: {text}")
_FEE: Final = L_("Lệ phí: {text}")
_DURATION: Final = L_("Thời gian: {text}")
_PLACE: Final = L_("Nơi làm: {text}")
_HOURS: Final = L_("Giờ: {text}")
_SOURCE: Final = L_("Căn cứ: {text}.")
_LINK: Final = L_("Xem đầy đủ: {link}")
_NOTE: Final = L_("Máy trả lời theo thư viện thủ tục. Chưa đúng ý bạn thì nhắn tiếp, cán bộ sẽ trả lời.")
MENU: Final = L_("Bạn cần làm thủ tục gì? Nhắn rõ tên việc, ví dụ: đăng ký tạm trú. Hoặc chọn trong danh mục: {link}")


CHOOSE: Final = L_("{title}: {ask} Chọn một trường hợp bên dưới, hoặc nhắn rõ hơn.")
MAX_OFFERS: Final = 5  # buttons of a chat message
MAX_OFFER_LENGTH: Final = 100  # letters of a button


def choose_reply(variants: Sequence[Variant], reply: str) -> Variant | None:
    """Return the variant that a reply to the follow-up question names: by its button, or by its words."""
    named = next((variant for variant in variants if fold_to_words(variant.label) == fold_to_words(reply)), None)
    return named or choose_variant(variants, reply)


def choose_variant(variants: Sequence[Variant], question: str) -> Variant | None:
    """Return the one variant whose words stand in the question; None where none or several do."""
    chosen = [variant for variant in variants if contains_phrase(question, variant.words)]
    return chosen[0] if len(chosen) == 1 else None


def format_procedure_answer(content: ProcedureContent, variant: Variant | None, link: str) -> str:
    """Return the answer to a question: steps, papers, fee, time, place, source and the way to a person.

    `variant`: the case that the person is in; without one the answer lists every case.
    """
    variants = [variant] if variant else content.variants
    sections = [
        content.title.upper(),
        *(f"- {line}" for line in split_lines(content.steps)),
        *(f"• {item.text}" for item in variants),
        _PAPERS.format(text=" ".join(split_lines(content.papers))) if content.papers else "",
        _FEE.format(text=content.fee) if content.fee else "",
        _DURATION.format(text=content.duration) if len(content.duration) > 1 else "",
        _PLACE.format(text=content.place),
        _HOURS.format(text=content.hours) if content.hours else "",
        _SOURCE.format(text=content.source),
    ]
    ending = [_LINK.format(link=link), _NOTE]
    return _join_within(list(filter(None, sections)), ending)


def _join_within(sections: list[str], ending: list[str]) -> str:
    """Join, dropping the last sections until the message is short enough; the link leads to all of them."""
    while len(sections) > 1 and len("\n".join([*sections, *ending])) > MAX_ANSWER_LENGTH:
        sections.pop()
    return "\n".join([*sections, *ending])
