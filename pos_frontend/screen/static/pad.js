// The pad on the screen, for who has no keyboard: its buttons are keys, so what they write goes wherever
// the keyboard's would. Numbers first; letters for codes that have some.

import { make } from "./make.js";
import { say } from "./words.js";

const NUMBERS = ["7", "8", "9", "4", "5", "6", "1", "2", "3", "0", ".", "*"];
const LETTERS = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ", "-", "%"];

export class Pad {
  #keyboard;
  #letters = false;
  #shown = null;

  constructor(keyboard) {
    this.#keyboard = keyboard;
  }

  // The pad as it stands; `ways` are further buttons, {name, label, press}, below it.
  block(ways = []) {
    this.#shown = make("div", "pad");
    this.#fill(ways);
    return this.#shown;
  }

  #fill(ways) {
    const keyboard = this.#keyboard;
    const chars = this.#letters ? LETTERS : NUMBERS;
    const rows = make("div", this.#letters ? "pad-letters" : "pad-numbers");
    rows.append(...chars.map((char) => buttonOf("pad-key", char, () => keyboard.type(char))));
    const others = make("div", "pad-others");
    others.append(
      buttonOf("pad-key", this.#letters ? "123" : "ABC", () => {
        this.#letters = !this.#letters;
        this.#fill(ways);
      }),
      buttonOf("pad-key", "⌫", () => keyboard.erase(), say("pad.erase")),
      ...ways.map(({ label, press }) => buttonOf("pad-key", label, press)),
      buttonOf("pad-key pad-enter", say("pad.enter"), () => keyboard.done()),
    );
    this.#shown.replaceChildren(rows, others);
  }
}

function buttonOf(classes, text, press, label = "") {
  const button = make("button", classes, text);
  button.type = "button";
  if (label) button.setAttribute("aria-label", label);
  button.addEventListener("mousedown", (event) => event.preventDefault());
  button.addEventListener("click", press);
  return button;
}
