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
from binhyen.channels.dlp.detectors import check_text as gate
from binhyen.channels.kinds.zalo_oa import webhook
from binhyen.channels.kinds.zalo_oa.tests.lab import ACCOUNT, ADAPTER, NOW, build_event, sign_body
from binhyen.channels.types import IncomingMessage, WebhookRejected
from binhyen.intake.model_cache import get_text_reader
from binhyen.kit import file_storage
from binhyen.kit.search_terms import parse_search
from binhyen.kit.text import fold_text, to_nfc
from binhyen.tips.rules import find_possible_codes
from tests.complexity import HANG_SECONDS, measure_seconds
from tests.security.corpus import encode_image, make_noise

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
NAMES = st.sampled_from(
    [
        "user_send_text",
        "user_send_image",
        "user_send_location",
        "user_send_file",
        "follow",
        "unfollow",
        "user_join_group",
        "user_send_group_text",
        "user_submit_info",
        "oa_send_text",
        "user_reacted_message",
        "x",
    ]
)
EVENTS = st.builds(
    lambda name, fields: build_event(name, **fields),
    NAMES,
    st.dictionaries(
        st.sampled_from(
            ["message", "sender", "recipient", "users", "group_id", "info", "follower", "user_id_by_app", "source"]
        ),
        VALUES,
        max_size=6,
    ),
)
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
        parsed = ADAPTER.parse(ACCOUNT, str(what.get("event_name")), body)
    except (ValueError, WebhookRejected):
        return
    if isinstance(parsed, IncomingMessage):
        assert "\0" not in parsed.text
        parsed.text.encode()


def take_webhook(body: bytes, header: str) -> None:
    for headers in ({"x-zevent-signature": header}, sign_body(body)):
        try:
            ADAPTER.accept_webhook(ACCOUNT, headers, body, now=NOW)
        except WebhookRejected as why:
            assert why.status in {400, 403, 413}


def parse_sheet(cells: list[list[str]], glue: str) -> None:
    text = "xa,ten,loai,ma,ten_khac,vi_do,kinh_do,tu_ngay\n" + "\n".join(glue.join(row) for row in cells)
    read_sheet(text.encode("utf-8", "surrogatepass"))
    read_sheet(text.encode("utf-16", "surrogatepass"))


def parse_words(text: str) -> None:
    """Run every function that parses an unchecked text."""
    fold_text(to_nfc(text))
    parse_search(text[:200])
    gate(text)
    find_possible_codes(text)
    get_text_reader().understand(to_nfc(text))


def read_picture(data: bytes) -> None:
    try:
        clean = file_storage.clean_picture(data)
    except file_storage.NotAPicture:
        return
    assert clean.data[:2] == b"\xff\xd8"


_JPEG = encode_image(make_noise((16, 12)), "JPEG")
BENT = st.builds(
    lambda at, with_: _JPEG[: at % len(_JPEG)] + with_ + _JPEG[at % len(_JPEG) :],
    st.integers(0, 5000),
    st.binary(max_size=40),
)
COUNTS: dict[str, tuple[Callable[..., None], int, tuple[Any, ...]]] = {
    "events": (parse_event, 1500, (EVENTS,)),
    "deliveries": (take_webhook, 5500, (RAW, WORDS)),
    "lists of villages": (parse_sheet, 1000, (CELLS, GLUE)),
    "words": (parse_words, 2000, (WORDS,)),
    "pictures": (read_picture, 30, (BENT | st.binary(max_size=200),)),  # a process each
}


def run(name: str, *, limit: int = 0) -> int:
    """Return how many were really parsed; fewer are generated if there are no more distinct ones."""
    read, count, strategies = COUNTS[name]
    tried = 0

    @settings(
        max_examples=limit or count * TIMES, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(st.tuples(*strategies))
    def run_one(arguments: tuple[Any, ...]) -> None:
        nonlocal tried
        tried += 1
        assert measure_seconds(lambda: read(*arguments)) < HANG_SECONDS

    run_one()
    return tried


def test_there_are_ten_thousand() -> None:
    assert sum(count for _, count, _ in COUNTS.values()) >= 10_000


@pytest.mark.django_db
@pytest.mark.parametrize("name", COUNTS)
def test_everything_is_read_or_refused(name: str) -> None:
    assert run(name) >= COUNTS[name][1] * TIMES


def parse_unchecked(body: bytes) -> Any:
    """Parse every input as JSON without a check (defect)."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise KeyError("body") from error


def test_control_a_reader_that_trusts_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "parse_json_object", parse_unchecked)
    with pytest.raises(BaseException, match="body"):
        run("deliveries", limit=200)
