"""Requirement 26, the last part: no log, no row and no file stores the network address of a reporter who used «Báo tin
kín».

Through the real gateway, in two ways: directly, from a socket address used by no other client, and through the proxy,
which sends the client's address in a header. Searched: the processes' output at the most verbose level, all rows, the
raw files, log and WAL of PostgreSQL, the program's folder and temporary files: as text, as an unkeyed hash, and as
bytes if these are too long to occur by chance (IPv6).
"""

import hashlib
import ipaddress
import secrets
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter

from binhyen.tips.models import Tip
from binhyen.tips.tests.page import CODE, FIELD, make_picture
from tests.process_harness import ProcessHarness, get_owner_dsn, wait_until
from tests.security import canaries as search
from tests.security.canaries import Canaries
from tests.security.test_canaries import TIP, get_data_folder

PROXY = {"BINHYEN_PROXY": "1", "BINHYEN_PROXY_ADDRESSES": "127.0.0.1/32"}
NAMES = ("emulator", "gateway", "pages", "worker", "sender")


class AddressCanaries(Canaries):
    """Network addresses, in the forms in which a program could store one."""

    def make_socket_address(self) -> str:
        return self.register_value(
            f"127.{'.'.join(str(10 + secrets.randbelow(240)) for _ in range(3))}", "address of the socket"
        )

    def make_client_address(self, where: str, *, six: bool = False) -> str:
        if six:
            return self.register_value(str(ipaddress.IPv6Address((0x20010DB8 << 96) | secrets.randbits(96))), where)
        return self.register_value(f"198.18.{10 + secrets.randbelow(240)}.{10 + secrets.randbelow(240)}", where)

    def list_patterns(self) -> list[tuple[bytes, str]]:
        return [(form, value) for value in self.planted for form in list_address_forms(value)]


def list_address_forms(address: str) -> set[bytes]:
    plain, parsed = address.encode(), ipaddress.ip_address(address)
    patterns = {plain, plain.hex().encode(), parsed.exploded.encode(), hashlib.sha256(plain).digest()}
    patterns |= {hashlib.new(name, plain).hexdigest().encode() for name in ("md5", "sha1", "sha256")}
    return patterns | ({parsed.packed, parsed.packed.hex().encode()} if parsed.version == 6 else set())


class SourceAddressAdapter(HTTPAdapter):
    """A client that calls from this address of the machine."""

    def __init__(self, address: str) -> None:
        self.address = address
        super().__init__()

    def init_poolmanager(self, *arguments: Any, **more: Any) -> None:
        super().init_poolmanager(*arguments, source_address=(self.address, 0), **more)


def open_session(address: str, headers: dict[str, str]) -> requests.Session:
    session = requests.Session()
    session.mount("http://", SourceAddressAdapter(address))
    session.headers.update(headers)
    return session


def run_whole_tip(stack: ProcessHarness, session: requests.Session, *, wrong: int = 1) -> None:
    """Send a tip from start to end, with its errors: no ticket, wrong codes up to the rate limit, a missing page."""
    url = f"{stack.url}/bao-kin"

    def post_step(page: str, **more: str) -> requests.Response:
        return session.post(url, data={"key": dict(FIELD.findall(page))["key"], **more}, timeout=60)

    sent = session.post(
        url,
        data={
            "step": "send",
            "key": dict(FIELD.findall(session.get(url, timeout=60).text))["key"],
            "text": TIP.format("x"),
        },
        files=[("photos", ("a.jpg", make_picture(), "image/jpeg"))],
        timeout=60,
    )
    code = CODE.search(sent.text)
    assert code, sent.text[:500]
    for n in range(wrong):
        assert post_step(session.get(url, timeout=60).text, step="open", code=f"{n:020}").status_code in {404, 429}
    assert session.post(url, data={"step": "send", "text": "x"}, timeout=60).status_code >= 400
    assert session.get(f"{url}/khong-co", timeout=60).status_code == 404
    assert session.post(
        url, data=b"\xff\x00" * 50, headers={"Content-Type": "multipart/form-data"}, timeout=60
    ).status_code


