"""The emulator: the world, its clock, and the components acting on it. Handlers get it as their first argument."""

from dataclasses import dataclass
from pathlib import Path

from emulator import demo
from emulator.clock import Clock
from emulator.events import Ids
from emulator.faults import Faults
from emulator.feed import Feed
from emulator.limits import Limiter
from emulator.pulse import Pulse
from emulator.sender import WebhookSender
from emulator.store import Store
from emulator.world import Citizen, Json, World


@dataclass(frozen=True, slots=True)
class Options:
    """Options of the emulator.

    `public_url`: its address for others (no trailing slash). `webhook`: overrides the saved one.
    """

    public_url: str = "http://127.0.0.1:8100"
    state: Path | None = None
    webhook: str = ""
    time_factor: float = 1.0
    empty: bool = False


class Emulator:
    def __init__(self, options: Options, clock: Clock | None = None) -> None:
        self.options = options
        self.clock = clock or Clock()
        self.store = Store(options.state)
        self.faults = Faults()
        self.feed = Feed()
        self.sent_pulse = Pulse()
        self.limiter = Limiter()
        world = self.store.read()
        self.clock.offset_ms += world.clock_offset_ms if world else 0
        self._take(world or demo.build(self.clock.now_ms(), empty=options.empty))

    def _take(self, world: World) -> None:
        self.world = world
        if self.options.webhook:
            world.subscription.url = self.options.webhook
        self.sender = WebhookSender(world, self.clock, self.faults, self.store.touched, self.options.time_factor)

    async def start(self) -> None:
        self.sender.start()
        self.store.run(self.world)
        self.store.touched()

    async def stop(self) -> None:
        await self.sender.stop()
        self.world.clock_offset_ms = self.clock.offset_ms
        await self.store.stop(self.world)

    async def reset(self, *, empty: bool = False) -> None:
        """Restart with the demo world (or an empty one); webhook address and the account's keys are kept."""
        await self.sender.stop()
        await self.store.stop(self.world)
        self.faults.clear()
        self.clock.offset_ms = 0
        fresh = demo.build(self.clock.now_ms(), empty=empty)
        fresh.account, fresh.subscription = self.world.account, self.world.subscription
        fresh.subscription.enabled, fresh.subscription.reason = True, ""
        fresh.account.sub_quota_used = fresh.account.uploads_this_month = 0
        fresh.seq = self.world.seq
        self.limiter = Limiter()
        self._take(fresh)
        await self.start()
        self.changed()

    @property
    def ids(self) -> Ids:
        return Ids(self.world.account.app_id, self.world.account.oa_id)

    def now(self) -> int:
        return self.clock.now_ms()

    def changed(self) -> None:
        """Notify of changed people, groups or settings: the chat page reloads its lists."""
        self.world.clock_offset_ms = self.clock.offset_ms
        self.store.touched()
        self.feed.put("change", {})

    def emit(self, event: Json, key: str) -> list[int]:
        numbers = self.sender.emit(event, key)
        self.store.touched()
        return numbers

    def url(self, path: str) -> str:
        return self.options.public_url + path

    def avatar(self, citizen: Citizen) -> str:
        return self.url(f"/avatar/{citizen.user_id}.svg")
