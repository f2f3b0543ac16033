"""Place resolution: place names of all periods → today's commune, with a confidence and never a silent guess."""

from binhyen.language.places.gazetteer import Gazetteer
from binhyen.language.places.resolve import MIN_PLACE_CONFIDENCE, ResolvedPlace, list_scene_places, resolve_place
from binhyen.language.places.types import Commune, Place

__all__ = [
    "MIN_PLACE_CONFIDENCE",
    "Commune",
    "Gazetteer",
    "Place",
    "ResolvedPlace",
    "list_scene_places",
    "resolve_place",
]
