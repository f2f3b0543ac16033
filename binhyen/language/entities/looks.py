"""COLOR: the colour of a thing, of clothes or of a vehicle, without the word «màu»."""

from typing import Final

from binhyen.language.entities.found import Found
from binhyen.language.phrases import Phrases, bag, listed
from binhyen.language.view import View

_COLORS: Final[Phrases[str]] = Phrases(
    [
        (word, word)
        for word in listed("""
    xanh | đỏ | tím | vàng | trắng | đen | nâu | xám | hồng | cam | bạc | ghi | kem | be | xanh dương | xanh lá
    | xanh lá cây | xanh đen | xanh ngọc | xanh rêu | xanh tím than | xanh than | xanh nước biển | xanh da trời
    | xanh lam | xanh lục | xanh lơ | xanh đậm | xanh nhạt | đỏ đô | đỏ đen | đỏ tươi | đỏ đậm | đỏ trắng |
    trắng đen | đen trắng | đen đỏ | trắng đỏ | trắng sữa | trắng ngà | vàng đồng | vàng nhạt | vàng cam | vàng
    gold | nâu đất | nâu đỏ | nâu đen | nâu đậm | nâu nhạt | xám tro | xám bạc | xám xanh | xám trắng | xám xi
    măng | xám đen | ghi xám | hồng nhạt | hồng phấn | tím than | đen nhám | đen bóng | đen xám | đen mun | xanh
    cốm | xanh bộ đội | xanh rằn ri | rằn ri | tro | gold | vện | đốm | tam thể | khoang | rêu | bordeaux | đồng
    | trắng bạc | xanh trắng | trắng xanh | đen vàng | vàng đen | cà phê | đen tuyền | trắng tinh | hung | hồng
    đậm | bạch kim | vàng hoe | xanh dương đậm | xanh blue | xanh biển
    """)
    ]
)
_NEEDS_HUE: Final = frozenset(
    listed("""
    bạc | ghi | be | tro | gold | đồng | cà phê | vện | đốm | khoang | hung
    """)
)
_PATTERNS: Final = frozenset(("vện", "đốm", "khoang", "tam thể", "cà phê", "da bò", "đồng"))
_SHADES: Final = frozenset(listed("nhám | bóng | lì | sẫm | đậm | nhạt | mạ | tươi | thẫm | sữa | ngà"))
_PLAIN_HUES: Final = bag("""
    do den trang xanh vang nau tim hong xam
    """)
_CLOTHES: Final = bag("""
    ao quan vay dam long mu non khan giay dep balo cap tui toc vo op kinh o du bao tat khan gong that lung
    """)
_FOLLOWS_CLOTHES: Final = bag("""
    khoac hoodie dai ngan so mi thun phong jean jeans bo dui tay coc len gio mua hoa bao hiem la xach lot kaki
    au the thao dong phuc quai tat ba ni du dan vai ket luoi trai tai beo deo cheo da xu xoan phong co lo buoc
    dau nu nam tre em
    """)
_WORN: Final = bag("""
    ao quan mu non vay dam khan giay dep toc long da vo op nhua vai mac balo tui bao bi kinh kieu cap day deo xe
    may so ga oto dien con doi thung hop chiec cai loai sau truoc vien mui ban tai
    """)
_NOT_BETWEEN: Final = bag("""
    o tai va bi cua cho voi nhung lam day nay kia do tren duoi trong ngoai hieu nha duoc gan khi luc tu
    """)
_JEWELS: Final = bag("""
    nhan chuyen lac vong kieng tai chi cay luong tiem hieu tien ban mua
    """)


def find(found: Found) -> None:
    """Add COLOR spans; the norm is the folded word."""
    view = found.view
    free = 0
    for index in _COLORS.places(view):
        hit = _COLORS.find(view, index) if index >= free and found.word_free(index) else None
        if hit is None:
            continue
        end, word = hit
        free = end
        if _is_color(found, index, end, word):
            free = end = _second(view, end)
            found.add(
                "COLOR", view.starts[index], view.ends[end - 1], view.plain[view.starts[index] : view.ends[end - 1]]
            )


def _second(view: View, end: int) -> int:
    """«đen cam», «đen-đỏ», «đỏ/đen»: a second colour, or a shade, belongs to the first."""
    if end >= len(view.words) or view.gap(end - 1) not in (" ", "-", "/", " - ") or view.bare:
        return end
    hit = _COLORS.find(view, end)
    if hit and hit[1] not in _PATTERNS:
        return hit[0]
    return end + 1 if view.marks[end] in _SHADES and view.gap(end - 1) == " " else end


def _is_color(found: Found, index: int, end: int, word: str) -> bool:
    view = found.view
    before = view.words[index - 1] if index else ""
    if index and view.marks[index - 1] in ("sổ", "thẻ", "đèn", "chè", "trà", "rau", "luồng"):
        return False  # «sổ hồng», «đèn đỏ», «thẻ xanh»
    if before in ("mau", "mầu", "mau:", "sac", "tong"):
        return True
    if not index or not view.gap(index - 1).isspace() or "\n" in view.gap(index - 1):
        return False
    kind = found.kind_before(index)
    if not kind and index > 1 and before not in _NOT_BETWEEN and before not in _WORN:
        kind = found.kind_before(index - 1)
        kind = kind if kind == "ITEM" and view.gap(index - 2).isspace() and end - index <= 2 and not view.bare else ""
    if before in _JEWELS and word.startswith(("vàng", "bạc", "kim", "bạch", "đồng")):
        return False
    if kind in ("ITEM", "BRAND"):
        return not (word in ("bạc", "vàng", "đồng") and before in _JEWELS) and not (word == "be" and view.bare)
    if kind == "COLOR":
        return view.gap(index - 1) == " " and not view.bare
    return word not in _NEEDS_HUE and _dressed(view, index, end)


def _dressed(view: View, index: int, end: int) -> bool:
    """The colour of clothes («áo sơ mi trắng») or, with marks, of a vehicle («xe ga đỏ»)."""
    position = index - 1
    for _ in range(5):
        if position < 0 or not view.gap(position).isspace():
            return False
        word = view.words[position]
        if word in _CLOTHES:
            return not view.bare or (position == index - 1 and view.words[index] in _PLAIN_HUES) or end - index > 1
        if not view.bare and word in _WORN and position == index - 1:
            return True
        if word not in _FOLLOWS_CLOTHES:
            return False
        position -= 1
    return False
