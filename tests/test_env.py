"""Each wrong value of the environment stops the start, or is reported by `./dev doctor`, with a hint."""

import datetime as dt
import json
import os
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings as django_settings

from binhyen import doctor, settings
from binhyen.kit import clock, key_files
from tests.rls import get_owner_dsn

DOCTOR_VALUES = {  # only a check on this machine can decide
    "BINHYEN_HOST": "203.0.113.9",
    "BINHYEN_HOSTS": "congan.example",
    "BINHYEN_PROVINCE": "999",
    "BINHYEN_KEYS": "gateway,pagse",
    "BINHYEN_AUDIT_FOLDER": "/nowhere/at/all",
    "BINHYEN_AUDIT_WITNESS_KEY": "zzz",
    "BINHYEN_PRT": "8000",
    "DATABASE_URL": "postgresql://nobody:x@127.0.0.1:1/none",
}
STARTUP_VALUES = [
    ("BINHYEN_PORT", "abc"),
    ("BINHYEN_PORT", "70000"),
    ("BINHYEN_EMULATOR_PORT", "²"),
    ("BINHYEN_EMULATOR_PORT", "8000"),  # the program's own
    ("DATABASE_URL", "mysql://host/name"),
    ("DATABASE_URL", "postgresql://user:word@host:port/name"),
    ("DATABASE_URL", "postgresql://host/"),
    ("BINHYEN_URL", "http://congan.example"),
    ("BINHYEN_URL", "congan.example"),
    ("BINHYEN_URL", "https://congan.example:99999"),
    ("BINHYEN_HOSTS", " , "),
    ("BINHYEN_SECRET_KEY", "short"),
    ("BINHYEN_DEMO", "maybe"),
    ("BINHYEN_CLOCK_OFFSET", "86400"),  # neither in a demonstration nor in a test
    ("BINHYEN_LOG", "LOUD"),
    ("BINHYEN_VAR", "/proc/nothing/here"),
    ("BINHYEN_PROXY_ADDRESSES", "everywhere"),
    ("BINHYEN_ALARM_CHIEF", "2m"),
    ("BINHYEN_ALARM_PROVINCE", "10"),
    ("BINHYEN_KEEP_DAYS", "crime=x"),
    ("BINHYEN_HOLIDAYS", "31/12"),
    ("BINHYEN_OIDC_ISSUER", "http://identity.example"),
    ("BINHYEN_AUDIT_WITNESS", "witness.example"),
    ("ZALO_OPENAPI_URL", "openapi.zalo.me"),
]


def clean_environment(folder: Path) -> dict[str, str]:
    """Provide an environment without any setting."""
    remaining = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("BINHYEN_", "DATABASE_URL")) or name == "BINHYEN_CLOCK_OFFSET"
    }
    return remaining | {"BINHYEN_VAR": str(folder), "PYTHONPATH": str(settings.BASE_DIR)}


def run_doctor(folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "binhyen", "doctor"],
        env=clean_environment(folder) | more,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


CHECK_EACH = """
import json, os, sys
said = []
for name, value in json.loads(sys.argv[1]):
    os.environ[name] = value
    for module in [m for m in sys.modules if m.startswith("binhyen")]:
        del sys.modules[module]
    try:
        import binhyen.doctor  # what ./dev doctor and every process of the program read first
        said.append("")
    except SystemExit as ended:
        said.append(str(ended.code))
    del os.environ[name]
print(json.dumps(said))
"""


