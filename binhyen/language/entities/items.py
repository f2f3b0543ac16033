"""ITEM, COLOR and BRAND: the thing that is lost, found, stolen or handed over, and how it looks."""

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
            "lụm được", "mượn", "rinh", "thuổng", "lấy", "bị lấy", "dông mất", "chạy mất", "chạy lạc", "đem giao", "cất giữ", "tàng trữ",
            "chộ", "kiếm được", "xin lại", "chuộc lại", "bị rơi", "bị rớt", "để rơi", "tìm lại được", "dắt", "lấy đi", "phá khóa",
        )
    ]  # fmt: skip
)  # fmt: skip
_WEAK_VERBS: Final = frozenset(("lấy", "mượn", "móc", "nộp", "phát hiện", "chộ", "lạc", "dắt", "quên", "tàng trữ", "cất giữ", "giật", "rinh"))
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
_NEEDS_HUE: Final = frozenset(("cam", "bạc", "ghi", "kem", "be", "tro", "gold", "rêu", "đồng", "cà phê", "vện", "đốm", "khoang", "hung", "hồng", "tím"))
_WORN: Final = frozenset(
    "ao quan mu non vay dam khan giay dep toc long da vo op nhua vai mac balo tui bao bi kinh kieu cap day deo xe may so ga oto con doi "
    "thung hop chiec cai loai sau truoc vien mui ban tai bien to".split()
)
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
        after = view.words[hit[0]] if hit[0] < len(view.words) else ""
        if after not in _NOT_LOST.get(view.words[hit[0] - 1], ()):
            out.append((index, hit[0], hit[1] in _WEAK_VERBS))
        index = hit[0]
    return out


def _items(found: Found, verbs: list[tuple[int, int, bool]]) -> None:
    view = found.view
    ends = {end for _, end, _ in verbs}
    strong = [start for start, _, weak in verbs if not weak]
    table = items()
    index = 0
    while index < len(view.words):
        hit = table.find(view, index) if found.word_free(index) else None
        if hit is None:
            index += 1
            continue
        end, item = hit
        head = _head(view, index, item)
        if head > index and (longer := table.find(view, head)) and longer[0] > end:
            end, item = longer
        if _is_item(view, index, end, item, ends, strong) and not (item.word == "vàng" and index and not found.word_free(index - 1)):
            found.add("ITEM", view.starts[head], view.ends[end - 1], item.group)
        index = end


def _head(view: View, index: int, item: Item) -> int:
    """Leave out the classifier: the head of «con bò» is «bò»."""
    first = item.word.split(" ")[0]
    return index + 1 if first in ("con", "cái", "chùm", "quả", "khẩu", "viên", "sợi", "bộ", "tập", "đàn") and " " in item.word else index


def _is_item(view: View, index: int, end: int, item: Item, ends: set[int], strong: list[int]) -> bool:
    before = view.words[index - 1] if index else ""
    after = view.words[end] if end < len(view.words) else ""
    if item.group == "phone" and (before in _BY_PHONE or after in ("so", "cho", "lien")):
        return False
    if "v" in item.flags and before in _TRANSPORT:
        return False
    direct = any(start in ends for start in range(max(0, index - 4), index + 1))
    if item.group == "bankcard" and item.word == "atm" and before in ("cay", "rut"):
        return False
    if not strong and not direct:
        return False
    if "m" in item.flags:
        return _weak_item(view, index, end, item, ends)
    return True


def _weak_item(view: View, index: int, end: int, item: Item, ends: set[int]) -> bool:
    """Short and ambiguous words: right after the verb (a number or classifier may stand between), or in a list."""
    if item.group == "cash" and end < len(view.words) and view.words[end] in ("coc", "luong", "dien", "phat", "hang", "an"):
        return False
    if any(char.isdigit() for char in view.words[end][:1]) if end < len(view.words) and item.group in ("phone", "sim") else False:
        return False
    position = index
    for _ in range(4):
        if position in ends:
            return True
        if position == 0 or view.hard_after(position - 1):
            return False
        word = view.words[position - 1]
        if word in ("cai", "chiec", "con", "mot", "1", "2", "3", "hai", "cay", "chum", "it", "so", "het", "kha", "nhieu", "em", "toi", "minh", "bo", "doi", "vai", "hop", "nguyen", "ca", "mat", "duoc", "cua", "luon"):
            position -= 1
            continue
        return word in ("va", "gom", "kem", "voi") and bool(ends)
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
        if flag == "c" and not _brand_context(view, index):
            index += 1
            continue
        end = _models(found, table, end)
        found.add("BRAND", view.starts[index], view.ends[end - 1], view.plain[view.starts[index] : view.ends[end - 1]])
        index = end


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
        elif word in _MODELS or (len(word) <= 4 and word[-1:].isdigit() and (not word.isdigit() or len(word) <= 3) and word[0] != "0"):
            end += 1
        elif len(word) <= 4 and word[0].isdigit() and word.endswith(("cc", "pro", "gb")):
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
    kind = next((k for start, stop, k, _ in found.spans if start <= view.starts[index - 1] < stop), "")
    if before in _JEWELS and word.startswith(("vàng", "bạc", "kim", "bạch", "đồng")):
        return False
    if kind in ("ITEM", "BRAND"):
        return not (word in ("bạc", "vàng", "đồng") and before in _JEWELS) and not (word == "be" and view.bare)
    if word in _NEEDS_HUE:
        return kind == "COLOR"
    return (before in _WORN and (not view.bare or end - index > 1 or view.words[index] in ("trang", "xanh", "den", "vang", "nau", "xam"))) or kind == "COLOR"


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
