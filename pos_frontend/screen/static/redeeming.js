// Points and stored value: what the member has, how much of it pays, and what became of it.
//
//   their key                      the member's balance is asked for, and shown when it is known; meanwhile:
//   an amount, or Enter alone      so much, or as much as there is up to what is due; headquarters is asked
//   an amount before the key       is asked for at once
//   the till tells it within 2 s   the tender stands in the payment, or why it does not

import { money, say } from "./words.js";

const KINDS = ["points", "stored_value"];

export const REDEEMING = {
  redeem: ({ kind, basket, account }) => ({
    steps: [
      {
        key: "amount", label: `prompt.${kind}`, hint: "prompt.redeem_hint", kind: "amount", may_be_empty: true,
        values: () => ({ balance: balanceOf(kind, account.told) }),
      },
    ],
    request: ({ amount }) => {
      account.asked = true;
      return { do: "redeem", kind, basket, amount };
    },
  }),
};

// The functions of both keys; `act` is what they do it with, see `acts`.
export function redeemingActs(page, act) {
  const redeem = (kind) => (text) => {
    page.account = {};
    act.begin("redeem", text, { kind, basket: page.state.basket.uuid, account: page.account });
    if (page.prompt) act.ask({ do: "account" });
  };
  return {
    points: redeem("points"),
    stored_value: redeem("stored_value"),
  };
}

// The keys that are possible as the page stands.
export const redeemable = (state) => KINDS.filter((kind) => !whyNotRedeemed(kind, state));

// Why one of them is not; empty when it is.
export function whyNotRedeemed(kind, { basket, payment, training }) {
  if (training) return "error.redeem_training";
  if (!basket.member) return "error.redeem_member";
  return payment.tenders.some((one) => one.kind === kind) && "error.redeem_twice";
}

// Whether an answer is waited for: Enter alone would take in cash what it is going to pay.
export const isAsked = ({ account }) => Boolean(account?.asked);

// What the page was told of an account, if it is the one that it asked for last.
export function keepAccount(page, told) {
  if (page.account?.id === told.id) page.account.told = told;
}

// What is said when points or stored value were redeemed, or were not: how it is shown, and its words; see `tell`.
export function redeemedOf({ ok, error, kind, amount, asked, points, offline, left }) {
  if (!ok) return ["error", `error.${error.code}`, error.values];
  const said = () => [
    say("info.redeemed", { kind: say(`key.${kind}`), amount: money(amount) }),
    points === null ? "" : say("info.redeemed_points", { points }),
    amount < asked ? say("info.redeemed_less") : "",
    offline ? say("info.redeemed_offline") : "",
    left === null ? "" : say("info.redeemed_left", { amount: money(left) }),
  ];
  return [offline ? "warn" : "good", () => said().filter(Boolean).join(" · ")];
}

function balanceOf(kind, told) {
  if (!told) return say("redeem.asking");
  if (told.error) return say(`error.${told.error.code}`, told.error.values);
  const { points, worth, offline } = told;
  const amount = kind === "points" ? worth : told.stored_value;
  if (offline) return amount === null ? say("redeem.offline_none") : say("redeem.offline_room", { amount: money(amount) });
  if (amount === null) return say("redeem.no_rate");
  return say(`redeem.${kind}`, { amount: money(amount), points });
}
