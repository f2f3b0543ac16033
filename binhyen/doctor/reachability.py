"""Health checks of the public address: listening port, served host names, TLS certificate."""

import socket
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

from binhyen import settings, supervisor
from binhyen.doctor.check_result import CheckResult
from binhyen.kit import clock

_MIN_DAYS = 14  # days


def check_address() -> Iterator[CheckResult]:
    if not supervisor.is_port_free(0):
        yield CheckResult(
            False, f"BINHYEN_HOST: máy này không có địa chỉ {settings.HOST}", "export BINHYEN_HOST=127.0.0.1"
        )
    else:
        is_used = not supervisor.is_port_free(settings.PORT)
        yield CheckResult(
            True, f"cổng {settings.PORT} {'đang có chương trình dùng' if is_used else 'còn trống'} (BINHYEN_PORT)"
        )
    host = urlsplit(settings.PUBLIC_URL).hostname or ""
    is_served = any(
        name in {host, "*", f"[{host}]"} or (name.startswith(".") and host.endswith(name))
        for name in settings.ALLOWED_HOSTS
    )
    yield CheckResult(
        is_served, f"trang trả lời dưới tên {host} (BINHYEN_URL, BINHYEN_HOSTS)", f"export BINHYEN_HOSTS={host}"
    )
    yield CheckResult(
        not settings.DEMO or not settings.HTTPS,
        "chế độ trình diễn không dùng với địa chỉ thật",
        "export BINHYEN_DEMO=0",
    )


def check_certificate() -> Iterator[CheckResult]:
    """Check the certificate: with an expired one browsers and Zalo fail before the program sees a request, so no log
    shows it.
    """
    if not settings.HTTPS:
        return
    url_parts = urlsplit(settings.PUBLIC_URL)
    host = url_parts.hostname or ""
    renew = "gia hạn chứng chỉ (certbot renew, hoặc nơi cấp), rồi systemctl reload nginx"
    try:
        with (
            socket.create_connection((host, url_parts.port or 443), timeout=5) as raw_socket,
            ssl.create_default_context().wrap_socket(raw_socket, server_hostname=host) as tls,
        ):
            ends = str((tls.getpeercert() or {})["notAfter"])
    except ssl.SSLCertVerificationError as error:
        yield CheckResult(False, f"chứng chỉ của {host}: {error.verify_message}", renew)
    except OSError as error:
        yield CheckResult(True, f"chứng chỉ của {host}: từ máy này không hỏi được ({type(error).__name__})")
    else:
        days = int((ssl.cert_time_to_seconds(ends) - clock.now().timestamp()) // 86400)
        yield CheckResult(days >= _MIN_DAYS, f"chứng chỉ của {host} còn {days} ngày", renew)


def check_outside_contacts() -> Iterator[CheckResult]:
    """Check the addresses for complaints about the province's own leaders: the program must not invent them."""
    for name, authority in (("MINISTRY", "Bộ Công an"), ("INSPECTORATE", "cơ quan thanh tra ngoài công an tỉnh")):
        is_set = bool(getattr(settings, name).strip())
        hint = f'chưa đặt, câu ấy không hiện; hỏi văn phòng rồi export BINHYEN_{name}="<nơi nhận, địa chỉ, điện thoại>"'
        yield CheckResult(True, f"nơi nhận phản ánh về lãnh đạo công an tỉnh, {authority}: {'có' if is_set else hint}")
