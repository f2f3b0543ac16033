"""Message templates for citizens: short, plain, and without confidential content. Pure.

A message names the receipt code, never the place, the text or the persons of the report: the phone that shows it may
lie open on a table.
"""

from collections.abc import Sequence

from binhyen.cases.choices import State, get_state_text
from binhyen.channels.texts import ENGLISH_HINT
from binhyen.kit.i18n_markers import L_, N_
from binhyen.kit.ids import format_code
from binhyen.language.reading import DANGER

EMERGENCY = L_("Nếu nguy hiểm đến tính mạng: gọi ngay 113 (công an), 114 (cháy, cứu nạn), 115 (cấp cứu).")
RECEIVED = L_("{unit} đã nhận được tin của bạn. Số tin: {code}.")
ALARM_STARTED = L_("Cán bộ trực đang được báo. Hãy giữ an toàn cho mình, biết thêm gì xin nhắn tiếp tại đây.")
WILL_ANSWER = L_("Cán bộ sẽ trả lời tại đây. Có thêm thông tin hoặc ảnh, bạn cứ nhắn tiếp.")
NEW_CODE = L_("Tin của bạn nay có số tin {code}. Bạn cứ nhắn tiếp tại đây như trước.")
MOVED = L_("Tin của bạn đã chuyển đến {unit}, đang chờ cán bộ ở đó nhận. Bạn cứ nhắn tiếp tại đây như trước.")
PASSED_ON = L_("Tin của bạn đã chuyển cơ quan điều tra, có biên nhận. Có quyết định, công an báo bạn.")
EXTENDED = L_("Việc này cần thêm thời gian. Hạn giải quyết mới: {day}.")
RESULT = L_("Kết quả: {result}")
IDENTITY_DISCLOSED = L_(
    "Thông tin liên lạc của bạn vừa được mở cho một cán bộ, có thời hạn. Lý do: {why}. "
    "Hai người giữ danh tính đã cùng đồng ý và việc này được ghi vào sổ. Bạn có thể hỏi lại tại đây."
)
FILE_DISCLOSED = L_(
    "Bản gốc một ảnh bạn gửi vừa được mở cho một cán bộ, có thời hạn. Lý do: {why}. "
    "Hai người giữ danh tính đã cùng đồng ý và việc này được ghi vào sổ. Bạn có thể hỏi lại tại đây."
)
IDENTITY_CARRIED = L_(
    "Thông tin liên lạc của bạn, còn niêm phong, vừa được mang sang một máy không nối mạng để hai người giữ danh tính "
    "xem có mở không. Lý do: {why}. Hãy coi như đã mở; việc này được ghi vào sổ. Bạn có thể hỏi lại tại đây."
)
FILE_CARRIED = L_(
    "Bản gốc một ảnh bạn gửi, còn niêm phong, vừa được mang sang một máy không nối mạng để hai người giữ danh tính "
    "xem có mở không. Lý do: {why}. Hãy coi như đã mở; việc này được ghi vào sổ. Bạn có thể hỏi lại tại đây."
)
NOT_DONE_YET = L_("Nếu chưa xong, bạn cứ nhắn tiếp tại đây.")
ANSWER_CHOICES = L_("Bạn có thể trả lời: {answers}.")
THANKS_FOR_TIP = L_("Công an cảm ơn bạn: tin của bạn đã giúp giữ bình yên cho bà con. Tên bạn được giữ kín.")
# Appended to `format_result` in a chat.
DID_IT_HELP = "\n" + L_("Việc này có giúp được bạn không? Nhắn CÓ hoặc KHÔNG. Nếu chưa xong, bạn cứ nhắn tiếp tại đây.")
_RATING_ANSWERS = (L_("Có"), L_("Không"))
# Appended to the receipt by category. It reveals the subject of the report: a life may depend on it.
CATEGORY_ADVICE = {
    "weapon_handover": L_(
        "Bom, mìn, đạn, vật lạ: không chạm, không di chuyển, đưa mọi người ra xa. Công an báo công binh đến xử lý."
    )
}


def format_case_receipt(code: str, *, urgency: int, unit: str) -> str:
    """Return the receipt. Where life is in danger the emergency numbers come first."""
    receipt, urgent = RECEIVED.format(unit=unit, code=format_code(code)), urgency >= DANGER
    return "\n".join([EMERGENCY, receipt, ALARM_STARTED] if urgent else [receipt, WILL_ANSWER])


_EMERGENCY_EN = "If life is in danger, call 113 (police), 114 (fire) or 115 (ambulance) now."
_RECEIPT_EN = "\n\nWe have received your report, code "


def format_english_receipt(code: str, *, has_question: bool) -> str:
    """Return the English receipt to append to `format_case_receipt`: the code and the emergency numbers."""
    question = " Where and when did it happen?" if has_question else ""
    return f"{_RECEIPT_EN}{format_code(code)}. {_EMERGENCY_EN}{question} {ENGLISH_HINT}"


def format_english_emergency() -> str:
    """Return the English text appended to the emergency numbers for a person in danger, for messages in English."""
    return f"\n\n{_EMERGENCY_EN}"


def format_english_greeting() -> str:
    """Return the English text appended to the greeting for a greeting, thanks or question in English."""
    return f"\n\nThis is the police. Write what happened, where and when; English is fine. {_EMERGENCY_EN}"


def strip_english(text: str) -> str:
    """Remove the English part, for a page that shows all of it in English."""
    return text.partition(_RECEIPT_EN)[0].removesuffix(format_english_emergency())


