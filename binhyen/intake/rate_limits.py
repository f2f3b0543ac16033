"""Rate limits of the citizens' pages for one address. Photos are limited first, text last, text about danger least.

A thousand people may share one address of a mobile network.
"""

from binhyen.kit.rate_limits import RateLimit

REPORT_LIMIT = RateLimit(burst=300, per_second=5)
PHOTO_RATE_LIMIT = RateLimit(burst=40, per_second=0.2)
DANGER_LIMIT = RateLimit(burst=1200, per_second=20)  # text about danger to life, once REPORT_LIMIT is used up
INVALID_LINK_LIMIT = RateLimit(burst=30, per_second=0.5)  # invalid status links; a valid one is never limited
