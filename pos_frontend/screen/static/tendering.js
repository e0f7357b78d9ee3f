// Payment: what its keys do, what they ask for, and what is left to give back, part by part.
//
//                   Enter                        its keys                                       Esc
//   to pay          cash: keyed, or all of it    a tender; what was keyed is how much of it     gives all back
//   to give back    the next part, as shown      the next part in cash, by a manager            the same

import { redeemingActs } from "./redeeming.js";
import { money, say } from "./words.js";

const RATE = 1_000_000;

export const isRefund = ({ basket }) => basket.total < 0;
export const nextPart = ({ payment }) => payment.refund[0];

// What Enter pays with.
export const byEnter = (state) => nextPart(state)?.kind ?? "cash";

// What is left to pay or to give back, as it stands in the large figure.
export function amountDue({ due, refund }) {
  return refund.length ? refund.reduce((sum, part) => sum + part.amount, 0) : Math.abs(due);
}

// A tender by its name, a foreign one by its currency and amount.
export function nameOf({ kind, foreign }) {
  return foreign ? `${foreign.currency} ${money(foreign.amount, foreign.decimals)}` : say(`key.${kind}`);
}

// The tenders taken, and the parts that are still to be given back.
export function tenderRows({ tenders, refund }) {
  return [
    ...tenders.map((one) => [nameOf(one), money(one.amount)]),
    ...refund.map((part) => [say("pay.refund_plan", { kind: say(`key.${part.kind}`) }), money(-part.amount)]),
  ];
}

export function payHint(state) {
  const next = nextPart(state);
  if (!next) return say("pay.hint");
  if (next.kind === "cash") return say("pay.refund_hint");
  return say("pay.refund_next", { amount: money(next.amount), kind: say(`key.${next.kind}`) });
}

// The functions of payment. `act` is what they do it with, see `acts`.
export function payingActs(page, act) {
  const about = () => ({ basket: page.state.basket.uuid });
  const paying = {
    cash: (text) => act.spend("cash", text),
    card: (text) => act.spend("card", text),
    coupon: (text) => act.begin("coupon", "", { ...about(), amount: text }),
    qr: (text) => {
      if (page.state.terminal.configured) act.begin("qr", "", { ...about(), amount: text });
      else act.spend("qr", text);
    },
    voucher: (text) => act.begin("voucher", text, about()),
    foreign: (text) => {
      act.begin("foreign", "", { ...about(), offered: page.state.payment.foreign, keyed: text });
    },
    ...redeemingActs(page, act),
    cancel: () => act.begin("cancel", ""),
    price_check: act.beginCheck,
  };
  const refunding = {
    refund_in_cash: () => act.begin("refund_in_cash", "", { own: act.own() }),
    cancel: paying.cancel,
    price_check: act.beginCheck,
  };
  return () => (isRefund(page.state) ? refunding : paying);
}

// Whether the next part would go to something else than cash.
export function mayGoInCash(state) {
  const next = nextPart(state);
  return Boolean(next) && next.kind !== "cash";
}

const rateOf = ({ rate }) => String(rate / RATE);
const dueOf = ({ currency, due, decimals }) => `${currency} ${money(due, decimals)}`;

export const TENDERS = {
  voucher: ({ basket }) => ({
    steps: [
      { key: "amount", label: "prompt.voucher_face", hint: "prompt.voucher_face_hint", kind: "amount" },
      { key: "reference", label: "prompt.voucher", kind: "text" },
    ],
    request: (given) => ({ do: "tender", kind: "voucher", basket, ...given }),
  }),
  foreign: ({ basket, offered, keyed }) => {
    const chosen = ({ currency }) => offered.find((one) => one.currency === currency) ?? offered[0];
    return {
      steps: [
        {
          key: "currency", label: "prompt.currency", kind: "choice",
          options: offered.map((one) => one.currency), given: offered.length === 1 ? "1" : "",
        },
        {
          key: "amount", label: "prompt.foreign_amount", hint: "prompt.foreign_amount_hint", kind: "amount",
          may_be_empty: true, when: () => !keyed,
          values: (given) => {
            const one = chosen(given);
            return { currency: one.currency, due: dueOf(one), rate: rateOf(one) };
          },
        },
      ],
      request: ({ currency, amount }) => {
        const how_much = keyed || amount;
        return { do: "tender", kind: "foreign", basket, currency, ...(how_much ? { amount: how_much } : {}) };
      },
    };
  },
  refund_in_cash: ({ own }) => ({
    steps: [
      { key: "reason", label: "prompt.refund_reason", kind: "choice", of: "refund_reason" },
      { key: "operator", label: "prompt.authority", kind: "text", when: () => !own },
      { key: "pin", label: "prompt.authority_pin", kind: "secret", when: () => !own },
    ],
    request: (given) => ({ do: "refund_in_cash", ...given }),
  }),
};
