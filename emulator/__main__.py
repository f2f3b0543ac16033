"""`python -m emulator --port 8100 [--state FILE] [--webhook URL] [--time-factor N]`."""

import argparse
import time
from pathlib import Path

import uvicorn

from emulator.app import EmulatorApp
from emulator.clock import EmulatorClock
from emulator.core import Emulator, EmulatorOptions


def parse_emulator_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="emulator", description="A stand-in for Zalo (nothing is sent to Zalo).")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8100)
    parser.add_argument("--state", type=Path, help="JSON file that survives a restart")
    parser.add_argument("--webhook", default="", help="where events are sent")
    parser.add_argument("--time-factor", type=float, default=1.0, help="retries come this many times sooner")
    parser.add_argument("--clock-offset", type=int, default=0, help="seconds that its clock is ahead of the real one")
    parser.add_argument("--public-url", default="", help="how others reach this process")
    parser.add_argument("--smtp-port", type=int, default=0, help="port of the SMTP server, any free one by default")
    parser.add_argument("--empty", action="store_true", help="start without the demo citizens")
    return parser.parse_args(argv)


def run_emulator() -> None:
    args = parse_emulator_args()
    if args.time_factor <= 0:
        raise SystemExit("--time-factor must be greater than 0")
    options = EmulatorOptions(
        public_url=(args.public_url or f"http://{args.host}:{args.port}").rstrip("/"),
        state=args.state,
        webhook=args.webhook,
        time_factor=args.time_factor,
        empty=args.empty,
        host=args.host,
        smtp_port=args.smtp_port,
    )
    print(f"Zalo stand-in on {options.public_url} (chat page at /, control API under /_control)", flush=True)
    uvicorn.run(
        EmulatorApp(Emulator(options, EmulatorClock(wall=lambda: time.time() + args.clock_offset))),
        host=args.host,
        port=args.port,
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        timeout_graceful_shutdown=2,
        lifespan="on",
    )


if __name__ == "__main__":
    run_emulator()
