// Draws the till. Everything shown follows from one model, drawn once per frame however many
// answers came in it; the lines of the basket are touched only where they changed.

import { labelOf, promptBlock, promptOf } from "./asking.js";
import { checkingBlock, checkingOf } from "./checking.js";
import { foundOf, pendingOf, lookupBlock } from "./found.js";
import { helpBlock } from "./help.js";
import { make } from "./make.js";
import { noticeBlocks, noticeOf } from "./notice.js";
import { giftTag, stripBlocks, stripOf } from "./promoting.js";
import { sourceOf } from "./returning.js";
import { asideBlock, asideShown } from "./suspending.js";
import { amountDue, nameOf, tenderRows } from "./tendering.js";
import { markTraining } from "./training.js";
import { openOf, terminalBlock, waitingOf } from "./terminal.js";
import { money, quantity, say } from "./words.js";

const $ = (id) => document.getElementById(id);

export class View {
  #press;
  #choose;
  #answer;
  #pad;
  #rows = new Map();
  #drawn = {};

  // `press` takes a function's name, `choose` the number of a line; `pad` writes as the keyboard does.
  constructor({ press, choose, answer, pad }) {
    this.#press = press;
    this.#choose = choose;
    this.#answer = answer;
    this.#pad = pad;
    document.querySelector(".sheet").addEventListener("click", ({ target }) => {
      const row = target.closest("tr[data-number]");
      if (row) this.#choose(Number(row.dataset.number));
    });
  }

  echo(text, prompt) {
    $("echo").textContent = prompt?.step.kind === "secret" ? "•".repeat(text.length) : text;
  }

  // Scrolls the lines of a ticket that was found.
  scrollFound(by) {
    document.querySelector(".found-lines")?.scrollBy({ top: by * 120 });
  }

  draw(model) {
    const { state } = model;
    document.body.dataset.state = state.state;
    document.body.dataset.mode = model.prompt ? "prompt" : model.mode;
    this.#once("training", [state.training, state.language], ([on]) => markTraining(on));
    this.#once("facts", this.#factsOf(state), (facts) => this.#facts(facts));
    this.#once("signs", this.#signsOf(state), (signs) => this.#signs(signs));
    this.#once("head", this.#headOf(state), (head) => this.#head(head));
    this.#lines(model);
    this.#stage(model);
    this.#once("total", this.#totalOf(model), (total) => this.#total(total));
    this.#once("notice", noticeOf(state), (notice) => {
      $("notice").hidden = notice === null;
      $("notice").replaceChildren(...noticeBlocks(notice, this.#press));
    });
    this.#once("dues", stripOf(state), (strip) => {
      $("dues").replaceChildren(...stripBlocks(strip, this.#press));
    });
    this.#once("keys", [model.keys, model.pad], ([keys, pad]) => this.#keys(keys, pad));
    this.#once("ways", model.above, (keys) => $("ways").replaceChildren(...this.#buttons(keys)));
    this.#once("help", model.help, (help) => this.#help(help));
    this.#message(model.message);
    $("entry-label").textContent = model.prompt ? labelOf(model.prompt) : say("ui.input");
  }

  // Calls `draw` only when what it shows has changed.
  #once(name, shown, draw) {
    const text = JSON.stringify(shown);
    if (this.#drawn[name] === text) return;
    this.#drawn[name] = text;
    draw(shown);
  }

