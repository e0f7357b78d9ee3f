// The customer's page: what the till says of the basket, large. It has no controls and asks nothing.
//
//   mode                 what is shown
//   closed, welcome      a greeting
//   basket, payment      the newest goods at the bottom, the total, what is left to pay
//   done                 the change, or thanks

import { Link } from "./link.js";
import { make } from "./make.js";
import { markTraining } from "./training.js";
import { loadWords, money, quantity, say, speak } from "./words.js";

await loadWords();
new Link(
  document.querySelector('meta[name="till-token"]').content,
  {
    customer: draw,
    // What was shown may be untrue by now, so it goes until the till is heard again.
    broken: () => document.getElementById("main").replaceChildren(),
  },
  { socket: "/customer/live", page: "/customer" },
);

function draw(shown) {
  speak(shown.language, shown.decimals);
  document.body.dataset.mode = shown.mode;
  markTraining(shown.training);
  document.title = shown.shop || "Chainwright";
  document.getElementById("shop").textContent = shown.shop || "Chainwright";
  document.getElementById("main").replaceChildren(screenOf(shown));
}

function screenOf(shown) {
  if (shown.mode === "closed") return greeting(say("customer.closed"), say("customer.next"));
  if (shown.mode === "welcome") return greeting(say("customer.welcome"), shown.shop);
  const goods = make("section", "sheet goods", make("table", "", make("tbody", "", ...shown.lines.map(rowOf))));
  goods.setAttribute("aria-label", say("customer.goods"));
  return make("div", "till-side", goods, make("dl", "sums", ...sumsOf(shown).map(sum)));
}

function greeting(title, note) {
  return make("div", "greeting", make("p", "greeting-title", title), make("p", "greeting-note", note));
}

function rowOf(line) {
  const what = make("td", "what", line.returned ? say("customer.return", { name: line.name }) : line.name);
  const weighed = line.unit === "kg" ? " kg" : "";
  if (weighed || line.quantity !== 1000) {
    what.append(make("span", "how", `${quantity(line.quantity)}${weighed} × ${money(line.price)}`));
  }
  if (line.saved > 0) what.append(make("span", "how less", `${say("customer.saved")} ${money(line.saved)}`));
  return make("tr", "", what, make("td", "amount", money(line.amount)));
}

function sumsOf(shown) {
  const total = [say("customer.total"), `${money(shown.total)}`];
  const saved = shown.saved > 0 && [say("customer.saved"), money(shown.saved)];
  const paid = [say("customer.paid"), money(shown.tendered)];
  if (shown.total < 0 && shown.mode !== "basket") {
    const back = shown.mode === "done" ? -shown.tendered : -shown.due;
    return [total, [say("customer.refund"), money(back), "main change"]];
  }
  const main = {
    basket: [...total, "main"],
    payment: [say("customer.due"), money(shown.due), "main"],
    done: shown.change
      ? [say("customer.change"), money(shown.change), "main change"]
      : [say("customer.total"), money(shown.total), "main"],
  }[shown.mode];
  const above = {
    basket: [saved],
    payment: [saved, total, paid],
    done: shown.change ? [saved, total, paid] : [saved, [say("customer.thanks"), ""]],
  }[shown.mode];
  return [...above.filter(Boolean), main];
}

function sum([name, value, kind = ""]) {
  return make("div", `sum ${kind}`, make("dt", "", name), make("dd", "", value));
}
