"""Head of an official paper for a unit: superior, name, place, signer and the unit's part of the number."""

import datetime as dt
from dataclasses import dataclass

from binhyen.areas.models import Unit
from binhyen.areas.queries import get_directory
from binhyen.kit.official_papers import PaperHead

_MINISTRY, _PROVINCE_SIGN = "BỘ CÔNG AN", "CAT"
_WARD, _WARD_SIGN, _COMMUNE_SIGN = "Công an phường", "CAP", "CAX"
_DIRECTOR, _CHIEF = "GIÁM ĐỐC", "TRƯỞNG CÔNG AN"
_PREFIXES = ("Công an tỉnh ", "Công an xã ", "Công an phường ", "Công an ")


@dataclass(frozen=True, slots=True)
class UnitDescription:
    """A unit as papers name it; `sign`: the end of a number, as in «12/CV-CAX»."""

    superior: str
    name: str
    place: str
    signer: str
    sign: str


def describe_unit(unit: Unit) -> UnitDescription:
    place = unit.name.removeprefix(next((start for start in _PREFIXES if unit.name.startswith(start)), ""))
    if unit.level == Unit.Level.PROVINCE:
        return UnitDescription(_MINISTRY, unit.name.upper(), place, _DIRECTOR, _PROVINCE_SIGN)
    province = get_directory().unit_name(get_directory().province_unit_id)
    sign = _WARD_SIGN if unit.name.startswith(_WARD) else _COMMUNE_SIGN
    return UnitDescription(province.upper(), unit.name.upper(), place, _CHIEF, sign)


def build_paper_head(unit: Unit, *, number: str, kind: str, day: dt.date, subject: str = "") -> PaperHead:
    """Build the head of a paper. `number`: "" leaves it open; `kind`: abbreviation of the paper, as «BB», «CV»."""
    head = describe_unit(unit)
    return PaperHead(
        superior=head.superior,
        unit=head.name,
        number=f"{number or '.' * 10}/{kind}-{head.sign}",
        place=head.place,
        day=day,
        subject=subject,
    )
