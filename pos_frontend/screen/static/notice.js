// What the branch says to whoever works the lane: a quiet line beside the sale, until it is acknowledged. The
// oldest stands there; how many more wait is told beside it.

import { capOf } from "./keymap.js";
import { make } from "./make.js";
import { say } from "./words.js";

export function noticeOf({ status, operator, language }) {
  const [first, ...more] = status.messages;
  if (!first) return null;
  return { ...first, language, more: more.length, mine: operator !== null };
}

export function noticeBlocks(notice, press) {
  if (notice === null) return [];
  const { name, text, more, mine } = notice;
  const words = make("p", "notice-words", make("strong", "", say("notice.from", { name })), make("span", "", text));
  const others = more > 0 ? [make("span", "notice-more", say("notice.more", { count: more }))] : [];
  return [words, ...others, ...(mine ? [buttonOf(press)] : [])];
}

function buttonOf(press) {
  const button = make("button", "key notice-key", make("kbd", "", capOf("acknowledge")), make("span", "", say("key.acknowledge")));
  button.type = "button";
  button.dataset.name = "acknowledge";
  // The page hears keys on the document: a button must not take the focus.
  button.addEventListener("mousedown", (event) => event.preventDefault());
  button.addEventListener("click", () => press("acknowledge"));
  return button;
}
