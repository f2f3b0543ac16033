"""Place resolution: place names of all periods → today's commune, with a confidence and never a silent guess."""
