"""What tells a thing from others of its kind: sex, breed, horns, how many, which size, what is written on it.

The words are in data/aspects.tsv. An aspect counts where both posts tell it: for, where they say the same, else against.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

from binhyen.kit.text import fold
from binhyen.kit.wording import L_
from binhyen.language.entities.tables import rows
from binhyen.language.phrases import Phrases, bag, listed
from binhyen.language.view import View

Aspects = Mapping[str, frozenset[str]]

ANIMALS: Final = bag("dog cat cow calf buffalo goat pig horse rabbit deer chicken duck bird animal")
_CATTLE: Final = bag("cow calf buffalo goat deer")
_PAPERS: Final = bag("idcard licence bankcard healthcard studentcard passport papers registration wallet healthbook")
_JEWELS: Final = bag("ring necklace bracelet earring jewels")
_WRITTEN_ON: Final = L_("cùng chữ trên đồ")
_WEIGHTS: Final[Mapping[str, tuple[float, float, frozenset[str], str, str]]] = {
    # aspect: counts for, counts against, the kinds it belongs to (none: any), both reasons
    "sex": (0.1, -0.4, ANIMALS, L_("cùng là con đực, cùng là con cái"), L_("một con đực, một con cái")),
    "breed": (0.22, -0.4, bag("dog"), L_("cùng giống chó"), L_("khác giống chó")),
    "cat": (0.2, -0.4, bag("cat"), L_("cùng giống mèo"), L_("khác giống mèo")),
    "coat": (0.15, -0.1, ANIMALS, L_("cùng kiểu lông"), L_("khác kiểu lông")),
    "collar": (0.06, -0.2, ANIMALS, L_("cùng có vòng cổ, cùng không"), L_("một con đeo vòng cổ, một con không")),
    "nose": (0.08, -0.35, _CATTLE, L_("cùng xỏ mũi, cùng chưa xỏ"), L_("một con xỏ mũi, một con chưa")),
    "horn": (0.15, -0.12, _CATTLE, L_("sừng giống nhau"), L_("sừng khác nhau")),
    "tail": (0.1, -0.15, ANIMALS, L_("đuôi giống nhau"), L_("đuôi khác nhau")),
    "ear": (0.06, -0.1, ANIMALS, L_("tai giống nhau"), L_("tai khác nhau")),
    "earside": (0.15, -0.2, ANIMALS, L_("dấu ở cùng một tai"), L_("dấu ở tai khác bên")),
    "legside": (0.1, -0.2, ANIMALS, L_("dấu ở cùng một chân"), L_("dấu ở chân khác bên")),
    "hornside": (0.1, -0.2, _CATTLE, L_("dấu ở cùng một sừng"), L_("dấu ở sừng khác bên")),
    "lens": (0.08, -0.25, bag("glasses"), L_("cùng loại kính"), L_("khác loại kính")),
    "fold": (0.12, -0.14, bag("wallet"), L_("cùng kiểu ví"), L_("khác kiểu ví")),
    "whose": (0.04, -0.16, frozenset(), L_("cùng là đồ của người lớn, trẻ em, nam hay nữ"), L_("một đồ nam, một đồ nữ")),
    "helmet": (0.08, -0.2, bag("helmet"), L_("cùng kiểu mũ"), L_("khác kiểu mũ")),
    "cycle": (0.1, -0.2, bag("bicycle"), L_("cùng kiểu xe đạp"), L_("khác kiểu xe đạp")),
    "bank": (0.1, -0.12, bag("bankcard"), L_("cùng ngân hàng"), L_("khác ngân hàng")),
    "metal": (0.06, -0.25, _JEWELS, L_("cùng chất vàng, bạc"), L_("một món vàng, một món bạc")),
    "hand": (0.04, -0.2, _JEWELS, L_("cùng đeo tay, cùng đeo chân"), L_("một món đeo tay, một món đeo chân")),
    "stuff": (0.08, -0.1, frozenset(), L_("cùng chất liệu"), L_("khác chất liệu")),
    "shade": (0.06, -0.22, frozenset(), L_("cùng sắc xanh"), L_("khác sắc xanh")),
    "charm": (0.14, -0.12, frozenset(), L_("cùng hình trên đồ, trên móc"), L_("hình trên đồ, trên móc khác nhau")),
    "number": (0.15, -0.1, frozenset(), L_("cùng số trên đồ"), L_("số trên đồ khác nhau")),
    "year": (0.25, -0.4, _PAPERS, L_("cùng năm sinh"), L_("khác năm sinh")),
    "size": (0.2, -0.22, frozenset(), L_("cùng kích cỡ"), L_("khác kích cỡ")),
    "storage": (0.1, -0.2, frozenset(), L_("cùng dung lượng"), L_("khác dung lượng")),
}
_COUNT: Final = (0.12, -0.2, L_("cùng số lượng: {what}"), L_("khác số lượng: {what}"))
_WRITING: Final = (0.25, -0.2, _WRITTEN_ON, L_("chữ trên đồ khác nhau"))

_LACKING: Final = (0.15, -0.14, L_("cùng không có {what}"), L_("một bên nói không có {what}"))
_PART_NAMES: Final = {
    fold(name): name
    for name in "móc ốp vòng chuông biển gương cốp sừng đuôi sim nắp xích phanh tem quai vành".split()
}
_HOLDING: Final = bag("co con deo gan dan xo thay nho in")
_NOT: Final = bag("khong ko k kg hong chang cha chua no chong hok")
_MARKED_NOT: Final = bag("không chẳng chả chưa nỏ chớ hông")
_NUMBERS: Final = {w: n for n, w in enumerate("một hai ba bốn năm sáu bảy tám chín mười".split(), 1)}
_COUNTED: Final = bag("""
    chia tam the to quyen cuon tap bao can hop mieng vien doi chiec con cay soi mon cai chai lon bich tui thung bo
    cuoc ong cuc buc doi khoa
    """)
_WHAT_OF: Final = bag("con cai chiec tam cay bao hop soi doi bo tui thung mon cuc ong can chai buc to mieng cuon quyen")
_HEADS: Final = bag("bo trau tru cho meo de lon heo ga vit ngan ngong chim nghe be me tho cun ngua huou")
_SAME_NOUN: Final = {"tru": "trau", "bop": "vi", "khoa": "chia", "dt": "may", "cun": "cho", "me": "be", "bao": "bao"}
_NONE: Final[frozenset[str]] = frozenset()
_YEAR: Final = re.compile(r"(?<![\d/.,-])((?:19[3-9]|20[01])\d)(?![\d/.,-]*\d)")
_NUMBERED: Final = re.compile(r"\b(?:so|danh so|ghi so) (\d{1,4})(?![\d./-]*\d)\b")
_SIZE: Final = re.compile(r"\b(\d{1,3}) ?[x*] ?(\d{1,3})\b")
_WEAR: Final = re.compile(r"\b(?:size|sai|sz|co so) ?(\d{2}|[sml]|x{1,3}l)\b")
_STORAGE: Final = re.compile(r"\b(\d{2,4}) ?(?:g|gb|gi)\b")
_CHARM: Final = re.compile(
    r"(?<!man )\b(?:moc|hinh)(?: (?:khoa|chia|treo|hinh|dan|con|chu|cai|mau|gan|in|nhua|go|bong))* (\w{2,12})(?: (\w{2,12}))?"
)
_NO_CHARM: Final = bag("nen no va mau nhu sau khoa nen trang den do vang xanh hong tim o roi trong cua nho to nua rat")
_QUOTED: Final = re.compile("[\"“«]([^\"”»]{2,24})[\"”»]")
_WRITTEN: Final = re.compile(
    r"\b(?:co chu|ghi chu|khac chu|in chu|theu chu|khac ten|theu ten|dan ten|viet chu|khac|theu|dong dau|danh dau) "
    r"((?:ten )?[^\W_]{1,12}(?: [^\W_]{1,12})?)"
)


@lru_cache(maxsize=1)
def _table() -> Phrases[tuple[str, str]]:
    return Phrases((words, (row[0], row[1])) for row in rows("aspects.tsv") for words in listed(row[2]))


@lru_cache(maxsize=1)
def _same() -> Phrases[str]:
    return Phrases((words, row[0]) for row in rows("same_words.tsv") for words in listed(row[1]))


def aspects(view: View, items: Iterable[str], most: int = 400) -> dict[str, frozenset[str]]:
    """Aspect → what the text says of it; only aspects that belong to one of `items`."""
    told: dict[str, set[str]] = defaultdict(set)
    kinds = frozenset(items)
    table, free = _table(), 0
    for index in table.places(view):
        if index >= most or index < free or (hit := table.find(view, index)) is None:
            continue
        free, (aspect, value) = hit
        belongs = _WEIGHTS[aspect][2] if aspect in _WEIGHTS else None
        if belongs is None or (belongs and belongs.isdisjoint(kinds)):
            continue
        denied = _denied(view, max(0, index - 2), index)
        if value == "yes":
            told[aspect].add("no" if denied else value)
        elif not denied:
            told[aspect].add(value)
    _numbers(view, told, most)
    _parts(view, told, most)
    if not _PAPERS.isdisjoint(kinds):
        told["year"].update(found[1] for found in _YEAR.finditer(view.plain))
    return {aspect: frozenset(values) for aspect, values in told.items() if values}


def _numbers(view: View, told: dict[str, set[str]], most: int) -> None:
    """Counts («2 chìa nhà»), sizes («6x8», «size 40»), storage, and what is written on the thing."""
    for index, word in enumerate(view.words[:most]):
        number = word if word.isdecimal() and len(word) < 3 else _NUMBERS.get(view.marks[index])
        if number is None or index + 1 >= len(view.words) or view.gap(index) != " ":
            continue
        noun = view.words[index + 1]
        if noun not in _COUNTED:
            continue
        after = view.words[index + 2] if noun in _WHAT_OF and index + 2 < len(view.words) else ""
        if noun == "con" and after not in _HEADS:
            continue
        key = f"{noun} {_SAME_NOUN.get(after, after)}" if after else _SAME_NOUN.get(noun, noun)
        told[f"#{key}"].add(str(int(number)))
    plain = view.plain
    if view.digits:
        for one, two in _SIZE.findall(plain):
            told["size"].add("x".join(sorted((one, two))))
        told["size"].update(f"size {size}" for size in _WEAR.findall(plain))
        told["storage"].update(s for s in _STORAGE.findall(plain) if s in ("16", "32", "64", "128", "256", "512"))
        told["number"].update(_NUMBERED.findall(plain))
    if "moc" in view.words or "hinh" in view.words:
        told["charm"].update(w for found in _CHARM.findall(plain) for w in found if w and w not in _NO_CHARM)
    told["@"].update(" ".join(found.split()) for found in _QUOTED.findall(plain))
    told["@"].update(found.removeprefix("ten ") for found in _WRITTEN.findall(plain))


def _parts(view: View, told: dict[str, set[str]], most: int) -> None:
    """Parts of a thing that the text names, and those it says are not there: «không có móc», «chưa có biển số»."""
    words = view.words
    for index, word in enumerate(words[:most]):
        if word in _PART_NAMES and (view.bare or view.marks[index] == _PART_NAMES[word]):
            back = 2 if index and words[index - 1] in _HOLDING else 1
            told["without" if _denied(view, max(0, index - back), index) else "with"].add(_PART_NAMES[word])


def _denied(view: View, start: int, end: int) -> bool:
    """A word of «not» stands there; «chửa» with its marks is none."""
    return any(
        view.words[k] in _NOT and (view.unmarked(k) or view.marks[k] in _MARKED_NOT) for k in range(start, end)
    )


def same_words(view: View, most: int = 400) -> set[str]:
    """What the text tells in one of several usual ways: «xâu chìa» and «chùm chìa khóa» are one."""
    table, out = _same(), set()
    for index in table.places(view):
        hit = table.find(view, index) if index < most else None
        if hit and not (view.bare and hit[0] == index + 1 and len(view.words[index]) < 5):  # «cho» is hardly «chợ»
            out.add(hit[1])
    return out


def compare(mine: Aspects, other: Aspects) -> list[tuple[float, str]]:
    """What the aspects told by both count, and why."""
    out: list[tuple[float, str]] = []
    for one, two in ((mine, other), (other, mine)):
        for what in sorted(one.get("without", _NONE) & two.get("with", _NONE)):
            out.append((_LACKING[1], _LACKING[3].format(what=what)))
    for what in sorted(mine.get("without", _NONE) & other.get("without", _NONE)):
        out.append((_LACKING[0], _LACKING[2].format(what=what)))
    for aspect, values in mine.items():
        others = other.get(aspect)
        if aspect in ("with", "without"):
            continue
        if not others:
            continue
        if aspect == "@":
            same = any(a in b or b in a for a in values for b in others)
            out.append((_WRITING[0], _WRITING[2]) if same else (_WRITING[1], _WRITING[3]))
        elif aspect[0] == "#":
            what = aspect[1:]
            if aspect == "#chia" and _near(values, others):
                continue  # «két và 2 chìa nhà» are three keys
            if values & others:
                out.append((_COUNT[0] if values & others != {"1"} else 0.0, _COUNT[2].format(what=what)))
            else:
                out.append((_COUNT[1], _COUNT[3].format(what=what)))
        else:
            weight = _WEIGHTS[aspect]
            out.append((weight[0], weight[3]) if values & others else (weight[1], weight[4]))
    return out


def _near(values: frozenset[str], others: frozenset[str]) -> bool:
    return not values & others and any(abs(int(a) - int(b)) == 1 for a in values for b in others)