  #factsOf({ lane, operator, shift, day }) {
    return {
      shop: lane.name ?? lane.branch,
      facts: [
        [say("ui.lane"), lane.lane],
        operator && [say("ui.cashier"), operator.name],
        day && [say("ui.day"), day.business_date + (day.provisional ? ` · ${say("ui.provisional")}` : "")],
        shift && [say("ui.shift_since"), shift.business_date],
      ].filter(Boolean),
    };
  }

  #facts({ shop, facts }) {
    $("shop").textContent = shop;
    document.title = `${shop} · ${say("ui.title")}`;
    $("facts").replaceChildren(
      ...facts.map(([name, value]) => make("div", "", make("dt", "", name), make("dd", "", value))),
    );
  }

  #signsOf({ status, terminal }) {
    const { printer } = status;
    return [
      status.loading && ["wait", say("ui.loading")],
      status.trouble && ["bad", status.trouble],
      printer.state !== "ready" && ["bad", say("ui.printer_trouble", { reason: say(`device.${printer.state}`) })],
      printer.doubtful.length > 0 && ["bad", say("ui.doubtful", { receipts: shortly(printer.doubtful) })],
      printer.state === "ready" && printer.waiting > 3 && ["wait", say("ui.waiting", { count: printer.waiting })],
      ...Object.entries(status.devices).map(([name, { state }]) =>
        state !== "ready" && ["bad", say(`ui.${name}_trouble`, { reason: say(`device.${state}`) })],
      ),
      terminal.open.length > 0 && ["bad", say("ui.open_payments", { count: terminal.open.length })],
      status.online ? ["good", say("ui.online")] : ["wait", say("ui.offline")],
      [status.unsent ? "count" : "calm", say("ui.unsent", { count: status.unsent })],
    ].filter(Boolean);
  }

  #signs(signs) {
    $("signs").replaceChildren(...signs.map(([kind, text]) => make("span", `sign ${kind}`, text)));
  }

  #headOf() {
    return ["number", "item", "quantity", "price", "amount"].map((name) => [name, say(`ui.${name}`)]);
  }

  #head(head) {
    $("lines-title").textContent = say("ui.item");
    const cells = head.map(([name, text]) => {
      const cell = make("th", name, text);
      cell.scope = "col";
      return cell;
    });
    $("head").replaceChildren(make("tr", "", ...cells));
  }

  #lines({ state, selected, visible }) {
    const lines = state.basket.lines;
    const body = $("lines");
    document.querySelector(".lines").hidden = !visible.lines;
    document.body.toggleAttribute("data-lines", visible.lines);
    if (lines.length < this.#rows.size) {
      body.replaceChildren();
      this.#rows.clear();
    }
    let moved = false;
    for (const line of lines) {
      const key = JSON.stringify([line, line.number === selected, document.documentElement.lang]);
      const known = this.#rows.get(line.number);
      if (known?.key === key) continue;
      const row = rowOf(line, line.number === selected);
      if (known) known.row.replaceWith(row);
      else body.append(row);
      this.#rows.set(line.number, { key, row });
      moved = true;
    }
    if (moved) this.#rows.get(selected)?.row.scrollIntoView({ block: "nearest" });
  }

  #stage(model) {
    this.#once("stage", stageOf(model), (stage) => {
      $("stage").replaceChildren(...stage.map((one) => block(one, this.#answer)));
      $("stage").hidden = stage.length === 0;
      document.querySelector(".found-lines .selected")?.scrollIntoView({ block: "nearest" });
    });
  }

  #totalOf({ state, mode }) {
    const { basket, payment } = state;
    return {
      paying: mode === "pay",
      label: mode === "pay" ? say(payOf(payment)) : say("ui.total"),
      amount: money(mode === "pay" ? amountDue(payment) : basket.total),
      currency: state.lane.currency ?? "",
      count: say("ui.count", { count: basket.count }),
      saved: basket.saved > 0 ? say("ui.saved", { amount: money(basket.saved) }) : "",
      member: memberOf(basket),
      tenders: mode === "pay" ? tenderRows(payment) : [],
    };
  }

  #total(total) {
    const card = $("total");
    card.classList.toggle("paying", total.paying);
    card.replaceChildren(
      make("div", "total-top", make("span", "", total.label), make("span", "", total.currency)),
      make("p", "total-amount", total.amount),
      make("div", "total-foot", make("span", "", total.member), make("span", "", total.saved || total.count)),
      ...total.tenders.map(([name, amount]) =>
        make("div", "total-tender", make("span", "", name), make("span", "", amount)),
      ),
    );
  }

  #keys(keys, pad) {
    const buttons = this.#buttons(keys);
    $("keys").classList.toggle("with-pad", pad);
    $("keys").replaceChildren(...(pad ? [this.#pad.block(), ...buttons.filter(({ dataset }) => dataset.name === "Escape")] : buttons));
    $("pad-toggle").textContent = say(pad ? "pad.close" : "pad.open");
  }

  #buttons(keys) {
    return keys.map(({ name, cap, label, kind }) => {
      const button = make("button", `key ${kind ?? ""}`, make("kbd", "", cap), make("span", "", label));
      button.dataset.name = name;
      button.type = "button";
      // A button that took the focus would answer Enter and Space by itself.
      button.addEventListener("mousedown", (event) => event.preventDefault());
      button.addEventListener("click", () => this.#press(name));
      return button;
    });
  }

  #help(help) {
    $("help").hidden = !help;
    $("help").replaceChildren(...(help ? [helpBlock(help, this.#press)] : []));
  }

  #message(message) {
    const line = $("message");
    line.textContent = message?.text ?? "";
    line.dataset.kind = message?.kind ?? "none";
  }
}

function memberOf({ member, member_name, points }) {
  if (!member) return say("ui.no_member");
  const earns = points ? say("ui.points", { points }) : "";
  return [say("ui.member"), member_name || member, earns].filter(Boolean).join(" ");
}

const payOf = ({ due, tenders }) => (due < 0 ? "pay.refund" : tenders.length ? "pay.left" : "pay.due");

function rowOf(line, selected) {
  const name = make("td", "item", make("span", "name", line.name));
  if (line.unknown) name.append(make("span", "tag", say("ui.unknown")));
  if (line.voided) name.append(make("span", "tag", say("ui.voided")));
  if (line.returned && !line.voided) name.append(make("span", "tag", say("ui.returned")));
  name.append(...giftTag(line), make("span", "code", line.item));
  if (line.returned) name.append(make("span", "why", sourceOf(line.returned)));
  for (const one of line.voided || line.returned ? [] : line.discounts) {
    // What an amount on a label was rounded to says nothing to a cashier; that the label is old does.
    if (one.kind === "label" && one.reason === "printed") continue;
    name.append(make("span", "why", `${whyOf(one)} ${one.amount || one.kind !== "label" ? money(-one.amount) : ""}`.trim()));
  }
  const row = make(
    "tr",
    `${line.voided ? "voided" : ""} ${selected ? "selected" : ""}`.trim(),
    make("td", "number", String(line.number)),
    name,
    make("td", "quantity", quantity(line.quantity)),
    make("td", "price", money(line.list_price)),
    make("td", "amount", money(line.voided ? 0 : line.amount)),
  );
  row.dataset.number = line.number;
  if (selected) row.setAttribute("aria-current", "true");
  return row;
}

function whyOf({ kind, reason }) {
  if (["override", "promotion", "basket"].includes(kind)) return `${say(`ui.${kind}`)} · ${reason}`;
  if (kind === "label") return say(reason === "stale" ? "ui.label_stale" : "ui.label_repriced");
  return say(`ui.${kind}`);
}

// What stands in the middle when there are no lines to show, or above them when something is asked.
function stageOf(model) {
  const { state, prompt, visible } = model;
  if (prompt) return [["prompt", promptOf(prompt, state)]];
  if (state.state === "paying") return [["terminal", waitingOf(state.terminal)]];
  if (model.open) return [["terminal", openOf(state.terminal)]];
  if (model.checking) return [["checking", checkingOf(model.checking.price)]];
  if (model.aside) return [["aside", asideShown(model.aside, state.lane.lane)]];
  if (model.lookup) return [["lookup", model.lookup.pending ? pendingOf(model.lookup) : foundOf(model.lookup)]];
  if (visible.last) return [["last", lastOf(state.last)]];
  if (state.basket.lines.length === 0) {
    return [["empty", { title: say("ui.empty"), hint: say("ui.empty_hint") }]];
  }
  return [];
}

function lastOf(last) {
  const refund = last.total < 0;
  const handed = refund ? -last.tendered : last.change;
  return {
    title: say("done.title"),
    label: handed ? say(refund ? "done.refund" : "done.change") : say("done.no_change"),
    amount: handed ? money(handed) : "",
    rows: [
      [say("done.receipt"), last.receipt],
      [say("ui.total"), money(last.total)],
      ...last.tenders.map((one) => [nameOf(one), money(one.amount)]),
    ],
    hint: say("done.next"),
  };
}

const BLOCKS = {
  lookup: lookupBlock,
  terminal: terminalBlock,
  checking: checkingBlock,
  aside: asideBlock,
  empty: ({ title, hint }) => make("div", "empty", make("p", "empty-title", title), make("p", "hint", hint)),
  last: ({ title, label, amount, rows, hint }) =>
    make(
      "div",
      "last",
      make("p", "last-title", title),
      make("p", "last-label", label),
      make("p", "last-amount", amount),
      make("dl", "last-rows", ...rows.map(([n, v]) => make("div", "", make("dt", "", n), make("dd", "", v)))),
      make("p", "hint", hint),
    ),
  prompt: promptBlock,
};

function block([kind, shown], answer) {
  return BLOCKS[kind](shown, answer);
}

// The newest of them by its number, and how many others there are.
function shortly(names) {
  const newest = names.at(-1).split("-").at(-1);
  return names.length > 1 ? `${newest} +${names.length - 1}` : newest;
}
