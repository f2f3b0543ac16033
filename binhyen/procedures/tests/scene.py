"""Procedures and questions of tests."""

import datetime as dt
from dataclasses import asdict, replace
from typing import Any

from binhyen.cases.models import Case, CaseMessage
from binhyen.cases.tests.scene import open_case
from binhyen.kit import clock
from binhyen.people.models import Officer
from binhyen.procedures import services
from binhyen.procedures.models import Procedure
from binhyen.procedures.rules.states import ProcedureContent, Variant

CONTENT = ProcedureContent(
    topic="OTHER",
    title="Dựng lò gạch thủ công",
    questions="xin dựng lò gạch ở đâu\nlàm lò gạch có phải xin phép không\nlò gạch đỏ xin giấy gì",
    steps="Viết đơn.\nNộp ở công an xã.",
    papers="Đơn có ảnh lò.",
    fee="Không thu.",
    duration="3 ngày.",
    place="Công an xã",
    hours="Giờ hành chính",
    ask="Lò ở đâu?",
    variants=(
        Variant("Trong vườn", ("trong vườn",), "Trong vườn: chủ vườn ký đơn."),
        Variant("Ven đường", ("ven đường",), "Ven đường: hỏi thêm Ủy ban."),
    ),
    source="Luật thử 1/2020/QH14",
    source_url="https://vbpl.vn/1",
    source_on=dt.date(2020, 1, 2),
    valid_from=dt.date(2020, 7, 1),
    valid_to=None,
)
QUESTION = "cho em hoi xin dung lo gach trong vuon o dau a"
FIELDS = {
    "topic": "OTHER",
    "title": CONTENT.title,
    "questions": CONTENT.questions,
    "steps": CONTENT.steps,
    "papers": CONTENT.papers,
    "fee": "",
    "duration": "",
    "place": "Công an xã",
    "hours": "",
    "ask": CONTENT.ask,
    "variants": "Trong vườn | trong vườn | Trong vườn: chủ vườn ký đơn.",
    "source": CONTENT.source,
    "source_url": CONTENT.source_url,
    "source_on": "2020-01-02",
    "valid_from": "2020-07-01",
    "valid_to": "",
}


def create_draft(author: Officer, *, title: str = "", unit: Any = None, now: dt.datetime | None = None) -> Procedure:
    """Create a draft of the author's unit, or of `unit`."""
    moment = now or clock.now()
    content = replace(CONTENT, title=title or CONTENT.title)
    fields = asdict(content) | {"variants": [asdict(item) for item in content.variants]}
    return Procedure.objects.create(
        key=f"thu-{author.pk}", unit=unit or author.unit, author=author, created_at=moment, changed_at=moment, **fields
    )


def put_in_use(author: Officer, approver: Officer, *, now: dt.datetime | None = None, **changes: Any) -> Procedure:
    """Draft, submit and approve a procedure."""
    moment = now or clock.now()
    row = services.create_procedure(content=replace(CONTENT, **changes), officer=author, now=moment)
    services.submit_procedure(public_id=row.public_id, officer=author, now=moment)
    return services.approve_procedure(public_id=row.public_id, officer=approver, now=moment)


def ask_in_chat(unit: Any, text: str = QUESTION, *, entities: list[dict[str, Any]] | None = None, **more: Any) -> Case:
    """Open the case of a question that a citizen wrote in a private chat."""
    case = open_case(unit, text=text, category="admin_question", title="Hỏi thủ tục", place="", **more)
    message = CaseMessage.objects.get(case=case).message
    message.reading = {"entities": entities or []}
    message.save(update_fields=["reading"])
    return case
