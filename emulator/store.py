"""Persistence of the world: one JSON file, replaced atomically, and a folder beside it for media bytes."""

import asyncio
import os
from dataclasses import fields
from pathlib import Path
from typing import Any

import orjson

from emulator.switches import Switches
from emulator.world import (
    Asset,
    ChatBubble,
    ChatGroup,
    Citizen,
    Code,
    Delivery,
    EmulatorAccount,
    MediaFile,
    StoredUpload,
    TokenGrant,
    WebhookSubscription,
    World,
)

DEBOUNCE_SECONDS = 0.5
SINGLE_RECORDS: dict[str, type] = {
    "account": EmulatorAccount,
    "subscription": WebhookSubscription,
    "switches": Switches,
}
RECORD_MAPS: dict[str, type] = {
    "codes": Code,
    "citizens": Citizen,
    "assets": Asset,
    "groups": ChatGroup,
    "media": MediaFile,
    "uploads": StoredUpload,
    "messages": ChatBubble,
}


def serialize_world(world: World) -> bytes:
    data = {
        world_field.name: getattr(world, world_field.name)
        for world_field in fields(World)
        if world_field.name != "blobs"
    }
    return orjson.dumps(data, option=orjson.OPT_NON_STR_KEYS)


def deserialize_world(raw: bytes) -> World:
    data: dict[str, Any] = orjson.loads(raw)
    world = World(seq=data["seq"], clock_offset_ms=data["clock_offset_ms"], chats=data["chats"], tags=data["tags"])
    for name, cls in SINGLE_RECORDS.items():
        setattr(world, name, cls(**data[name]))
    for name, cls in RECORD_MAPS.items():
        setattr(world, name, {key: cls(**row) for key, row in data[name].items()})
    world.grants = [TokenGrant(**row) for row in data["grants"]]
    world.deliveries = {int(key): Delivery(**row) for key, row in data["deliveries"].items()}
    return world


def replace_file(path: Path, raw: bytes) -> None:
    """Replace the file atomically, also in case of a power failure."""
    new_path = path.with_name(path.name + ".new")
    with new_path.open("wb") as file:
        file.write(raw)
        file.flush()
        os.fsync(file.fileno())
    new_path.replace(path)


class WorldStore:
    """The file store.

    Saves at most every `DEBOUNCE_SECONDS`, less often for a large world. Without a path: memory only.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._dirty = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._saved_blobs: set[str] = set()

    @property
    def blob_folder(self) -> Path:
        assert self.path is not None
        return self.path.with_name(self.path.name + ".media")

    def read(self) -> World | None:
        """Return the saved world, or None without one; an unreadable file is an error, not a fresh start."""
        if self.path is None or not self.path.exists():
            return None
        world = deserialize_world(self.path.read_bytes())
        for media_id in world.media:
            blob = self.blob_folder / media_id
            if blob.exists():
                world.blobs[media_id] = blob.read_bytes()
                self._saved_blobs.add(media_id)
        return world

    def mark_dirty(self) -> None:
        self._dirty.set()

    def save_world(self, world: World) -> None:
        if self.path is None:
            return
        self._dirty.clear()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.blob_folder.mkdir(exist_ok=True)
        for media_id in world.blobs.keys() - self._saved_blobs:
            replace_file(self.blob_folder / media_id, world.blobs[media_id])
            self._saved_blobs.add(media_id)
        replace_file(self.path, serialize_world(world))

    def start_saving(self, world: World) -> None:
        if self.path is not None:
            self._task = asyncio.get_running_loop().create_task(self._save_when_dirty(world))

    async def stop(self, world: World) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        self.save_world(world)

    async def _save_when_dirty(self, world: World) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._dirty.wait()
            started = loop.time()
            self.save_world(world)
            await asyncio.sleep(max(DEBOUNCE_SECONDS, 20 * (loop.time() - started)))
