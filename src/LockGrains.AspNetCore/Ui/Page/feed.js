// A stream of events that is opened again whenever it ends. Its reader is told when it begins anew, and when nobody knows any more.
import { follow, Lost, Problem } from './api.js';

const firstPause = 500;
const longestPause = 10_000;

/** One stream, from start to stop. */
export class Feed {
  #path;
  #query;
  #reader;
  #end = new AbortController();
  #round = new AbortController();
  #wake = () => {};

  /**
   * The reader has: begin(), before the first event of each stream; read(event); and tell(state), where state.kind is live, lost (with detail and
   * pause in milliseconds) or refused (with problem).
   */
  constructor(path, query, reader) {
    this.#path = path;
    this.#query = query;
    this.#reader = reader;
  }

  async start() {
    let failures = 0;
    while (!this.#end.signal.aborted) {
      const error = await this.#follow(() => { failures = 0; });
      if (this.#end.signal.aborted) return;
      if (error instanceof Problem && !error.isPassing) {
        this.#reader.tell({ kind: 'refused', problem: error });
        return;
      }
      const pause = Math.min(longestPause, firstPause * 2 ** failures++) * (0.75 + Math.random() / 2);
      this.#reader.tell({ kind: 'lost', detail: error.message, pause });
      await this.#sleep(pause);
    }
  }

  stop() {
    this.#end.abort();
    this.#round.abort();
    this.#wake();
  }

  /** Does not wait for the end of a pause. */
  retry() {
    this.#wake();
  }

  /** Something else says that the server does not reply: the stream may not know that yet. */
  doubt() {
    this.#round.abort();
  }

  async #follow(onBegin) {
    this.#round = new AbortController();
    let hasBegun = false;
    try {
      await follow(this.#path, this.#query, event => {
        // More than one may have come together, and another view be open by the second.
        if (this.#end.signal.aborted) return;
        if (!hasBegun) {
          hasBegun = true;
          onBegin();
          this.#reader.begin();
        }
        this.#reader.read(event);
      }, AbortSignal.any([this.#end.signal, this.#round.signal]));
      return new Lost('The stream has ended.');
    } catch (error) {
      return error;
    }
  }

  #sleep(time) {
    return new Promise(resolve => {
      const timer = setTimeout(resolve, time);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
