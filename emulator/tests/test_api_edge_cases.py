"""Refusals and minor endpoints that the other scenarios do not reach."""

from typing import Any

import pytest

from emulator.errors import RequestRejected
from emulator.limits import FixedWindowLimiter
from emulator.switches import Switches
from emulator.tests.lab import Lab, run_scenario

WHO = "Lê Thị Lựu"


def test_templates_go_without_a_window_but_not_to_those_who_refuse() -> None:
    async def play_scenario(lab: Lab) -> None:
        body: dict[str, Any] = {"user_id": lab.id("Đặng Hữu Nghĩa"), "template_id": "789", "template_data": {"a": "b"}}
        data = (await lab.post("/v3.0/oa/message/template", body)).data
        assert set(data) == {"message_id", "user_id", "sent_time", "quota"}
        assert (await lab.post("/v3.0/oa/message/template", body | {"template_data": "x"})).error == -201
        await lab.control("/citizen", {"citizen": "Đặng Hữu Nghĩa", "blocked": True, "oa_admin": False})
        assert (await lab.post("/v3.0/oa/message/template", body)).error == -244

    run_scenario(play_scenario)


def test_promotion_sleeps_at_night_where_it_still_exists() -> None:
    async def play_scenario(lab: Lab) -> None:
        await lab.control("/switches", {"old_sends": True})
        message = {"attachment": {"type": "template", "payload": {"template_type": "promotion"}}}
        body = {"recipient": {"user_id": lab.id(WHO)}, "message": message}
        assert (await lab.post("/v3.0/oa/message/promotion", body)).error == 0  # 07:00 in Viet Nam
        assert (await lab.post("/v3.0/oa/message/promotion", body | {"message": {}})).error == -201
        lab.advance_clock(hours=15)
        assert (await lab.post("/v3.0/oa/message/promotion", body)).error == -234
        lab.advance_clock(hours=8)
        assert (await lab.post("/v3.0/oa/message/promotion", body)).error == 0

    run_scenario(play_scenario)


@pytest.mark.parametrize(
    ("path", "body", "error"),
    [
        ("/v3.0/oa/message/cs", {"message": {"text": "x"}}, -201),
        ("/v3.0/oa/message/cs", {"recipient": {"user_id": 5}, "message": {"text": "x"}}, -201),
        ("/v3.0/oa/message/cs", {"recipient": {"user_id": "WHO"}}, -201),
        ("/v3.0/oa/message/cs", {"recipient": {"user_id": "WHO"}, "message": {"text": 5}}, -201),
        ("/v3.0/oa/message/cs", {"recipient": {"user_id": "WHO"}, "message": {"attachment": "x"}}, -201),
        ("/v3.0/oa/quota/message", {"quota_owner": "OA", "product_type": "zns"}, -201),
        ("/v3.0/oa/quota/group", {"product_type": "gmf10"}, -201),
        ("/v2.0/oa/message", {}, -201),
        ("/v2.0/oa/message", {"recipient": {"target": {}}}, -209),
        ("/v2.0/oa/message", {"recipient": {"anonymous_id": "1"}}, -201),
        ("/v2.0/oa/message", {"recipient": {"user_id": "WHO"}, "sender_action": {"react_icon": "/-heart"}}, -201),
        ("/v3.0/oa/group/message", {"message": {"text": "x"}}, -201),
        ("/v3.0/oa/group/message", {"recipient": {}, "message": {"text": "x"}}, -201),
        ("/v3.0/oa/group/invite", {"group_id": "feed", "member_user_ids": []}, -403),
        ("/v3.0/oa/updatefollowerinfo", {"user_id": "STRANGER"}, -213),
        ("/v2.0/oa/tag/tagfollower", {"user_id": "STRANGER", "tag_name": "x"}, -213),
        ("/v2.0/oa/tag/rmfollowerfromtag", {"user_id": "WHO", "tag_name": "x"}, -201),
        ("/v2.0/oa/upload/image", {}, -201),
    ],
)
def test_wrong_bodies_answer_200_with_a_code(path: str, body: dict[str, Any], error: int) -> None:
    async def play_scenario(lab: Lab) -> None:
        names = {"WHO": lab.id(WHO), "STRANGER": lab.id("Đặng Hữu Nghĩa")}

        def fill_value(value: Any) -> Any:
            if isinstance(value, dict):
                return {key: fill_value(inner) for key, inner in value.items()}
            return names.get(value, value) if isinstance(value, str) else value

        answer = await lab.post(path, fill_value(body))
        assert (answer.status, answer.error) == (200, error)
        assert lab.emu.world.messages == {}

    run_scenario(play_scenario)


