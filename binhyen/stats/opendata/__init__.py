"""Open data: sums of a month for everybody, with small numbers suppressed; released by the province."""
