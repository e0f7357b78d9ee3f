// Coupons (优惠券) and gifts (满赠) of the basket: a strip below the lines, and what its keys do.
//
//   a coupon    what it took off, or why it takes nothing yet; its key takes it off the basket again
//   a gift      is due: its key puts in all that are due, or it is scanned; gone when it is in the basket
//
// In payment a coupon's number is asked for first: what no promotion asks for pays an amount, as it always did.

import { make } from "./make.js";
import { money, quantity, say } from "./words.js";

export const coupons = ({ basket }) => basket.coupons;
export const gifts = ({ basket }) => basket.gifts;

const SOME = new Set(["unreserved", "gift", "minimum"]); // what the cashier or the customer can see to

// What the strip shows: coupons, gifts, and how a coupon is taken off.
export function stripOf(state) {
  return [
    ...coupons(state).map((one) => ({
      name: "take_coupon_off",
      kind: one.why === "" ? "good" : SOME.has(one.why) ? "wait" : "idle",
      title: one.title,
      text: one.number,
      told: one.why === "" ? (one.off ? money(-one.off) : "✓") : say(`coupon.${one.why}`, { minimum: money(one.minimum) }),
    })),
    ...gifts(state).map((one) => ({
      name: "take_gifts",
      kind: "gift",
      title: say("gift.due", { name: one.name, quantity: quantity(one.quantity) }),
      text: one.title,
      told: say("gift.how"),
    })),
    ...(coupons(state).length ? [{ name: "take_coupon_off", kind: "quiet", title: "", text: say("coupon.how"), told: "" }] : []),
  ];
}

export function stripBlocks(strip, press) {
  return strip.map(({ name, kind, title, text, told }) => {
    const button = make("button", `due ${kind}`);
    const parts = [["b", title], ["span", text], ["em", told]].filter(([, words]) => words);
    button.append(...parts.map(([tag, words]) => make(tag, "", words)));
    button.type = "button";
    button.addEventListener("mousedown", (event) => event.preventDefault());
    button.addEventListener("click", () => press(name));
    return button;
  });
}

// The functions, while selling and before anything is paid.
export function promotingActs(page, { ask, begin }) {
  return {
    take_gifts: () => ask({ do: "take_gifts" }),
    take_coupon_off: () => {
      const all = coupons(page.state);
      if (all.length === 1) ask({ do: "take_coupon_off", place: 1 });
      else begin("take_coupon_off", "", { coupons: all });
    },
  };
}

// Has the next coupon that may be used once reserved for the basket; what became of it the till tells.
export async function reserveCoupons(page, ask) {
  const { state } = page;
  if (page.reserving || !["selling", "tendering"].includes(state.state)) return;
  if (!coupons(state).some(({ why }) => why === "unreserved")) return;
  page.reserving = "asked";
  const answer = await ask();
  page.reserving = answer?.reserving?.id ?? "";
  if (answer?.ok && !page.reserving) reserveCoupons(page, ask); // in a training each is reserved at once
}

export const reservedOf = ({ ok, number, offline, error }) => {
  if (!ok) return ["error", "info.coupon_off", { number, why: say(`error.${error.code}`, error.values) }];
  return offline ? ["warn", "info.coupon_offline", { number }] : ["good", "info.coupon_reserved", { number }];
};

// Whether a line was entered as a gift, as its tag says.
export const giftTag = ({ gift }) => (gift ? [make("span", "tag", say(`gift.${gift}`))] : []);

// A gift that costs something again: it is said once, when it begins to.
export function chargedGift(before, state) {
  const was = new Map((before?.basket.uuid === state.basket.uuid ? before.basket.lines : []).map((one) => [one.number, one.gift]));
  const line = state.basket.lines.find((one) => one.gift === "charged" && was.get(one.number) === "given");
  return line && ["warn", "info.gift_charged", { name: line.name, amount: money(line.amount) }];
}

// A coupon that no promotion asks for pays an amount, which is asked for next.
export const asTender = ({ do: act, code }, refused, state) =>
  act === "present_coupon" && refused === "unknown_coupon"
    ? { basket: state.basket.uuid, reference: code }
    : null;

// What a customer at a self-checkout is told of a coupon that they have scanned, or a gift that is due now.
export function newsFor(before, { coupons: held, gifts: due }) {
  const known = new Set(before?.gifts.map(({ promotion }) => promotion));
  const gift = due.find(({ promotion }) => !known.has(promotion));
  if (gift) return ["good", "self.gift", { name: gift.name }];
  const coupon = held.length > (before?.coupons.length ?? 0) && held.at(-1);
  if (!coupon) return null;
  const why = coupon.why && say(`coupon.${coupon.why}`, { minimum: money(coupon.minimum) });
  return ["good", why ? "self.coupon_waits" : "self.coupon_taken", { title: coupon.title, why }];
}

// What a coupon is called among others: two may look alike where their numbers are masked.
function names(all) {
  const plain = all.map(({ title, number }) => `${title} ${number}`);
  return plain.map((name, n) => (plain.indexOf(name) === n ? name : `${name} (${n + 1})`));
}

export const PROMOTING = {
  // What was keyed before the key is an amount: then it is a tender at once.
  coupon: ({ basket, amount }) => ({
    steps: [{ key: "reference", label: "prompt.coupon", hint: "prompt.coupon_hint", kind: "text" }],
    request: ({ reference }) =>
      amount
        ? { do: "tender", kind: "coupon", basket, amount, reference }
        : { do: "present_coupon", code: reference },
  }),
  coupon_amount: ({ basket, reference }) => ({
    steps: [{ key: "amount", label: "prompt.coupon_amount", hint: "prompt.coupon_amount_hint", kind: "amount" }],
    request: ({ amount }) => ({ do: "tender", kind: "coupon", basket, amount, reference }),
  }),
  take_coupon_off: ({ coupons: all }) => ({
    steps: [{ key: "name", label: "prompt.take_coupon_off", kind: "choice", options: names(all) }],
    request: ({ name }) => ({ do: "take_coupon_off", place: names(all).indexOf(name) + 1 }),
  }),
};
