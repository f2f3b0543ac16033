"""People who are missing or unidentified: register, appeal, sightings, matching, outcome."""
