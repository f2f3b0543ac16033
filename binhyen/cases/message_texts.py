"""Message templates for citizens: short, plain, and without confidential content. Pure.

A message names the receipt code, never the place, the text or the persons of the report: the phone that shows it may
lie open on a table.
"""

from collections.abc import Sequence

from binhyen.cases.choices import STATE_FOR_CITIZEN, State
from binhyen.channels.texts import ENGLISH
from binhyen.kit.i18n_markers import L_, N_
from binhyen.kit.ids import show_code
from binhyen.language.reading import DANGER

EMERGENCY = L_("Nếu nguy hiểm đến tính mạng: gọi ngay 113 (công an), 114 (cháy, cứu nạn), 115 (cấp cứu).")
RECEIVED = L_("{unit} đã nhận được tin của bạn. Số tin: {code}.")
ALARMED = L_("Cán bộ trực đang được báo. Hãy giữ an toàn cho mình, biết thêm gì xin nhắn tiếp tại đây.")
WILL_ANSWER = L_("Cán bộ sẽ trả lời tại đây. Có thêm thông tin hoặc ảnh, bạn cứ nhắn tiếp.")
RECODED = L_("Tin của bạn nay có số tin {code}. Bạn cứ nhắn tiếp tại đây như trước.")
RESULT = L_("Kết quả: {result}")
OPENED = L_(
    "Thông tin liên lạc của bạn vừa được mở cho một cán bộ, có thời hạn. Lý do: {why}. "
    "Hai người giữ danh tính đã cùng đồng ý và việc này được ghi vào sổ. Bạn có thể hỏi lại tại đây."
)
OPENED_FILE = L_(
    "Bản gốc một ảnh bạn gửi vừa được mở cho một cán bộ, có thời hạn. Lý do: {why}. "
    "Hai người giữ danh tính đã cùng đồng ý và việc này được ghi vào sổ. Bạn có thể hỏi lại tại đây."
)
CARRIED = L_(
    "Thông tin liên lạc của bạn, còn niêm phong, vừa được mang sang một máy không nối mạng để hai người giữ danh tính "
    "xem có mở không. Lý do: {why}. Hãy coi như đã mở; việc này được ghi vào sổ. Bạn có thể hỏi lại tại đây."
)
CARRIED_FILE = L_(
    "Bản gốc một ảnh bạn gửi, còn niêm phong, vừa được mang sang một máy không nối mạng để hai người giữ danh tính "
    "xem có mở không. Lý do: {why}. Hãy coi như đã mở; việc này được ghi vào sổ. Bạn có thể hỏi lại tại đây."
)
NOT_YET = L_("Nếu chưa xong, bạn cứ nhắn tiếp tại đây.")
CHOICES = L_("Bạn có thể trả lời: {answers}.")
# Appended to `format_result` in a chat.
DID_IT_HELP = "\n" + L_("Việc này có giúp được bạn không? Nhắn CÓ hoặc KHÔNG. Nếu chưa xong, bạn cứ nhắn tiếp tại đây.")


def received(code: str, *, urgency: int, unit: str) -> str:
    """Return the receipt. Where life is in danger the emergency numbers come first."""
    told, urgent = RECEIVED.format(unit=unit, code=show_code(code)), urgency >= DANGER
    return "\n".join([EMERGENCY, told, ALARMED] if urgent else [told, WILL_ANSWER])


_CALL = "If life is in danger, call 113 (police), 114 (fire) or 115 (ambulance) now."
_BELOW = "\n\nWe have received your report, code "


def in_english(code: str, *, asks: bool) -> str:
    """Return the English receipt to append to `format_case_receipt`: the code and the emergency numbers."""
    question = " Where and when did it happen?" if asks else ""
    return f"{_BELOW}{show_code(code)}. {_CALL}{question} {ENGLISH}"


def call_in_english() -> str:
    """Return the English text appended to the emergency numbers for a person in danger, for messages in English."""
    return f"\n\n{_CALL}"


def hello_in_english() -> str:
    """Return the English text appended to the greeting for a greeting, thanks or question in English."""
    return f"\n\nThis is the police. Write what happened, where and when; English is fine. {_CALL}"


def without_english(text: str) -> str:
    """Remove the English part, for a page that shows all of it in English."""
    return text.partition(_BELOW)[0].removesuffix(call_in_english())


