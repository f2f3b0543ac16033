"""How alike two things look: exact numbers, names, kind, colour and brand, each with a weight and a reason."""

from functools import lru_cache
from typing import Final

from binhyen.language.entities.tables import rows
from binhyen.language.profile import Profile

_HUE_NAMES: Final = {
    "do": "đỏ",
    "tim": "tím",
    "vang": "vàng",
    "trang": "trắng",
    "den": "đen",
    "nau": "nâu",
    "xam": "xám",
    "hong": "hồng",
    "bac": "bạc",
    "ran": "rằn ri",
}
_KEY_NAMES: Final = {
    "PLATE": "cùng biển số",
    "ID_NUMBER": "cùng số giấy tờ",
    "PHONE": "cùng số điện thoại",
    "BANK_ACCOUNT": "cùng số tài khoản",
    "URL": "cùng liên kết",
}


def keys(mine: Profile, other: Profile) -> list[tuple[float, str]]:
    out = [(0.9, _KEY_NAMES[key.split(":")[0]]) for key in sorted(mine.keys & other.keys)[:2]]
    plates = [{k for k in p.keys if k.startswith("PLATE")} for p in (mine, other)]
    if plates[0] and plates[1] and not plates[0] & plates[1]:
        out.append((-0.5, "khác biển số"))
    names = {n for n in mine.people & other.people if " " in n}
    if names:
        out.append((0.7, "cùng tên trên giấy tờ"))
    elif mine.people & other.people:
        out.append((0.15, "cùng nhắc một tên người"))
    return out


def looks(mine: Profile, other: Profile) -> list[tuple[float, str]]:
    out: list[tuple[float, str]] = []
    shared = mine.items & other.items
    if shared:
        whole = len(mine.items | other.items)
        out.append(
            (
                0.25 + 0.1 * len(shared) / whole,
                "cùng loại: " + _named(shared),
            )
        )
    elif mine.items and other.items:
        related = max(_related().get(frozenset((a, b)), 0.0) for a in mine.items for b in other.items)
        out.append((0.25 * related, "loại đồ gần nhau") if related else (-0.25, "khác loại đồ vật"))
    if mine.colors and other.colors:
        same = mine.colors & other.colors
        out.append((0.16, "cùng màu " + _hue(same)) if same else (-0.2, "khác màu"))
    if mine.brands and other.brands:
        out.append(_brand(mine, other))
    return out


def _brand(mine: Profile, other: Profile) -> tuple[float, str]:
    """One maker counts a little; two models of one maker count against."""
    same = mine.brands & other.brands
    if same - mine.makers:
        return 0.12 + 0.04 * min(3, len(same)), "cùng hiệu " + " ".join(sorted(same))
    maker = mine.makers & other.makers
    if not maker:
        return -0.14, "khác hiệu"
    both_told = mine.brands - mine.makers and other.brands - other.makers
    return (
        (-0.06, "khác dòng " + " ".join(sorted(maker))) if both_told else (0.12, "cùng hiệu " + " ".join(sorted(maker)))
    )


def _hue(hues: frozenset[str]) -> str:
    return ", ".join(_HUE_NAMES.get(hue, hue) for hue in sorted(hues))


@lru_cache(maxsize=1)
def _related() -> dict[frozenset[str], float]:
    """Two groups of things → how near they are, 0..1."""
    return {frozenset((one, other)): float(weight) for one, other, weight in rows("related.tsv")}


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    return {row[0]: row[1] for row in rows("things.tsv")}


def _named(groups: frozenset[str]) -> str:
    return ", ".join(_names().get(group, "đồ vật") for group in sorted(groups)[:3])