def test_a_value_that_cannot_be_right_ends_the_start_with_a_hint(tmp_path: Path) -> None:
    cases = [*STARTUP_VALUES, ("BINHYEN_PORT", "8000")]
    real = {
        name: value
        for name, value in clean_environment(tmp_path).items()
        if name not in {"PYTEST_CURRENT_TEST", "BINHYEN_CLOCK_OFFSET"}
    }
    done = subprocess.run(
        [sys.executable, "-c", CHECK_EACH, json.dumps(cases)],
        env=real,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    *error_texts, of_a_right_one = json.loads(done.stdout)
    assert of_a_right_one == "", "the control"
    for (name, value), words in zip(STARTUP_VALUES, error_texts, strict=True):
        problem, hint = words.splitlines()
        assert problem.startswith((f"{name}: ", "BINHYEN_OIDC")) and hint.startswith("Hint: "), (name, value, words)


def test_what_only_the_machine_can_tell_is_found_with_a_hint_and_a_sound_one_is_not(tmp_path: Path) -> None:
    output = run_doctor(tmp_path, **DOCTOR_VALUES)
    lines = output.stdout.partition("Kiểm tra:")[2].splitlines()
    wrong = [(line, lines[line_number + 1]) for line_number, line in enumerate(lines) if "✗" in line]
    assert output.returncode == 1 and output.stderr == "" and len(wrong) == len(DOCTOR_VALUES)
    assert all(hint.strip().startswith("Hint: ") for _, hint in wrong)
    for name in DOCTOR_VALUES.keys() - {"DATABASE_URL", "BINHYEN_AUDIT_WITNESS_KEY"}:
        assert any(name in line for line, _ in wrong), name
    for words in ("không nối được PostgreSQL", "khóa công khai của máy làm chứng"):
        assert any(words in line for line, _ in wrong), words
    assert "postgresql://" not in output.stdout, "a password may be in it"
    assert "ý bạn là BINHYEN_PORT?" in output.stdout
    sound = run_doctor(tmp_path)
    assert sound.returncode == 0 and "✗" not in sound.stdout, "the control: a valid value causes no message"


def test_keys_that_wait_for_the_ceremony_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "KEYS_DIR", tmp_path)
    assert [finding.ok for finding in doctor.check_ceremony()] == [True]
    for folder, name in (("ceremony", "tips-0a1b"), ("custody", "identity-0c"), ("worker", "intake-0d")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / f"{name}.key").write_bytes(b"x")
    [finding] = doctor.check_ceremony()
    assert not finding.ok and "IDENTITY, TIPS" in finding.hint and "custody ceremony" in finding.hint


def test_a_folder_of_keys_that_others_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "KEYS_DIR", tmp_path)
    for name in ("pages", "sender"):
        (tmp_path / name).mkdir(mode=0o700)
    closed, same_user, opens = doctor.check_key_folders()
    assert closed.ok and opens.ok and "sender" in same_user.text, (
        "an attacker in the pages process reads the sender's keys"
    )
    (tmp_path / "sender").chmod(0o750)
    loose, *_ = doctor.check_key_folders()
    assert not loose.ok and loose.hint == f"chmod 700 {tmp_path / 'sender'}"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_with_a_user_for_each_process_whoever_reads_anothers_key_or_not_their_own_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "KEYS_DIR", tmp_path)
    for way in (tmp_path, *tmp_path.parents[:3]):  # pytest's own folders are closed to others
        way.chmod(way.stat().st_mode | 0o011)
    for user, name in ((61001, "pages"), (61002, "sender")):
        (tmp_path / name).mkdir(mode=0o700)
        os.chown(tmp_path / name, user, user)
        key_files.write_key(name, "database", b"x")  # by the operator as root
    key = tmp_path / "sender" / "database.key"
    assert (key.stat().st_uid, key.stat().st_mode & 0o777) == (61002, 0o400), (
        "it belongs to the process, not to the operator"
    )
    assert [finding.ok for finding in doctor.check_key_folders()] == [True, True, True]
    (tmp_path / "sender").chmod(0o711)
    key.chmod(0o404)
    loose, others, unreadable_own = doctor.check_key_folders()
    assert not loose.ok and not others.ok and str(key) in others.hint and unreadable_own.ok
    key.chmod(0o400)
    os.chown(key, 0, 0)
    *_, unreadable_own = doctor.check_key_folders()
    assert not unreadable_own.ok and unreadable_own.hint == f"chown --reference={key.parent} {key}"


