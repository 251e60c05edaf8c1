/* Sentences with a number, by the rules of a language: Arabic has six forms of a noun. */

/** @typedef {Partial<Record<Intl.LDMLPluralRule, string>> & { other: string }} Forms */

/**
 * @param {string} locale
 * @returns {(n: number, forms: Forms) => string} the form that fits, with the number as the language writes it in place of #
 */
export function plurals(locale) {
  const rules = new Intl.PluralRules(locale);
  const number = new Intl.NumberFormat(locale);
  return (n, forms) => (forms[rules.select(n)] ?? forms.other).replace('#', number.format(n));
}
