// Which keys can be pressed now: what each is called, and the cap that is printed on its button.

import { say } from "./words.js";

const key = (name, label, kind) => ({ key: name, label: say(`key.${label}`), kind });
const capped = (cap, shown) => ({ ...shown, cap });

// `label` is "stale" or "repriced" where the selected line has a label of an older price. There is room for
// thirteen keys: devices are seen to between two baskets, lines are selected within one. `paying` is the
// state of a payment that is waited for, `open` how many are open, `opened` whether they are looked at,
// `aside` the list of suspended baskets, `training` whether there is one, which a key ends at any time.
// `foreign` whether other currencies are taken, `refund` whether the customer is paid, `in_cash` whether that
// may be turned into cash.
export function keysFor(state, mode, prompt, lookup, lines, label, about) {
  const keys = keysOf(state, mode, prompt, lookup, lines, label, about);
  return about.training ? withEnd(keys, lines && mode !== "pay") : keys;
}

// A training ends by its key at any time. It stands where one would begin; within a basket, which nobody
// signs out of, where that would be done.
function withEnd(keys, lines) {
  const end = capped("PgUp", key("PageUp", "end_training", "wanted"));
  const given = keys.findIndex(({ key }) => key === "PageUp" || (lines && key === "F5"));
  if (given >= 0) return keys.with(given, end);
  return keys.toSpliced(keys.findIndex(({ key }) => key === "F8"), 0, end);
}

function keysOf(state, mode, prompt, lookup, lines, label, about) {
  const { paying, open, opened, aside, foreign, refund, in_cash } = about;
  const language = key("F8", "language", "quiet");
  const back = capped("Esc", key("Escape", "back"));
  if (state === "signed_out") return [language];
  if (state === "opening") return [key("F5", "sign_out"), language];
  if (prompt) return [back, language];
  if (paying) {
    return [
      key("F1", "ask_payment"),
      ...(paying === "missing" ? [key("F4", "settle_payment", "grave")] : []),
      capped("Esc", key("Escape", "cancel_payment")),
      language,
    ];
  }
  if (opened) {
    return [...(open ? [key("F1", "void_payment"), key("F4", "settle_open", "grave")] : []), back, language];
  }
  if (aside) {
    const choice = [capped("↑ ↓", key("ArrowDown", "select")), key("Enter", "resume", "pay")];
    return [key("Insert", "suspended_again"), back, language, ...(aside.baskets.length ? choice : [])];
  }
  if (lookup) {
    const { ticket, returning } = lookup;
    if (returning && !lookup.pending) {
      const other = key("End", ticket ? "return" : "take_back");
      return ticket
        ? [other, capped("↑ ↓", key("ArrowDown", "select")), back, language, key("Enter", "give_back", "pay")]
        : [other, back, language];
    }
    if (!ticket) return [back, language];
    return [key("F7", "print_found"), key("End", "return"), capped("↑ ↓", key("ArrowDown", "scroll")), back, language];
  }
  if (mode === "pay" && refund) {
    return [
      ...(in_cash ? [key("F3", "refund_in_cash", "grave")] : []),
      key("F6", "cancel", "grave"),
      back,
      language,
      key("Enter", "give_back_part", "pay"),
    ];
  }
  if (mode === "pay") {
    return [
      key("F1", "cash"),
      key("F2", "card"),
      key("F3", "coupon"),
      key("F4", "qr"),
      key("F5", "voucher"),
      ...(foreign ? [key("F7", "foreign")] : []),
      key("F6", "cancel", "grave"),
      back,
      language,
      key("Enter", "cash", "pay"),
    ];
  }
  return [
    key("F1", "member"),
    key("F2", "unknown_item"),
    // Between two baskets there is no line to change, and one that was set aside may be wanted.
    ...(lines ? [key("F3", "void_line"), key("F4", "override")] : [key("Insert", "suspended"), capped("PgUp", key("PageUp", "training", "quiet"))]),
    // What is for the middle of a basket and what is for its end share a place; returns are for both.
    lines ? key("F6", "cancel", "grave") : key("End", "return"),
    // What the terminal left open is wanted more than another copy.
    lines ? key("Insert", "suspend") : open ? key("F6", "open_payments", "wanted") : key("F7", "reprint"),
    key("F5", "sign_out"),
    lines ? key("End", "return") : key("F9", "end_shift"),
    capped("F11  /", key("F11", "lookup")),
    // With a basket the drawer stays shut, so its key is free for the label.
    label ? key("F12", label === "stale" ? "reprice_label" : "keep_label", "wanted") : key("F12", "drawer"),
    lines ? capped("↑ ↓", key("ArrowDown", "select")) : key("Home", "devices"),
    language,
    capped("F10  +", key("F10", "pay", "pay")),
  ];
}
