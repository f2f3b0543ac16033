"""Scores of a model for one message, before any decision."""

from dataclasses import dataclass

from binhyen.language.reading import CATEGORIES


@dataclass(frozen=True, slots=True)
class Scores:
    """Probabilities of each category (order of CATEGORIES), of urgency 0..2 if it is not 3, and of sensitivity.

    `danger`: of urgency 3, in log-odds. `dangers`: reasons why it looks dangerous by its word classes
    (data/lexicon/dangers.tsv).
    """

    category: tuple[float, ...]
    urgency: tuple[float, ...]
    danger: float
    sensitive: float
    dangers: tuple[str, ...] = ()

    @property
    def likely(self) -> str:
        """The most likely category."""
        return CATEGORIES[self.category.index(max(self.category))]

    @property
    def thanks(self) -> float:
        """The probability of thanks."""
        return self.category[CATEGORIES.index("thanks")]
