import sys

from binhyen.cli import main

sys.exit(main())
