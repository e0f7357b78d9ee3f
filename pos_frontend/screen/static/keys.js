// Which functions stand on the buttons now, each with what is printed on it; see `keymap` for the keys.

import { capOf } from "./keymap.js";
import { say } from "./words.js";

const key = (name, label = name, kind) => ({ name, cap: capOf(name), label: say(`key.${label}`), kind });
const fixed = (name, cap, label, kind) => ({ name, cap, label: say(`key.${label}`), kind });
const back = () => fixed("Escape", "Esc", "back");
const arrows = (label) => fixed("ArrowDown", "↑ ↓", label);

// `label` is "stale" or "repriced" where the selected line has a label of an older price. There is room for
// thirteen keys; what stands on none of them is in the help. `paying` is the state of a payment that is
// waited for, `open` how many are open, `opened` whether they are looked at.
export function keysFor(state, mode, prompt, lookup, lines, label, { paying, open, opened, checking }) {
  if (prompt) return keysOfPrompt(prompt);
  if (checking) return [back()];
  if (paying) {
    return [
      key("ask_payment"),
      ...(paying === "missing" ? [key("settle_payment", "settle_payment", "grave")] : []),
      fixed("Escape", "Esc", "cancel_payment"),
    ];
  }
  if (opened) {
    return [...(open ? [key("void_payment"), key("settle_open", "settle_open", "grave")] : []), back()];
  }
  if (lookup) return keysOfLookup(lookup);
  if (mode === "pay") {
    return [
      key("cash"),
      key("card"),
      key("coupon"),
      key("qr"),
      key("cancel", "cancel", "grave"),
      back(),
      fixed("Enter", "Enter", "cash", "pay"),
    ];
  }
  return [
    key("member"),
    key("unknown_item"),
    key("void_line"),
    key("override"),
    // What is for the middle of a basket and what is for its end share a place; returns are for both.
    lines ? key("cancel", "cancel", "grave") : key("return"),
    // What the terminal left open is wanted more than another copy.
    !lines && open ? key("open_payments", "open_payments", "wanted") : key("reprint"),
    key("sign_out"),
    lines ? key("return") : key("end_shift"),
    key("lookup"),
    // With a basket the drawer stays shut, so its place is free for the label.
    label ? key("reprice_label", label === "stale" ? "reprice_label" : "keep_label", "wanted") : key("drawer"),
    lines ? arrows("select") : key("devices"),
    key("price_check"),
    key("pay", "pay", "pay"),
  ];
}

// These two stand above the page, whatever is asked on it.
export const keysAbove = () => [key("help"), key("language")];

function keysOfPrompt({ name, stays, step }) {
  if (name === "open_shift") return [key("sign_out"), fixed("Enter", "Enter", "next", "pay")];
  const next = fixed("Enter", "Enter", step.kind === "confirm" ? "confirm" : "next", "pay");
  return stays ? [next] : [back(), next];
}

function keysOfLookup({ ticket, returning, pending }) {
  if (returning && !pending) {
    const other = key("return", ticket ? "return" : "take_back");
    return ticket ? [other, arrows("select"), back(), fixed("Enter", "Enter", "give_back", "pay")] : [other, back()];
  }
  if (!ticket) return [back()];
  return [key("print_found"), key("return"), arrows("scroll"), back()];
}
