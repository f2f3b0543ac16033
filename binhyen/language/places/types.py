"""Type words of places: «xã», «tt», «tổ dân phố», «ngã ba»."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Self

from binhyen.kit.text import to_name_key

# Records of the gazetteer: a named place, and a commune of today.


@dataclass(frozen=True, slots=True)
class Place:
    """A named place.

    `communes`: codes of today's communes (text, 5 digits); several if it was split or is large. `kind`: xa phuong
    thi_tran huyen thi_xa thanh_pho tinh · thon xom to_dan_pho khoi · hamlet (weak hint) · street landmark · outside.
    `key` is `name_key(name)`. `old`: the name is no longer official. `shares`: weight of each commune if a unit was
    split, in the order of `communes`. `trust`: below 1 for a name learnt from cases.
    """

    name: str
    kind: str
    communes: tuple[str, ...]
    key: str
    old: bool = False
    shares: tuple[float, ...] = ()
    trust: float = 1.0

    @classmethod
    def of(
        cls,
        name: str,
        kind: str,
        communes: Iterable[str],
        *,
        old: bool = False,
        shares: tuple[float, ...] = (),
        trust: float = 1.0,
    ) -> Self:
        """Return a place with its key filled in and, unless given, equal shares."""
        codes = tuple(communes)
        return cls(name, kind, codes, to_name_key(name), old, shares or tuple(1 / len(codes) for _ in codes), trust)

    def weights(self) -> dict[str, float]:
        """Return the share of the place in each commune; sums to 1 if it lies in the province."""
        shares = self.shares or tuple(1 / len(self.communes) for _ in self.communes)
        return dict(zip(self.communes, shares, strict=True))


@dataclass(frozen=True, slots=True)
class Commune:
    """A commune of today."""

    code: str
    full_name: str
    neighbours: frozenset[str]


# (phrase, kind). Abbreviations stand without diacritics; the longest phrase wins.
ADMIN_TYPES: Final[tuple[tuple[str, str], ...]] = (
    ("xã", "xa"),
    ("phường", "phuong"),
    ("thị trấn", "thi_tran"),
    ("tt", "thi_tran"),
    ("ttr", "thi_tran"),
    ("huyện", "huyen"),
    ("thị xã", "thi_xa"),
    ("tx", "thi_xa"),
    ("thành phố", "thanh_pho"),
    ("tp", "thanh_pho"),
    ("t p", "thanh_pho"),
    ("tỉnh", "tinh"),
)
# Only before a known name, or a capital letter or number: «p Nam Hà», «x. Thạch Đài», «h. Kỳ Anh».
SHORT_TYPES: Final[tuple[tuple[str, str], ...]] = (
    ("p", "phuong"),
    ("ph", "phuong"),
    ("x", "xa"),
    ("h", "huyen"),
)
VILLAGE_TYPES: Final[tuple[tuple[str, str], ...]] = (
    ("thôn", "thon"),
    ("xóm", "xom"),
    ("tổ dân phố", "to_dan_pho"),
    ("tổ dân phố số", "to_dan_pho"),
    ("tổ dp", "to_dan_pho"),
    ("tdp", "to_dan_pho"),
    ("tdp số", "to_dan_pho"),
    ("khối phố", "khoi"),
    ("khu phố", "khoi"),
    ("kp", "khoi"),
    ("khối", "khoi"),
    ("bản", "thon"),
    ("làng", "thon"),
    ("ấp", "thon"),
)
TYPE_OF: Final[dict[str, str]] = dict((*ADMIN_TYPES, *SHORT_TYPES, *VILLAGE_TYPES, ("tổ", "to_dan_pho")))
# Landmarks usually named after the unit that they lie in; a bridge, a river or an inn is not.
NAMED_AFTER: Final = (
    "chợ",
    "trường",
    "bệnh viện",
    "bv",
    "trạm y tế",
    "trung tâm y tế",
    "bưu điện",
    "nhà văn hóa",
    "nhà văn hoá",
    "ga",
    "bến xe",
    "sân vận động",
    "sân bóng",
    "công viên",
    "quảng trường",
    "nhà thờ",
    "giáo xứ",
    "cây xăng",
    "cảng",
    "ngã ba",
    "ngã tư",
    "bãi biển",
    "bãi tắm",
    "biển",
    "siêu thị",
)
# Units whose names are also those of schools and squares.
AFTER_PEOPLE: Final = frozenset({"tran phu", "ha huy tap", "nguyen du"})
# Prefix of the norm of a PLACE that is a road («147 Trần Phú»), or the origin of a person.
ROAD, HOME = "đường ", "quê "
VILLAGE_GROUP: Final = frozenset({"thon", "xom", "to_dan_pho", "khoi", "hamlet"})
COMMUNE_GROUP: Final = frozenset({"xa", "phuong", "thi_tran"})
DISTRICT_GROUP: Final = frozenset({"huyen", "thi_xa", "thanh_pho"})


def kind_group(kind: str) -> str:
    """Return the group of a kind: village · commune · district · province · landmark · outside."""
    if kind in VILLAGE_GROUP:
        return "village"
    if kind in COMMUNE_GROUP:
        return "commune"
    if kind in DISTRICT_GROUP:
        return "district"
    return {"tinh": "province", "outside": "outside"}.get(kind, "landmark")
