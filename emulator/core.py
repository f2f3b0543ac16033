"""The emulator: the world, its clock, and the components acting on it. Handlers get it as their first argument."""

from dataclasses import dataclass
from pathlib import Path

from emulator import demo
from emulator.clock import EmulatorClock
from emulator.events import AccountIds
from emulator.faults import FaultRules
from emulator.feed import LiveFeed
from emulator.limits import FixedWindowLimiter
from emulator.mail import MailServer
from emulator.pulse import ChangeSignal
from emulator.push import PushService
from emulator.sender import WebhookSender
from emulator.store import WorldStore
from emulator.world import Citizen, Json, World


@dataclass(frozen=True, slots=True)
class EmulatorOptions:
    """Options of the emulator.

    `public_url`: its address for others (no trailing slash). `webhook`: overrides the saved one.
    """

    public_url: str = "http://127.0.0.1:8100"
    state: Path | None = None
    webhook: str = ""
    time_factor: float = 1.0
    empty: bool = False
    host: str = "127.0.0.1"
    smtp_port: int = 0  # 0: any free one


class Emulator:
    def __init__(self, options: EmulatorOptions, clock: EmulatorClock | None = None) -> None:
        self.options = options
        self.clock = clock or EmulatorClock()
        self.store = WorldStore(options.state)
        self.faults = FaultRules()
        self.feed = LiveFeed()
        self.sent_pulse = ChangeSignal()
        self.limiter = FixedWindowLimiter()
        self.push = PushService()
        self.mail = MailServer()
        world = self.store.read()
        self.clock.offset_ms += world.clock_offset_ms if world else 0
        self._use_world(world or demo.build_demo_world(self.clock.now_ms(), empty=options.empty))

    def _use_world(self, world: World) -> None:
        self.world = world
        if self.options.webhook:
            world.subscription.url = self.options.webhook
        self.sender = WebhookSender(world, self.clock, self.faults, self.store.mark_dirty, self.options.time_factor)

    async def start(self) -> None:
        await self.mail.start(self.options.host, self.options.smtp_port)
        self.sender.start()
        self.store.start_saving(self.world)
        self.store.mark_dirty()

    async def stop(self) -> None:
        await self.mail.stop()
        await self.sender.stop()
        self.world.clock_offset_ms = self.clock.offset_ms
        await self.store.stop(self.world)

    async def reset(self, *, empty: bool = False) -> None:
        """Restart with the demo world (or an empty one); webhook address and the account's keys are kept."""
        await self.sender.stop()
        await self.store.stop(self.world)
        self.faults.clear_rules()
        self.clock.offset_ms = 0
        new_world = demo.build_demo_world(self.clock.now_ms(), empty=empty)
        new_world.account, new_world.subscription = self.world.account, self.world.subscription
        new_world.subscription.enabled, new_world.subscription.reason = True, ""
        new_world.account.sub_quota_used = new_world.account.uploads_this_month = 0
        new_world.account.package_until_ms, new_world.account.package = 0, demo.ACCOUNT.package
        new_world.seq = self.world.seq
        self.limiter = FixedWindowLimiter()
        self._use_world(new_world)
        await self.start()
        self.changed()

    @property
    def ids(self) -> AccountIds:
        return AccountIds(self.world.account.app_id, self.world.account.oa_id)

    def now(self) -> int:
        return self.clock.now_ms()

    def changed(self) -> None:
        """Notify of changed people, groups or settings: the chat page reloads its lists."""
        self.world.clock_offset_ms = self.clock.offset_ms
        self.store.mark_dirty()
        self.feed.publish("change", {})

    def emit_event(self, event: Json, key: str) -> list[int]:
        delivery_numbers = self.sender.queue_event(event, key)
        self.store.mark_dirty()
        return delivery_numbers

    def url(self, path: str) -> str:
        return self.options.public_url + path

    def build_avatar_url(self, citizen: Citizen) -> str:
        return self.url(f"/avatar/{citizen.user_id}.svg")
