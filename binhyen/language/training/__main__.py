"""Entry point of `python -m binhyen.language.training train | evaluate | compare`."""

import sys

from binhyen.language.training import main

sys.exit(main())
