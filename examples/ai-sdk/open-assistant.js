// A provider for Vercel's AI SDK: generateText, streamText and tools, on an assistant in the tab.

/** @typedef {import('open-assistant').Assistant} Assistant */
/** @typedef {import('open-assistant').InputMessage} InputMessage */
/** @typedef {import('@ai-sdk/provider').LanguageModelV4} LanguageModelV4 */
/** @typedef {import('@ai-sdk/provider').LanguageModelV4CallOptions} CallOptions */
/** @typedef {import('@ai-sdk/provider').LanguageModelV4Content} Content */
/** @typedef {import('@ai-sdk/provider').LanguageModelV4StreamPart} StreamPart */
/** @typedef {import('@ai-sdk/provider').LanguageModelV4FinishReason} FinishReason */
/** @typedef {import('@ai-sdk/provider').LanguageModelV4Usage} Usage */

/** @param {{ type: string, text?: string }[]} parts */
const textOf = (parts) =>
  parts
    .map((part) => {
      if (part.type === 'text') return part.text ?? '';
      if (part.type === 'file') throw new Error('Only text is read by this model.');
      return ''; // what the model thought, and calls, which are told apart below
    })
    .join('');

/** @param {import('@ai-sdk/provider').LanguageModelV4ToolResultOutput} output */
function resultText(output) {
  if (output.type === 'text' || output.type === 'error-text') return output.value;
  if (output.type === 'execution-denied') return output.reason ?? 'The tool was not allowed to run.';
  return JSON.stringify(output.value);
}

/**
 * @param {CallOptions['prompt']} prompt
 * @returns {InputMessage[]}
 */
function toMessages(prompt) {
  return prompt.flatMap((message) => toMessage(message));
}

/**
 * @param {CallOptions['prompt'][number]} message
 * @returns {InputMessage[]}
 */
function toMessage(message) {
  if (message.role === 'system') return [{ role: 'system', content: message.content }];
  if (message.role === 'user') return [{ role: 'user', content: textOf(message.content) }];
  if (message.role === 'tool')
    return message.content.flatMap((part) =>
      part.type === 'tool-result'
        ? [{ role: 'tool', tool_call_id: part.toolCallId, content: resultText(part.output) }]
        : [],
    );
  const calls = message.content.flatMap((part) => {
    if (part.type !== 'tool-call') return [];
    const f = { name: part.toolName, arguments: JSON.stringify(part.input) };
    return [{ id: part.toolCallId, type: /** @type {const} */ ('function'), function: f }];
  });
  return [{ role: 'assistant', content: textOf(message.content), ...(calls.length > 0 ? { tool_calls: calls } : {}) }];
}

/** @param {CallOptions['toolChoice']} choice */
function toChoice(choice) {
  if (!choice) return undefined;
  if (choice.type !== 'tool') return choice.type;
  return { type: /** @type {const} */ ('function'), function: { name: choice.toolName } };
}

/** @param {CallOptions} options */
function toParams({ prompt, tools = [], responseFormat, ...options }) {
  const functions = tools.flatMap((tool) => {
    if (tool.type !== 'function') return [];
    const { name, description, inputSchema } = tool;
    return [
      { type: /** @type {const} */ ('function'), function: { name, description, parameters: Object(inputSchema) } },
    ];
  });
  return {
    messages: toMessages(prompt),
    max_tokens: options.maxOutputTokens,
    temperature: options.temperature,
    top_p: options.topP,
    top_k: options.topK,
    presence_penalty: options.presencePenalty,
    frequency_penalty: options.frequencyPenalty,
    stop: options.stopSequences?.length ? options.stopSequences : undefined,
    seed: options.seed,
    tools: functions,
    tool_choice: functions.length > 0 ? toChoice(options.toolChoice) : undefined,
    response_format: responseFormat?.type === 'json' ? toFormat(responseFormat) : undefined,
  };
}

/**
 * @param {{ schema?: object, name?: string }} format
 * @returns {import('open-assistant').ResponseFormat}
 */
const toFormat = ({ schema, name = 'response' }) =>
  schema ? { type: 'json_schema', json_schema: { name, schema, strict: true } } : { type: 'json_object' };

/**
 * @param {string | null} reason
 * @returns {FinishReason}
 */
function toReason(reason) {
  const raw = reason ?? undefined;
  if (reason === 'tool_calls') return { unified: 'tool-calls', raw };
  return { unified: reason === 'length' ? 'length' : 'stop', raw };
}

/**
 * @param {{ prompt_tokens: number, completion_tokens: number } | null | undefined} usage
 * @param {number | undefined} cached
 * @returns {Usage}
 */
function toUsage(usage, cached = 0) {
  const { prompt_tokens: input = 0, completion_tokens: output = 0 } = usage ?? {};
  return {
    inputTokens: { total: input, noCache: input - cached, cacheRead: cached, cacheWrite: undefined },
    outputTokens: { total: output, text: output, reasoning: undefined },
  };
}

/** @param {import('open-assistant').ToolCall} call @returns {Extract<Content, { type: 'tool-call' }>} */
const toCall = (call) => ({
  type: 'tool-call',
  toolCallId: call.id,
  toolName: call.function.name,
  input: call.function.arguments,
});

/**
 * @param {AsyncIterable<import('open-assistant').ChatChunk>} chunks
 * @returns {AsyncGenerator<StreamPart>}
 */
async function* toParts(chunks) {
  const id = 'text';
  let open = false;
  yield { type: 'stream-start', warnings: [] };
  for await (const { choices, usage, oa } of chunks) {
    const [{ delta, finish_reason: reason }] = choices;
    if (delta.content) {
      if (!open) yield { type: 'text-start', id };
      open = true;
      yield { type: 'text-delta', id, delta: delta.content };
    }
    for (const call of delta.tool_calls ?? []) yield toCall(call);
    if (!reason) continue;
    if (open) yield { type: 'text-end', id };
    yield { type: 'finish', usage: toUsage(usage, oa?.cached_tokens), finishReason: toReason(reason) };
  }
}

/**
 * @param {AsyncGenerator<StreamPart>} parts
 * @returns {ReadableStream<StreamPart>}
 */
function toStream(parts) {
  return new ReadableStream({
    async pull(controller) {
      try {
        const { done, value } = await parts.next();
        if (done) controller.close();
        else controller.enqueue(value);
      } catch (error) {
        controller.enqueue({ type: 'error', error });
        controller.close();
      }
    },
    cancel: async () => void (await parts.return(undefined)),
  });
}

/**
 * @param {Assistant} assistant
 * @returns {LanguageModelV4}
 */
export function openAssistant(assistant) {
  const { completions } = assistant.chat;
  return {
    specificationVersion: 'v4',
    provider: 'open-assistant',
    modelId: assistant.info.id,
    supportedUrls: {},
    async doGenerate(options) {
      const signal = options.abortSignal;
      const { choices, usage, oa } = await completions.create(toParams(options), { signal });
      const [{ message, finish_reason: reason }] = choices;
      /** @type {Content[]} */
      const content = message.content ? [{ type: 'text', text: message.content }] : [];
      content.push(...(message.tool_calls ?? []).map(toCall));
      return { content, finishReason: toReason(reason), usage: toUsage(usage, oa?.cached_tokens), warnings: [] };
    },
    async doStream(options) {
      const signal = options.abortSignal;
      const chunks = await completions.create({ ...toParams(options), stream: true }, { signal });
      return { stream: toStream(toParts(chunks)) };
    },
  };
}
