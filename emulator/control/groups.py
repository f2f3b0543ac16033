"""Groups from the citizens' side, and shortcuts of the OA's side for demos."""

from dataclasses import asdict

from emulator import demo, rooms
from emulator.core import Emulator
from emulator.errors import RequestRejected
from emulator.http import HttpRequest
from emulator.openapi.groups import MAX_NAME_LENGTH, create_group
from emulator.world import DAY_MS, Asset, ChatGroup, Citizen, Json


def handle_list_demo_groups(emu: Emulator, request: HttpRequest) -> Json:
    rooms.dissolve_lapsed_groups(emu)
    return {"groups": [rooms.group_to_json(emu, group) for group in emu.world.groups.values() if not group.deleted]}


def handle_create_demo_group(emu: Emulator, request: HttpRequest) -> Json:
    """Handle POST /_control/groups `{"name","members"?:[ids or names],"join_appr"?}`.

    The OA creates it on a free asset.
    """
    values = request.parse_json()
    name = str(values.get("name") or "").strip()
    if not 1 <= len(name) <= MAX_NAME_LENGTH:
        raise RequestRejected(f"a group's name has 1 to {MAX_NAME_LENGTH} characters")
    member_ids = [emu.world.find_citizen(str(citizen_query)).user_id for citizen_query in values.get("members", [])]
    admins = [citizen.user_id for citizen in emu.world.citizens.values() if citizen.oa_admin]
    group = create_group(
        emu, name, str(values.get("description", "")), _find_free_asset(emu), [*admins[:1], *member_ids]
    )
    group.join_appr = bool(values.get("join_appr", True))
    emu.changed()
    return rooms.group_to_json(emu, group)


def _find_free_asset(emu: Emulator) -> Asset:
    for asset in emu.world.assets.values():
        if not asset.group_id and not asset.disabled and asset.valid_until_ms > emu.now():
            return asset
    raise RequestRejected("no free asset", 409)


def _find_group_and_citizen(emu: Emulator, values: Json) -> tuple[ChatGroup, Citizen]:
    return emu.world.find_group(str(values.get("group"))), emu.world.find_citizen(str(values.get("citizen")))


def handle_join(emu: Emulator, request: HttpRequest) -> Json:
    """Handle POST /_control/join `{"group","citizen"}`: by the link. Returns joined or pending."""
    group, citizen = _find_group_and_citizen(emu, request.parse_json())
    return {"state": rooms.join_by_link(emu, group, citizen)}


def handle_leave(emu: Emulator, request: HttpRequest) -> Json:
    """Handle POST /_control/leave `{"group","citizen"}`."""
    group, citizen = _find_group_and_citizen(emu, request.parse_json())
    if not rooms.remove_from_group(emu, group, [citizen.user_id]):
        raise RequestRejected(f"{citizen.name} is not in {group.name}", 409)
    return rooms.group_to_json(emu, group)


def handle_approve(emu: Emulator, request: HttpRequest) -> Json:
    """Handle POST /_control/approve `{"group","citizen","accept"?}`: a deputy decides a join request."""
    values = request.parse_json()
    group, citizen = _find_group_and_citizen(emu, values)
    if citizen.user_id not in group.pending:
        raise RequestRejected(f"{citizen.name} did not ask to join", 409)
    rooms.answer_requests(emu, group, [citizen.user_id], accept=bool(values.get("accept", True)))
    return rooms.group_to_json(emu, group)


def handle_assets(emu: Emulator, request: HttpRequest) -> Json:
    """Return the assets.

    POST `{"product_type","days"?,"count"?,"paid"?}` adds, `{"asset_id","expire"|"disable": true}` ends, `{"asset_id",
    "days"}` sets the last day.
    """
    if request.method == "POST":
        values = request.parse_json()
        if "asset_id" in values:
            _end_asset(emu, values)
        else:
            _add_assets(emu, values)
        emu.changed()
    return {"assets": [asdict(asset) for asset in emu.world.assets.values()]}


def _end_asset(emu: Emulator, values: Json) -> None:
    asset = emu.world.assets.get(str(values["asset_id"]))
    if asset is None:
        raise RequestRejected("no such asset", 404)
    if values.get("expire"):
        asset.valid_until_ms = emu.now()
    if "days" in values:
        asset.valid_until_ms = emu.now() + int(values["days"]) * DAY_MS
    if "disable" in values:
        asset.disabled = bool(values["disable"])


def _add_assets(emu: Emulator, values: Json) -> None:
    product = str(values.get("product_type", "gmf1000"))
    if product not in ("gmf10", "gmf50", "gmf100", "gmf1000"):
        raise RequestRejected("product_type is gmf10, gmf50, gmf100 or gmf1000")
    for _ in range(int(values.get("count", 1))):
        asset = demo.add_asset(emu.world, product, emu.now() + int(values.get("days", 365)) * DAY_MS)
        asset.quota_type = "purchase_quota" if values.get("paid") else "sub_quota"
