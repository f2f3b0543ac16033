"""Rules about missing people: codes, release of details, search radius, names, matching. Pure."""
