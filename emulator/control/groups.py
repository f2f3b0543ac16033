"""Groups from the citizens' side, and shortcuts of the OA's side for demos."""

from dataclasses import asdict

from emulator import demo, rooms
from emulator.core import Emulator
from emulator.errors import Refused
from emulator.http import Request
from emulator.openapi.groups import LONGEST_NAME, found
from emulator.world import DAY_MS, Asset, Citizen, Group, Json


def listing(emu: Emulator, request: Request) -> Json:
    rooms.dissolve_lapsed(emu)
    return {"groups": [rooms.show(emu, group) for group in emu.world.groups.values() if not group.deleted]}


def create(emu: Emulator, request: Request) -> Json:
    """Handle POST /_control/groups `{"name","members"?:[ids or names],"join_appr"?}`.

    The OA creates it on a free asset.
    """
    wanted = request.json()
    name = str(wanted.get("name") or "").strip()
    if not 1 <= len(name) <= LONGEST_NAME:
        raise Refused(f"a group's name has 1 to {LONGEST_NAME} characters")
    people = [emu.world.find_citizen(str(who)).user_id for who in wanted.get("members", [])]
    admins = [citizen.user_id for citizen in emu.world.citizens.values() if citizen.oa_admin]
    group = found(emu, name, str(wanted.get("description", "")), _any_asset(emu), [*admins[:1], *people])
    group.join_appr = bool(wanted.get("join_appr", True))
    emu.changed()
    return rooms.show(emu, group)


def _any_asset(emu: Emulator) -> Asset:
    for asset in emu.world.assets.values():
        if not asset.group_id and not asset.disabled and asset.valid_until_ms > emu.now():
            return asset
    raise Refused("no free asset", 409)


def _both(emu: Emulator, wanted: Json) -> tuple[Group, Citizen]:
    return emu.world.find_group(str(wanted.get("group"))), emu.world.find_citizen(str(wanted.get("citizen")))


def join(emu: Emulator, request: Request) -> Json:
    """Handle POST /_control/join `{"group","citizen"}`: by the link. Returns joined or pending."""
    group, citizen = _both(emu, request.json())
    return {"state": rooms.join(emu, group, citizen)}


def leave(emu: Emulator, request: Request) -> Json:
    """Handle POST /_control/leave `{"group","citizen"}`."""
    group, citizen = _both(emu, request.json())
    if not rooms.leave(emu, group, [citizen.user_id]):
        raise Refused(f"{citizen.name} is not in {group.name}", 409)
    return rooms.show(emu, group)


def approve(emu: Emulator, request: Request) -> Json:
    """Handle POST /_control/approve `{"group","citizen","accept"?}`: a deputy decides a join request."""
    wanted = request.json()
    group, citizen = _both(emu, wanted)
    if citizen.user_id not in group.pending:
        raise Refused(f"{citizen.name} did not ask to join", 409)
    rooms.decide(emu, group, [citizen.user_id], accept=bool(wanted.get("accept", True)))
    return rooms.show(emu, group)


def assets(emu: Emulator, request: Request) -> Json:
    """Return the assets.

    POST `{"product_type","days"?,"count"?}` adds, `{"asset_id","expire"|"disable": true}` ends.
    """
    if request.method == "POST":
        wanted = request.json()
        if "asset_id" in wanted:
            _end(emu, wanted)
        else:
            _add(emu, wanted)
        emu.changed()
    return {"assets": [asdict(asset) for asset in emu.world.assets.values()]}


def _end(emu: Emulator, wanted: Json) -> None:
    asset = emu.world.assets.get(str(wanted["asset_id"]))
    if asset is None:
        raise Refused("no such asset", 404)
    if wanted.get("expire"):
        asset.valid_until_ms = emu.now()
    if "disable" in wanted:
        asset.disabled = bool(wanted["disable"])


def _add(emu: Emulator, wanted: Json) -> None:
    product = str(wanted.get("product_type", "gmf1000"))
    if product not in ("gmf10", "gmf50", "gmf100", "gmf1000"):
        raise Refused("product_type is gmf10, gmf50, gmf100 or gmf1000")
    for _ in range(int(wanted.get("count", 1))):
        demo.add_asset(emu.world, product, emu.now() + int(wanted.get("days", 365)) * DAY_MS)
