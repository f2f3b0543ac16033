"""Command `binhyen register`: the register of processing, as requested by the authority.

`--fields`: with all fields.
"""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from binhyen.privacy.config import DATA_CONTACT
from binhyen.privacy.rules.processing_register import describe_period, list_uses


class Command(BaseCommand):
    help = "Print the register of processing of personal data"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--fields", action="store_true", help="with every field of the database")

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"SỔ HOẠT ĐỘNG XỬ LÝ DỮ LIỆU CÁ NHÂN\nHỏi về sổ này: {DATA_CONTACT}\n")
        for code, use, fields in list_uses():
            if code == "none":
                continue
            self.stdout.write(
                f"\n{use.purpose}\n  của ai: {use.people}\n  căn cứ: {use.ground}\n  ai đọc được: {use.readers}\n"
                f"  giữ: {describe_period(use)}"
            )
            if options["fields"]:
                self.stdout.write("".join(f"\n    {line}" for line in fields).lstrip("\n"))
