// Every key of the page, caught on the document before anything else sees it. Nothing on the page is
// editable, so no input method can hold characters back; digits are read by the key's place.
//
//   characters  are gathered; `echo` shows them, but not in the middle of a scanner's burst
//   Enter       hands over what was gathered, without touching the page
//   F-keys …    are handed over by name

const BURST = 25; // ms between keys: faster than fingers

const NAMED = new Set([
  "F1", "F2", "F3", "F4", "F5", "F6", "F7", "F8", "F9", "F10", "F11", "F12", "Home", "End", "PageUp", "PageDown", "Insert",
  "Delete", "ArrowUp", "ArrowDown", "Escape",
]);
const PAD = { NumpadAdd: "+", NumpadDivide: "/" };

export class Keyboard {
  #buffer = "";
  #timer = 0;
  #handlers;

  constructor(handlers) {
    this.#handlers = handlers;
    document.addEventListener("keydown", (event) => this.#pressed(event), { capture: true });
  }

  get text() {
    return this.#buffer;
  }

  clear() {
    this.#buffer = "";
    this.#settle();
  }

  // Shows what is gathered now, with the result of what came before.
  settle() {
    if (!this.#timer) this.#handlers.echo(this.#buffer);
  }

  // For the pad on the screen: a character, the last one taken away, and what was gathered handed over.
  type(char) {
    this.#gather(this.#buffer + char);
    this.#settle();
  }

  erase() {
    this.#buffer = this.#buffer.slice(0, -1);
    this.#settle();
  }

  done() {
    this.#enter();
  }

  #pressed(event) {
    if (event.ctrlKey && event.code === "BracketRight") {
      // How a keyboard says GS, the separator in a GS1 barcode.
      event.preventDefault();
      this.#gather(`${this.#buffer}\u001d`);
      return;
    }
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const char = character(event);
    if (event.key === "Enter" || event.code === "NumpadEnter") {
      event.preventDefault();
      if (!event.repeat) this.#enter();
    } else if (PAD[event.code]) {
      event.preventDefault();
      if (!event.repeat) this.#named(PAD[event.code]);
    } else if (event.code === "Backspace") {
      event.preventDefault();
      this.#gather(this.#buffer.slice(0, -1));
    } else if (NAMED.has(event.code)) {
      event.preventDefault();
      if (!event.repeat || event.code.startsWith("Arrow")) this.#named(nameOf(event));
    } else if (char) {
      event.preventDefault();
      this.#gather(this.#buffer + char);
    }
  }

  #enter() {
    const text = this.#buffer;
    this.#buffer = "";
    this.#stop();
    this.#handlers.enter(text);
  }

  #named(name) {
    const text = this.#buffer;
    this.#handlers.key(name, text);
  }

  #gather(text) {
    if (text.length > 64) return;
    this.#buffer = text;
    this.#stop();
    this.#timer = setTimeout(() => this.#settle(), BURST);
  }

  #settle() {
    this.#stop();
    this.#handlers.echo(this.#buffer);
  }

  #stop() {
    clearTimeout(this.#timer);
    this.#timer = 0;
  }
}

const nameOf = ({ code, shiftKey }) => (shiftKey && /^F\d/.test(code) ? `Shift+${code}` : code);

function character(event) {
  if (event.key === "*" || event.key === "%") return event.key; // these share their keys with digits
  const digit = /^(?:Digit|Numpad)([0-9])$/.exec(event.code);
  if (digit && (!event.shiftKey || event.code.startsWith("Numpad"))) return digit[1];
  if (event.code === "NumpadMultiply") return "*";
  if (event.code === "NumpadDecimal") return ".";
  if (event.code === "NumpadSubtract") return "-";
  if (event.key.length === 1 && event.key > " " && event.key <= "~") return event.key;
  // An input method names no character; the key's place still does.
  const letter = /^Key([A-Z])$/.exec(event.code);
  if (letter) return event.shiftKey ? letter[1] : letter[1].toLowerCase();
  return { Period: ".", Minus: "-", Digit8: "*", Digit5: "%" }[event.code] ?? "";
}
