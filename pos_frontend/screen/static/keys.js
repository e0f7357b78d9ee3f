// Which functions stand on the buttons now, each with what is printed on it; see `keymap` for the keys.

import { capOf } from "./keymap.js";
import { say } from "./words.js";

const key = (name, label = name, kind) => ({ name, cap: capOf(name), label: say(`key.${label}`), kind });
const fixed = (name, cap, label, kind) => ({ name, cap, label: say(`key.${label}`), kind });
const back = () => fixed("Escape", "Esc", "back");
const arrows = (label) => fixed("ArrowDown", "↑ ↓", label);

// `label` is "stale" or "repriced" where the selected line has a label of an older price. There is room for
// thirteen keys; what stands on none of them is in the help: devices are seen to between two baskets, lines
// are selected within one. `paying` is the state of a payment that is waited for, `open` how many are open,
// `opened` whether they are looked at, `aside` the list of suspended baskets, `training` whether there is one,
// which a key ends at any time; `foreign` whether other currencies are taken, `refund` whether the customer is
// paid, `in_cash` whether that may be turned into cash, `redeemable` which of points and stored value may pay,
// `gifts` how many are due.
export function keysFor(state, mode, prompt, lookup, lines, label, about) {
  const keys = prompt ? keysOfPrompt(prompt) : keysOfPage(state, mode, lookup, lines, label, about);
  return about.training ? withEnd(keys, lines && mode !== "pay") : keys;
}

// A training ends by its key at any time. It stands where one would begin; within a basket, which nobody
// signs out of, where that would be done.
function withEnd(keys, lines) {
  const end = key("end_training", "end_training", "wanted");
  const given = keys.findIndex(({ name }) => name === "training" || (lines && name === "sign_out"));
  return given >= 0 ? keys.with(given, end) : keys.toSpliced(-1, 0, end);
}

function keysOfPage(state, mode, lookup, lines, label, about) {
  if (["signed_out", "opening"].includes(state)) return []; // somebody's PIN, or float, is under way
  const { paying, open, opened, checking, aside } = about;
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
  if (aside) {
    const choice = [arrows("select"), fixed("Enter", "Enter", "resume", "pay")];
    return [key("suspended", "suspended_again"), back(), ...(aside.baskets.length ? choice : [])];
  }
  if (lookup) return keysOfLookup(lookup);
  if (mode === "pay") return keysOfPayment(about);
  return [
    key("member"),
    key("unknown_item"),
    // Between two baskets there is no line to change, and one that was set aside may be wanted.
    ...(lines ? [key("void_line"), key("override")] : [key("suspended"), key("training", "training", "quiet")]),
    // What is for the middle of a basket and what is for its end share a place; returns are for both.
    lines ? key("cancel", "cancel", "grave") : key("return"),
    // What the terminal left open is wanted more than another copy.
    lines ? key("suspend") : open ? key("open_payments", "open_payments", "wanted") : key("reprint"),
    key("sign_out"),
    lines ? key("return") : key("end_shift"),
    key("lookup"),
    // With a basket the drawer stays shut, so its place is free for the label.
    label ? key("reprice_label", label === "stale" ? "reprice_label" : "keep_label", "wanted") : key("drawer"),
    // A gift that is due is wanted more than the arrows, which move without being printed here.
    about.gifts ? key("take_gifts", "take_gifts", "wanted") : lines ? arrows("select") : key("devices"),
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

function keysOfPayment({ foreign, refund, in_cash, redeemable }) {
  const leave = [key("cancel", "cancel", "grave"), back()];
  if (refund) {
    const part = fixed("Enter", "Enter", "give_back_part", "pay");
    return [...(in_cash ? [key("refund_in_cash", "refund_in_cash", "grave")] : []), ...leave, part];
  }
  return [
    key("cash"),
    key("card"),
    key("coupon"),
    key("qr"),
    key("voucher"),
    ...(foreign ? [key("foreign")] : []),
    ...redeemable.map((kind) => key(kind)),
    ...leave,
    fixed("Enter", "Enter", "cash", "pay"),
  ];
}

function keysOfLookup({ ticket, returning, pending }) {
  if (returning && !pending) {
    const other = key("return", ticket ? "return" : "take_back");
    return ticket ? [other, arrows("select"), back(), fixed("Enter", "Enter", "give_back", "pay")] : [other, back()];
  }
  if (!ticket) return [back()];
  return [key("print_found"), key("return"), arrows("scroll"), back()];
}
