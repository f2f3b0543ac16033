"""An emulator of Zalo: the same wire protocol in its own process. Imports nothing of binhyen."""
