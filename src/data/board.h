/* Message trees that volunteers work on: a forest, Open Assistant's rules, the tasks of one person. What the time is
 * and what randomness starts from come in; everything else follows from the trees, so that files of several people can
 * be put together in any order and then say the same. */
#ifndef DATA_BOARD_H
#define DATA_BOARD_H

#include "base/buf.h"
#include "base/json.h"
#include "data/tree.h"

typedef struct board board;

/* options: {"user": the person's id (may be absent: nobody asks), "config": {name: value} of data/state.h, "seed":
 * text, "memory": bytes of text at most (default 1 GB)}. ERR_ARGUMENT names what is wrong. Pair: board_close(). */
int board_open(board **out, const json *options, err *e);
void board_close(board *b);

/* Lines of trees, messages or threads, in pieces; their end. A line that is wrong fails with its number and member.
 * What they say is merged with what is there. The end moves every tree on as far as the rules lead. */
int board_push(board *b, bytes piece, err *e);
int board_push_end(board *b, err *e);

/* Does what `request` says and appends an object as the answer. {"do": ...} with
 *   "available", "lang", "now": {"available": {type: how many}, "random": their sum};
 *   "request", "type": "random" or a type of data/task.h, "lang", "now": {"task": as the protocol has it, "id" and
 *     "type" first; null where there is none};
 *   "ack", "task_id", "message_id", "now";  "nack", "task_id", "reason", "now";  "close", "task_id", "now": {};
 *   "card", "task_id", "now": {"task"} once more, null where it is over;
 *   "interact", "now", "interaction": {"type": "text_reply_to_message", "message_ranking" or "text_labels", ...} as the
 *     protocol has them: {"message_id", "tree_state"};
 *   "tasks", "now": {"tasks": [...]} to be stored, and "restore", "tasks": takes them back after board_push_end();
 *   "leaderboard", "frame": "day", "week", "month" or "total", "now": {"time_frame", "leaderboard": [...]};
 *   "me", "now": {"level", "level_from", "level_to": points, "streak_days", "total": the leaderboard's row};
 *   "overview": {"states": {state: trees}, "others": trees of no such state, "trees": [{"id", "state", "messages",
 *     "reviewed", "goal", "text": its beginning, "lang", "created_date"}]};
 *   "summary", "now": {"states", "others", "tasks": {language: {type: how many}}};
 *   "config": {name: {"value", "default", "min", "max"}};
 *   "delete", "message_id", "undo": a moderator's; "halt", "tree_id": the same: {};
 *   "changed", "all": {"trees": [tree, ...]} those that changed since this was last asked, or all.
 * "now" is milliseconds since 1970. ERR_ARGUMENT or ERR_STATE say what is wrong with the request; nothing is then
 * changed. */
int board_call(board *b, const json *request, buf *out, err *e);

#endif