def hang_up(stack: ProcessHarness, address: str) -> None:
    """Disconnect in the middle of a body; and send an invalid header."""
    for payload in (
        b"POST /bao-kin HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\nx",
        b"\x16\x03\x01 nonsense\r\n\r\n",
    ):
        with socket.create_connection(("127.0.0.1", stack.port), source_address=(address, 0)) as line:
            line.sendall(payload)


@contextmanager
def run_stack(folder: Path, change: Callable[[ProcessHarness], None] = lambda _: None) -> Iterator[ProcessHarness]:
    (folder / "tmp").mkdir()
    environment = {"TMPDIR": str(folder / "tmp"), "HOME": str(folder / "tmp"), "BINHYEN_LOG": "DEBUG", **PROXY}
    stack = ProcessHarness(folder / "var", environment)
    change(stack)
    try:
        stack.start_processes(*NAMES)
        stack.connect_emulator()
        wait_until(lambda: requests.get(f"{stack.url}/bao-kin", timeout=20).status_code == 200, why="pages")
        yield stack
    finally:
        stack.stop_processes()


@pytest.mark.django_db
def test_this_is_the_test_database() -> None:
    """Marks the module, so that the test database is created even if this file runs alone."""


def test_nothing_keeps_the_address_of_a_tip(real_db: None, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    c, since = AddressCanaries(), time.time()
    straight = c.make_socket_address()
    with run_stack(tmp_path) as stack:
        run_whole_tip(
            stack, open_session(straight, {"X-Forwarded-For": c.make_client_address("made up by the caller")}), wrong=6
        )
        hang_up(stack, straight)
        for six in (False, True):
            header = {
                "X-Forwarded-For": f"{c.make_client_address('first hop')}, {c.make_client_address('told by the proxy', six=six)}"
            }
            run_whole_tip(stack, open_session("127.0.0.1", header))
        wait_until(lambda: Tip.objects.count() == 3, why="three tips")
    printed = capfd.readouterr()
    search.write_checkpoint(get_owner_dsn())
    hits_by_place = {
        "printed": c.find_hits((printed.out + printed.err).encode(), "printed"),
        "rows": search.search_rows(c, get_owner_dsn()),
        "folder": search.search_files(c, tmp_path / "var"),
        "temporary files": search.search_files(c, tmp_path / "tmp")
        + search.search_new_files(c, Path("/dev/shm"), since),
        "raw files of the database": search.search_files(c, folder) if (folder := get_data_folder()) else [],
    }
    assert len(c.planted) == 6
    assert {place: sorted(set(hits)) for place, hits in hits_by_place.items() if hits} == {}


def test_control_a_gateway_that_writes_down_who_called_is_found(
    real_db: None, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    def log_callers(stack: ProcessHarness) -> None:
        command = stack.children["gateway"].command
        command[command.index("--no-access-log")] = "--access-log"
        command[command.index("warning")] = "info"

    c = AddressCanaries()
    session = open_session(c.make_socket_address(), {})
    with run_stack(tmp_path, log_callers) as stack:
        assert session.get(f"{stack.url}/bao-kin", timeout=60).status_code == 200
    printed = capfd.readouterr()
    assert c.find_hits((printed.out + printed.err).encode(), "printed")


def test_control_each_form_is_found_in_a_file(tmp_path: Path) -> None:
    c = AddressCanaries()
    for address in (
        c.make_socket_address(),
        c.make_client_address("header"),
        c.make_client_address("header", six=True),
    ):
        for n, form in enumerate(list_address_forms(address)):
            (tmp_path / "log").write_bytes(b"12345 " + form + b" 6789")
            assert search.search_files(c, tmp_path), (address, n)
