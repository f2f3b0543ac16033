"""COLOR: the colour of an item, of clothes or of a vehicle, without the word «màu»."""

from typing import Final

from binhyen.language.aligned_text import AlignedText
from binhyen.language.entities.gazetteers import load_items
from binhyen.language.entities.span_registry import SpanRegistry
from binhyen.language.phrase_trie import PhraseTrie, phrase_list, word_set

_COLOR_PHRASES: Final[PhraseTrie[str]] = PhraseTrie(
    [
        (word, word)
        for word in phrase_list("""
    xanh | đỏ | tím | vàng | trắng | đen | nâu | xám | hồng | cam | bạc | ghi | kem | be | xanh dương | xanh lá
    | xanh lá cây | xanh đen | xanh ngọc | xanh rêu | xanh tím than | xanh than | xanh nước biển | xanh da trời
    | xanh lam | xanh lục | xanh lơ | xanh đậm | xanh nhạt | đỏ đô | đỏ đen | đỏ tươi | đỏ đậm | đỏ trắng |
    trắng đen | đen trắng | đen đỏ | trắng đỏ | trắng sữa | trắng ngà | vàng đồng | vàng nhạt | vàng cam | vàng
    gold | nâu đất | nâu đỏ | nâu đen | nâu đậm | nâu nhạt | xám tro | xám bạc | xám xanh | xám trắng | xám xi
    măng | xám đen | ghi xám | hồng nhạt | hồng phấn | tím than | đen nhám | đen bóng | đen xám | đen mun | xanh
    cốm | xanh bộ đội | xanh rằn ri | rằn ri | tro | gold | vện | đốm | tam thể | khoang | rêu | bordeaux | đồng
    | trắng bạc | xanh trắng | trắng xanh | đen vàng | vàng đen | cà phê | đen tuyền | trắng tinh | hung | hồng
    đậm | bạch kim | vàng hoe | xanh dương đậm | xanh blue | xanh biển | nâu sồng | nâu đồi mồi | nâu bò | trắng
    đục | trắng bệch | trắng toát | đen kịt | đen sì | đen thui | đen xì | đỏ lòm | đỏ au | đỏ gạch | đỏ mận |
    mận chín | vàng sẫm | vàng chanh | vàng hồng | vàng kem | vàng mơ | vàng đất | vàng nâu | xanh chuối | xanh
    mạ | xanh coban | xanh cô ban | xanh navy | xanh nõn chuối | xanh lá mạ | xanh két | xanh lơ nhạt | hồng sen
    | hồng cánh sen | hồng đất | hồng tím | tím đen | tím sen | tím huế | nâu tây | nâu vàng | nâu trắng | xám
    khói | xám chì | xám lông chuột | lam | tía | mun | mực | mận | bạch | da bò | cháo lòng | be sữa | vàng
    nghệ | vàng chóe | vàng choé | xanh ô liu | xanh rêu đậm | xanh titan | cứt ngựa | cỏ úa | cánh gián | mỡ gà
    | hồng đào | hồng pastel | nâu non | tím nhạt | tím trắng | đỏ bạc | xanh bạc | đen bạc | trắng nâu | vàng
    trắng | trắng vàng | đỏ nhám | đỏ xanh | xanh vàng
    """)
    ]
)
_NEEDS_ITEM: Final = frozenset(
    phrase_list("""
    bạc | ghi | be | tro | gold | đồng | cà phê | vện | đốm | khoang | hung | lam | tía | mun | kem | rêu | da
    bò | tam thể | mực | mận | bạch
    """)
)
_PATTERNS: Final = frozenset(("vện", "đốm", "khoang", "tam thể", "mun", "mực", "tía", "hung", "bạch"))
_ANIMALS: Final = word_set("con cho meo ga bo trau tru de ngua lon heo cun noi phoc nghe be me soc")
_SHADES: Final = frozenset(
    phrase_list(
        "nhám | bóng | lì | sẫm | đậm | nhạt | mạ | tươi | thẫm | sữa | ngà | lòm | kịt | bệch | sì | hoe | chanh | kem"
    )
)
_BASIC_COLORS: Final = word_set("""
    do den trang xanh vang nau tim hong xam
    """)
_CLOTHES: Final = word_set("""
    ao quan vay dam long mu non khan giay dep balo cap tui toc vo op kinh o du bao tat khan gong that lung
    """)
_FOLLOWS_CLOTHES: Final = word_set("""
    khoac hoodie dai ngan so mi thun phong jean jeans bo dui tay coc len gio mua hoa bao hiem la xach lot kaki
    au the thao dong phuc quai tat ba ni du dan vai ket luoi trai tai beo deo cheo da xu xoan phong co lo buoc
    dau nu nam tre em phao sieu nhan ngu dam ka
    """)
