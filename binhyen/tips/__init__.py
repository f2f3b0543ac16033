"""Anonymous tips: told without a name, read and answered by a receipt of twenty digits, sealed as they enter."""
