"""Routes of the emulator."""

from collections.abc import Callable
from typing import Any

from emulator import oauth
from emulator.control import desk, groups, people
from emulator.core import Emulator
from emulator.http import Request, Response
from emulator.openapi import groups as oa_groups
from emulator.openapi import history, members, messages, uploads, users

Handler = Callable[[Emulator, Request], Any]

OAUTH: dict[tuple[str, str], Callable[[Emulator, Request], Response]] = {
    ("GET", "/v4/oa/permission"): oauth.permission,
    ("POST", "/v4/oa/permission"): oauth.permission,
    ("POST", "/v4/oa/access_token"): oauth.access_token,
}

OPENAPI: dict[tuple[str, str], Handler] = {
    ("POST", "/v3.0/oa/message/cs"): messages.send_cs,
    ("POST", "/v3.0/oa/message/template"): messages.send_template,
    ("POST", "/v3.0/oa/message/transaction"): messages.send_old,
    ("POST", "/v3.0/oa/message/promotion"): messages.send_old,
    ("POST", "/v3.0/oa/quota/message"): messages.quota_message,
    ("POST", "/v2.0/oa/message"): messages.send_v2,
    ("POST", "/v2.0/oa/upload/image"): uploads.upload,
    ("POST", "/v2.0/oa/upload/gif"): uploads.upload,
    ("POST", "/v2.0/oa/upload/file"): uploads.upload,
    ("GET", "/v3.0/oa/user/detail"): users.detail,
    ("GET", "/v3.0/oa/user/getlist"): users.getlist,
    ("POST", "/v3.0/oa/updatefollowerinfo"): users.update_info,
    ("POST", "/v2.0/oa/updatefollowerinfo"): users.update_info,
    ("GET", "/v2.0/oa/getprofile"): users.detail,
    ("GET", "/v2.0/oa/getfollowers"): users.followers,
    ("GET", "/v2.0/oa/getoa"): users.getoa,
    ("POST", "/v2.0/oa/tag/tagfollower"): users.tag,
    ("POST", "/v2.0/oa/tag/rmfollowerfromtag"): users.untag,
    ("POST", "/v2.0/oa/tag/rmtag"): users.remove_tag,
    ("GET", "/v2.0/oa/tag/gettagsofoa"): users.tags,
    ("GET", "/v2.0/oa/conversation"): history.conversation,
    ("GET", "/v2.0/oa/listrecentchat"): history.recent,
    ("POST", "/v3.0/oa/quota/group"): oa_groups.assets,
    ("POST", "/v3.0/oa/group/creategroupwithoa"): oa_groups.create,
    ("GET", "/v3.0/oa/group/getgroup"): oa_groups.getgroup,
    ("POST", "/v3.0/oa/group/updateinfo"): oa_groups.update_info,
    ("POST", "/v3.0/oa/group/updateasset"): oa_groups.update_asset,
    ("POST", "/v3.0/oa/group/delete"): oa_groups.delete,
    ("GET", "/v3.0/oa/group/getgroupsofoa"): oa_groups.listing,
    ("POST", "/v3.0/oa/group/message"): oa_groups.send,
    ("POST", "/v3.0/oa/group/invite"): members.invite,
    ("GET", "/v3.0/oa/group/listpendinginvite"): members.list_pending,
    ("POST", "/v3.0/oa/group/acceptpendinginvite"): members.accept,
    ("POST", "/v3.0/oa/group/rejectpendinginvite"): members.reject,
    ("GET", "/v3.0/oa/group/listmember"): members.list_members,
    ("POST", "/v3.0/oa/group/addadmins"): members.add_admins,
    ("POST", "/v3.0/oa/group/removeadmins"): members.remove_admins,
    ("POST", "/v3.0/oa/group/removemembers"): members.remove,
    ("GET", "/v3.0/oa/group/listrecentchat"): history.group_recent,
    ("GET", "/v3.0/oa/group/conversation"): history.group_conversation,
}

CONTROL: dict[tuple[str, str], Handler] = {
    ("GET", "/setup"): desk.setup,
    ("POST", "/setup"): desk.setup,
    ("POST", "/tokens"): desk.tokens,
    ("GET", "/sent"): desk.sent,
    ("GET", "/webhooks"): desk.webhooks,
    ("POST", "/webhooks"): desk.subscribe,
    ("POST", "/event"): desk.send_event,
    ("GET", "/clock"): desk.clock,
    ("POST", "/clock"): desk.clock,
    ("GET", "/faults"): desk.faults,
    ("POST", "/faults"): desk.faults,
    ("DELETE", "/faults"): desk.faults,
    ("GET", "/switches"): desk.switches,
    ("POST", "/switches"): desk.switches,
    ("POST", "/reset"): desk.reset,
    ("POST", "/say"): people.say,
    ("GET", "/citizens"): people.listing,
    ("POST", "/citizens"): people.create,
    ("POST", "/citizen"): people.change,
    ("POST", "/follow"): people.follow,
    ("POST", "/seen"): people.seen,
    ("POST", "/react"): people.react,
    ("POST", "/submit_info"): people.submit_info,
    ("POST", "/click"): people.click_chat,
    ("POST", "/withdraw"): people.withdraw,
    ("GET", "/groups"): groups.listing,
    ("POST", "/groups"): groups.create,
    ("POST", "/join"): groups.join,
    ("POST", "/leave"): groups.leave,
    ("POST", "/approve"): groups.approve,
    ("GET", "/assets"): groups.assets,
    ("POST", "/assets"): groups.assets,
}