def test_a_body_that_is_no_json_and_paths_with_bad_numbers() -> None:
    async def play_scenario(lab: Lab) -> None:
        assert (await lab.post("/v3.0/oa/message/cs", b"{")).error == -201
        assert (await lab.post("/v3.0/oa/message/cs", b"[]")).error == -201
        assert (await lab.get("/v3.0/oa/group/getgroupsofoa", offset="x")).error == -201
        assert (await lab.get("/v3.0/oa/group/getgroupsofoa", count=51)).error == -210
        assert (await lab.get("/v3.0/oa/group/getgroup")).error == -201
        assert (await lab.get_data("/v3.0/oa/user/getlist", {"last_interaction_period": "x"})).error == -201
        assert (await lab.get("/v3.0/oa/user/getlist", data="[]")).error == -201
        lab.emu.world.account.active = False
        assert (await lab.get("/v2.0/oa/getoa")).error == -219

    run_scenario(play_scenario)


def test_followers_and_notes_about_them() -> None:
    async def play_scenario(lab: Lab) -> None:
        closed = [await lab.get_data(f"/v2.0/oa/{name}", {"offset": 0}) for name in ("getfollowers", "getprofile")]
        assert [answer.error for answer in closed] == [-240, -240]
        await lab.control("/switches", {"old_reads": True})
        assert (await lab.get_data("/v2.0/oa/getfollowers", {"offset": 0, "count": 5})).data["total"] == 11
        note = {"user_id": lab.id(WHO), "name": "Bác Lựu", "phone": "84911", "address": "Phú Mậu"}
        assert (await lab.post("/v3.0/oa/updatefollowerinfo", note)).json == {"error": 0, "message": "Success"}
        detail = (await lab.get_data("/v2.0/oa/getprofile", {"user_id": lab.id(WHO)})).data
        assert (detail["user_alias"], detail["shared_info"]["address"]) == ("Bác Lựu", "Phú Mậu")
        await lab.wait_until_delivered()
        assert lab.hook.list_names == ["update_user_info"]
        yesterday = {"last_interaction_period": "YESTERDAY"}
        assert (await lab.get_data("/v3.0/oa/user/getlist", yesterday)).data["total"] == 0

    run_scenario(play_scenario)


def test_an_anonymous_visitor_has_no_account() -> None:
    async def play_scenario(lab: Lab) -> None:
        visitor = await lab.control("/citizens", {"name": "Khách", "anonymous": True})
        await lab.control("/follow", {"citizen": "Khách"}, expect=409)
        await lab.control("/groups", {"name": "Phú Mậu"})
        await lab.control("/join", {"group": "Phú Mậu", "citizen": "Khách"}, expect=409)
        recipient = {"user_id": visitor["user_id"]}
        cs = await lab.post("/v3.0/oa/message/cs", {"recipient": recipient, "message": {"text": "x"}})
        assert cs.error == -201
        wrong = {"anonymous_id": visitor["user_id"], "conversation_id": "other"}
        assert (await lab.post("/v2.0/oa/message", {"recipient": wrong, "message": {"text": "x"}})).error == -201

    run_scenario(play_scenario)


