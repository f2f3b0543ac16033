"""Actions of citizens: write, follow, read, react, share their details, request erasure."""

from emulator import demo, events, talk
from emulator.control import contents
from emulator.core import Emulator
from emulator.errors import Refused
from emulator.http import Request
from emulator.signing import new_hex_id
from emulator.world import Citizen, Json


def say(emu: Emulator, request: Request) -> Json:
    """Handle POST /_control/say, one object or `{"many": [objects]}`; returns the messages and their deliveries."""
    wanted = request.json()
    if "many" in wanted:
        return {"said": [row for one in wanted["many"] for row in _say(emu, one)]}
    rows = _say(emu, wanted)
    return {"said": rows, "msg_id": rows[0]["msg_id"]}


def _say(emu: Emulator, wanted: Json) -> list[Json]:
    citizen = _speaker(emu, wanted)
    group = emu.world.find_group(str(wanted["group"])) if wanted.get("group") else None
    rows = []
    for content in contents.read(emu, wanted):
        if group is None:
            said = talk.user_says(emu, citizen, content)
        else:
            said = talk.user_says_in_group(emu, citizen, group, content)
        rows.append({"msg_id": said.message.message_id, "type": content.kind, "deliveries": said.deliveries})
    return rows


def _speaker(emu: Emulator, wanted: Json) -> Citizen:
    who = str(wanted.get("citizen") or "")
    if not who:
        raise Refused("citizen is missing")
    try:
        return emu.world.find_citizen(who)
    except Refused:
        if not wanted.get("create"):
            raise
        return _new(emu, who, follower=True, anonymous=False)


def create(emu: Emulator, request: Request) -> Json:
    """Handle POST /_control/citizens `{"name","follower"?,"oa_admin"?,"anonymous"?}`; following emits the event."""
    wanted = request.json()
    name = str(wanted.get("name") or "").strip()
    if not name:
        raise Refused("name is missing")
    citizen = _new(emu, name, follower=bool(wanted.get("follower", True)), anonymous=bool(wanted.get("anonymous")))
    citizen.oa_admin = bool(wanted.get("oa_admin"))
    return show(emu, citizen)


def _new(emu: Emulator, name: str, *, follower: bool, anonymous: bool) -> Citizen:
    citizen = demo.new_citizen(name)
    emu.world.citizens[citizen.user_id] = citizen
    if anonymous:
        citizen.conversation_id = new_hex_id()
    elif follower:
        set_following(emu, citizen, True, "oa_profile")
    emu.changed()
    return citizen


def show(emu: Emulator, citizen: Citizen) -> Json:
    return {
        "user_id": citizen.user_id,
        "user_id_by_app": citizen.user_id_by_app,
        "name": citizen.name,
        "avatar": emu.avatar(citizen),
        "follower": citizen.follower,
        "oa_admin": citizen.oa_admin,
        "blocked": citizen.blocked,
        "banned": citizen.banned,
        "conversation_id": citizen.conversation_id,
        "last_interaction": citizen.last_interaction_ms,
        "groups": [g.group_id for g in emu.world.groups.values() if citizen.user_id in g.members and not g.deleted],
        "pending": [g.group_id for g in emu.world.groups.values() if citizen.user_id in g.pending and not g.deleted],
    }


def listing(emu: Emulator, request: Request) -> Json:
    return {"citizens": [show(emu, citizen) for citizen in emu.world.citizens.values()]}


def set_following(emu: Emulator, citizen: Citizen, following: bool, source: str) -> None:
    """Set the follow state. Following is an interaction; unfollowing is not."""
    if citizen.conversation_id:
        raise Refused("an anonymous visitor cannot follow", 409)
    citizen.follower = following
    if following:
        citizen.last_interaction_ms = emu.now()
    make = events.follow if following else events.unfollow
    emu.emit(make(emu.ids, citizen.user_id, citizen.user_id_by_app, ts=emu.now(), source=source), citizen.user_id)
    emu.changed()


def follow(emu: Emulator, request: Request) -> Json:
    """Handle POST /_control/follow `{"citizen","follow": true|false,"source"?}`."""
    wanted = request.json()
    citizen = emu.world.find_citizen(str(wanted.get("citizen")))
    set_following(emu, citizen, bool(wanted.get("follow", True)), str(wanted.get("source", "oa_profile")))
    return show(emu, citizen)


def change(emu: Emulator, request: Request) -> Json:
    """Handle POST /_control/citizen `{"citizen", "blocked"?, "banned"?, "oa_admin"?, "last_interaction"?}`."""
    wanted = request.json()
    citizen = emu.world.find_citizen(str(wanted.get("citizen")))
    for name in ("blocked", "banned", "oa_admin"):
        if name in wanted:
            setattr(citizen, name, bool(wanted[name]))
    if "last_interaction" in wanted:
        citizen.last_interaction_ms = int(wanted["last_interaction"])
    emu.changed()
    return show(emu, citizen)


def seen(emu: Emulator, request: Request) -> Json:
    """Handle POST /_control/seen `{"citizen"}`: mark every message of the OA as read."""
    return {"msg_ids": talk.see(emu, emu.world.find_citizen(str(request.json().get("citizen"))))}


def react(emu: Emulator, request: Request) -> Json:
    """Handle POST /_control/react `{"citizen","msg_id","icon"}`."""
    wanted = request.json()
    citizen = emu.world.find_citizen(str(wanted.get("citizen")))
    message = emu.world.messages.get(str(wanted.get("msg_id")))
    if message is None:
        raise Refused("no such message", 404)
    icon = str(wanted.get("icon") or "/-heart")
    message.reactions[citizen.user_id] = icon
    by_app = citizen.user_id_by_app
    event = events.user_reacted(emu.ids, citizen.user_id, by_app, message.message_id, icon, ts=emu.now())
    emu.emit(event, citizen.user_id)
    emu.changed()
    return {"reactions": message.reactions}


def submit_info(emu: Emulator, request: Request) -> Json:
    """Handle POST /_control/submit_info `{"citizen","info":{name,phone,user_dob,gender,full_address}}`.

    It is an interaction.
    """
    wanted = request.json()
    citizen = emu.world.find_citizen(str(wanted.get("citizen")))
    info = wanted.get("info")
    if not isinstance(info, dict):
        raise Refused("info is an object")
    citizen.shared = info
    citizen.last_interaction_ms = emu.now()
    numbers = emu.emit(events.submit_info(emu.ids, citizen.user_id, info, ts=emu.now()), citizen.user_id)
    emu.changed()
    return {"deliveries": numbers}


def click_chat(emu: Emulator, request: Request) -> Json:
    """Handle POST /_control/click `{"citizen"}`: opens the chat. The event is emitted once per person."""
    citizen = emu.world.find_citizen(str(request.json().get("citizen")))
    citizen.last_interaction_ms = emu.now()
    numbers: list[int] = []
    if not citizen.clicked_chat:
        citizen.clicked_chat = True
        event = events.click_chat(emu.ids, citizen.user_id, citizen.user_id_by_app, ts=emu.now())
        numbers = emu.emit(event, citizen.user_id)
    return {"deliveries": numbers}


def withdraw(emu: Emulator, request: Request) -> Json:
    """Handle POST /_control/withdraw `{"citizen"}`: the citizen requests erasure."""
    citizen = emu.world.find_citizen(str(request.json().get("citizen")))
    event = events.withdraw(emu.ids, citizen.user_id, citizen.user_id_by_app, ts=emu.now())
    return {"deliveries": emu.emit(event, citizen.user_id)}
