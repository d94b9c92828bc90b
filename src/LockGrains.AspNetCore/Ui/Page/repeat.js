// Something that is done again and again while somebody looks at the page.

/** Work, from start to stop. It rests for four times as long as it takes, so that a busy server is asked less often. */
export class Repeat {
  #period;
  #work;
  #end = new AbortController();

  /** work(signal) is asynchronous. It fails with nothing but mistakes of the page, which the browser tells of. */
  constructor(period, work) {
    this.#period = period;
    this.#work = work;
  }

  async start() {
    const { signal } = this.#end;
    while (!signal.aborted) {
      const began = performance.now();
      if (!document.hidden) await this.#work(signal).catch(reportError);
      await new Promise(resolve => { setTimeout(resolve, Math.max(this.#period, 4 * (performance.now() - began))); });
    }
  }

  stop() {
    this.#end.abort();
  }
}
