// What something costs, over the sale at the till and on the page for customers: nothing is entered.

import { make } from "./make.js";
import { money, quantity, say } from "./words.js";

// Asks what a code costs; a refusal is told, and the price before it is shown no longer.
export async function askPrice(page, code, link, { tell, draw }) {
  const answer = await link.ask({ do: "check_price", code });
  if (!page.checking) return;
  page.checking = { price: answer?.ok ? answer.price : null };
  if (answer === null) tell("error", "link.check", {}, true);
  else if (!answer.ok) tell("error", `error.${answer.error.code}`, answer.error.values);
  draw();
}

export function checkingOf(price) {
  if (!price) return { title: say("check.title"), hint: say("check.hint") };
  const per = price.unit === "kg" ? say("check.per_kg") : say("check.per_unit");
  const odd = price.amount !== price.list_price || price.quantity !== 1000;
  return {
    title: price.name,
    code: price.item,
    price: money(price.list_price),
    per,
    rows: [
      odd && [say(wordsOf(price), { quantity: quantity(price.quantity) }), money(price.amount)],
      ...price.members.map((one) => [say("check.member", { tier: one.tier }), money(one.price)]),
    ].filter(Boolean),
    offers: price.offers.map(({ title, asks, gives }) => [title, tagsOf(asks, gives)]),
    offers_title: say("check.offers"),
    none: say("check.no_offers"),
    hint: say("check.again"),
  };
}

const tagsOf = (asks, gives) => [asks && say(`check.asks_${asks}`), gives && say(`check.gives_${gives}`)].filter(Boolean);
const wordsOf = ({ promoted }) => (promoted > 0 ? "check.promoted" : "check.this");

export function checkingBlock({ title, code, price, per, rows, offers, offers_title, none, hint }) {
  if (price === undefined) {
    return make("div", "empty checking", make("p", "empty-title", title), make("p", "hint", hint));
  }
  return make(
    "section",
    "checking found",
    make("h3", "checking-name", title),
    make("p", "hint", code),
    make("p", "checking-price", price, make("span", "checking-per", per)),
    make("dl", "checking-rows", ...rows.map(([n, v]) => make("div", "", make("dt", "", n), make("dd", "", v)))),
    make("h4", "checking-title", offers_title),
    ...(offers.length > 0
      ? [make("ul", "offers", ...offers.map(([t, tags]) => make("li", "", t, ...tags.map((tag) => make("span", "tag", tag)))))]
      : [make("p", "hint", none)]),
    make("p", "hint", hint),
  );
}
