/* Open Assistant's core: a model that answers, in one process, one thread calling. This is the only header that a
 * program outside src/ needs; the WebAssembly exports are these functions under these names (api/exports.txt).
 *
 * Conventions. Functions return a status: 0, or a code of base/status.h with the reason in oa_error(). Structures cross
 * as JSON, weights and token ids as bytes. A call's output is read with oa_result() and stays until the next call.
 * Nothing prints or exits. After any failure the object is usable again. Long work is cut into steps (oa_load_push,
 * oa_step) of milliseconds: between two of them the caller may do something else, or stop for good by simply not going
 * on.
 */
#ifndef API_OA_H
#define API_OA_H

#include <stddef.h>
#include <stdint.h>

typedef struct oa oa;

/* NULL when there is no memory. n_threads counts the caller; where fewer can be had, fewer are used. Pair: oa_free().
 */
oa *oa_new(int n_threads);
void oa_free(oa *o);

/* The last call's failure: one line that says what is wrong and what to do, 0-terminated; "" after success. */
const char *oa_error(const oa *o);
/* The last call's output: bytes (JSON or text as the call says, followed by a 0), and how many. */
const uint8_t *oa_result(const oa *o);
size_t oa_result_len(const oa *o);

/* ---- Loading: the bytes of a GGUF model, one file after the other, from first to last, in pieces of any size ----
 * Weights are checked and repacked as they pass, so there is never a second whole copy. Any failure unloads. */

/* options: {"files": [bytes, ...] sizes of the model's files in order (one for a model that is not split),
 *           "context": tokens wanted (0 or absent: the model's own, at most 4096), "exact": bool (float activations),
 *           "check": bool (default true: refuse NaN and infinite scales)}. Unloads an earlier model first. */
int oa_load_begin(oa *o, const char *json, size_t n);
/* Where to put the next piece, of n bytes; NULL when there is no memory. Borrowed until oa_load_push. */
uint8_t *oa_load_room(oa *o, size_t n);
/* Takes the n bytes put there. Fails as soon as something is wrong. */
int oa_load_push(oa *o, size_t n);
/* After the last byte. */
int oa_load_end(oa *o);
/* 1 when a model is loaded. */
int oa_loaded(const oa *o);
void oa_unload(oa *o);

/* ---- What is loaded ---- */
/* Result: JSON
 * {"architecture","name","license","parameters","layers","embedding","heads","kv_heads","head_dim","ffn","vocab",
 * "context","context_trained","quantization","tensors":{type:
 * count},"tokenizer":{"model","pre","bos","eos","add_bos"},"template": text or null,
 * "weights_bytes","kv_bytes_per_token","threads","load_ms","variant","exact"}. */
int oa_info(oa *o);
/* Result: int32 little-endian ids. specials: the texts of special tokens become those tokens, and BOS is added where
 * the metadata says so. */
int oa_tokenize(oa *o, const char *text, size_t n, int specials);
/* ids: n_ids int32. Result: bytes; specials: control tokens are written out. */
int oa_detokenize(oa *o, const int32_t *ids, size_t n_ids, int specials);
/* json: {"messages":[{"role","content",...}],"add_generation_prompt":bool, any other variables}. Result: the prompt's
 * text. */
int oa_render(oa *o, const char *json, size_t n);
/* json as for oa_render. Result: {"tokens": of the prompt that oa_begin makes of it}, however long; that is not the
 * count of oa_render's text where a message holds the text of a control token. An answer under way goes on. */
int oa_count(oa *o, const char *json, size_t n);
/* Result: the text as a JSON string with its quotes; what is not UTF-8 becomes U+FFFD. For callers that have no JSON
 * writer. */
int oa_quote(oa *o, const char *text, size_t n);

/* ---- Answering ----
 * json: {"messages":[...]} for a chat turn, or {"prompt": text or [id, ...], "specials": bool (default true)} for a
 * completion, and
 *   "max_tokens" (default: what the context leaves), "temperature" (0 = greedy; default 0), "top_k" (0 = off), "top_p"
 * (1), "min_p" (0), "typical_p" (1), "repeat_penalty" (1), "presence_penalty" (0), "frequency_penalty" (0),
 * "penalty_last_n" (64; -1 = all), "logit_bias": {"id": bias}, "seed" (absent: the caller's own choice, 0), "stop":
 * text or [text, ...], "logprobs": n (0 = none, at most 20), "overflow": "drop" (default for messages: oldest turns go,
 * the system prompt stays) or "error", "stream": bool (default true; false: every piece is held back and OA_DONE's
 * "text" is the whole answer), "speculate": bool (default true: tokens that would repeat what stands in the text
 * already are computed ahead, several at a time; the answer is the same), "response_format": what the answer must be,
 * {"type": "text" (default), "json_object", "json_schema" with "json_schema": {"schema": object, or text}, "regex" with
 * "regex", or "grammar" with "grammar" (GBNF)}; see infer/grammar.h for what each language covers; nothing else can
 * come, whatever the temperature, and the answer ends where it is complete; "length" where it is cut before. A chat
 * turn also takes "add_generation_prompt" and "continue_final_message" (transformers' meaning), and "tools" as OpenAI
 * has them, with "tool_choice" ("none", "auto" (default), "required": the answer is calls, or {"type": "function",
 * "function": {"name"}}: it is one of this tool) and "parallel_tool_calls" (default true; false: it ends with its first
 * call); a template without tools is told of them by the system message. Members not named here are the template's. A
 * member of the wrong type or out of range is ERR_ARGUMENT naming it. "drafts": [{"temperature", "seed", or another of
 * the sampling members, in place of the request's}, ...], 1 to 8: so many answers to the one prompt, computed together,
 * which shares each read of the weights among them; each is what it would be by itself. "embed": "mean" (of the tokens'
 * final states) or "last": in place of an answer the text as a vector of unit length; the cache is forgotten. Tokens
 * that the cache already holds are not computed again. oa_begin's result:
 * {"prompt_tokens","cached_tokens","dropped_messages","context"}. ERR_TOO_LONG names both numbers. */
