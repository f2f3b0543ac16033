"""From words to a decision that explains itself."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from binhyen.language.classify.labels import TITLES
from binhyen.language.lexicon import Hit, Lexicon, shipped
from binhyen.language.reading import CATEGORIES, Entity
from binhyen.language.words import words

USUAL_URGENCY = {"violence": 2, "theft": 2, "fire": 2, "missing_person": 3, "weapon_handover": 2, "found_person": 2}
NO_HURRY = frozenset({"thanks", "other"})
SURE = 0.55


@dataclass(frozen=True, slots=True)
class Classified:
    """`confidence` and `top` (three, best first) are probabilities; `urgency` 0..3; `reasons` are Vietnamese."""

    category: str
    confidence: float
    top: tuple[tuple[str, float], ...]
    urgency: int
    sensitive: bool
    reasons: tuple[str, ...]


class Classifier:
    """Holds the model in memory; one instance serves every thread."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon

    @classmethod
    def load(cls, path: Path | None = None) -> "Classifier":
        return cls(shipped())

    def classify(self, text: str, entities: Sequence[Entity]) -> Classified:
        said = words(text)
        hits = self._lexicon.find(said)
        guards = [h for h in hits if h.phrase.kind == "guard"]
        figures = [g for g in guards if g.phrase.value == "figure"]
        scores = dict.fromkeys(CATEGORIES, 0.0)
        scores["other"] = 1.0
        best: dict[str, Hit] = {}
        for hit in hits:
            if hit.phrase.kind in scores and not any(hit.overlaps(f) for f in figures):
                scores[hit.phrase.kind] += float(hit.phrase.value)
                best.setdefault(hit.phrase.kind, hit)
        total = sum(math.exp(0.7 * s) for s in scores.values())
        ranked = sorted(((c, math.exp(0.7 * s) / total) for c, s in scores.items()), key=lambda x: -x[1])
        category, confidence = ranked[0]
        urgency = self._urgency(category, hits, {g.phrase.value for g in guards})
        reasons = [f"{TITLES[c]}: «{said.quote(best[c].first, best[c].last)}»" for c, _ in ranked[:1] if c in best]
        if confidence < SURE:
            reasons.append("chưa chắc, cần cán bộ xem")
        sensitive = category in {"drugs_gambling", "public_order", "officer_complaint", "violence"} or any(
            h.phrase.kind == "sensitive" for h in hits
        )
        return Classified(category, confidence, tuple(ranked[:3]), urgency, sensitive, tuple(reasons))

    def _urgency(self, category: str, hits: Sequence[Hit], guards: set[str]) -> int:
        if category in NO_HURRY:
            return 0
        usual = USUAL_URGENCY.get(category, 1)
        raised = max((int(h.phrase.value) for h in hits if h.phrase.kind == "emergency"), default=0)
        if "drill" in guards or "over" in guards:
            return min(usual, 1)
        return max(usual, raised)