def recoded(code: str) -> str:
    return RECODED.format(code=show_code(code))


def asked(code: str, question: str) -> str:
    return f"[{show_code(code)}] {question}"


def offered(answers: Sequence[str]) -> str:
    """Return the answers to append to `format_question` in a chat without buttons; empty where there are none."""
    return "\n" + CHOICES.format(answers=" · ".join(answers)) if answers else ""


def answered(code: str, text: str) -> str:
    return f"[{show_code(code)}] {text}"


def closed(code: str, result: str) -> str:
    return answered(code, RESULT.format(result=result))


def stands(code: str, state: State) -> str:
    """Return the answer to a reporter's status question, in the same words as the status page."""
    told = answered(code, STATE_FOR_CITIZEN[state])
    return f"{told}\n{NOT_YET}" if state is State.CLOSED else told


def opened(code: str, why: str, *, file: bool = False, carried: bool = False) -> str:
    """Return the notice that custodians disclosed an identity, or an original file (`file`), to an officer.

    `carried`: it was taken to an offline machine, where this system cannot see whether it was opened. `why`: the kind
    of reason as text.
    """
    words = (CARRIED_FILE if file else CARRIED) if carried else (OPENED_FILE if file else OPENED)
    return answered(code, words.format(why=why))


# Replies that an officer can send with one tap: the button's label on the screen, and the text sent.
ANSWERS = (
    (N_("Đang tới"), L_("Công an xã đang tới nơi. Bạn giữ an toàn cho mình, biết thêm gì xin nhắn tại đây.")),
    (N_("Đã tới nơi"), L_("Công an xã đã tới nơi. Cảm ơn bạn đã báo.")),
    (N_("Hỏi chỗ"), L_("Bạn cho biết chính xác ở chỗ nào, gần nhà ai hoặc cột mốc nào?")),
    (N_("Hỏi giờ"), L_("Việc xảy ra lúc mấy giờ, nay còn tiếp diễn không?")),
    (N_("Đã ghi nhận"), L_("Công an xã đã ghi nhận và đang xác minh. Có kết quả sẽ trả lời bạn tại đây.")),
    (N_("Hỏi dấu riêng"), L_("Bạn tả giúp dấu riêng của đồ vật, giấy tờ: màu, hiệu, chữ ghi trên đó?")),
    (N_("Đến trụ sở nhận"), L_("Mời bạn đến trụ sở công an xã trong giờ làm việc, mang theo giấy tờ tùy thân.")),
    (N_("Cần giấy tờ"), L_("Bạn chuẩn bị giấy tờ tùy thân và giấy tờ về việc này, rồi đến trụ sở công an xã.")),
)
_COMING, _PLACE, _TIME, _NOTED, _MARKS, _FETCH, _PAPERS = ANSWERS[:2], *(ANSWERS[n : n + 1] for n in range(2, 8))


def ready(kind: str, category: str) -> tuple[tuple[str, str], ...]:
    """Return the ready replies that fit: no patrol comes for a lost wallet or a question about papers."""
    if category in ("lost_item", "found_item"):
        return (*_MARKS, *_PLACE, *_FETCH, *_NOTED)
    if category in ("admin_question", "welfare"):
        return (*_PAPERS, *_NOTED)
    if kind == "tip" or category == "environment_noise":
        return (*_COMING, *_PLACE, *_TIME, *_NOTED)
    return (*_PLACE, *_TIME, *_NOTED)


INVITED = L_(
    "Chào bạn, đây là kênh riêng của {unit}. "
    "Người trong nhóm không thấy; ở đây chỉ cán bộ có trách nhiệm đọc, và chỉ thấy biệt danh của bạn. "
    "Zalo, và người được giao quản lý trang này trên Zalo, vẫn biết bạn là ai, đã nhắn gì. "
    "Nếu có điều muốn báo, bạn nhắn tại đây. Xin đừng viết tiếp trong nhóm để giữ an toàn cho bạn. "
    "Muốn báo mà không qua Zalo, không hỏi tên: {tips_page}"
)


def invited(unit: str, tips_page: str) -> str:
    """Return the invitation to the private channel for the author of a confidential message in a group.

    It says nothing about their message: the emergency numbers always come first. `tips_page`: the
    way to report that does not pass through the chat.
    """
    return f"{EMERGENCY}\n" + INVITED.format(unit=unit, tips_page=tips_page)