def test_groups_by_the_control_api() -> None:
    async def play_scenario(lab: Lab) -> None:
        await lab.control("/groups", {"name": ""}, expect=400)
        await lab.control("/assets", {"product_type": "gmf7"}, expect=400)
        await lab.control("/assets", {"asset_id": "feed", "expire": True}, expect=404)
        made = await lab.control("/groups", {"name": "Phú Mậu"})
        assert made["members"] == [lab.admin]
        await lab.control("/approve", {"group": "Phú Mậu", "citizen": WHO}, expect=409)
        await lab.control("/join", {"group": "Phú Mậu", "citizen": WHO})
        assert (await lab.control("/join", {"group": "Phú Mậu", "citizen": WHO}))["state"] == "pending"
        shown = await lab.control("/approve", {"group": "Phú Mậu", "citizen": WHO, "accept": True})
        assert lab.id(WHO) in shown["members"]
        assert (await lab.control("/join", {"group": "Phú Mậu", "citizen": WHO}))["state"] == "joined"
        await lab.control("/leave", {"group": "Phú Mậu", "citizen": WHO})
        await lab.control("/leave", {"group": "Phú Mậu", "citizen": WHO}, expect=409)
        assert len((await lab.control("/groups"))["groups"]) == 1
        for asset in list(lab.emu.world.assets):
            await lab.control("/assets", {"asset_id": asset, "disable": True})
        await lab.control("/groups", {"name": "Không còn chỗ"}, expect=409)
        assert len((await lab.control("/assets"))["assets"]) == 250

    run_scenario(play_scenario)


def test_full_groups_take_nobody() -> None:
    async def play_scenario(lab: Lab) -> None:
        await lab.control("/assets", {"product_type": "gmf10"})
        small = list(lab.emu.world.assets)[-1]
        people = [(await lab.control("/citizens", {"name": f"Người {n}"}))["user_id"] for n in range(8)]
        founding = {"group_name": "Nhỏ", "asset_id": small, "member_user_ids": [lab.admin, *people]}
        gid = (await lab.post("/v3.0/oa/group/creategroupwithoa", founding)).data["group_id"]
        late = {"group_id": gid, "member_user_ids": [lab.id(WHO)]}
        assert (await lab.post("/v3.0/oa/group/invite", late)).error == -210
        await lab.control("/join", {"group": gid, "citizen": WHO}, expect=409)
        await lab.control("/citizen", {"citizen": WHO, "blocked": True})
        assert (await lab.post("/v3.0/oa/group/invite", late)).error == -217
        await lab.control("/assets", {"asset_id": small, "expire": True})
        assert (await lab.post("/v3.0/oa/group/invite", late)).error == -237

    run_scenario(play_scenario)


def test_tokens_age_on_demand() -> None:
    async def play_scenario(lab: Lab) -> None:
        await lab.control("/tokens", {"do": "expire_access"})
        assert (await lab.get("/v2.0/oa/getoa")).error == -220
        await lab.control("/tokens", {"do": "expire_refresh"})
        assert lab.emu.world.grants[-1].refresh_until_ms <= lab.emu.now()
        await lab.control("/tokens", {"do": "dance"}, expect=400)
        assert (await lab.control("/switches"))["mac_prefix"] is True
        assert (await lab.control("/clock"))["now"] == lab.emu.now()

    run_scenario(play_scenario)


def test_without_a_webhook_nothing_is_queued() -> None:
    async def play_scenario(lab: Lab) -> None:
        response = await lab.control("/say", {"citizen": WHO, "text": "x"})
        assert response["said"][0]["deliveries"] == []
        assert (await lab.control("/webhooks"))["pending"] == 0

    run_scenario(play_scenario, hooked=False)


def test_limits_and_switches_in_themselves() -> None:
    limiter, switches = FixedWindowLimiter(), Switches(rate_limit=0)
    assert limiter.count(switches, 0) == (True, 0, 0)
    switches.change({"rate_limit": 4000, "oa_rate_limit": 2})
    assert limiter.count(switches, 0) == (True, 2, 0)
    assert limiter.count(switches, 59_999)[0] is False
    assert limiter.count(switches, 60_000) == (True, 2, 1)
    with pytest.raises(RequestRejected):
        switches.change({"rate_limit": "many"})
    with pytest.raises(RequestRejected):
        switches.change({"rate_limit": True})
