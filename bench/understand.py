"""The reader: messages a second, one at a time on one core, and its memory."""

import resource
import time

from bench.intake import TEXTS
from bench.lab import say, size

MORE = (
    "Mấy eng ơi túi qua có đứa mô vô lấy mất con tru nhà tui ở thôn Nam Thượng rồi, ai chộ thì bấm cho tui 0912.345.678",
    "CA xa oi o nga tu Nghen co vu tai nan xe tai bks 38C-123.45 dam xe may, nguoi bi thuong nang goi cap cuu gium",
    "Tôi nhận được cuộc gọi tự xưng cán bộ thuế bắt cài app chuyển 3 củ vào stk 0123456789012 vietcombank, lừa đảo phải không ạ",
)


def main() -> None:
    from binhyen.areas import queries as areas
    from binhyen.language.reader import Reader

    started = time.perf_counter()
    reader = Reader(areas.gazetteer())
    reader.understand("khởi động")
    say("understand.load", time.perf_counter() - started, "s", 1)
    texts = (*TEXTS, *MORE)
    count = size(5000, 50)
    started, cpu = time.perf_counter(), time.process_time()
    for n in range(count):
        reader.understand(texts[n % len(texts)])
    say("understand.rate", count / (time.perf_counter() - started), "msg/s", count,
        cpu_ms=round((time.process_time() - cpu) * 1000 / count, 3))  # fmt: skip
    say("understand.memory", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "MiB", 1)
