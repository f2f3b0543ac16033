"""The contract of every channel kind. A new kind is tested once it is in settings.CHANNEL_KINDS."""

import ast
import datetime as dt
import inspect
import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binhyen import settings
from binhyen.channels.adapter import AcceptedWebhook, ChannelAccount, ChannelAdapter
from binhyen.channels.registry import ChannelRegistry
from binhyen.channels.types import ChannelEvent, IncomingMessage, SendFailed, UnknownEvent, WebhookRejected

KINDS = settings.CHANNEL_KINDS
NOW = dt.datetime(2026, 11, 25, tzinfo=dt.UTC)
BLANK = ChannelAccount(1, {}, {})
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)


def load_adapter(path: str) -> Any:
    module, _, name = path.rpartition(".")
    return getattr(import_module(module), name)()


def load_sample(path: str) -> Any:
    return import_module(path.rpartition(".")[0].rpartition(".")[0] + ".tests.conformance")


WITHOUT_WEBHOOK = {"web", "webpush", "email"}


def list_webhook_kinds() -> list[str]:
    return [path for path in KINDS if load_adapter(path).kind not in WITHOUT_WEBHOOK]


@pytest.mark.parametrize("path", KINDS)
def test_the_registry_accepts_it(path: str) -> None:
    assert load_adapter(path).kind in ChannelRegistry([path])


@pytest.mark.parametrize("path", KINDS)
def test_calls_have_the_shape_of_the_contract(path: str) -> None:
    adapter = load_adapter(path)
    for name, wanted in inspect.getmembers(ChannelAdapter, inspect.isfunction):
        if name.startswith("_"):
            continue
        signature = inspect.signature(getattr(adapter, name))
        names = [p for p in inspect.signature(wanted).parameters if p != "self"]
        assert list(signature.parameters) == names, name
        assert inspect.iscoroutinefunction(getattr(adapter, name)) == inspect.iscoroutinefunction(wanted), name


@pytest.mark.parametrize("path", KINDS)
def test_recipient_texts_and_limits_are_valid(path: str) -> None:
    adapter = load_adapter(path)
    assert adapter.kind.isidentifier() and adapter.kind.islower() and len(adapter.kind) <= 20
    assert adapter.label.strip()
    limits = adapter.limits
    assert limits.per_minute >= 0 and limits.text_length > 0
    if limits.free_window and limits.last_window:
        assert dt.timedelta() < limits.free_window <= limits.last_window


@pytest.mark.parametrize("path", KINDS)
def test_instances_hold_no_state(path: str) -> None:
    assert not vars(load_adapter(path))


@pytest.mark.parametrize("path", KINDS)
def test_the_gateway_can_load_it_without_django(path: str) -> None:
    code = (
        "import sys; from binhyen.channels.registry import ChannelRegistry; "
        f"ChannelRegistry([{path!r}]); print([m for m in sys.modules if m.partition('.')[0] in ('django', 'procrastinate')])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


@pytest.mark.parametrize("path", KINDS)
def test_kinds_share_nothing_sideways(path: str) -> None:
    package = path.rpartition(".")[0].rpartition(".")[0]
    folder = Path(str(import_module(package).__file__)).parent
    for file in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            module = node.module if isinstance(node, ast.ImportFrom) else None
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [module or ""]
            others = [n for n in names if n.startswith("binhyen.channels.kinds.") and not n.startswith(package)]
            assert not others, f"{file.name} imports {others}"


@pytest.mark.parametrize("path", KINDS)
@given(body=st.binary(max_size=200) | JSON.map(lambda v: json.dumps(v).encode()))
def test_a_stranger_is_refused_and_nothing_else_happens(path: str, body: bytes) -> None:
    adapter = load_adapter(path)
    with pytest.raises(WebhookRejected) as caught:
        adapter.accept_webhook(BLANK, {}, body, now=NOW)
    assert 400 <= caught.value.status < 500


@pytest.mark.parametrize("path", KINDS)
@given(event=st.text(max_size=60), body=st.binary(max_size=200) | JSON.map(lambda v: json.dumps(v).encode()))
def test_reading_fails_with_a_value_error_only(path: str, event: str, body: bytes) -> None:
    try:
        parsed = load_adapter(path).parse(BLANK, event, body)
    except ValueError:
        return
    assert isinstance(parsed, IncomingMessage | ChannelEvent | UnknownEvent)


@pytest.mark.parametrize("path", list_webhook_kinds())
def test_a_good_webhook_is_accepted_and_parsed(path: str) -> None:
    adapter, sample = load_adapter(path), load_sample(path)
    headers, body = sample.good_webhook()
    taken = adapter.accept_webhook(sample.ACCOUNT, headers, body, now=sample.NOW)
    assert isinstance(taken, AcceptedWebhook) and 0 < len(taken.external_id) <= 100 and 0 < len(taken.event) <= 60
    assert adapter.accept_webhook(sample.ACCOUNT, headers, body, now=sample.NOW) == taken, (
        "a second delivery is a duplicate"
    )
    assert isinstance(adapter.parse(sample.ACCOUNT, taken.event, body), IncomingMessage)


@pytest.mark.parametrize("path", list_webhook_kinds())
def test_one_flipped_bit_is_refused(path: str) -> None:
    """In the proof of the sender, and in the body where that is signed: `BEARER` samples send a
    plain secret instead."""
    adapter, sample = load_adapter(path), load_sample(path)
    headers, body = sample.good_webhook()
    for name, value in headers.items():
        for index, char in enumerate(value):
            forged_value = value[:index] + chr(ord(char) ^ 1) + value[index + 1 :]
            with pytest.raises(WebhookRejected):
                adapter.accept_webhook(sample.ACCOUNT, headers | {name: forged_value}, body, now=sample.NOW)
    for index in range(0 if getattr(sample, "BEARER", False) else len(body)):
        forged = body[:index] + bytes([body[index] ^ 1]) + body[index + 1 :]
        with pytest.raises(WebhookRejected):
            adapter.accept_webhook(sample.ACCOUNT, headers, forged, now=sample.NOW)


def test_the_registry_refuses_a_part_missing_and_a_name_twice() -> None:
    class Half:
        kind = "half"

    registry = ChannelRegistry()
    with pytest.raises(TypeError, match="lacks"):
        registry.register(Half())  # type: ignore[arg-type]
    registry.register(load_adapter(KINDS[0]))
    with pytest.raises(ValueError, match="Two channel kinds"):
        registry.register(load_adapter(KINDS[0]))


def test_a_failure_names_the_next_step() -> None:
    failed = SendFailed("hết lượt", code="-32", retry_after=60, pause_channel=True)
    assert (failed.is_permanent, failed.retry_after, failed.pause_channel, failed.delivery_unknown) == (
        False,
        60,
        True,
        False,
    )
