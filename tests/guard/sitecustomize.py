"""Python reads this at every start where tests put the folder on PYTHONPATH: programs they start reach no other host."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2]))
try:
    from tests.loopback import watch

    watch()
finally:
    sys.path.pop()
