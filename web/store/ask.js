/* Which answers the visitor is asked to compare with others: nobody is asked often, and what is asked should teach the most. */

/** @typedef {import('./schema.js').Message} Message */

/** Of answers; the settings say it. */
export const ASKED = 0.1;

/**
 * The one place where it is decided whether to ask. It is chance so far; it gets what a learner needs to choose better.
 * @param {Message} answer  just written
 * @param {() => number} chance  0 to 1
 */
export const isWorthAsking = ({ state, text }, chance) =>
  state === 'complete' && text.trim() !== '' && chance() < ASKED;
