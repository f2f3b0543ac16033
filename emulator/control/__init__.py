"""The emulator's own control API under /_control: for tests, demos and the chat page. Not part of Zalo."""
