// What a key means now, and why a function is not possible: for the keyboard, the buttons and the help.
//
//   over the page            below it                    everywhere
//   prompt, or nobody there  –                           language, help, end_training, acknowledge
//   lookup, returning        sell, pay, waiting, open    the same
//   aside: nothing else      –                           the same
//   –                        sell, pay, waiting, open    the same

import { FIXED, meant, modesOf } from "./keymap.js";
import { coupons, gifts } from "./promoting.js";
import { whyNotRedeemed } from "./redeeming.js";
import { isRefund, mayGoInCash } from "./tendering.js";
import { oldLabelOf } from "./words.js";

const lines = ({ state }) => state.basket.lines;
const open = ({ state }) => state.terminal.open;
const line = ({ state, selected }) => state.basket.lines.find(({ number }) => number === selected);
const basketOpen = (page) => lines(page).length > 0 && "error.basket_open";

const refunding = ({ state }) => isRefund(state) && "help.not_refunding";
const inTraining = ({ state }) => state.training && "error.in_training";

const WHY_NOT = {
  cash: refunding,
  card: refunding,
  coupon: refunding,
  qr: refunding,
  voucher: refunding,
  foreign: (page) => refunding(page) || (page.state.payment.foreign.length === 0 && "help.no_foreign"),
  points: (page) => refunding(page) || whyNotRedeemed("points", page.state),
  stored_value: (page) => refunding(page) || whyNotRedeemed("stored_value", page.state),
  refund_in_cash: ({ state }) => !mayGoInCash(state) && "help.only_refunding",
  take_gifts: ({ state }) => gifts(state).length === 0 && "error.no_gift",
  take_coupon_off: ({ state }) => coupons(state).length === 0 && "error.no_coupon",
  suspend: (page) => lines(page).length === 0 && "error.empty",
  suspended: basketOpen,
  training: (page) => inTraining(page) || basketOpen(page),
  end_training: ({ state }) => !state.training && "help.not_training",
  void_line: (page) => !page.selected && "error.no_line",
  override: (page) => !page.selected && "error.no_line",
  discount: (page) => !lines(page).some(({ voided }) => !voided) && "error.empty",
  sign_out: basketOpen,
  cancel: (page) => lines(page).length + coupons(page.state).length === 0 && "error.empty",
  open_payments: (page) => basketOpen(page) || (open(page).length === 0 && "terminal.none_open"),
  reprint: ({ state }) => !state.last && !state.status.printer.doubtful.length && "error.no_ticket",
  end_shift: basketOpen,
  x_report: basketOpen,
  pay: (page) => !lines(page).some(({ voided }) => !voided) && "error.empty",
  drawer: basketOpen,
  reprice_label: (page) => !oldLabelOf(line(page)) && "error.no_stale_label",
  settle_payment: ({ state }) => state.terminal.waiting?.state !== "missing" && "help.not_missing",
  void_payment: (page) => open(page).length === 0 && "terminal.none_open",
  settle_open: (page) => open(page).length === 0 && "terminal.none_open",
  acknowledge: ({ state }) =>
    state.status.messages.length === 0 ? "error.no_message" : !state.operator && "error.not_while_signed_out",
  print_found: ({ lookup }) => !lookup?.ticket && "error.no_ticket",
};

// The modes of the page as it stands, the uppermost first.
export function modesNow({ state, prompt, lookup, mode, aside, open: opened }) {
  if (state.state === "opening") return ["opening", "any"];
  // With nobody there yet, also while it is asked whether they may, there is nothing to do at the till.
  if (prompt || state.state === "signed_out") return ["any"];
  if (aside) return ["aside", "any"];
  const over = lookup ? [lookup.returning ? "returning" : "lookup"] : [];
  return [...over, state.state === "paying" ? "waiting" : opened ? "open" : mode, "any"];
}

// The words that say why a function is not possible as the page stands; empty when it is.
export function whyNot(name, page) {
  if (FIXED.has(name)) return "";
  if (!modesOf(name).some((mode) => modesNow(page).includes(mode))) return `help.only_${modesOf(name)[0]}`;
  return WHY_NOT[name]?.(page) || "";
}

// The function that a key stands for now: of two that share it the one that is possible.
export function functionOf(key, page) {
  if (FIXED.has(key)) return key;
  for (const mode of modesNow(page)) {
    const names = meant(mode, key);
    if (names.length > 0) return names.find((name) => !whyNot(name, page)) ?? names[0];
  }
  return "";
}
