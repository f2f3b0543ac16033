"""The group API from creating to dissolving a group, with every documented refusal."""

from typing import Any

from emulator.tests.lab import Answer, Lab, run_scenario

A, B, C = "Trần Văn Đức", "Lê Thị Lựu", "Phan Đình Khôi"
FULL = {"group_info", "asset_info", "group_setting"}


def get_free_asset(lab: Lab) -> str:
    return next(a.asset_id for a in lab.emu.world.assets.values() if not a.group_id)


async def create_group(lab: Lab, *names: str, **changes: Any) -> Answer:
    body = {
        "group_name": "Tổ 12 – ANTT",
        "group_description": "Xã Lộc Hà",
        "asset_id": get_free_asset(lab),
        "member_user_ids": [lab.admin, *(lab.id(name) for name in names)],
    }
    return await lab.post("/v3.0/oa/group/creategroupwithoa", body | changes)


async def call_group_action(lab: Lab, action: str, group_id: str, *names: str, **more: Any) -> Answer:
    people = {"member_user_ids": [lab.id(name) for name in names]} if names else {}
    return await lab.post(f"/v3.0/oa/group/{action}", {"group_id": group_id} | people | more)


async def send_group_message(lab: Lab, group_id: str, text: str = "x") -> Answer:
    return await lab.post("/v3.0/oa/group/message", {"recipient": {"group_id": group_id}, "message": {"text": text}})


def test_assets_are_listed_and_used_once() -> None:
    async def play_scenario(lab: Lab) -> None:
        rows = (await lab.post("/v3.0/oa/quota/group", {"quota_owner": "OA", "product_type": "gmf100"})).data
        assert [row["quota_type"] for row in rows].count("sub_quota") == 1 and len(rows) == 250
        assert set(rows[0]) == {
            "product_type",
            "quota_type",
            "asset_id",
            "valid_through",
            "auto_renew",
            "status",
            "used_id",
        }
        assert {row["status"] for row in rows} == {"available"}
        assert (await lab.post("/v3.0/oa/quota/group", {"quota_owner": "OA", "product_type": "gmf10"})).data == []
        group = (await create_group(lab, A)).data
        assert set(group) == {
            "name",
            "avatar",
            "group_id",
            "group_link",
            "group_description",
            "total_member",
            "status",
        }
        assert (group["total_member"], group["status"]) == (3, "enabled")
        used = lab.emu.world.groups[group["group_id"]].asset_id
        assert (await create_group(lab, A, asset_id=used)).json == {
            "error": -241,
            "message": "asset_id is already used",
        }
        lapsed = get_free_asset(lab)
        await lab.control("/assets", {"asset_id": lapsed, "expire": True})
        assert (await create_group(lab, A, asset_id=lapsed)).error == -238
        assert (await create_group(lab, A, asset_id="feed")).error == -201

    run_scenario(play_scenario)


def test_founding_rules() -> None:
    async def play_scenario(lab: Lab) -> None:
        assert (await create_group(lab, group_name="")).error == -201
        assert (await create_group(lab, group_name="ệ" * 31)).error == -210
        assert (await create_group(lab, member_user_ids=[])).error == -201
        assert (await create_group(lab, member_user_ids=[lab.id(A)])).json["message"] == "member_user_ids is invalid!"
        assert (await create_group(lab, member_user_ids=[lab.admin, lab.id("Đặng Hữu Nghĩa")])).error == -213
        people = [(await lab.control("/citizens", {"name": f"Người {n}"}))["user_id"] for n in range(99)]
        assert (await create_group(lab, member_user_ids=[lab.admin, *people])).error == -210
        assert (await create_group(lab, member_user_ids=[lab.admin, *people[:98]])).data["total_member"] == 100
        await lab.control("/assets", {"product_type": "gmf10"})
        small = list(lab.emu.world.assets)[-1]
        assert (await create_group(lab, member_user_ids=[lab.admin, *people[:9]], asset_id=small)).error == -210
        assert (await create_group(lab, member_user_ids=[lab.admin, *people[:8]], asset_id=small)).error == 0

    run_scenario(play_scenario)


