"""Services on areas: load, import villages, add names."""

from binhyen.areas.loading import load_areas
from binhyen.areas.services.landmarks import Confirmed, confirm, put_back, take_off
from binhyen.areas.services.names import ALIAS, LANDMARK, BadName, add_name, remove_name
from binhyen.areas.services.villages import (
    Preview,
    check_villages,
    close_village,
    import_villages,
    merge_villages,
)

__all__ = [
    "ALIAS",
    "LANDMARK",
    "BadName",
    "Confirmed",
    "Preview",
    "add_name",
    "check_villages",
    "close_village",
    "confirm",
    "import_villages",
    "load_areas",
    "merge_villages",
    "put_back",
    "remove_name",
    "take_off",
]
