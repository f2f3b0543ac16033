"""A6: 10,000 generated inputs for every parser of untrusted data. Each is parsed or refused with a known error.

No crash, no hang, no character that the database rejects. The API's schema is tested in test_fuzz_api.py.
"""

import os
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from binhyen.areas.rules.spreadsheet import read_sheet
from binhyen.channels.dlp.detectors import check as gate
from binhyen.channels.kinds.zalo_oa import webhook
from binhyen.channels.kinds.zalo_oa.tests.lab import ACCOUNT, ADAPTER, NOW, event, signed
from binhyen.channels.types import IncomingMessage, Refused
from binhyen.intake.model_cache import reader
from binhyen.kit import file_storage
from binhyen.kit.search_terms import wanted
from binhyen.kit.text import fold, nfc
from binhyen.tips.rules import numbers_like_a_code
from tests.complexity import HANG, seconds
from tests.security.corpus import encoded, noise

TIMES = int(os.environ.get("BINHYEN_FUZZ", "1"))  # 20 before a release
HOSTILE = st.sampled_from(
    [
        "\0",
        "\ud800",
        "\u202e",
        "\u200b",
        "\u0301" * 50,
        "0" * 500,
        "<script>",
        "' OR 1=1",
        "%s%n",
        "1e999",
        "NaN",
        "𝟎𝟗𝟏𝟐",
        "đĐ",
    ]
)
WORDS = st.one_of(st.text(max_size=80), st.builds("{}{}{}".format, st.text(max_size=20), HOSTILE, st.text(max_size=20)))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["id", "text", "msg_id", "url", "payload", "type", "attachments", "coordinates", "latitude"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=10,
)
NAMES = st.sampled_from(["user_send_text", "user_send_image", "user_send_location", "user_send_file", "follow", "unfollow", "user_join_group",
                         "user_send_group_text", "user_submit_info", "oa_send_text", "user_reacted_message", "x"])  # fmt: skip
EVENTS = st.builds(
    lambda name, fields: event(name, **fields), NAMES,
    st.dictionaries(st.sampled_from(["message", "sender", "recipient", "users", "group_id", "info", "follower", "user_id_by_app", "source"]), VALUES, max_size=6),
)  # fmt: skip
RAW = st.one_of(
    st.binary(max_size=300),
    st.builds(
        lambda a, b: a + b, st.sampled_from([b'{"app_id":', b"{", b"[[", b'{"event_name":"x",']), st.binary(max_size=60)
    ),
)
CELLS = st.lists(st.lists(WORDS, max_size=10), max_size=6)
GLUE = st.sampled_from([",", ";", "\t", '","', '"', "|"])


def parse_event(what: dict[str, Any]) -> None:
    try:
        body = orjson.dumps(what)
    except (TypeError, UnicodeEncodeError):
        body = repr(what).encode("utf-8", "surrogatepass")
    try:
        found = ADAPTER.parse(ACCOUNT, str(what.get("event_name")), body)
    except (ValueError, Refused):
        return
    if isinstance(found, IncomingMessage):
        assert "\0" not in found.text
        found.text.encode()


def take(body: bytes, header: str) -> None:
    for headers in ({"x-zevent-signature": header}, signed(body)):
        try:
            ADAPTER.take(ACCOUNT, headers, body, now=NOW)
        except Refused as why:
            assert why.status in {400, 403, 413}


def sheet(cells: list[list[str]], glue: str) -> None:
    text = "xa,ten,loai,ma,ten_khac,vi_do,kinh_do,tu_ngay\n" + "\n".join(glue.join(row) for row in cells)
    read_sheet(text.encode("utf-8", "surrogatepass"))
    read_sheet(text.encode("utf-16", "surrogatepass"))


def words(text: str) -> None:
    """Run every function that parses an unchecked text."""
    fold(nfc(text))
    wanted(text[:200])
    gate(text)
    numbers_like_a_code(text)
    reader().understand(nfc(text))


def picture(data: bytes) -> None:
    try:
        clean = file_storage.clean_picture(data)
    except file_storage.NotAPicture:
        return
    assert clean.data[:2] == b"\xff\xd8"


_JPEG = encoded(noise((16, 12)), "JPEG")
BENT = st.builds(
    lambda at, with_: _JPEG[: at % len(_JPEG)] + with_ + _JPEG[at % len(_JPEG) :],
    st.integers(0, 5000),
    st.binary(max_size=40),
)
COUNTS: dict[str, tuple[Callable[..., None], int, tuple[Any, ...]]] = {
    "events": (parse_event, 1500, (EVENTS,)),
    "deliveries": (take, 5500, (RAW, WORDS)),
    "lists of villages": (sheet, 1000, (CELLS, GLUE)),
    "words": (words, 2000, (WORDS,)),
    "pictures": (picture, 30, (BENT | st.binary(max_size=200),)),  # a process each
}


def run(name: str, *, most: int = 0) -> int:
    """Return how many were really parsed; fewer are generated if there are no more distinct ones."""
    read, count, strategies = COUNTS[name]
    tried = 0

    @settings(max_examples=most or count * TIMES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.tuples(*strategies))
    def one(arguments: tuple[Any, ...]) -> None:
        nonlocal tried
        tried += 1
        assert seconds(lambda: read(*arguments)) < HANG

    one()
    return tried


def test_there_are_ten_thousand() -> None:
    assert sum(count for _, count, _ in COUNTS.values()) >= 10_000


@pytest.mark.django_db
@pytest.mark.parametrize("name", COUNTS)
def test_everything_is_read_or_refused(name: str) -> None:
    assert run(name) >= COUNTS[name][1] * TIMES


def _trusting(body: bytes) -> Any:
    """Parse every input as JSON without a check (defect)."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise KeyError("body") from error


def test_control_a_reader_that_trusts_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "load", _trusting)
    with pytest.raises(BaseException, match="body"):
        run("deliveries", most=200)