def test_info_settings_and_renewal() -> None:
    async def play_scenario(lab: Lab) -> None:
        gid = (await create_group(lab, A)).data["group_id"]
        info = (await lab.get("/v3.0/oa/group/getgroup", group_id=gid)).data
        assert set(info) == FULL
        assert info["group_info"]["max_member"] == "100"
        assert info["asset_info"]["auto_renew"] == "false"
        assert info["group_setting"]["join_appr"] is True
        changed = await call_group_action(lab, "updateinfo", gid, group_name="Phú Mậu", lock_send_msg=True)
        assert changed.data["group_info"]["name"] == "Phú Mậu"
        assert changed.data["group_setting"]["lock_send_msg"] is True
        assert (await call_group_action(lab, "updateinfo", gid, group_name="X", join_appr="yes")).error == -201
        assert lab.emu.world.groups[gid].name == "Phú Mậu"
        old = lab.emu.world.groups[gid].asset_id
        assert (await call_group_action(lab, "updateasset", gid, asset_id=old)).error == -241
        fresh = list(lab.emu.world.assets)[-1]
        assert (await call_group_action(lab, "updateasset", gid, asset_id=fresh)).data["asset_info"][
            "asset_id"
        ] == fresh
        assert lab.emu.world.assets[old].group_id == ""

    run_scenario(play_scenario)


def test_people_come_wait_lead_and_go() -> None:
    async def play_scenario(lab: Lab) -> None:
        gid = (await create_group(lab)).data["group_id"]
        assert (await call_group_action(lab, "invite", gid, A)).json == {"error": 0, "message": "Success"}
        assert (await lab.control("/join", {"group": gid, "citizen": B}))["state"] == "pending"
        assert (await lab.control("/join", {"group": gid, "citizen": C}))["state"] == "pending"
        waiting = (await lab.get("/v3.0/oa/group/listpendinginvite", group_id=gid, offset=0, count=5)).data
        assert (waiting["total"], waiting["member_count"]) == (2, 2)
        assert waiting["members"][0] == {"name": B, "user_id": lab.id(B)}
        assert (await call_group_action(lab, "acceptpendinginvite", gid, A)).error == -201
        assert (await call_group_action(lab, "acceptpendinginvite", gid, B)).error == 0
        assert (await call_group_action(lab, "rejectpendinginvite", gid, C)).error == 0
        members = (await lab.get("/v3.0/oa/group/listmember", group_id=gid, offset=0, count=50)).data
        assert (members["total"], members["member_count"]) == (4, 4)
        assert set(members["members"][0]) == {"user_id", "name", "avatar"}
        assert members["members"][-1]["oa_id"] == lab.emu.ids.oa_id
        assert (await call_group_action(lab, "addadmins", gid, A)).error == 0
        assert (await call_group_action(lab, "addadmins", gid, C)).error == -201
        assert (await call_group_action(lab, "removeadmins", gid, A)).error == 0
        assert (await call_group_action(lab, "removeadmins", gid, A)).error == -201
        assert (await call_group_action(lab, "removemembers", gid, A)).error == 0
        await lab.control("/leave", {"group": gid, "citizen": B})
        assert (await call_group_action(lab, "delete", gid)).error == 0
        await lab.wait_until_delivered()
        assert lab.hook.list_names == [
            "create_group",
            "user_join_group",
            "user_join_group",
            "user_request_join_group",
            "user_request_join_group",
            "accept_request_join_group",
            "user_join_group",
            "reject_request_join_group",
            "add_group_admin",
            "remove_group_admin",
            "user_out_group",
            "user_out_group",
            "delete_group",
        ]
        join = lab.hook.events[2]
        assert set(join) == {"event_name", "app_id", "oa_id", "group_id", "users", "timestamp"}
        assert join["users"] == [{"id": lab.id(A)}]
        assert "users" not in lab.hook.events[0]

    run_scenario(play_scenario)


