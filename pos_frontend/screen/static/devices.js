// The lane's self-test: how each device does, live, and a key that tries it. Without an operator signed
// in at the till it shows and tries nothing. Esc goes back to the sale, which stands as it stood.
//
//   printer         what is wrong, receipts that wait       prints a test receipt; of what may be printed by half,
//                                                          copies, or says that it is well
//   line display, scale, terminal    their condition         shows a text, weighs, asks
//   scanner         its condition                            scanning shows the code here, and sells nothing
//   cash drawer     hangs on the printer                     its key at the till, with authority

import { Keyboard } from "./keyboard.js";
import { capOf, loadKeys, meant } from "./keymap.js";
import { Link } from "./link.js";
import { make } from "./make.js";
import { markTraining } from "./training.js";
import { loadWords, quantity, say, speak } from "./words.js";

const DEVICES = ["printer", "line_display", "scale", "payment_terminal", "scanner", "cash_drawer"];
// How each that can be tried is tried; the others say what to do.
const TRIED = new Set(DEVICES.slice(0, 4));
const $ = (id) => document.getElementById(id);
const page = { state: null, results: {}, message: null };

await Promise.all([loadWords(), loadKeys()]);
const link = new Link(document.querySelector('meta[name="till-token"]').content, {
  state: (state) => {
    page.state = state;
    page.message = null;
    draw();
  },
  status: (status) => {
    if (page.state) page.state.status = status;
    draw();
  },
  scanned: ({ code }) => {
    page.results.scanner = { code };
    draw();
  },
  broken: () => {
    page.message = { words: "link.lost" };
    draw();
  },
});
new Keyboard({ echo: () => {}, enter: noSale, key: pressed });

function pressed(key) {
  if (key === "Escape") leave();
  const [name] = [...meant("devices", key), ...meant("any", key)];
  const device = DEVICES.find((one) => `test_${one}` === name);
  if (device) check(device);
  else ({ language, print_doubtful: () => settle(true), drop_doubtful: () => settle(false) })[name]?.();
}

async function check(device) {
  if (!page.state || !canTry(page.state, device)) return;
  const answer = await link.ask({ do: "check_health", device });
  if (answer === null) return; // the line broke, which has been said
  if (answer.ok) page.results[device] = answer.health;
  else page.message = { words: `error.${answer.error.code}`, values: answer.error.values };
  draw();
}

// Somebody has looked at what may be printed by half.
async function settle(print) {
  if (!page.state?.status.printer.doubtful.length) return;
  const answer = await link.ask({ do: "doubtful", print });
  if (answer && !answer.ok) page.message = { words: `error.${answer.error.code}`, values: answer.error.values };
  draw();
}

async function language() {
  const answer = await link.ask({ do: "language", language: page.state?.language === "en" ? "zh_CN" : "en" });
  if (answer?.ok) page.state = answer.state;
  draw();
}

// Whoever scans here believes to be selling.
function noSale() {
  page.message = { words: "devices.no_sale" };
  draw();
}

function leave() {
  location.assign("/");
}

function canTry(state, device) {
  return state.operator !== null && conditionOf(state.status, device).state !== "none";
}

function conditionOf({ printer, devices }, device) {
  if (!["printer", "cash_drawer"].includes(device)) return devices[device] ?? { state: "none", detail: "" };
  if (!printer.configured) return { state: "none", detail: "" };
  if (printer.state !== "ready") return { state: printer.state, detail: printer.trouble };
  return { state: "ready", detail: printer.waiting ? say("ui.waiting", { count: printer.waiting }) : "" };
}

function draw() {
  const { state } = page;
  if (!state) return;
  speak(state.language, state.lane.decimals);
  markTraining(state.training);
  document.title = say("devices.title");
  $("title").textContent = say("devices.title");
  $("lane").textContent = `${state.lane.name ?? ""} ${state.lane.lane}`.trim();
  $("ways").replaceChildren(button(capOf("language"), say("key.language"), language), button("Esc", say("devices.back"), leave));
  const hint = state.operator ? say("devices.hint") : say("devices.sign_in");
  $("message").textContent = page.message ? say(page.message.words, page.message.values) : hint;
  $("message").dataset.kind = page.message ? "error" : "hint";
  $("devices").replaceChildren(...DEVICES.map((device) => cardOf(state, device)));
}

function cardOf(state, device) {
  const { state: condition, detail } = conditionOf(state.status, device);
  const kind = { ready: "good", none: "wait" }[condition] ?? "bad";
  // A weight that was read before the scale went away is no longer true.
  if (condition !== "ready" && page.results[device]?.weight) delete page.results[device];
  const result = page.results[device];
  const large = result?.weight || result?.code;
  return make(
    "section",
    "device",
    make("h2", "", say(`devices.${device}`)),
    make("span", `sign ${kind}`, say(`device.${condition}`)),
    make("p", "detail", detail),
    make("p", `result ${large ? "" : "plain"}`, result ? resultOf(result) : ""),
    ...waysOf(state, device),
  );
}

function waysOf(state, device) {
  const { doubtful } = state.status.printer;
  if (!TRIED.has(device)) return [make("p", "hint", say(`devices.hint_${device}`))];
  if (device === "printer" && doubtful.length) {
    const both = make("div", "both", button(capOf("print_doubtful"), say("devices.print_doubtful"), () => settle(true)));
    both.append(button(capOf("drop_doubtful"), say("devices.drop_doubtful"), () => settle(false)));
    for (const one of both.children) one.disabled = !state.operator;
    return [make("p", "doubtful", say("devices.doubtful", { receipts: doubtful.join(" ") })), both];
  }
  const test = button(capOf(`test_${device}`), say(`devices.test_${device}`), () => check(device));
  test.disabled = !canTry(state, device);
  return [test];
}

function resultOf({ result, weight, code }) {
  return code ?? say(`health.${result}`, { weight: quantity(weight) });
}

function button(cap, label, act) {
  const made = make("button", "key", make("kbd", "", cap), make("span", "", label));
  made.type = "button";
  made.addEventListener("click", act);
  return made;
}
