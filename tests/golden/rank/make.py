"""Writes open_assistant.txt: what Open Assistant's own code makes of random rankings.

    python make.py PATH-TO-OPEN-ASSISTANT     (a checkout of LAION-AI/Open-Assistant, commit 4ba622d; numpy)

A line for each case: the number of messages, the rankings (each from best to worst), '=' and the merged one.
"""

import pathlib
import random
import sys

sys.path.insert(0, str(pathlib.Path(sys.argv[1]) / "backend"))
from oasst_backend.utils.ranking import ranked_pairs  # noqa: E402

rng = random.Random(7)
lines = []
for case in range(300):
    n = 2 + case % 7
    rankings = [rng.sample(range(n), n) for _ in range(rng.randint(1, 7))]
    merged = ranked_pairs(rankings)
    lines.append(f"{n} {' '.join(''.join(map(str, r)) for r in rankings)} = {''.join(str(int(m)) for m in merged)}")
pathlib.Path(__file__).with_name("open_assistant.txt").write_text("\n".join(lines) + "\n")