def format_new_code(code: str) -> str:
    return NEW_CODE.format(code=format_code(code))


def format_question(code: str, question: str) -> str:
    return f"[{format_code(code)}] {question}"


def format_answer_choices(answers: Sequence[str]) -> str:
    """Return the answers to append to `format_question` in a chat without buttons; empty where there are none."""
    return "\n" + ANSWER_CHOICES.format(answers=" · ".join(answers)) if answers else ""


def list_answer_buttons(answers: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Return the answers as buttons of a chat, where it has some."""
    return tuple((answer, answer) for answer in answers)


def list_rating_buttons(code: str) -> tuple[tuple[str, str], ...]:
    """Return (title, text that pressing it sends): the text names the case, since an old button can be pressed late."""
    return tuple((answer, f"{answer} · {format_code(code)}") for answer in _RATING_ANSWERS)


def format_case_answer(code: str, text: str) -> str:
    return f"[{format_code(code)}] {text}"


def strip_code(text: str, code: str) -> str:
    """Remove the code that begins a message in a chat, for a page that shows the code once."""
    return text.removeprefix(f"[{format_code(code)}] ")


def format_result(code: str, result: str) -> str:
    return format_case_answer(code, RESULT.format(result=result))


def format_moved(code: str, unit: str) -> str:
    return format_case_answer(code, MOVED.format(unit=unit))


def format_passed_on(code: str) -> str:
    return format_case_answer(code, PASSED_ON)


def format_extended(code: str, day: str) -> str:
    return format_case_answer(code, EXTENDED.format(day=day))


def format_status(code: str, state: State, *, is_assigned: bool) -> str:
    """Return the answer to a reporter's status question, in the same words as the status page."""
    status = format_case_answer(code, get_state_text(state, is_assigned=is_assigned))
    return f"{status}\n{NOT_DONE_YET}" if state is State.CLOSED else status


def format_disclosure_notice(code: str, why: str, *, file: bool = False, carried: bool = False) -> str:
    """Return the notice that custodians disclosed an identity, or an original file (`file`), to an officer.

    `carried`: it was taken to an offline machine, where this system cannot see whether it was opened. `why`: the kind
    of reason as text.
    """
    words = (
        (FILE_CARRIED if file else IDENTITY_CARRIED) if carried else (FILE_DISCLOSED if file else IDENTITY_DISCLOSED)
    )
    return format_case_answer(code, words.format(why=why))


# Replies that an officer can send with one tap: the button's label on the screen, and the text sent.
QUICK_REPLIES = (
    (N_("Đang tới"), L_("Công an xã đang tới nơi. Bạn giữ an toàn cho mình, biết thêm gì xin nhắn tại đây.")),
    (N_("Đã tới nơi"), L_("Công an xã đã tới nơi. Cảm ơn bạn đã báo.")),
    (N_("Hỏi chỗ"), L_("Bạn cho biết chính xác ở chỗ nào, gần nhà ai hoặc cột mốc nào?")),
    (N_("Hỏi giờ"), L_("Việc xảy ra lúc mấy giờ, nay còn tiếp diễn không?")),
    (N_("Đã ghi nhận"), L_("Công an xã đã ghi nhận và đang xác minh. Có kết quả sẽ trả lời bạn tại đây.")),
    (
        N_("Hỏi đặc điểm nhận dạng"),
        L_("Bạn tả giúp đặc điểm nhận dạng của đồ vật, giấy tờ: màu, hiệu, chữ ghi trên đó?"),
    ),
    (N_("Đến trụ sở nhận"), L_("Mời bạn đến trụ sở công an xã trong giờ làm việc, mang theo giấy tờ tùy thân.")),
    (N_("Cần giấy tờ"), L_("Bạn chuẩn bị giấy tờ tùy thân và giấy tờ về việc này, rồi đến trụ sở công an xã.")),
)
_COMING, _PLACE, _TIME, _NOTED, _MARKS, _FETCH, _PAPERS = (
    QUICK_REPLIES[:2],
    *(QUICK_REPLIES[n : n + 1] for n in range(2, 8)),
)


def list_quick_replies(kind: str, category: str) -> tuple[tuple[str, str], ...]:
    """Return the ready replies that fit: no patrol comes for a lost wallet or a question about papers."""
    if category in ("lost_item", "found_item"):
        return (*_MARKS, *_PLACE, *_FETCH, *_NOTED)
    if category in ("admin_question", "welfare"):
        return (*_PAPERS, *_NOTED)
    if kind == "tip" or category == "environment_noise":
        return (*_COMING, *_PLACE, *_TIME, *_NOTED)
    return (*_PLACE, *_TIME, *_NOTED)


INVITATION = L_(
    "Chào bạn, đây là kênh riêng của {unit}. "
    "Người trong nhóm không thấy; ở đây chỉ cán bộ có trách nhiệm đọc, và chỉ thấy biệt danh của bạn. "
    "Zalo, và người được giao quản lý trang này trên Zalo, vẫn biết bạn là ai, đã nhắn gì. "
    "Nếu có điều muốn báo, bạn nhắn tại đây. Xin đừng viết tiếp trong nhóm để giữ an toàn cho bạn. "
    "Muốn báo mà không qua Zalo, không hỏi tên: {tips_page}"
)


def format_invitation(unit: str, tips_page: str) -> str:
    """Return the invitation to the private channel for the author of a confidential message in a group.

    It says nothing about their message: the emergency numbers always come first. `tips_page`: the
    way to report that does not pass through the chat.
    """
    return f"{EMERGENCY}\n" + INVITATION.format(unit=unit, tips_page=tips_page)
