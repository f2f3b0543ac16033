"""Control of the push service: devices and their notifications."""

from emulator.control.desk import MAX_WAIT_SECONDS
from emulator.core import Emulator
from emulator.http import HttpRequest
from emulator.push import SEND_PREFIX, PushDevice, device_to_json, message_to_json
from emulator.world import Json


def get_origin(emu: Emulator, request: HttpRequest) -> str:
    """Return scheme and host under which the caller reaches this process: the audience of VAPID tokens."""
    host = request.headers.get("host", "")
    return f"http://{host}" if host else emu.options.public_url


def handle_devices(emu: Emulator, request: HttpRequest) -> Json:
    """Handle GET, or POST of `{"key", "name"?}`: subscribe a new device; or `{"device", "online"?, "gone"?}`."""
    if request.method == "GET":
        return {"devices": [_to_json(emu, request, device) for device in emu.push.devices.values()]}
    values = request.parse_json()
    if "device" not in values:
        device = emu.push.subscribe(key=str(values.get("key", "")), name=str(values.get("name", "")))
        return _to_json(emu, request, device)
    device = emu.push.find_device(str(values["device"]))
    device.gone = bool(values.get("gone", device.gone))
    emu.push.set_online(device, bool(values.get("online", device.online)), now_ms=emu.now())
    return _to_json(emu, request, device)


def _to_json(emu: Emulator, request: HttpRequest, device: PushDevice) -> Json:
    return device_to_json(device, get_origin(emu, request) + SEND_PREFIX + device.id)


async def handle_shown(emu: Emulator, request: HttpRequest) -> Json:
    """Handle GET /_control/pushed?device=&after=&wait=: messages that a device shows, oldest first."""
    device, after = emu.push.find_device(request.query.get("device", "")), request.number("after", 0)

    def list_shown() -> list[Json]:
        return [message_to_json(m) for m in device.messages if m.shown and m.seq > after]

    wait = min(float(request.number("wait", 0)), MAX_WAIT_SECONDS)
    if wait:
        await emu.push.changed.until(lambda: bool(list_shown()), wait)
    return {"messages": list_shown()}
