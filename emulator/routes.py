"""Routes of the emulator."""

from collections.abc import Callable
from typing import Any

from emulator import oauth
from emulator.control import desk, groups, mail, people, push
from emulator.core import Emulator
from emulator.http import HttpRequest, HttpResponse
from emulator.openapi import groups as oa_groups
from emulator.openapi import history, members, messages, uploads, users

Handler = Callable[[Emulator, HttpRequest], Any]

OAUTH_ROUTES: dict[tuple[str, str], Callable[[Emulator, HttpRequest], HttpResponse]] = {
    ("GET", "/v4/oa/permission"): oauth.handle_permission,
    ("POST", "/v4/oa/permission"): oauth.handle_permission,
    ("POST", "/v4/oa/access_token"): oauth.handle_access_token,
}

OPENAPI_ROUTES: dict[tuple[str, str], Handler] = {
    ("POST", "/v3.0/oa/message/cs"): messages.handle_send_cs,
    ("POST", "/v3.0/oa/message/template"): messages.handle_send_template,
    ("POST", "/v3.0/oa/message/transaction"): messages.handle_send_old,
    ("POST", "/v3.0/oa/message/promotion"): messages.handle_send_old,
    ("POST", "/v3.0/oa/quota/message"): messages.handle_message_quota,
    ("POST", "/v2.0/oa/message"): messages.handle_send_v2,
    ("POST", "/v2.0/oa/upload/image"): uploads.handle_upload,
    ("POST", "/v2.0/oa/upload/gif"): uploads.handle_upload,
    ("POST", "/v2.0/oa/upload/file"): uploads.handle_upload,
    ("GET", "/v3.0/oa/user/detail"): users.handle_user_detail,
    ("GET", "/v3.0/oa/user/getlist"): users.handle_list_users,
    ("POST", "/v3.0/oa/updatefollowerinfo"): users.handle_update_follower,
    ("POST", "/v2.0/oa/updatefollowerinfo"): users.handle_update_follower,
    ("GET", "/v2.0/oa/getprofile"): users.handle_closed_read,
    ("GET", "/v2.0/oa/getfollowers"): users.handle_closed_read,
    ("GET", "/v2.0/oa/getoa"): users.handle_get_oa,
    ("POST", "/v2.0/oa/tag/tagfollower"): users.handle_tag,
    ("POST", "/v2.0/oa/tag/rmfollowerfromtag"): users.handle_untag,
    ("POST", "/v2.0/oa/tag/rmtag"): users.handle_remove_tag,
    ("GET", "/v2.0/oa/tag/gettagsofoa"): users.handle_list_tags,
    ("GET", "/v2.0/oa/conversation"): history.handle_conversation,
    ("GET", "/v2.0/oa/listrecentchat"): history.handle_recent_chats,
    ("POST", "/v3.0/oa/quota/group"): oa_groups.handle_group_quota,
    ("POST", "/v3.0/oa/group/creategroupwithoa"): oa_groups.handle_create_group,
    ("GET", "/v3.0/oa/group/getgroup"): oa_groups.handle_get_group,
    ("POST", "/v3.0/oa/group/updateinfo"): oa_groups.handle_update_group,
    ("POST", "/v3.0/oa/group/updateasset"): oa_groups.handle_update_asset,
    ("POST", "/v3.0/oa/group/delete"): oa_groups.handle_delete_group,
    ("GET", "/v3.0/oa/group/getgroupsofoa"): oa_groups.handle_list_groups,
    ("POST", "/v3.0/oa/group/message"): oa_groups.handle_send_to_group,
    ("POST", "/v3.0/oa/group/invite"): members.handle_invite,
    ("GET", "/v3.0/oa/group/listpendinginvite"): members.handle_list_pending,
    ("POST", "/v3.0/oa/group/acceptpendinginvite"): members.handle_accept,
    ("POST", "/v3.0/oa/group/rejectpendinginvite"): members.handle_reject,
    ("GET", "/v3.0/oa/group/listmember"): members.handle_list_members,
    ("POST", "/v3.0/oa/group/addadmins"): members.handle_add_admins,
    ("POST", "/v3.0/oa/group/removeadmins"): members.handle_remove_admins,
    ("POST", "/v3.0/oa/group/removemembers"): members.handle_remove_members,
    ("GET", "/v3.0/oa/group/listrecentchat"): history.handle_recent_group_chats,
    ("GET", "/v3.0/oa/group/conversation"): history.handle_group_conversation,
}

CONTROL_ROUTES: dict[tuple[str, str], Handler] = {
    ("GET", "/setup"): desk.handle_setup,
    ("POST", "/setup"): desk.handle_setup,
    ("POST", "/tokens"): desk.handle_tokens,
    ("GET", "/sent"): desk.handle_sent,
    ("GET", "/webhooks"): desk.handle_webhooks,
    ("POST", "/webhooks"): desk.handle_subscribe,
    ("POST", "/event"): desk.handle_send_event,
    ("GET", "/clock"): desk.handle_clock,
    ("POST", "/clock"): desk.handle_clock,
    ("GET", "/faults"): desk.handle_faults,
    ("POST", "/faults"): desk.handle_faults,
    ("DELETE", "/faults"): desk.handle_faults,
    ("GET", "/switches"): desk.handle_switches,
    ("POST", "/switches"): desk.handle_switches,
    ("POST", "/reset"): desk.handle_reset,
    ("POST", "/say"): people.handle_say,
    ("GET", "/citizens"): people.handle_list_citizens,
    ("POST", "/citizens"): people.handle_create_citizen,
    ("POST", "/citizen"): people.handle_change_citizen,
    ("POST", "/follow"): people.handle_follow,
    ("POST", "/seen"): people.handle_seen,
    ("POST", "/react"): people.handle_react,
    ("POST", "/submit_info"): people.handle_submit_info,
    ("POST", "/click"): people.handle_click,
    ("POST", "/press"): people.handle_press,
    ("POST", "/withdraw"): people.handle_withdraw,
    ("GET", "/groups"): groups.handle_list_demo_groups,
    ("POST", "/groups"): groups.handle_create_demo_group,
    ("POST", "/join"): groups.handle_join,
    ("POST", "/leave"): groups.handle_leave,
    ("POST", "/approve"): groups.handle_approve,
    ("GET", "/assets"): groups.handle_assets,
    ("POST", "/assets"): groups.handle_assets,
    ("GET", "/devices"): push.handle_devices,
    ("POST", "/devices"): push.handle_devices,
    ("GET", "/pushed"): push.handle_shown,
    ("GET", "/mail"): mail.handle_mail,
    ("GET", "/mail_rules"): mail.handle_mail_rules,
    ("POST", "/mail_rules"): mail.handle_mail_rules,
    ("DELETE", "/mail_rules"): mail.handle_mail_rules,
}