int oa_begin(oa *o, const char *json, size_t n);

enum oa_event { OA_PREFILL = 1, OA_TEXT = 2, OA_DONE = 3 };
/* One piece of work: a part of the prompt, or one token. *event (may be NULL) says which; result:
 *  OA_PREFILL {"done","total"}: prompt tokens computed
 *  OA_TEXT    {"id","text"} and with logprobs {"logprob","top":[[id,logprob],...]}: text is whole code points only and
 * may be "" (a control token, an unfinished code point, or text held back because it may be the beginning of a stop
 * string or of a call); with tools {"calls":[{"name","arguments": text of a JSON object},...]} that are complete
 *  OA_DONE    {"text": what was still held back, and the same
 * "calls","finish_reason":"stop"|"length"|"tool_calls","ids":[...],"prompt_tokens","cached_tokens","completion_tokens",
 *              "context_used","dropped_messages","timings":{"load_ms","prefill_ms","decode_ms","prefill_tps","decode_tps"}}
 * After "embed" OA_DONE is {"embedding": [float, ...],"prompt_tokens"}.
 * With several drafts OA_TEXT and OA_DONE also have "index"; each draft gets a token in turn and has an OA_DONE of its
 * own, whose "more" says how many are not over yet. After the last OA_DONE or an error: ERR_STATE until the next
 * oa_begin. */
int oa_step(oa *o, int *event);
/* The "text" of the last OA_TEXT or OA_DONE as bytes, followed by a 0, for callers that have no JSON reader. */
const char *oa_text(const oa *o);
size_t oa_text_len(const oa *o);
/* Ends an answer early: the result is that of OA_DONE with finish_reason "cancelled". The cache stays valid. Of several
 * drafts it ends the first that is not over; call it until "more" is 0. */
int oa_stop(oa *o);

/* ---- Saved sessions ----
 * What was computed of a prompt or an answer can be kept elsewhere and given back, to another object or on another day,
 * in place of computing it: in pages of 64 tokens, one call each. A record does not say which model it is of, only its
 * shape: whoever keeps records gives back those of the same model's bytes, and of the same version of this core, alone.
 */
/* Result: int32 little-endian ids of the prompt that oa_begin was given, and of the answer so far. */
int oa_session_tokens(oa *o);
/* Result: the record of page `page`, from 0. ERR_ARGUMENT where its 64 tokens are not all computed. */
int oa_session_save(oa *o, int page);
/* Between oa_begin and the first oa_step, pages in order: takes the record's page where its tokens are those that the
 * prompt begins with. Result: {"cached_tokens"} as of oa_begin, now. A record may be any bytes: what does not fit or is
 * damaged is refused (ERR_CORRUPT, ERR_UNSUPPORTED, ERR_ARGUMENT) and changes nothing. */
int oa_session_restore(oa *o, const void *record, size_t n);

/* Log-probabilities after the last token of text (BOS added where the metadata says so).
 * Result: {"ids":[...],"top":[[id,logprob],...]}, best first, ties by lower id. */
int oa_logits(oa *o, const char *text, size_t n, int top);
/* Perplexity of a text over its tokens but the first, in windows of the context. Result: {"perplexity","tokens"}. */
int oa_perplexity(oa *o, const char *text, size_t n);
/* Forgets the cache (the next prompt is computed from its beginning). */
void oa_reset(oa *o);
/* Measures: n_prompt tokens of prefill and n_gen of greedy decoding, from an empty cache. Result:
 * {"prefill_tps","decode_tps","ttft_ms"}. */
int oa_bench(oa *o, int n_prompt, int n_gen);

/* For callers in another memory: a block of n bytes to put arguments into; NULL when there is none. Pair: oa_drop(). */
void *oa_take(size_t n);
void oa_drop(void *p);
/* "native", "wasi", "simd", "simd-mt", "relaxed", "relaxed-mt". */
const char *oa_variant(void);

#endif
