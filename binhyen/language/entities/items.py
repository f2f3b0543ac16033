"""ITEM, COLOR and BRAND: the thing that is lost, found, stolen or handed over, and how it looks."""

from bisect import bisect_right
from dataclasses import dataclass
from typing import Final

from binhyen.language.entities.found import Found
from binhyen.language.phrases import Phrases
from binhyen.language.entities.tables import Item, brands, items
from binhyen.language.view import View

# Verbs of losing, finding, taking and handing over, with marks.
_VERBS: Final[Phrases[str]] = Phrases(
    [
        (verb, verb)
        for verb in (
            "mất", "bị mất", "đánh mất", "làm mất", "rơi", "đánh rơi", "làm rơi", "rớt", "làm rớt", "thất lạc", "lạc", "quên",
            "để quên", "bỏ quên", "nhặt", "nhặt được", "lượm", "lượm được", "bắt được", "nhặc", "nhặc được", "trộm", "ăn trộm",
            "lấy trộm", "trộm mất", "bẻ trộm", "cắt trộm", "cướp", "cướp giật", "giật", "cuỗm", "nẫng", "chôm", "móc", "móc túi",
            "lấy mất", "lấy cắp", "đánh cắp", "cắp", "bắt trộm", "giao nộp", "nộp lại", "tự nguyện nộp", "nộp", "sổng", "sổng chuồng",
            "tìm thấy", "tìm được", "trả lại", "trao trả", "xổng", "đi lạc", "lạc mất", "bị lạc", "khoắng", "khoắng sạch", "bẻ khóa",
            "dắt mất", "dắt trộm", "rơi mất", "rớt mất", "mất cắp", "mất trộm", "bắn rơi", "đào được", "phát hiện", "vớt được", "lụm",
            "lụm được", "rinh", "thuổng", "lấy", "bị lấy", "dông mất", "chạy mất", "chạy lạc", "đem giao", "cất giữ", "tàng trữ",
            "chộ", "kiếm được", "xin lại", "chuộc lại", "tìm", "tìm lại", "tìm ra", "tìm giúp", "tìm giùm", "nhận lại", "nhận lại được", "kiếm", "để lạc", "giữ hộ", "cất hộ", "đang giữ", "giữ giúp", "bị rơi", "bị rớt", "để rơi", "tìm lại được", "dắt", "lấy đi", "phá khóa",
        )
    ]  # fmt: skip
)  # fmt: skip
_WEAK_VERBS: Final = frozenset(("lấy", "móc", "nộp", "phát hiện", "chộ", "lạc", "dắt", "quên", "tàng trữ", "cất giữ", "giật", "rinh", "tìm", "kiếm", "tìm thấy", "nhận lại"))
# What follows the verb when nothing is lost: «mất điện», «rơi vãi», «giật mình».
_NOT_LOST: Final[dict[str, frozenset[str]]] = {
    "mat": frozenset("trat dien ngu day cong lai tich ve an nuoc song suc hung doan vui nhieu thoi long ngon het hut mang uy tac goc".split()),
    "roi": frozenset("vai xuong vao".split()),
    "rot": frozenset("gia xuong".split()),
    "giat": frozenset("minh do day cot".split()) - {"day"},
    "lac": frozenset("quan hau".split()),
    "lay": frozenset("lai vo chong phieu so".split()),
    "nop": frozenset("phat ho thue tien don".split()),
}
_CLASSIFIERS: Final = frozenset(("con", "cái", "chùm", "quả", "khẩu", "viên", "sợi", "bộ", "tập", "đàn"))
_CLASSIFYING: Final = frozenset(("cai", "chiec", "con", "mot", "1", "2", "3", "hai", "chum", "cay", "dan", "doi"))
_PRONOUNS: Final = frozenset(("tui", "me", "o", "ong", "con", "lan", "vo", "cho"))
_BETWEEN: Final = frozenset(
    "cai chiec con mot hai ba bon nam cay chum it so het kha nhieu em toi minh bo doi vai hop nguyen ca mat duoc cua luon sach qua khau dc "
    "vien sot bao boc tui quyen tap may nhung them toan chau roi me".split()
)
_TRANSPORT: Final = frozenset(("di", "chay", "lai", "tren", "bang", "chu", "nha", "coi", "do", "dam", "tong", "dung", "gui", "sua"))
_BY_PHONE: Final = frozenset(("goi", "so", "qua", "lien", "nghe", "sdt", "nhan", "theo", "alo", "bang", "vao"))
_COLORS: Final[Phrases[str]] = Phrases(
    [
        (word, word)
        for word in (
            "xanh", "đỏ", "tím", "vàng", "trắng", "đen", "nâu", "xám", "hồng", "cam", "bạc", "ghi", "kem", "be", "xanh dương",
            "xanh lá", "xanh lá cây", "xanh đen", "xanh ngọc", "xanh rêu", "xanh tím than", "xanh than", "xanh nước biển",
            "xanh da trời", "xanh lam", "xanh lục", "xanh lơ", "xanh đậm", "xanh nhạt", "đỏ đô", "đỏ đen", "đỏ tươi", "đỏ đậm", "đỏ trắng",
            "trắng đen", "đen trắng", "đen đỏ", "trắng đỏ", "trắng sữa", "trắng ngà", "vàng đồng", "vàng nhạt", "vàng cam", "vàng gold",
            "nâu đất", "nâu đỏ", "nâu đen", "nâu đậm", "nâu nhạt", "xám tro", "xám bạc", "xám đen", "ghi xám", "hồng nhạt", "hồng phấn", "tím than",
            "đen nhám", "đen bóng", "đen xám", "đen mun", "xanh cốm", "xanh bộ đội", "xanh rằn ri", "rằn ri", "tro", "gold", "vện", "đốm",
            "tam thể", "khoang", "rêu", "bordeaux", "đồng", "trắng bạc", "xanh trắng", "trắng xanh", "đen vàng", "vàng đen", "cà phê", "da bò",
            "đen tuyền", "trắng tinh", "hung", "hồng đậm", "bạch kim", "vàng hoe", "xanh dương đậm", "xanh blue", "xanh biển",
        )
    ]  # fmt: skip
)  # fmt: skip
_NEEDS_HUE: Final = frozenset(("bạc", "ghi", "be", "tro", "gold", "đồng", "cà phê", "vện", "đốm", "khoang", "hung"))
_PLAIN_HUES: Final = frozenset(("do", "den", "trang", "xanh", "vang", "nau", "tim", "hong", "xam"))
_CLOTHES: Final = frozenset("ao quan vay dam long mu non khan giay dep balo cap tui toc vo op kinh o du bao".split())
_FOLLOWS_CLOTHES: Final = frozenset(
    "khoac dai ngan so mi thun phong jean jeans bo dui tay coc len gio mua hoa bao hiem la xach lot kaki au the thao dong phuc quai tat ba "
    "ni du dan vai ket luoi trai tai beo deo cheo da xu xoan ngan nu nam tre em".split()
)
_WORN: Final = frozenset(
    "ao quan mu non vay dam khan giay dep toc long da vo op nhua vai mac balo tui bao bi kinh kieu cap day deo xe may so ga oto con doi "
    "thung hop chiec cai loai sau truoc vien mui ban tai".split()
)
_NOT_BETWEEN: Final = frozenset("o tai va bi cua cho voi nhung lam day nay kia do tren duoi trong ngoai hieu nha duoc gan khi luc tu".split())
_JEWELS: Final = frozenset(("nhan", "chuyen", "lac", "vong", "kieng", "tai", "chi", "cay", "luong", "tiem", "hieu", "tien", "ban", "mua"))
_MODELS: Final = frozenset(
    "pro max plus promax prm note ultra mini alpha rs s a mode blade air x xs fi lite prime se smart plus+ thai nhat viet tau i ii gp rc".split()
)


