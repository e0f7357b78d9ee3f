// Draws the self-checkout, large: goods on the left, the total and what can be done on the right.

import { labelOf, promptBlock, promptOf } from "./asking.js";
import { make } from "./make.js";
import { money, quantity, say } from "./words.js";

const LANGUAGES = [["zh_CN", "中文"], ["en", "English"]];
const $ = (id) => document.getElementById(id);

export class SelfView {
  #on;

  // `press` takes what a button does, `choose` the number of a line, `answer` a choice that was made.
  constructor(on) {
    this.#on = on;
  }

  echo(text, prompt) {
    $("echo").textContent = prompt?.step.kind === "secret" ? "•".repeat(text.length) : text;
  }

  draw(model) {
    const { shown, prompt, pad } = model;
    document.title = `${shown.shop ?? ""} · ${say("self.title")}`;
    document.body.dataset.state = shown.state;
    $("shop").textContent = shown.shop ?? "";
    $("ways").replaceChildren(...LANGUAGES.map((one) => this.#language(one, shown.language)));
    this.#goods(model);
    const stage = this.#stageOf(model);
    $("stage").replaceChildren(...stage);
    $("stage").hidden = stage.length === 0;
    // Who attends is told what they were called for, as long as nothing else is said.
    const { call } = shown;
    const message = model.message ?? (shown.state === "attended" && call ? { kind: "warn", text: whyOf(call) } : null);
    $("message").textContent = message?.text ?? "";
    $("message").dataset.kind = message?.kind ?? "none";
    this.#total(model);
    const asksForText = prompt && !["choice", "confirm"].includes(prompt.step.kind);
    $("entry").hidden = !asksForText && !pad;
    $("entry-label").textContent = prompt ? labelOf(prompt) : say("check.input");
    this.#keys(model, asksForText || pad);
  }

  #language([name, label], present) {
    const one = this.#button({ label, request: { do: "language", language: name } }, "key");
    one.lang = name.replace("_", "-");
    one.setAttribute("aria-pressed", String(name === present));
    return one;
  }

  #goods({ shown, selected }) {
    document.body.toggleAttribute("data-lines", shown.basket.lines.length > 0);
    $("goods").setAttribute("aria-label", say("customer.goods"));
    const rows = shown.basket.lines.map((line) => this.#row(line, line.number === selected));
    $("goods").replaceChildren(make("table", "self-lines", make("tbody", "", ...rows)));
    (document.querySelector(".self-lines .selected") ?? rows.at(-1))?.scrollIntoView({ block: "nearest" });
  }

  #row(line, selected) {
    const what = make("td", "what", make("span", "name", line.name));
    if (line.voided) what.append(make("span", "tag", say("ui.voided")));
    const weighed = line.unit === "kg" ? " kg" : "";
    if (weighed || line.quantity !== 1000) {
      what.append(make("span", "how", `${quantity(line.quantity)}${weighed} × ${money(line.list_price)}`));
    }
    const saved = line.discounts.filter(({ kind }) => kind !== "label").reduce((sum, { amount }) => sum + amount, 0);
    if (saved > 0 && !line.voided) what.append(make("span", "how less", `${say("customer.saved")} ${money(saved)}`));
    const row = make("tr", `${line.voided ? "voided" : ""} ${selected ? "selected" : ""}`.trim(), what, make("td", "amount", money(line.voided ? 0 : line.amount)));
    if (selected) row.setAttribute("aria-current", "true");
    row.addEventListener("click", () => this.#on.choose(line.number));
    return row;
  }

  #total({ shown, step }) {
    const { basket, due, attendant } = shown;
    const toPay = step === "pay" || shown.waiting;
    $("total").classList.toggle("paying", Boolean(toPay));
    $("total").replaceChildren(
      make("div", "total-top", make("span", "", say(toPay ? "customer.due" : "customer.total")), make("span", "", shown.currency ?? "")),
      make("p", "total-amount", money(toPay ? due : basket.total)),
      make("div", "total-foot", make("span", "", attendant ? `${say("self.attended")} ${attendant.name}` : say("ui.count", { count: basket.count })), make("span", "", basket.saved > 0 ? say("ui.saved", { amount: money(basket.saved) }) : "")),
    );
  }

  // What stands before the goods: what is asked, who is awaited, what the terminal wants, thanks, a greeting.
  #stageOf({ shown, prompt, done }) {
    if (prompt) return [promptBlock(promptOf(prompt, { lane: {} }), this.#on.answer)];
    if (shown.state === "closed") return [greeting(say("customer.closed"), say("customer.next"))];
    if (shown.state === "called") return [callBlock(shown.call)];
    if (shown.state === "attended") return [];
    if (shown.waiting) return [greeting(say("self.terminal"), say(`terminal.title_${shown.waiting.kind}`))];
    if (done) return [greeting(say("customer.thanks"), `${say("done.receipt")} ${done.receipt} · ${money(done.total)}`)];
    return shown.basket.lines.length > 0 ? [] : [greeting(say("self.welcome"), say("self.welcome_hint"))];
  }

  #keys({ buttons }, pad) {
    const made = buttons.map((one) => this.#button(one, `key ${one.kind}`));
    $("keys").classList.toggle("with-pad", Boolean(pad));
    const leave = this.#button({ label: say("key.back"), leave: true }, "key");
    const shown = pad ? [this.#on.pad.block(), leave] : made.length > 0 ? made : [leave, this.#button({ label: say("key.confirm"), confirm: true }, "key pay")];
    $("keys").replaceChildren(...shown);
  }

  #button(does, classes) {
    const button = make("button", classes.trim(), does.label);
    button.type = "button";
    button.addEventListener("mousedown", (event) => event.preventDefault());
    button.addEventListener("click", () => {
      if (does.leave) this.#on.back();
      else if (does.confirm) this.#on.answer("");
      else this.#on.press(does);
    });
    return button;
  }
}

const greeting = (title, note) => make("div", "empty", make("p", "empty-title", title), make("p", "hint", note));

const whyOf = ({ why, about, age }) => say(`self.call_${why}`, { name: about, age: String(age) });

function callBlock(call) {
  const panel = make(
    "div",
    "call",
    make("p", "call-title", say("self.call")),
    make("p", "call-why", whyOf(call)),
  );
  panel.setAttribute("role", "status");
  return panel;
}
