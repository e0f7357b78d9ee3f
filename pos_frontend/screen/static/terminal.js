// Payments at the terminal: what stands on the stage while one is asked for or open, and its keys.
//
//   paying   the basket waits for the terminal       F1 asks again, F4 unpaid by a manager, Esc gives up
//   open     payments that no sale holds, oldest     F1 gives back, F4 settled by a manager, Esc back
//            first: one is shown at a time

import { make } from "./make.js";
import { money, say } from "./words.js";

// What the cashier is asked to see to: the payment that is waited for, or the oldest open one.
export function paymentOf(state) {
  return state.terminal.waiting ?? state.terminal.open[0] ?? null;
}

// What the words about a refund begin with: it goes the same way as a payment, and means the opposite.
export const refundOf = ({ refund }) => (refund ? "refund_" : "");

export function waitingOf({ waiting }) {
  return {
    title: say(waiting.refund ? "terminal.title_refund" : `terminal.title_${waiting.kind}`),
    label: say(`terminal.${refundOf(waiting)}${waiting.state}`),
    amount: money(waiting.amount),
    rows: [[say("terminal.reference"), waiting.reference]],
    hint: say(`terminal.${refundOf(waiting)}hint_${waiting.state}`),
  };
}

export function openOf({ open }) {
  const [first] = open;
  if (!first) return { title: say("terminal.open_title"), label: say("terminal.none_open"), amount: "", rows: [], hint: "" };
  const silent = ["no_answer", "garbled", "unplugged"].includes(first.why);
  return {
    title: `${say("terminal.open_title")} 1 / ${open.length}`,
    label: say(`terminal.${refundOf(first)}${first.state}`),
    amount: money(first.amount),
    rows: [
      [say("terminal.since"), new Date(first.begun).toLocaleString(document.documentElement.lang)],
      [say("terminal.reference"), first.reference],
      ...(silent ? [[say("terminal.last_said"), say(`device.${first.why}`)]] : []),
    ],
    hint: "",
  };
}

export function terminalBlock({ title, label, amount, rows, hint }) {
  return make(
    "div",
    "last terminal",
    make("p", "last-title", title),
    make("p", "last-label", label),
    make("p", "last-amount", amount),
    make("dl", "last-rows", ...rows.map(([n, v]) => make("div", "", make("dt", "", n), make("dd", "", v)))),
    make("p", "hint", hint),
  );
}
