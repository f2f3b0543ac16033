"""People, tags, the OA and messages, read back through the API."""

from emulator.tests.lab import Lab, run_scenario

WHO = "Lê Thị Lựu"


def test_detail_has_the_documented_shape() -> None:
    async def play_scenario(lab: Lab) -> None:
        info = {
            "name": "Lê Lựu",
            "phone": "84912345678",
            "user_dob": "30/10/1999",
            "gender": "Nữ",
            "full_address": {"user_city": "Tỉnh Hà Tĩnh", "user_ward": "Xã Lộc Hà", "user_address": "Phú Mậu"},
        }
        await lab.control("/submit_info", {"citizen": WHO, "info": info})
        detail = (await lab.get_data("/v3.0/oa/user/detail", {"user_id": lab.id(WHO)})).data
        assert set(detail) == {
            "user_id",
            "user_id_by_app",
            "user_external_id",
            "display_name",
            "user_alias",
            "is_sensitive",
            "user_last_interaction_date",
            "user_is_follower",
            "avatar",
            "avatars",
            "dynamic_param",
            "tags_and_notes_info",
            "shared_info",
        }
        assert detail["user_last_interaction_date"] == "25/11/2026"
        assert set(detail["avatars"]) == {"120", "240"}
        assert detail["shared_info"]["phone"] == 84912345678
        assert set(detail["shared_info"]) == {"address", "city", "district", "phone", "name", "user_dob"}
        await lab.wait_until_delivered()
        event = lab.hook.events[0]
        assert (event["event_name"], event["info"]) == ("user_submit_info", info)

    run_scenario(play_scenario)


def test_strangers_are_213_and_visitors_who_wrote_are_shown() -> None:
    async def play_scenario(lab: Lab) -> None:
        stranger = "Đặng Hữu Nghĩa"
        assert (await lab.get_data("/v3.0/oa/user/detail", {"user_id": lab.id(stranger)})).error == -213
        await lab.control("/say", {"citizen": stranger, "text": "alo"})
        detail = (await lab.get_data("/v3.0/oa/user/detail", {"user_id": lab.id(stranger)})).data
        assert detail["user_is_follower"] is False
        assert (await lab.get("/v3.0/oa/user/detail", data="{")).error == -201

    run_scenario(play_scenario)


def test_lists_page_and_filter() -> None:
    async def play_scenario(lab: Lab) -> None:
        page = (await lab.get_data("/v3.0/oa/user/getlist", {"offset": 2, "count": 3, "is_follower": True})).data
        assert (page["total"], page["count"], page["offset"], len(page["users"])) == (11, 3, 2, 3)
        assert (await lab.get_data("/v3.0/oa/user/getlist", {"count": 51})).error == -210
        assert (await lab.get_data("/v3.0/oa/user/getlist", {"offset": 9952})).error == -210
        lab.advance_clock(days=8)
        await lab.control("/tokens", {"do": "issue"})
        await lab.control("/say", {"citizen": WHO, "text": "alo"})
        for period, expected_count in (("TODAY", 1), ("L7D", 1), ("L30D", 11), ("2026_11_25:2026_11_25", 10)):
            data = {"last_interaction_period": period}
            assert (await lab.get_data("/v3.0/oa/user/getlist", data)).data["total"] == expected_count, period

    run_scenario(play_scenario)


def test_tags_live_and_die() -> None:
    async def play_scenario(lab: Lab) -> None:
        tag = {"user_id": lab.id(WHO), "tag_name": "Khách Q1"}
        assert (await lab.post("/v2.0/oa/tag/tagfollower", tag)).json == {"error": 0, "message": "Success"}
        assert (await lab.get("/v2.0/oa/tag/gettagsofoa")).data == ["Khách Q1"]
        assert (await lab.get_data("/v3.0/oa/user/getlist", {"tag_name": "Khách Q1"})).data["total"] == 1
        assert (await lab.post("/v2.0/oa/tag/rmfollowerfromtag", tag)).error == 0
        assert (await lab.post("/v2.0/oa/tag/rmtag", {"tag_name": "Khách Q1"})).error == 0
        assert (await lab.post("/v2.0/oa/tag/rmtag", {"tag_name": "Khách Q1"})).error == -201
        await lab.wait_until_delivered()
        assert lab.hook.list_names == ["add_user_to_tag", "remove_user_from_tag", "remove_tag"]
        assert lab.hook.events[0]["tag"] == {"user_ids": [lab.id(WHO)], "name": "Khách Q1"}

    run_scenario(play_scenario)


def test_the_oa_is_a_government_account() -> None:
    async def play_scenario(lab: Lab) -> None:
        oa = (await lab.get("/v2.0/oa/getoa")).data
        assert (oa["oaid"], oa["oa_type"], oa["name"]) == (lab.emu.ids.oa_id, 4, "Công an tỉnh Hà Tĩnh")
        assert oa["num_follower"] == 11
        await lab.control("/switches", {"getoa_id": "oa_id"})
        assert "oa_id" in (await lab.get("/v2.0/oa/getoa")).data

    run_scenario(play_scenario)


def test_history_is_newest_first() -> None:
    async def play_scenario(lab: Lab) -> None:
        for number in range(12):
            await lab.control("/say", {"citizen": WHO, "text": f"tin {number}"})
        body = {"recipient": {"user_id": lab.id(WHO)}, "message": {"text": "vâng"}}
        await lab.post("/v3.0/oa/message/cs", body)
        data = {"user_id": lab.id(WHO), "offset": 0, "count": 10}
        rows = (await lab.get_data("/v2.0/oa/conversation", data)).data
        assert [row["message"] for row in rows[:3]] == ["vâng", "tin 11", "tin 10"]
        assert [row["src"] for row in rows[:2]] == [0, 1]
        assert {"time", "type", "message_id", "from_id", "to_id", "from_display_name", "to_avatar"} <= set(rows[0])
        assert (await lab.get_data("/v2.0/oa/conversation", data | {"count": 11})).error == -210
        recent = (await lab.get_data("/v2.0/oa/listrecentchat", {"offset": 0, "count": 5})).data
        assert [row["message"] for row in recent] == ["vâng"]

    run_scenario(play_scenario)
