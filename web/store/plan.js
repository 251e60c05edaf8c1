/* What is to be sent to a collector: the difference between what of the chats is shared and what it has. Nothing is queued but what the visitor
 * agreed to: what was deleted or changed here meanwhile is not sent as it was. Pure. */

/** @typedef {import('./share.js').Line} Line */
/** @typedef {import('./share.js').Shared} Shared */
/**
 * What is known of a message, by its id. Rows go with the messages, so there are no more than those.
 * @typedef {object} Row
 * @property {string} message_id
 * @property {string} chat
 * @property {string | null} sent       the digest of what the collector has; null: not known
 * @property {'no' | 'maybe' | 'yes'} there  whether the collector has it, or what it was before; maybe: it was on its way
 * @property {string | null} approved   the digest that the visitor has seen and sent
 * @property {{ digest: string, reason: string } | null} refused
 */
/** @typedef {Line & { chat: string }} Planned */
/**
 * @typedef {object} Plan
 * @property {Planned[]} send       agreed to
 * @property {Planned[]} ask        to be shown to the visitor first
 * @property {(Planned & { reason: string })[]} refused
 * @property {string[]} gone        ids that the collector has, or may have, and is to delete
 * @property {string[]} unknown     ids that are no longer shared and that it never had
 */

/**
 * @param {Shared[]} shared  of all chats
 * @param {Map<string, Row>} rows
 * @param {boolean} auto  the visitor does not want to be shown each message first
 * @returns {Plan}
 */
export function planOf(shared, rows, auto) {
  /** @type {Plan} */
  const plan = { send: [], ask: [], refused: [], gone: [], unknown: [] };
  const left = new Map(rows);
  const held = new Set(shared.flatMap(({ chat, lines }) => (lines ? [] : [chat])));
  for (const { chat, lines } of shared)
    for (const line of lines ?? []) {
      const row = rows.get(line.id);
      left.delete(line.id);
      if (row?.sent === line.digest) continue;
      const { digest, reason } = row?.refused ?? {};
      if (digest === line.digest) plan.refused.push({ ...line, chat, reason: reason ?? '' });
      else if (auto || row?.approved === line.digest) plan.send.push({ ...line, chat });
      else plan.ask.push({ ...line, chat });
    }
  for (const row of left.values())
    if (!held.has(row.chat)) (row.there === 'no' ? plan.unknown : plan.gone).push(row.message_id);
  return plan;
}
