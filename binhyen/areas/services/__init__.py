"""Services on areas: load, import villages, add names."""

from binhyen.areas.loading import load_areas
from binhyen.areas.services.landmarks import LandmarkConfirmation, remove_landmark, restore_landmark, store_landmarks
from binhyen.areas.services.names import ALIAS, LANDMARK, InvalidName, add_alias, remove_alias
from binhyen.areas.services.villages import (
    ImportPreview,
    check_villages,
    close_village,
    import_villages,
    merge_villages,
)

__all__ = [
    "ALIAS",
    "LANDMARK",
    "ImportPreview",
    "InvalidName",
    "LandmarkConfirmation",
    "add_alias",
    "check_villages",
    "close_village",
    "import_villages",
    "load_areas",
    "merge_villages",
    "remove_alias",
    "remove_landmark",
    "restore_landmark",
    "store_landmarks",
]
