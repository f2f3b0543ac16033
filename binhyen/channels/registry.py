"""The typed registry of channel kinds; rejects incomplete or duplicate ones at start. Imports no Django."""

from collections.abc import Iterable, Iterator
from importlib import import_module

from binhyen.channels.adapter import ChannelAdapter

_REQUIRED_ATTRIBUTES = (
    "accept_webhook",
    "parse",
    "open_client",
    "get_token",
    "send",
    "find_sent",
    "fetch_media",
    "kind",
    "label",
    "limits",
    "is_immediate",
)


class ChannelRegistry:
    """Channel kinds by name. Global by default (`get_channel_kinds()`), a new instance in tests."""

    def __init__(self, paths: Iterable[str] = ()) -> None:
        self._kinds: dict[str, ChannelAdapter] = {}
        for dotted_path in paths:
            module, _, name = dotted_path.rpartition(".")
            self.register(getattr(import_module(module), name)())

    def register(self, adapter: ChannelAdapter) -> None:
        missing_attributes = [attribute for attribute in _REQUIRED_ATTRIBUTES if not hasattr(adapter, attribute)]
        if missing_attributes:
            raise TypeError(f"{type(adapter).__name__} is not a channel kind: it lacks {', '.join(missing_attributes)}")
        if adapter.kind in self._kinds:
            raise ValueError(f"Two channel kinds are called {adapter.kind}")
        self._kinds[adapter.kind] = adapter

    def __getitem__(self, kind: str) -> ChannelAdapter:
        return self._kinds[kind]

    def find_kind(self, kind: str) -> ChannelAdapter | None:
        return self._kinds.get(kind)

    def __contains__(self, kind: str) -> bool:
        return kind in self._kinds

    def __iter__(self) -> Iterator[ChannelAdapter]:
        return iter(self._kinds.values())


_registry: ChannelRegistry | None = None


def get_channel_kinds() -> ChannelRegistry:
    """Return the registry of the kinds listed in settings.CHANNEL_KINDS."""
    global _registry  # noqa: PLW0603  one registry per process, filled at first use
    if _registry is None:
        from binhyen import settings

        _registry = ChannelRegistry(settings.CHANNEL_KINDS)
    return _registry
