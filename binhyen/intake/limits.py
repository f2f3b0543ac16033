"""How much the citizen's pages take from one address. Photos stop first, words last, danger never before the others:
a thousand people may sit behind one address of a mobile network.
"""

from binhyen.kit.brakes import Rate

WORDS = Rate(burst=300, per_second=5)
PHOTOS = Rate(burst=40, per_second=0.2)
DANGER = Rate(burst=1200, per_second=20)  # words of danger to life, when WORDS is used up
GUESSES = Rate(burst=30, per_second=0.5)  # status links that lead nowhere; a good one is never stopped
