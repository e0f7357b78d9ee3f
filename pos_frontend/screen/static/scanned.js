// Codes from the serial scanner. Unlike one that acts as a keyboard, it cannot type into what is asked.
//
//   the page                                   a code
//   sells, or shows a receipt                  is entered; a quantity keyed before it ("3*") counts
//   is about to be paid, nothing taken yet     is entered: it sells again
//   asks for a code                            is the answer; for a receipt, unless it is a barcode of goods
//   asks for something else, takes payments    waits until that is done, in its turn, and is said to wait
//   has nobody at it                           is refused, for nobody would sell it

const QUANTITY = /^\d+(?:\.\d+)?\*$/;
const GOODS = /^\d{7,}$/;
const CODES = new Set(["code", "key", "member", "reference", "receipt"]);

export class Scans {
  #waiting = [];
  #page;
  #acts;

  // `acts`: enter(text), tell(kind, words, values, lasting), keyed() what stands in the input, clear() empties it.
  constructor(page, acts) {
    this.#page = page;
    this.#acts = acts;
  }

  take(code) {
    this.#waiting.push(code);
    this.pump();
    if (this.#waiting.length) this.#acts.tell("warn", "info.scans_wait", { count: this.#waiting.length }, true);
  }

  // Enters what waits, as far as the page takes it now. Called whenever the page has changed.
  pump() {
    while (this.#waiting.length && this.#page.state) {
      if (["signed_out", "opening"].includes(this.#page.state.state)) {
        this.#waiting = [];
        this.#acts.tell("error", `error.not_while_${this.#page.state.state}`);
      } else if (this.#takes(this.#waiting[0])) {
        this.#enter(this.#waiting.shift());
      } else {
        return;
      }
    }
  }

  // The page is drawn by whoever changed it, perhaps on the way from one question to the next.
  later() {
    if (this.#waiting.length) queueMicrotask(() => this.pump());
  }

  #takes(code) {
    const { prompt, state } = this.#page;
    const asked = prompt?.step?.key;
    if (prompt) return CODES.has(asked) && !(asked === "key" && GOODS.test(code));
    return state.state === "selling" && !this.#page.open;
  }

  #enter(code) {
    const keyed = this.#acts.keyed();
    if (!this.#page.prompt) this.#page.mode = "sell"; // where it pays, a code would be taken for an amount
    if (this.#page.prompt || !QUANTITY.test(keyed)) {
      this.#acts.enter(code);
      return;
    }
    this.#acts.clear();
    this.#acts.enter(keyed + code);
  }
}
