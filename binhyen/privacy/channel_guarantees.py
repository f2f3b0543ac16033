"""Confidentiality guarantees of each channel, and the data exposed by a breach, in the words shown to citizens.

Pages and messages say this or less, never more (tests/test_channel_guarantees.py).
docs/threat-model.md is generated from it. Pure.
"""

from dataclasses import dataclass

from binhyen.kit.i18n_markers import N_


@dataclass(frozen=True, slots=True)
class Guarantee:
    """`holds`: the guarantee. `but`: its limit, stated as plainly."""

    way: str
    holds: str
    but: str


@dataclass(frozen=True, slots=True)
class BreachScenario:
    """A breach by an attacker (`attacker`): the data they can read, and the data they cannot."""

    who: str
    reads: str
    protected: str


GUARANTEES = {
    "web": Guarantee(
        N_("Trang «Báo tin»"),
        N_("Không cần tên, không cần số điện thoại. Không ghi lại địa chỉ máy của bạn."),
        N_("Ai có đường dẫn theo dõi thì đọc được tin này. Nhà mạng vẫn biết máy bạn có vào trang."),
    ),
    "tip": Guarantee(
        N_("Trang «Báo tin kín»"),
        N_(
            "Không hỏi tên, không hỏi số. Chữ và ảnh được niêm phong ngay khi nhận; từ đó chỉ người giữ khóa ở công an "
            "tỉnh mở đọc được."
        ),
        N_(
            "Mất mã là mất hẳn. Nhà mạng vẫn biết máy bạn có vào trang. Muốn kín hơn, dùng máy hoặc mạng "
            "không phải của bạn."
        ),
    ),
    "chat": Guarantee(
        N_("Nhắn riêng trên Zalo"),
        N_("Người trong nhóm không thấy; ở đây chỉ cán bộ có trách nhiệm đọc, và chỉ thấy biệt danh của bạn."),
        N_(
            "Zalo, và người được giao quản lý trang này trên Zalo, vẫn biết bạn là ai, đã nhắn gì. Hai người giữ danh "
            "tính cùng đồng ý, có lý do, thì mở được bạn là ai; khi đó bạn được báo ngay trong cuộc nhắn này. Nếu đã "
            "quá 7 ngày bạn không nhắn, Zalo không cho gửi: bạn nhắn lại là được báo."
        ),
    ),
    "group": Guarantee(
        N_("Nhóm Zalo"),
        N_("Không giữ kín được gì: mọi người trong nhóm đều đọc được."),
        N_("Tin cần kín xin nhắn riêng."),
    ),
}
# Replaces the guarantee of «Báo tin kín», and is shown beside the others, until people hold the keys.
EARLY_TIP_GUARANTEE = N_(
    "Không hỏi tên, không hỏi số. Chữ và ảnh được niêm phong ngay khi nhận, nhưng khóa chưa trao cho người giữ, còn "
    "nằm trên máy chủ: ai vào được máy chủ thì mở đọc được."
)
BREACH_SCENARIOS = (
    BreachScenario(
        N_("Kẻ lấy được bản sao dữ liệu"),
        N_("đọc được tin thường, địa điểm, ảnh đã xóa vị trí"),
        N_("không đọc được tên, số điện thoại, mã Zalo của bạn, không đọc được chữ và ảnh của tin kín"),
    ),
    BreachScenario(
        N_("Kẻ chiếm được cả máy chủ"),
        N_("đọc được thêm mã Zalo của người đã nhắn, và những gì gửi tới từ lúc đó"),
        N_("không mở được tên, số điện thoại, tin kín đã niêm phong trước đó, khi không ai đang mở khóa"),
    ),
    BreachScenario(
        N_("Một cán bộ làm sai"),
        N_("đọc được việc của đơn vị mình; xem việc nhạy cảm nào thanh tra cũng biết"),
        N_("không biết bạn là ai, trừ khi lời bạn viết nói ra; một người giữ danh tính một mình cũng không mở được"),
    ),
)
