// The HTTP API of the silo, as docs/HTTP.md has it. The access key goes along in a header, and never in an address.
import { accessKey } from './access.js';

const passing = [408, 429, 500, 502, 503, 504];
const replyWithin = 10_000;

// A silo pings a silent stream within a minute at the latest.
const streamSilence = 75_000;

/** What the server says it has not done. */
export class Problem extends Error {
  constructor(status, { code, detail, title } = {}) {
    super(detail ?? title ?? `The server replied ${status}.`);
    this.status = status;
    this.code = code ?? '';
  }

  /** Whether it may be over soon, without anybody doing something. */
  get isPassing() {
    return passing.includes(this.status);
  }
}

/** There was no reply, or not a whole one. */
export class Lost extends Error {}

/** Reads. */
export const get = (path, query = {}, signal) => callJson(path, { query, signal });

/** Changes something. After Lost nobody can say whether it did. */
export const post = (path, body) => callJson(path, { body });

/** Reads the events of a stream until that ends, which it does with Lost or with a Problem. */
export async function follow(path, query, onEvent, signal) {
  const silent = new AbortController();
  let guard;
  const hear = () => {
    clearTimeout(guard);
    guard = setTimeout(() => silent.abort(), streamSilence);
  };
  try {
    hear();
    const response = await request(path, { query, signal: AbortSignal.any([signal, silent.signal]) });
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = '';
    for (;;) {
      const { done, value } = await reader.read();
      if (done) throw new Lost('The server has ended the stream.');
      hear();
      const parts = (rest + value).split('\n\n');
      rest = parts.pop();
      for (const part of parts) readEvent(part, onEvent);
    }
  } catch (error) {
    throw asOurs(error);
  } finally {
    clearTimeout(guard);
  }
}

function readEvent(text, onEvent) {
  const lines = text.split('\n');
  const data = lines.filter(line => line.startsWith('data: ')).map(line => line.slice(6)).join('\n');
  if (!lines.includes('event: state')) return;
  const event = JSON.parse(data);
  try {
    onEvent(event);
  } catch (error) {
    // A mistake of the page is no outage of the server.
    reportError(error);
    throw error;
  }
}

async function callJson(path, { query, body, signal }) {
  const late = AbortSignal.timeout(replyWithin);
  try {
    const response = await request(path, { query, body, signal: signal ? AbortSignal.any([signal, late]) : late });
    return await response.json();
  } catch (error) {
    throw asOurs(error);
  }
}

async function request(path, { query = {}, body, signal }) {
  const url = new URL(`v1${path}`, document.baseURI);
  url.hash = '';
  url.search = new URLSearchParams(query);
  const key = accessKey();
  const response = await fetch(url, {
    method: body ? 'POST' : 'GET',
    headers: { ...(key && { authorization: `Bearer ${key}` }), ...(body && { 'content-type': 'application/json' }) },
    body: body && JSON.stringify(body),
    cache: 'no-store',
    credentials: 'omit',
    redirect: 'error',
    signal,
  });
  if (!response.ok) throw new Problem(response.status, await readProblem(response));
  return response;
}

// A proxy in between may say no in words of its own.
async function readProblem(response) {
  try {
    return response.headers.get('content-type') === 'application/problem+json' ? await response.json() : {};
  } catch {
    return {};
  }
}

function asOurs(error) {
  return error instanceof Problem || error instanceof Lost ? error : new Lost('The server does not reply.', { cause: error });
}
