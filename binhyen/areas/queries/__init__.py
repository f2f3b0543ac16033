"""What others may ask about areas and units."""

from binhyen.areas.geometry import commune_at
from binhyen.areas.queries.directory import (
    CommuneEntry,
    Directory,
    NotLoaded,
    directory,
    forget,
    gazetteer,
)

__all__ = ["CommuneEntry", "Directory", "NotLoaded", "commune_at", "directory", "forget", "gazetteer"]