def find(found: Found) -> None:
    """Add BRAND, then ITEM, then COLOR spans; the norm of an item is its group, of a colour and brand the folded word."""
    view = found.view
    _brands(found)
    verbs = _verbs(view)
    if verbs:
        _items(found, verbs)
    _colors(found)


def _verbs(view: View) -> list[tuple[int, int, bool]]:
    """First word, word after, and weakness of each verb of losing or finding."""
    out: list[tuple[int, int, bool]] = []
    index = 0
    while index < len(view.words):
        hit = _VERBS.find(view, index)
        if hit is None:
            index += 1
            continue
        if view.bare and view.words[index : hit[0]] == ["cho"]:
            index += 1  # «chộ» without marks is «cho»
            continue
        after = view.words[hit[0]] if hit[0] < len(view.words) else ""
        if after not in _NOT_LOST.get(view.words[hit[0] - 1], ()):
            doubtful = view.bare and hit[1] in ("rơi", "rớt", "lạc", "cắp", "trộm")  # «roi» is also «rồi»
            out.append((index, hit[0], doubtful or hit[1] in _WEAK_VERBS))
        index = hit[0]
    return out


def _items(found: Found, verbs: list[tuple[int, int, bool]]) -> None:
    view = found.view
    inside = {k for start, end, _ in verbs for k in range(start, end)}
    scene = _Scene({end for _, end, _ in verbs}, [(start, end) for start, end, weak in verbs if not weak], [start for start, _, _ in verbs])
    table = items()
    index = 0
    while index < len(view.words):
        hit = table.find(view, index) if index not in inside and found.word_free(index) else None
        if hit is None:
            index += 1
            continue
        end, item = hit
        head = _head(view, index, item)
        if head > index and (longer := table.find(view, head)) and longer[0] > end:
            end, item = longer
        if _is_item(found, index, end, item, scene):
            found.add("ITEM", view.starts[head], view.ends[end - 1], item.group)
        index = end


