"""Similarity of two items: exact numbers, names, kind, colour and brand, each with a weight and a reason."""

from functools import lru_cache
from typing import Final

from binhyen.kit.i18n_markers import L_
from binhyen.language.entities.gazetteers import rows
from binhyen.language.lostfound.names import fits, only_marks_differ
from binhyen.language.lostfound.post_features import Particulars
from binhyen.language.phrase_trie import bag

_SAME_NAME: Final = L_("cùng tên trên giấy tờ")
_HALF_NAME: Final = L_("cùng tên, một bên thiếu họ")
_OTHER_MARKS: Final = L_("tên khác dấu")
_CUT_NAME: Final = L_("tên viết tắt khớp")
_OTHER_NAME: Final = L_("khác tên trên giấy tờ")
_NAMED_BOTH: Final = L_("cùng nhắc một tên người")
_SAME_SUM: Final = L_("cùng số tiền")
_OTHER_SUM: Final = L_("khác số tiền")
_NEAR_KIND: Final = L_("loại đồ gần nhau")
_OTHER_KIND: Final = L_("khác loại đồ vật")
_OTHER_COLOUR: Final = L_("khác màu")
_OTHER_BRAND: Final = L_("khác hiệu")
_SAME_KIND: Final = L_("cùng loại: {what}")
_SAME_BRAND: Final = L_("cùng hiệu {what}")
_SAME_COLOUR: Final = L_("cùng màu {what}")
_OTHER_MODEL: Final = L_("khác dòng {what}")
_HUE_NAMES: Final = {
    "do": L_("đỏ"),
    "tim": L_("tím"),
    "vang": L_("vàng"),
    "trang": L_("trắng"),
    "den": L_("đen"),
    "nau": L_("nâu"),
    "xam": L_("xám"),
    "hong": L_("hồng"),
    "bac": L_("bạc"),
    "ran": L_("rằn ri"),
}
# An item has one plate, a card one number: different numbers mean different items. Phone numbers are the writers' own.
_DECIDING: Final = {"PLATE": L_("khác biển số"), "ID_NUMBER": L_("khác số giấy tờ")}
_NAMED_PAPERS: Final = bag("idcard licence bankcard healthcard studentcard passport papers wallet registration")
_TAILED: Final = frozenset(("PLATE", "ID_NUMBER", "BANK_ACCOUNT"))
_SAME_TAIL: Final = L_("khớp số cuối")
_OTHER_TAIL: Final = L_("khác số cuối")
_KEY_NAMES: Final = {
    "PLATE": L_("cùng biển số"),
    "ID_NUMBER": L_("cùng số giấy tờ"),
    "PHONE": L_("cùng số điện thoại"),
    "BANK_ACCOUNT": L_("cùng số tài khoản"),
    "URL": L_("cùng liên kết"),
}


def keys(mine: Particulars, other: Particulars) -> list[tuple[float, str]]:
    same = mine.keys & other.keys
    out: list[tuple[float, str]] = [(0.9, _KEY_NAMES[key.split(":")[0]]) for key in sorted(same)[:2]]
    if mine.keys and other.keys:
        out += [(-0.5, what) for kind, what in _DECIDING.items() if _differ(kind, mine, other)]
    if not same and (mine.keys or other.keys or (mine.tails and other.tails)):
        out += _part_of_number(mine, other)
    if ((mine.people or mine.hidden) and (other.people or other.hidden or mine.full_names)) or other.full_names:
        out += _named_people(mine, other)
    if mine.sums and other.sums:
        out.append((0.2, _SAME_SUM) if mine.sums & other.sums else (-0.1, _OTHER_SUM))
    return out


def _part_of_number(mine: Particulars, other: Particulars) -> list[tuple[float, str]]:
    """Score «biển đuôi 7.09»: the end of a number that the other post gives in full."""
    for one, two in ((mine, other), (other, mine)):
        whole = [digits for key in two.keys if key.split(":")[0] in _TAILED and (digits := _digits(key))]
        if whole and any(len(d) < 6 and number.endswith(d) for d in one.digits for number in whole):
            return [(0.4, _SAME_TAIL)]
        if whole and one.tails and not any(n.endswith(t) for t in one.tails for n in whole):
            return [(-0.3, _OTHER_TAIL)]
    if mine.tails and other.tails:
        return [(0.3, _SAME_TAIL) if mine.tails & other.tails else (-0.25, _OTHER_TAIL)]
    return []


def _digits(key: str) -> str:
    return "".join(c for c in key.split(":", 1)[1] if c.isdigit())


