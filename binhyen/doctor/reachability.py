"""Health checks of the public address: listening port, served host names, TLS certificate."""

import socket
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

from binhyen import settings, supervisor
from binhyen.doctor.check_result import Finding
from binhyen.kit import clock

_ENOUGH = 14  # days


def address() -> Iterator[Finding]:
    if not supervisor.port_free(0):
        yield Finding(False, f"BINHYEN_HOST: máy này không có địa chỉ {settings.HOST}", "export BINHYEN_HOST=127.0.0.1")
    else:
        taken = not supervisor.port_free(settings.PORT)
        yield Finding(
            True, f"cổng {settings.PORT} {'đang có chương trình dùng' if taken else 'còn trống'} (BINHYEN_PORT)"
        )
    host = urlsplit(settings.PUBLIC_URL).hostname or ""
    served = any(
        name in {host, "*", f"[{host}]"} or (name.startswith(".") and host.endswith(name))
        for name in settings.ALLOWED_HOSTS
    )
    yield Finding(served, f"trang trả lời dưới tên {host} (BINHYEN_URL, BINHYEN_HOSTS)", f"export BINHYEN_HOSTS={host}")
    yield Finding(
        not settings.DEMO or not settings.HTTPS,
        "chế độ trình diễn không dùng với địa chỉ thật",
        "export BINHYEN_DEMO=0",
    )


def certificate() -> Iterator[Finding]:
    """Check the certificate: with an expired one browsers and Zalo fail before the program sees a request, so no log
    shows it.
    """
    if not settings.HTTPS:
        return
    where = urlsplit(settings.PUBLIC_URL)
    host = where.hostname or ""
    renew = "gia hạn chứng chỉ (certbot renew, hoặc nơi cấp), rồi systemctl reload nginx"
    try:
        with (
            socket.create_connection((host, where.port or 443), timeout=5) as plain,
            ssl.create_default_context().wrap_socket(plain, server_hostname=host) as tls,
        ):
            ends = str((tls.getpeercert() or {})["notAfter"])
    except ssl.SSLCertVerificationError as problem:
        yield Finding(False, f"chứng chỉ của {host}: {problem.verify_message}", renew)
    except OSError as problem:
        yield Finding(True, f"chứng chỉ của {host}: từ máy này không hỏi được ({type(problem).__name__})")
    else:
        days = int((ssl.cert_time_to_seconds(ends) - clock.now().timestamp()) // 86400)
        yield Finding(days >= _ENOUGH, f"chứng chỉ của {host} còn {days} ngày", renew)


def told_elsewhere() -> Iterator[Finding]:
    """Check the addresses for complaints about the province's own leaders: the program must not invent them."""
    for name, whose in (("MINISTRY", "Bộ Công an"), ("INSPECTORATE", "cơ quan thanh tra ngoài công an tỉnh")):
        given = bool(getattr(settings, name).strip())
        hint = f'chưa đặt, câu ấy không hiện; hỏi văn phòng rồi export BINHYEN_{name}="<nơi nhận, địa chỉ, điện thoại>"'
        yield Finding(True, f"nơi nhận phản ánh về lãnh đạo công an tỉnh, {whose}: {'có' if given else hint}")
