// The WebSocket to the till: requests are numbered and answered in order; after a break it connects
// again by itself. What was asked and not answered when it broke is given up, and said so.

const FIRST_PAUSE = 200;
const LONGEST_PAUSE = 2000;

export class Link {
  #handlers;
  #token;
  #at;
  #socket = null;
  #number = 0;
  #waiting = new Map();
  #pause = FIRST_PAUSE;

  constructor(token, handlers, at = { socket: "/till", page: "/" }) {
    this.#at = at;
    this.#token = token;
    this.#handlers = handlers;
    this.#connect();
  }

  // Sends a request; resolves with the answer, or null when the line broke before it came.
  ask(request) {
    return new Promise((resolve) => {
      if (this.#socket?.readyState !== WebSocket.OPEN) {
        resolve(null);
        return;
      }
      this.#number += 1;
      this.#waiting.set(this.#number, resolve);
      this.#socket.send(JSON.stringify({ id: this.#number, ...request }));
    });
  }

  #connect() {
    const scans = this.#handlers.scanned ? "&scans=1" : ""; // codes of a serial scanner
    const socket = new WebSocket(`ws://${location.host}${this.#at.socket}?token=${this.#token}${scans}`);
    this.#socket = socket;
    socket.addEventListener("open", () => {
      this.#pause = FIRST_PAUSE;
    });
    socket.addEventListener("message", (message) => this.#take(JSON.parse(message.data)));
    socket.addEventListener("close", () => this.#broken());
  }

  #take(told) {
    if (told.event) {
      this.#handlers[told.event](told[told.event]);
      return;
    }
    const resolve = this.#waiting.get(told.id);
    this.#waiting.delete(told.id);
    resolve?.(told);
  }

  #broken() {
    const unanswered = [...this.#waiting.values()];
    this.#waiting.clear();
    this.#handlers.broken(unanswered.length > 0);
    for (const resolve of unanswered) resolve(null);
    // A till that was started anew has another token, which only a fresh page knows.
    setTimeout(() => this.#again(), this.#pause);
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE);
  }

  async #again() {
    try {
      const page = await (await fetch(this.#at.page, { cache: "no-store" })).text();
      const fresh = new DOMParser().parseFromString(page, "text/html");
      this.#token = fresh.querySelector('meta[name="till-token"]').content;
      this.#connect();
    } catch {
      setTimeout(() => this.#again(), this.#pause); // the till is not up yet
    }
  }
}
