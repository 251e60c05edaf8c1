"""Writes trees.jsonl: random trees as Open Assistant's published schema writes them.

    python make.py PATH-TO-OPEN-ASSISTANT     (a checkout of LAION-AI/Open-Assistant, commit ae95e42; pydantic 1.10)
    python make.py PATH-TO-OPEN-ASSISTANT FILE     checks that the schema takes every line of a file of trees
"""

import pathlib
import random
import sys

sys.path.insert(0, str(pathlib.Path(sys.argv[1]) / "oasst-data"))
from oasst_data import schemas as oa  # noqa: E402

LABELS = ["spam", "fails_task", "lang_mismatch", "pii", "quality", "toxicity", "humor", "helpfulness", "creativity"]
EMOJIS = ["+1", "-1", "red_flag", "100", "_skip_reply", "_skip_ranking"]
STATES = ["growing", "ranking", "ready_for_export", "aborted_low_grade", "halted_by_moderator"]
TEXTS = ["Why?", "Zürich \u2013 \u00e9", "日本語の文", "مرحبا", 'a "quote"\\\n\tb', "😀 \u0000\u2028", "<b>&amp;</b>", ""]
rng = random.Random(5)


def maybe(value):
    return value if rng.random() < 0.6 else None


def node(message_id, parent_id, depth):
    role = "assistant" if depth % 2 else "prompter"
    ids = [f"{message_id}.{i}" for i in range(rng.randint(0, 3) if depth < 4 else 0)]
    replies = [node(i, message_id, depth + 1) for i in ids]
    for rank, reply in enumerate(replies):
        reply.rank = rank if rank < 2 else None
    ranking = oa.ExportMessageEventRanking(
        user_id=maybe("u1"), ranking=list(range(len(ids))), ranked_message_ids=ids, ranking_parent_id=message_id,
        message_tree_id=message_id.split(".")[0], not_rankable=maybe(False),
    )  # fmt: skip
    emoji = oa.ExportMessageEventEmoji(user_id="u2", emoji="+1")
    return oa.ExportMessageNode(
        message_id=message_id, parent_id=parent_id, user_id=maybe(f"u{rng.randint(0, 9)}"), text=rng.choice(TEXTS),
        role=role, lang=rng.choice(["en", "de", "pt-BR", "zh"]), review_count=rng.randint(0, 4),
        review_result=maybe(rng.random() < 0.8), deleted=rng.random() < 0.1, synthetic=rng.random() < 0.2,
        model_name=maybe("oasst-sft-6"), emojis=maybe({e: rng.randint(0, 9) for e in rng.sample(EMOJIS, 2)}),
        labels=maybe({x: oa.LabelAvgValue(value=maybe(rng.random()), count=rng.randint(0, 5)) for x in rng.sample(LABELS, 3)}),
        events=maybe({"emoji": [emoji], **({"ranking": [ranking]} if ids else {})}), replies=replies,
    )  # fmt: skip


def tree(i):
    return oa.ExportMessageTree(
        message_tree_id=f"t{i}", tree_state=rng.choice(STATES), origin=maybe("elsewhere"), prompt=node(f"t{i}", None, 0)
    )


if len(sys.argv) > 2:
    for line in pathlib.Path(sys.argv[2]).read_text().splitlines():
        oa.ExportMessageTree.parse_raw(line)
else:
    lines = [tree(i).json(exclude_none=True) + "\n" for i in range(40)]
    pathlib.Path(__file__).with_name("trees.jsonl").write_text("".join(lines))
