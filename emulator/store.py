"""Persistence of the world: one JSON file, replaced atomically, and a folder beside it for media bytes."""

import asyncio
import os
from dataclasses import fields
from pathlib import Path
from typing import Any

import orjson

from emulator.switches import Switches
from emulator.world import (
    Account,
    Asset,
    Citizen,
    Code,
    Delivery,
    Grant,
    Group,
    Media,
    Message,
    Subscription,
    Upload,
    World,
)

DEBOUNCE_SECONDS = 0.5
SINGLE: dict[str, type] = {"account": Account, "subscription": Subscription, "switches": Switches}
MAPS: dict[str, type] = {
    "codes": Code,
    "citizens": Citizen,
    "assets": Asset,
    "groups": Group,
    "media": Media,
    "uploads": Upload,
    "messages": Message,
}


def dump(world: World) -> bytes:
    data = {f.name: getattr(world, f.name) for f in fields(World) if f.name != "blobs"}
    return orjson.dumps(data, option=orjson.OPT_NON_STR_KEYS)


def load(raw: bytes) -> World:
    data: dict[str, Any] = orjson.loads(raw)
    world = World(seq=data["seq"], clock_offset_ms=data["clock_offset_ms"], chats=data["chats"], tags=data["tags"])
    for name, cls in SINGLE.items():
        setattr(world, name, cls(**data[name]))
    for name, cls in MAPS.items():
        setattr(world, name, {key: cls(**row) for key, row in data[name].items()})
    world.grants = [Grant(**row) for row in data["grants"]]
    world.deliveries = {int(key): Delivery(**row) for key, row in data["deliveries"].items()}
    return world


def write_atomically(path: Path, raw: bytes) -> None:
    """Replace the file atomically, also in case of a power failure."""
    fresh = path.with_name(path.name + ".new")
    with fresh.open("wb") as file:
        file.write(raw)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


class Store:
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
        world = load(self.path.read_bytes())
        for media_id in world.media:
            blob = self.blob_folder / media_id
            if blob.exists():
                world.blobs[media_id] = blob.read_bytes()
                self._saved_blobs.add(media_id)
        return world

    def touched(self) -> None:
        self._dirty.set()

    def save(self, world: World) -> None:
        if self.path is None:
            return
        self._dirty.clear()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.blob_folder.mkdir(exist_ok=True)
        for media_id in world.blobs.keys() - self._saved_blobs:
            write_atomically(self.blob_folder / media_id, world.blobs[media_id])
            self._saved_blobs.add(media_id)
        write_atomically(self.path, dump(world))

    def run(self, world: World) -> None:
        if self.path is not None:
            self._task = asyncio.get_running_loop().create_task(self._loop(world))

    async def stop(self, world: World) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        self.save(world)

    async def _loop(self, world: World) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._dirty.wait()
            began = loop.time()
            self.save(world)
            await asyncio.sleep(max(DEBOUNCE_SECONDS, 20 * (loop.time() - began)))