# Part of an item or an animal that has a colour.
_COLORED_PARTS: Final = word_set("""
    long moc gau son khe bia hop bao day quai vien soc nilong khoa op gong vanh yen mo chan duoi uc can nap mui
    rem cong co mai vong khoi nhua xu nu vet ke hoa bong mau cuong
    """)
# After these words an accented colour word has another meaning; «lợi nhuận trắng» is no colour either.
_NO_COLOR_AFTER: Final = frozenset(
    phrase_list("""
    sổ | thẻ | đèn | chè | trà | rau | luồng | hội | quỹ | dụng | biển | máu | nổi | chết | bầm | bằng | tiệm |
    hàng | đào | cục | mượn | lấy | hoa | vườn | tạ | chợ | thức | giấy | mất | tay | nước | tick | tích | hiếm
    | trời | cơm | sữa | thịt | mã | thập | chỗ | khai | sòng | đánh | kho | chiếu | ngả
    """)
)
# … and before these words; the second table applies to unaccented text only.
_NO_COLOR_BEFORE: Final = {
    "cam": word_set("ket doan vu on hung khe ranh tam dong"),
    "vang": word_set("ma thiet that ta dong bac coi chi"),
    "hong": word_set("len hac ki kong ngu"),
    "xanh": word_set("sach um tuoi"),
    "be": word_set("con be ban bi trai gai"),
}
_NO_BARE_BEFORE: Final = {
    "do": word_set(
        "cho nga nen lua ra len di la trom roi ma nua thi an xe den may truoc bo nguoi nhe ad ho ban hang day"
    ),
    "den": word_set(
        "nha nhan gap nay gio xa thon cong lay tram khi do thui day bao hoi bo la nguoi xem gay hom tu ben cho"
    ),
    "trang": word_set("web mang bi tron trai ca do dich chu tay dem"),
    "tim": word_set("mai dap thay kiem ra nguoi giup lai cach duoc noi den tai ong ba em"),
    "nau": word_set("an com"),
    "vang": word_set("o"),
}
# … and after these: «tắt đèn», «tốc độ», «mổ tim».
_NO_BARE_AFTER: Final = {
    "do": word_set("toc bao duoi tui ke nhat khoa bi"),
    "den": word_set("mo tat bao bat nghia co"),
    "tim": word_set("mo benh dau khoi thuoc ba"),
    "hong": word_set("vo dau bi hu"),
    "nau": word_set("vo chau mo"),
}
_SURE_CLOTHES: Final = word_set("ao quan vay dam mu non khan")
_FUNCTION_WORDS: Final = word_set("khong vao ra di chua cung moi nay gio ma la thi bi co luc noi that")
_ACCENTED_FORMS: Final = {"quan": "quần", "ao": "áo", "long": "lông", "o": "ô", "vo": "vớ", "dam": "đầm", "cap": "cặp"}
_FRUIT_COUNTERS: Final = word_set("thung qua trai chuc can bao ta ky kg cay vuon")
_NOT_BETWEEN: Final = word_set("""
    o tai va bi cua cho voi nhung lam day nay kia do tren duoi trong ngoai hieu nha duoc gan khi luc tu
    """)
_JEWELS: Final = word_set("""
    nhan chuyen lac vong kieng tai chi cay luong tiem hieu tien ban mua
    """)


def add_colors(registry: SpanRegistry) -> None:
    """Add COLOR spans; the norm is the folded word."""
    view = registry.view
    free = 0
    for index in _COLOR_PHRASES.places(view):
        hit = _COLOR_PHRASES.find(view, index) if index >= free and registry.is_word_free(index) else None
        if hit is None:
            continue
        end, word = hit
        free = end
        if _is_color(registry, index, end, word):
            free = end = _extend_color(view, end)
            registry.add_words("COLOR", index, end)


def _extend_color(view: AlignedText, end: int) -> int:
    """Extend over a second colour or a shade: «đen cam», «đen-đỏ», «đỏ/đen»."""
    if view.words[end - 1] == "bien" and view.words[end : end + 1] and view.words[end][0].isdecimal():
        return end - 1  # «xe xanh biển 38A-…»
    if end >= len(view.words) or view.gap_after(end - 1) not in (" ", "-", "/", " - ") or view.is_unaccented:
        return end
    hit = _COLOR_PHRASES.find(view, end)
    if hit and hit[1] not in _PATTERNS and hit[1] not in _NEEDS_ITEM:
        return hit[0]
    return end + 1 if view.marks[end] in _SHADES and view.gap_after(end - 1) == " " else end


