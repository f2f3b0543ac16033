"""What a model says of one message, before anything is decided."""

from dataclasses import dataclass

from binhyen.language.reading import CATEGORIES


@dataclass(frozen=True, slots=True)
class Scores:
    """Probabilities: of each category (order of CATEGORIES), of urgency 0..2 where it is not 3, of being sensitive.

    `danger`: of urgency 3, in log-odds. `dangers`: why it looks dangerous by the kinds of words in it
    (data/lexicon/dangers.tsv).
    """

    category: tuple[float, ...]
    urgency: tuple[float, ...]
    danger: float
    sensitive: float
    dangers: tuple[str, ...] = ()

    @property
    def likely(self) -> str:
        """The category it most likely is."""
        return CATEGORIES[self.category.index(max(self.category))]

    @property
    def thanks(self) -> float:
        """How likely it is thanks."""
        return self.category[CATEGORIES.index("thanks")]
