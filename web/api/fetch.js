// OpenAI's HTTP API on an assistant, in the shape of fetch(): what Assistant.fetch() is. A bundle of its own, with what else is fetched when it is
// used first.

export { createEmbeddings } from './embeddings.js';

/** @typedef {import('./index.js').Assistant} Assistant */
/** @typedef {{ message: string, type: string, param: string | null, code: string | null }} ErrorBody */

/** An answer that is an error by itself. */
class HttpError extends Error {
  /**
   * @param {number} status
   * @param {string} code
   * @param {string} message
   */
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
    this.type = 'invalid_request_error';
    this.param = null;
  }
}

/** @typedef {(assistant: Assistant, body: Record<string, unknown>, signal: AbortSignal) => Promise<unknown>} Create */

// The casts: create() checks what it is given.
/** @type {Record<string, Create>} */
const CREATE = {
  'chat/completions': (assistant, body, signal) =>
    assistant.chat.completions.create(/** @type {import('./check.js').ChatParams & { stream: true }} */ (body), {
      signal,
    }),
  completions: (assistant, body, signal) =>
    assistant.completions.create(/** @type {import('./check.js').CompletionParams & { stream: true }} */ (body), {
      signal,
    }),
  embeddings: (assistant, body, signal) =>
    assistant.embeddings.create(/** @type {import('./embeddings.js').EmbeddingParams} */ (/** @type {unknown} */ (body)), { signal }), // prettier-ignore
};

/**
 * Answers a request to any address that ends with a path of OpenAI's API. Rejects, as fetch() does, only where it is aborted.
 * @param {Assistant} assistant
 * @param {RequestInfo | URL} input
 * @param {RequestInit} [init]
 * @returns {Promise<Response>}
 */
export async function answer(assistant, input, init) {
  const request = new Request(input, init);
  const { signal } = request;
  signal.throwIfAborted();
  try {
    return await route(assistant, request);
  } catch (e) {
    if (signal.aborted) throw signal.reason;
    return failure(e);
  }
}

/**
 * @param {Assistant} assistant
 * @param {Request} request
 */
async function route(assistant, request) {
  const { pathname } = new URL(request.url);
  const [, path, id] = /\/(chat\/completions|completions|embeddings|models)(?:\/([^/]+))?\/?$/.exec(pathname) ?? [];
  const create = CREATE[path];
  if (path === 'models') {
    if (request.method !== 'GET') throw wrongMethod(request, 'GET');
    const { models } = assistant;
    return Response.json(id ? await models.retrieve(decodeURIComponent(id)) : await models.list());
  }
  if (!create || id) throw new HttpError(404, 'ERR_NOT_FOUND', `There is nothing at ${pathname}.`);
  if (request.method !== 'POST') throw wrongMethod(request, 'POST');
  const body = await readBody(request);
  const result = await create(assistant, body, request.signal);
  return result instanceof ReadableStream ? events(result, request.signal) : Response.json(result);
}

/**
 * @param {Request} request
 * @param {string} right
 */
const wrongMethod = ({ method }, right) =>
  new HttpError(405, 'ERR_ARGUMENT', `${method} is not answered here, ${right} is.`);

/**
 * @param {Request} request
 * @returns {Promise<Record<string, unknown>>}
 */
async function readBody(request) {
  const text = await request.text();
  try {
    const body = JSON.parse(text);
    if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body;
  } catch {
    // said below
  }
  throw new HttpError(400, 'ERR_ARGUMENT', 'The body is not a JSON object.');
}

/**
 * Server-sent events. The first chunk is waited for, so that a request that fails at once has a status.
 * @param {ReadableStream<unknown>} stream
 * @param {AbortSignal} signal
 * @returns {Promise<Response>}
 */
async function events(stream, signal) {
  const reader = stream.getReader();
  const utf8 = new TextEncoder();
  const event = (/** @type {unknown} */ value) => utf8.encode(`data: ${JSON.stringify(value)}\n\n`);
  const first = await reader.read();
  let next = first.done ? null : first.value;
  const body = new ReadableStream({
    async pull(controller) {
      try {
        if (next !== null) {
          controller.enqueue(event(next));
          next = null;
          return;
        }
        const { done, value } = await reader.read();
        if (!done) return controller.enqueue(event(value));
        controller.enqueue(utf8.encode('data: [DONE]\n\n'));
        controller.close();
      } catch (e) {
        if (signal.aborted) return controller.error(signal.reason);
        controller.enqueue(event({ error: errorBody(e) }));
        controller.close();
      }
    },
    cancel: (reason) => reader.cancel(reason),
  });
  return new Response(body, { headers: { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache' } });
}

/**
 * @param {unknown} e
 * @returns {ErrorBody}
 */
function errorBody(e) {
  const message = e instanceof Error ? e.message : String(e);
  const { type = 'server_error', param = null, code = null } = /** @type {Partial<ErrorBody>} */ (Object(e)); // CoreError's
  return { message, type, param, code };
}

/** @param {unknown} e */
function failure(e) {
  const { status = 500 } = /** @type {{ status?: number }} */ (Object(e)); // CoreError's
  return Response.json({ error: errorBody(e) }, { status });
}
