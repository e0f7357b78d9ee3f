// The help: every function by its key, those that are possible now first, the others with why not. It lies
// over the page and stands in nobody's way: what is scanned, and any other key, goes to the page below.

import { functionOf, whyNot } from "./functions.js";
import { capOf, keysOf, modesOf, names } from "./keymap.js";
import { make } from "./make.js";
import { say } from "./words.js";

export function helpOf(page) {
  const rows = names()
    .filter((name) => !modesOf(name).includes("devices"))
    .map((name) => ({ name, cap: capOf(name), label: say(`key.${name}`), why: reasonOf(name, page) }));
  return {
    title: say("help.title"),
    hint: say("help.hint"),
    possible: rows.filter(({ why }) => !why),
    others: rows.filter(({ why }) => why),
    other_title: say("help.others"),
    close: say("help.close"),
  };
}

// What a key means in a look-up hides what it means below.
function reasonOf(name, page) {
  const why = whyNot(name, page);
  if (why) return say(why);
  return keysOf(name).some((key) => functionOf(key, page) === name) ? "" : say(`help.only_${modesOf(name)[0]}`);
}

// `press` is called with the name of the function whose button was pressed.
export function helpBlock({ title, hint, possible, others, other_title, close }, press) {
  const panel = make(
    "div",
    "help-panel",
    make("div", "help-top", make("h2", "help-title", title), rowOf({ name: "Escape", cap: "Esc", label: close, why: "" }, press)),
    make("p", "hint", hint),
    make("div", "help-rows", ...possible.map((row) => rowOf(row, press))),
    make("h3", "help-others", other_title),
    make("div", "help-rows", ...others.map((row) => rowOf(row, press))),
  );
  panel.tabIndex = 0;
  panel.setAttribute("role", "dialog");
  panel.setAttribute("aria-label", title);
  return panel;
}

function rowOf({ name, cap, label, why }, press) {
  const words = make("span", "help-words", make("span", "", label), ...(why ? [make("span", "help-why", why)] : []));
  const button = make("button", "key help-row", make("kbd", "", cap), words);
  button.type = "button";
  button.disabled = why !== "";
  button.addEventListener("mousedown", (event) => event.preventDefault());
  button.addEventListener("click", () => press(name));
  return button;
}
