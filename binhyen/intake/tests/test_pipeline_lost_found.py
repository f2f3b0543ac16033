"""From message to desk: an item lost in one commune and found in another."""

from typing import Any

import pytest
from django.db import connection

from binhyen.cases import jobs
from binhyen.cases.queries.lost_found import post_index
from binhyen.intake.tests.chat_reports import create_people, run_pipeline

pytestmark = pytest.mark.django_db


def test_new_posts_are_matched_both_ways_as_they_arrive(unit: Any) -> None:
    post_index.__init__()  # type: ignore[misc]
    loser, finder, other = create_people(3)
    run_pipeline((loser, "Tôi đánh rơi ví da màu nâu ở phường Thành Sen sáng nay, trong có giấy tờ tên Nguyễn Văn An"))
    run_pipeline((finder, "Sáng nay nhặt được ví da màu nâu ở xã Lộc Hà, trong có giấy tờ tên Nguyễn Văn An"))
    run_pipeline((other, "Nhà hàng xóm hát karaoke ồn quá ở xã Lộc Hà"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT args FROM procrastinate_jobs WHERE task_name = 'cases.match' ORDER BY id")
        waiting = cursor.fetchall()
    lost, found_case = loser.case(), finder.case()
    assert (lost.unit, found_case.unit) == (unit("18073"), unit("18568"))
    assert len(waiting) == 2, "one job per batch with such posts, none for others"
    jobs.run_lost_found_matching(case_ids=[found_case.pk])
    assert lost.events.get(verb="matched").data == {"cases": [found_case.code]}
    assert found_case.events.get(verb="matched").data == {"cases": [lost.code]}
    assert not any(found_case.code in t for t in loser.list_received()), "people are informed by an officer"