def test_lapsed_groups_are_disabled_and_end_after_45_days() -> None:
    async def play_scenario(lab: Lab) -> None:
        gid = (await create_group(lab, A)).data["group_id"]
        assert (await send_group_message(lab, gid)).error == 0
        await lab.control("/assets", {"asset_id": lab.emu.world.groups[gid].asset_id, "expire": True})
        assert (await send_group_message(lab, gid)).json == {"error": -237, "message": "The group is disabled"}
        await lab.control("/say", {"citizen": A, "group": gid, "text": "x"}, expect=409)
        listed = (await lab.get("/v3.0/oa/group/getgroupsofoa")).data["groups"]
        assert listed[0]["status"] == "disabled"
        lab.advance_clock(days=45)
        await lab.control("/tokens", {"do": "issue"})
        assert (await send_group_message(lab, gid)).json == {"error": -403, "message": "OA is not in group"}
        await lab.wait_until_delivered()
        assert lab.hook.list_names[-1] == "delete_group"

    run_scenario(play_scenario)


def test_messages_go_both_ways_without_a_window() -> None:
    async def play_scenario(lab: Lab) -> None:
        gid = (await create_group(lab, A)).data["group_id"]
        lab.advance_clock(days=30)
        await lab.control("/tokens", {"do": "issue"})
        sent = await send_group_message(lab, gid, f"chào [@{lab.id(A)}]")
        assert set(sent.data) == {"message_id", "group_id"}
        await lab.control("/say", {"citizen": A, "group": "Tổ 12 – ANTT", "text": "xe lạ", "photo": True})
        await lab.control("/say", {"citizen": B, "group": gid, "text": "x"}, expect=409)
        assert (await send_group_message(lab, "feed")).error == -403
        rows = (await lab.get("/v3.0/oa/group/conversation", group_id=gid, offset=0, count=5)).data
        assert [(row["src"], row["type"]) for row in rows] == [(1, "photo"), (0, "text")]
        assert {"from_id", "from_display_name", "from_avatar", "group_id", "message_id"} <= set(rows[0])
        assert (await lab.get("/v3.0/oa/group/listrecentchat", offset=0, count=1)).data == rows[:1]
        await lab.wait_until_delivered()
        events = {event["event_name"]: event for event in lab.hook.events}
        echo, image_event = events["oa_send_group_text"], events["user_send_group_image"]
        assert (echo["sender"]["id"], echo["recipient"]["id"]) == (lab.emu.ids.oa_id, gid)
        assert image_event["recipient"] == {"id": gid}
        assert image_event["message"]["text"] == "xe lạ"
        assert "group_id" not in image_event

    run_scenario(play_scenario)


def test_a_locked_group_hears_its_deputies_only() -> None:
    async def play_scenario(lab: Lab) -> None:
        gid = (await create_group(lab, A)).data["group_id"]
        await call_group_action(lab, "updateinfo", gid, lock_send_msg=True)
        await lab.control("/say", {"citizen": A, "group": gid, "text": "x"}, expect=409)
        await call_group_action(lab, "addadmins", gid, A)
        await lab.control("/say", {"citizen": A, "group": gid, "text": "x"})

    run_scenario(play_scenario)


def test_locations_and_other_names_by_switch() -> None:
    async def play_scenario(lab: Lab) -> None:
        gid = (await create_group(lab, A)).data["group_id"]
        place = {"citizen": A, "group": gid, "location": [18.45, 105.9]}
        await lab.control("/say", place, expect=409)
        await lab.control("/switches", {"group_location": True, "group_names": "is"})
        await lab.control("/say", place)
        await lab.control("/leave", {"group": gid, "citizen": A})
        await lab.control("/switches", {"group_names": "of"})
        await call_group_action(lab, "delete", gid)
        await lab.wait_until_delivered()
        assert {"disperse_group", "user_leave_group", "user_send_group_location"} <= set(lab.hook.list_names)

    run_scenario(play_scenario)


def test_joining_by_link_can_be_open_or_closed() -> None:
    async def play_scenario(lab: Lab) -> None:
        gid = (await create_group(lab)).data["group_id"]
        await call_group_action(lab, "updateinfo", gid, join_appr=False)
        assert (await lab.control("/join", {"group": gid, "citizen": A}))["state"] == "joined"
        await call_group_action(lab, "updateinfo", gid, enable_link_join=False)
        await lab.control("/join", {"group": gid, "citizen": B}, expect=409)

    run_scenario(play_scenario)
