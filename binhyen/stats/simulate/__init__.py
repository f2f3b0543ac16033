"""A simulated year of the province, the same for the same seed: seasons, Tết, storms, groups, cases with outcomes."""