@dataclass(frozen=True, slots=True)
class _Scene:
    """Where the verbs stand: words after each verb, strong verbs as spans, first words of all verbs."""

    ends: set[int]
    strong: list[tuple[int, int]]
    starts: list[int]

    def next_verb(self, index: int) -> int | None:
        """The first word of the next verb after word `index`."""
        at = bisect_right(self.starts, index)
        return self.starts[at] if at < len(self.starts) else None


def _head(view: View, index: int, item: Item) -> int:
    """Leave out the classifier: the head of «con bò» is «bò»."""
    first = item.word.split(" ")[0]
    return index + 1 if first in _CLASSIFIERS and " " in item.word else index


def _is_item(found: Found, index: int, end: int, item: Item, scene: _Scene) -> bool:
    view = found.view
    before = view.words[index - 1] if index else ""
    after = view.words[end] if end < len(view.words) else ""
    if _not_a_thing(found, index, item, before, after):
        return False
    chained = _chained(view, index, scene)
    short = view.bare and end - index == 1 and ("k" in item.flags or len(view.words[index]) <= 3)
    if short and before not in _CLASSIFYING and not (index in scene.ends and view.words[index] not in _PRONOUNS):
        return False
    if "m" in item.flags:
        return chained or ("a" in item.flags and before == "con" and _within(view, index, scene, back=3, ahead=6))
    if "w" in item.flags and item.group in ("ammo", "weapon") and scene.starts:
        return True
    if any(start in scene.ends for start in range(max(0, index - 4), index)) or chained:
        return True
    if "a" in item.flags and (ahead := scene.next_verb(index)) is not None and ahead <= index + 16:
        return not any(view.hard_after(k) for k in range(index, ahead))
    if scene.strong and scene.strong[0][0] < index and (_inside(view, index) or _listed(found, index)):
        return True
    return _within(view, index, scene, back=18, ahead=9)


def _not_a_thing(found: Found, index: int, item: Item, before: str, after: str) -> bool:
    """A call «qua điện thoại», a ride «đi xe máy», gold after an ornament, cash named by its amount."""
    if item.group == "phone" and (before in _BY_PHONE or after in ("so", "cho", "lien")):
        return True
    if "v" in item.flags and before in _TRANSPORT:
        return True
    if item.group == "bankcard" and before in ("cay", "rut"):
        return True
    if item.group == "cash" and after in ("coc", "luong", "dien", "phat", "hang", "an", "phi", "ao", "lai"):
        return True
    last = found.kind_before(index)
    return (item.word == "vàng" and last == "ITEM") or (item.group == "cash" and last == "MONEY") or (item.word == "tiền" and before in ("so", "chuyen"))


def _inside(view: View, index: int) -> bool:
    """«trong có …», «gồm …», «kèm 2 …»: what was in the thing."""
    return any(word in ("gom", "trong", "kem") for word in view.words[max(0, index - 3) : index])


def _listed(found: Found, index: int) -> bool:
    """Another thing stands up to seven words before, without the end of a sentence."""
    for back in range(index, max(0, index - 8), -1):
        if found.view.hard_after(back - 1):
            return False
        if found.kind_before(back) == "ITEM":
            return True
    return False


