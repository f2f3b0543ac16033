"""Help for people in hardship: verified needs in units, pledges that reserve, deliveries with proof."""
