"""Past, denied, rehearsed, asked or distant events raise no alarm; ongoing ones do, regardless of
the remaining text."""

import json
from functools import lru_cache

import pytest

from binhyen.language import lexicon
from binhyen.language.classify import urgency
from binhyen.language.classify.urgency import is_negated_or_past
from binhyen.language.reader import Reader
from binhyen.language.tokenizer import DATA, tokenize
from binhyen.language.training import rows
from binhyen.language.training.rows import filter_split

READER = Reader()


def find_calming_reason(text: str) -> str:
    word_list = tokenize(text)
    guard = is_negated_or_past(word_list, lexicon.shipped_lexicon().find(word_list))
    return guard.phrase.value if guard else ""


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("hôm qua đánh nhau, công an đã giải quyết xong rồi ạ", "over"),
        ("tối qua cháy nhà ông Tư nhưng đã dập tắt, nay em báo lại", "over"),
        ("vụ đuối nước năm ngoái ở bãi này", "past"),
        ("mai diễn tập, có giả cháy nhà", "drill"),
        ("theo báo thì ngoài đó cháy nhà", "news"),
        ("gây tai nạn rồi bỏ chạy thì đi tù mấy năm", "rules"),
        ("Không phải cháy nhà, bác Tám nướng thịt thôi", "untrue"),
        ("đã gọi 114 nhưng lửa vẫn cháy", ""),
        ("chưa dập tắt được", ""),
        ("Không phải diễn tập, khói thật", ""),
        ("lửa tắt hồi trưa giờ cháy lại rồi", ""),
        ("năm ngoái nó đâm bố em, giờ nó về mài dao", ""),
        ("công an giải tán rồi, chúng nó vác dao tới", ""),
        ("hai bạn về rồi mà nó chưa", ""),
        ("cháy nhà", ""),
    ],
)
def test_guards_that_settle_a_message(text: str, kind: str) -> None:
    assert find_calming_reason(text) == kind


@lru_cache(maxsize=1)
def list_held_out_rows() -> list[dict[str, str]]:
    return [json.loads(line) for line in (DATA / "blind" / "danger.jsonl").read_text(encoding="utf-8").splitlines()]


def measure_alarm_share(urgent: bool) -> float:
    """Return the share of the rows (held-out dangers, or past ones) that raise an alarm."""
    texts = [row["text"] for row in list_held_out_rows() if row["urgent"] is urgent]
    return sum(READER.understand(text).urgency == 3 for text in texts) / len(texts)


def test_held_out_rows_raise_alarms_where_they_should() -> None:
    """Hard on purpose: no other set has so many wordings unknown to every guard."""
    assert measure_alarm_share(urgent=True) >= 0.75
    assert measure_alarm_share(urgent=False) <= 0.22


def test_control_without_the_guards_past_events_raise_alarms(monkeypatch: pytest.MonkeyPatch) -> None:
    over = [
        row.text
        for row in filter_split(rows.load_shipped_rows(), "train")
        if row.id.startswith("s3-") and row.urgency < 2
    ]
    settling = [text for text in over if find_calming_reason(text)]
    assert len(settling) > 40
    loud = [READER.understand(text).urgency == 3 for text in settling]
    monkeypatch.setattr(urgency, "SETTLED_SHIFT", -1.0)
    assert sum(loud) <= 2 < sum(READER.understand(text).urgency == 3 for text in settling)


def test_thanks_for_an_end_hide_no_beginning() -> None:
    text = "Cảm ơn các anh đã xử lý xong vụ đánh nhau hôm trước. Giờ nhà hàng xóm cháy, lửa to lắm"
    assert READER.understand(text).urgency == 3


@pytest.mark.parametrize("text", ["pháo nổ cụt tay cháu bé", "pin no vao mat con em roi"])
def test_explosions_that_hit_a_person_raise_alarms(text: str) -> None:
    assert READER.understand(text).urgency == 3
    assert READER.understand(f"năm ngoái {text}, nay khỏe rồi").urgency < 3, "it is over"


@pytest.mark.parametrize(
    "text",
    [
        "Em đang đứng trên cầu, gió mát lắm",
        "bọn trẻ đang tắm đập vui lắm mà tự nhiên một đứa không thấy đâu",
        "vui lắm, nó đang cầm dao dọa cả nhà tôi đây",
        "nghe vui chứ nó uống thuốc sâu thật rồi",
        "cười đùa trên cầu rồi nó nhảy xuống sông",
        "đốt lửa trại cháy lan sang rừng rồi",
        "mấy đứa nhỏ tắm sông, có đứa chìm rồi",
        "năm xưa cũng ngập, nay nước lên tới mái rồi, hai ông bà kẹt trên gác",
        "cả nhà đi tắm suối, nước lũ về kẹt giữa dòng",
        "nó hay đánh vợ, giờ đang bóp cổ chị ấy",
    ],
)
def test_calm_words_silence_no_cry_for_help(text: str) -> None:
    """Joy, habit, play and the past also occur beside danger: no rule may rely on them."""
    assert READER.understand(text).urgency == 3
