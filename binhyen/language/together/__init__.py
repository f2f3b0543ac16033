"""Are two reports about one incident? What each tells, the signs of a pair, and the weights that were learnt."""

from binhyen.language.together.pair import WINDOWS, Pair, shipped
from binhyen.language.together.told import Told, told

__all__ = ["WINDOWS", "Pair", "Told", "shipped", "told"]
