"""Startup hook: Python imports this at every start if tests put the folder on PYTHONPATH; started programs reach no
other host.
"""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2]))
try:
    from tests.loopback import start_guard

    start_guard()
finally:
    sys.path.pop()
