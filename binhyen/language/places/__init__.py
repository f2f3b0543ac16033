"""Place resolution: place names of all periods → today's commune, with a confidence and never a silent guess."""

from binhyen.language.places.gazetteer import Gazetteer
from binhyen.language.places.place import Commune, Place
from binhyen.language.places.resolve import SURE, Placed, of_the_scene, resolve

__all__ = ["SURE", "Commune", "Gazetteer", "Place", "Placed", "of_the_scene", "resolve"]