def _within(view: View, index: int, scene: _Scene, *, back: int, ahead: int) -> bool:
    """A strong verb stands near enough, at most one sentence away."""
    at = bisect_right(scene.strong, (index, index))
    for start, stop in scene.strong[max(0, at - 6) : at + 2]:
        if stop <= index <= stop + back and sum(view.hard_after(k) for k in range(stop - 1, index)) <= 1:
            return True
        if index < start <= index + ahead and not any(view.hard_after(k) for k in range(index, start)):
            return True
    return False


def _chained(view: View, index: int, scene: _Scene) -> bool:
    """Right after the verb; numbers, classifiers and «của em» may stand between, or «và», «gồm» in a list."""
    position = index
    for _ in range(4):
        if position in scene.ends:
            return True
        if position == 0 or view.hard_after(position - 1):
            return False
        word = view.words[position - 1]
        if word not in _BETWEEN and not word.isdecimal():
            return word in ("va", "gom", "kem", "voi") and bool(scene.starts) and scene.starts[0] < index
        position -= 1
    return False


def _brands(found: Found) -> None:
    view = found.view
    table = brands()
    index = 0
    while index < len(view.words):
        hit = table.find(view, index) if found.word_free(index) else None
        if hit is None:
            index += 1
            continue
        end, flag = hit
        if flag == "c" and not _brand_context(view, index) and not _model_number(view, index, end):
            index += 1
            continue
        end = _models(found, table, end)
        found.add("BRAND", view.starts[index], view.ends[end - 1], view.plain[view.starts[index] : view.ends[end - 1]])
        index = end


def _model_number(view: View, index: int, end: int) -> bool:
    """«ip 13»: the short form with a number."""
    return view.words[index] == "ip" and view.words[end : end + 1] != [] and view.words[end].isdecimal() and len(view.words[end]) <= 2


def _brand_context(view: View, index: int) -> bool:
    before = view.words[index - 1] if index else ""
    if before in ("xe", "may", "thoai", "dt", "hieu", "hang", "loai", "honda", "yamaha", "vinfast", "con", "chiec", "oto", "dien", "dap", "hieu", "ho", "tui", "mu"):
        return True
    return index > 0 and view.capital(index) and not view.hard_after(index - 1) and before not in ("anh", "chi", "em", "ong", "ba", "ban")


def _models(found: Found, table: Phrases[str], end: int) -> int:
    view = found.view
    for _ in range(4):
        if end >= len(view.words) or view.gap(end - 1) != " " or not found.word_free(end):
            break
        word = view.words[end]
        more = table.find(view, end)
        if more:
            end = more[0]
        elif word in _MODELS or (len(word) <= 4 and word[-1:].isdecimal() and (not word.isdecimal() or len(word) <= 3) and word[0] != "0"):
            end += 1
        elif len(word) <= 4 and word[0].isdecimal() and word.endswith(("cc", "pro", "gb")):
            end += 1
        else:
            break
    return end


def _colors(found: Found) -> None:
    view = found.view
    index = 0
    while index < len(view.words):
        hit = _COLORS.find(view, index) if found.word_free(index) else None
        if hit is None:
            index += 1
            continue
        end, word = hit
        if _is_color(found, index, end, word):
            found.add("COLOR", view.starts[index], view.ends[end - 1], view.plain[view.starts[index] : view.ends[end - 1]])
        index = end


def _is_color(found: Found, index: int, end: int, word: str) -> bool:
    view = found.view
    before = view.words[index - 1] if index else ""
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
    for _ in range(3):
        if position < 0 or not view.gap(position).isspace():
            return False
        word = view.words[position]
        if word in _CLOTHES:
            return not view.bare or position == index - 1 and view.words[index] in _PLAIN_HUES or end - index > 1
        if not view.bare and word in _WORN and position == index - 1:
            return True
        if word not in _FOLLOWS_CLOTHES:
            return False
        position -= 1
    return False


def things(view: View) -> set[str]:
    """Groups of all things that the text names outright, whatever happened to them."""
    groups: set[str] = set()
    table = items()
    index = 0
    while index < len(view.words):
        hit = table.find(view, index)
        if hit and "m" not in hit[1].flags and not (hit[1].group == "phone" and index and view.words[index - 1] in _BY_PHONE):
            groups.add(hit[1].group)
        index = hit[0] if hit else index + 1
    return groups
