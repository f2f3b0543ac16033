"""Register of found things: public board, claims by hidden details, chain of custody, hand-over, Civil Code periods."""
