"""Anonymous tips: sent without a name, encrypted on entry, read and answered with a receipt of twenty digits."""