def _is_color(registry: SpanRegistry, index: int, end: int, word: str) -> bool:
    view = registry.view
    previous_word = view.words[index - 1] if index else ""
    next_word = view.words[end] if end < len(view.words) and view.gap_after(end - 1) == " " else ""
    seats = (
        previous_word == "cho" and index > 2 and (view.words[index - 2].isdecimal() or view.words[index - 2] == "bay")
    )
    if seats:
        return word not in ("be", "kem")  # «xe 7 chỗ đen»
    if index and view.marks[index - 1] in _NO_COLOR_AFTER:
        return False  # «sổ hồng», «đèn đỏ», «xã hội đen»
    if previous_word in ("mau", "sac", "tong"):
        return True
    if registry.get_kind_before(index) in ("PLACE", "PERSON", "TIME"):
        return False  # «Nguyễn Du hỏng» without marks
    gap = view.gap_after(index - 1) if index else ""
    if (
        not gap.isspace()
        or "\n" in gap
        or word in ("đồng", "cà phê")
        or (word == "bạc" and previous_word == "co")
        or (view.has_proper_names and view.is_capitalized(index))
    ):
        return False
    if word == "ghi":
        return False  # «trong vở có ghi»: a colour only after «màu»
    if _is_material_or_fruit(view, index, previous_word, word):
        return False
    if next_word in _NO_COLOR_BEFORE.get(view.words[end - 1], ()):
        return False
    kind = registry.get_kind_before(index) or _item_before(view, index)
    if view.is_unaccented:
        return _is_unaccented_color(registry, index, end, kind)
    if not kind and index > 1 and previous_word not in _NOT_BETWEEN and view.gap_after(index - 2).isspace():
        kind = "ITEM" if registry.get_kind_before(index - 1) == "ITEM" else ""
    if word in ("cam", "tím") and not kind:  # «thùng cam», «tím mặt»
        return _is_clothes_color(view, index)
    if word in _PATTERNS:
        return kind == "COLOR" or not _ANIMALS.isdisjoint(view.words[max(0, index - 2) : index])
    return kind in ("ITEM", "BRAND", "COLOR") or word not in _NEEDS_ITEM or _is_clothes_color(view, index)


def _is_material_or_fruit(view: AlignedText, index: int, previous_word: str, word: str) -> bool:
    """Return True for a material or fruit: «nhẫn vàng», «mua bạc», «thùng cam»; «áo mưa vàng» is a colour."""
    if word == "cam" and previous_word in _FRUIT_COUNTERS:
        return True
    is_raincoat = previous_word == "mua" and view.words[max(0, index - 2)] == "ao"
    return previous_word in _JEWELS and not is_raincoat and word.startswith(("vàng", "bạc", "kim", "bạch", "đồng"))


def _item_before(view: AlignedText, index: int) -> str:
    """Return «ITEM» if the words before `index` name an item, whatever happened to it."""
    table = load_items()
    for first in range(index - 1, max(-1, index - 4), -1):
        if view.gap_after(first) != " ":
            break
        if table.starts(view.words[first]) and (hit := table.find(view, first)) and hit[0] == index:
            return "ITEM"
    return ""


def _is_unaccented_color(registry: SpanRegistry, index: int, end: int, kind: str) -> bool:
    """Decide about an unaccented colour: «do», «den», «cam» mostly mean something else, so an item must precede."""
    view = registry.view
    previous_word, word = view.words[index - 1], view.words[index]
    has_several_words = end - index > 1
    next_word = view.words[end] if end < len(view.words) and view.gap_after(end - 1) == " " else ""
    if next_word in _NO_BARE_BEFORE.get(view.words[end - 1], ()) and kind != "BRAND":
        return False
    if kind == "BRAND" or (kind == "ITEM" and not registry.is_word_free(index - 1)):
        return word not in ("be", "lam")
    if previous_word in _NO_BARE_AFTER.get(word, ()):
        return False
    if previous_word in _FUNCTION_WORDS or (
        word in ("do", "den") and previous_word in ("xe", "may", "can", "vo", "bo", "cho", "con", "o")
    ):
        return False
    if kind == "ITEM" and load_items().find(view, index - 1):
        kind = ""  # one short word is not enough evidence of an item
    has_basic_color = word in _BASIC_COLORS or view.words[end - 1] in _BASIC_COLORS
    if (
        kind == "ITEM"
        or previous_word in _COLORED_PARTS
        or previous_word in ("me", "trau", "tru", "ga", "ngua", "nghe")
    ):
        return has_basic_color
    return has_basic_color and _is_clothes_color(view, index, sure=not has_several_words)


def _is_clothes_color(view: AlignedText, index: int, *, sure: bool = False) -> bool:
    """Return True for the colour of clothes («áo sơ mi trắng») or of a part of an item («vành sơn đỏ»)."""
    position = index - 1
    for _ in range(5):
        if position < 0 or not view.gap_after(position).isspace():
            return False
        word = view.words[position]
        if not view.is_unaccented and view.marks[position] != _ACCENTED_FORMS.get(word, view.marks[position]):
            return False
        if sure and word in _CLOTHES:
            return word in _SURE_CLOTHES
        if word in _CLOTHES or word in _COLORED_PARTS:
            return True
        if word not in _FOLLOWS_CLOTHES:
            return False
        position -= 1
    return False