def _named_people(mine: Particulars, other: Particulars) -> list[tuple[float, str]]:
    """Score the name on the papers: full, without family name, with other diacritics, abbreviated, or different."""
    ours, theirs = mine.full_names, other.full_names
    papers = all(not _NAMED_PAPERS.isdisjoint(p.items) for p in (mine, other))
    if only_marks_differ(mine.names, other.names):
        return [(-0.3, _OTHER_MARKS)]
    if ours & theirs or _said(ours, other) or _said(theirs, mine):
        on_it = papers or " ten " in mine.told or " ten " in other.told
        return [(0.7, _SAME_NAME) if on_it else (0.5, _NAMED_BOTH)]
    if any(a.endswith(" " + b) or b.endswith(" " + a) for a in ours for b in theirs):
        return [(0.55, _HALF_NAME)]
    if any(fits(cut, names) for cuts, names in ((mine.hidden, theirs), (other.hidden, ours)) for cut in cuts):
        return [(0.5, _CUT_NAME)]
    if ours and theirs and papers:
        return [(-0.35, _OTHER_NAME)]
    if mine.people & other.people:
        return [(0.3 if papers else 0.15, _NAMED_BOTH)]
    if mine.people and other.people and papers:
        return [(-0.2, _OTHER_NAME)]
    return []


def _said(names: frozenset[str], other: Particulars) -> bool:
    """Return True if a full name occurs in the other text too, where no name was recognised."""
    return not other.full_names and any(name.count(" ") > 1 and f" {name} " in other.told for name in names)


def _differ(kind: str, mine: Particulars, other: Particulars) -> bool:
    """Return True if both contain a number of this kind, and none in common."""
    ours, theirs = ({key for key in p.keys if key.startswith(kind)} for p in (mine, other))
    return bool(ours and theirs) and not ours & theirs


def looks(mine: Particulars, other: Particulars) -> list[tuple[float, str]]:
    out: list[tuple[float, str]] = []
    shared = mine.items & other.items
    if shared:
        part = len(shared) / len(mine.items | other.items)
        out.append((0.25 + 0.1 * part, _SAME_KIND.format(what=_named(shared))))
    elif mine.items and other.items:
        related = max(_related().get(frozenset((a, b)), 0.0) for a in mine.items for b in other.items)
        many = len(mine.items) > 1 or len(other.items) > 1  # a list may mix the item with others that were with it
        out.append((0.25 * related, _NEAR_KIND) if related else (-0.15 if many else -0.25, _OTHER_KIND))
    elif mine.items or other.items:
        out.append((-0.05, ""))
    out += _colours(mine, other)
    if mine.brands and other.brands:
        out.append(_brand(mine, other))
    return out


def _colours(mine: Particulars, other: Particulars) -> list[tuple[float, str]]:
    """Score colours: those of the item for and against, those of its accessories only for."""
    if same := mine.colors & other.colors:
        return [(0.16, _SAME_COLOUR.format(what=_hue(same)))]
    out = [(-0.31, _OTHER_COLOUR)] if mine.colors and other.colors else []
    if beside := (mine.accents & (other.colors | other.accents)) | (other.accents & mine.colors):
        out.append((0.1, _SAME_COLOUR.format(what=_hue(beside))))
    return out


def _brand(mine: Particulars, other: Particulars) -> tuple[float, str]:
    """Score brands: the same maker counts a little; two models of one maker count against."""
    same = mine.brands & other.brands
    ours, theirs = ({word for word in p.brands if word[-1].isdecimal()} for p in (mine, other))
    if same and ours and theirs and not ours & theirs:
        return -0.12, _OTHER_MODEL.format(what=" ".join(sorted(same)))
    if same - mine.makers:
        return 0.12 + 0.04 * min(3, len(same)), _SAME_BRAND.format(what=" ".join(sorted(same)))
    maker = mine.makers & other.makers
    if not maker:
        return -0.14, _OTHER_BRAND
    both_told = mine.brands - mine.makers and other.brands - other.makers
    makers = " ".join(sorted(maker))
    return (-0.06, _OTHER_MODEL.format(what=makers)) if both_told else (0.12, _SAME_BRAND.format(what=makers))


def _hue(hues: frozenset[str]) -> str:
    return ", ".join(_HUE_NAMES.get(hue, hue) for hue in sorted(hues))


@lru_cache(maxsize=1)
def _related() -> dict[frozenset[str], float]:
    """Return the similarity (0..1) of two groups of items."""
    return {frozenset((one, other)): float(weight) for one, other, weight in rows("related.tsv")}


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    return {row[0]: row[1] for row in rows("things.tsv")}


def _named(groups: frozenset[str]) -> str:
    return ", ".join(_names().get(group, "đồ vật") for group in sorted(groups)[:3])
