#!/usr/bin/env python3
"""Django's usual gateway, for tools that look for it."""

import sys

from binhyen.cli import main

sys.exit(main())