def test_an_identity_service_without_its_secret_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "KEYS_DIR", tmp_path)
    assert list(doctor.check_identity_service()) == [], "the control: without the service there is no message"
    monkeypatch.setattr(settings, "OIDC_ISSUER", "https://identity.example")
    (tmp_path / "gateway").mkdir()
    client, *_ = doctor.check_identity_service()
    assert not client.ok and "BINHYEN_OIDC_CLIENT" in client.hint
    monkeypatch.setattr(settings, "OIDC_CLIENT", "binhyen")
    assert [f.ok for f in doctor.check_identity_service()] == [True], "a host without pages needs no secret"
    (tmp_path / "pages").mkdir(mode=0o700)
    (_, secret), file = doctor.check_identity_service(), tmp_path / "pages" / "oidc.key"
    assert not secret.ok and str(file) in secret.hint
    for content, mode, good in ((b"", 0o400, False), (b"word", 0o444, False), (b"word", 0o400, True)):
        file.unlink(missing_ok=True)
        file.write_bytes(content)
        file.chmod(mode)
        assert list(doctor.check_identity_service())[1].ok is good


def test_a_certificate_that_ran_out_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise the program never notices: clients disconnect before they send any data."""
    assert list(doctor.check_certificate()) == [], "the control: without https there is nothing to check"
    monkeypatch.setattr(clock, "OFFSET", dt.timedelta())  # TLS reads the machine's clock
    with serve_certificate(tmp_path, monkeypatch, days=30) as port:
        monkeypatch.setattr(settings, "PUBLIC_URL", f"https://localhost:{port}")
        (fine,) = doctor.check_certificate()
        assert fine.ok and "còn 29 ngày" in fine.text
    (away,) = doctor.check_certificate()
    assert away.ok and "không hỏi được" in away.text, "no listener: the check assumes a proxy as before"
    for days, words in ((3, "còn 2 ngày"), (-1, "expired")):
        with serve_certificate(tmp_path, monkeypatch, days=days) as port:
            monkeypatch.setattr(settings, "PUBLIC_URL", f"https://localhost:{port}")
            (bad,) = doctor.check_certificate()
            assert not bad.ok and words in bad.text and "nginx" in bad.hint


@contextmanager
def serve_certificate(folder: Path, monkeypatch: pytest.MonkeyPatch, *, days: int) -> Iterator[int]:
    """Open a port with a certificate for localhost that is valid for `days` and trusted by this process."""
    key, now = ec.generate_private_key(ec.SECP256R1()), clock.now()
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(now - dt.timedelta(days=2))
    made = made.not_valid_after(now + dt.timedelta(days=days))
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    whole = made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM) + key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (file := folder / f"{days}.pem").write_bytes(whole)
    monkeypatch.setattr(settings, "HTTPS", True)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve_connections() -> None:
            with suppress(OSError):
                caller, _ = listener.accept()
                with context.wrap_socket(caller, server_side=True) as shown:
                    shown.recv(1)

        thread = threading.Thread(target=serve_connections)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            thread.join(5)


@pytest.mark.django_db
def test_a_database_without_the_fence_or_fast_search_is_told_the_statement(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", get_owner_dsn())
    monkeypatch.setattr(settings, "get_database_url", get_owner_dsn)
    findings = {finding.text: finding for finding in doctor.iter_checks()}
    roles_finding, fast = (
        findings["mỗi tiến trình có tài khoản riêng trong cơ sở dữ liệu"],
        findings["tìm chữ dùng được chỉ mục"],
    )
    assert roles_finding.ok and fast.ok
    monkeypatch.setattr("binhyen.rls.apply.list_missing_logins", lambda connection: ["binhyen_gateway"])
    monkeypatch.setattr("binhyen.rls.apply.is_search_leakproof", lambda connection: False)
    poor = {finding.text: finding for finding in doctor.iter_checks()}
    assert "binhyen_gateway" in poor[roles_finding.text].hint and "CREATEROLE" in poor[roles_finding.text].hint
    assert not poor[fast.text].ok and "ALTER FUNCTION" in poor[fast.text].hint


def test_the_stand_in_has_a_port_beside_the_highest(tmp_path: Path) -> None:
    assert "BINHYEN_EMULATOR_PORT = 65400" in run_doctor(tmp_path, BINHYEN_PORT="65500").stdout


def test_no_name_of_the_tests_is_served_by_default() -> None:
    """Django's test runner adds it to its own settings; the settings of an installation never contained it."""
    assert "testserver" not in settings.ALLOWED_HOSTS
    assert "testserver" in django_settings.ALLOWED_HOSTS, "control: in a test it is served"
