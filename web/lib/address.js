/* What names a model by where it is, and not by its id: a URL, or the name of a file. */

/** @param {string} model */
export const isAddress = (model) => /[/:]|\.gguf$/i.test(model);
