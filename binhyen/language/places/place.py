"""Records of the gazetteer: a named place, and a commune of today."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from binhyen.kit.text import to_name_key


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
