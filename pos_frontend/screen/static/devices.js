// The lane's self-test: how each device does, live, and a key that tries it. Without an operator signed
// in at the till it shows and tries nothing. Esc goes back to the sale, which stands as it stood.
//
//   printer   trouble, receipts that wait, ready, or not configured      F1 prints a test receipt
//   others    their condition, or not configured                         F2 shows a text, F3 weighs

import { Link } from "./link.js";
import { make } from "./make.js";
import { markTraining } from "./training.js";
import { loadWords, quantity, say, speak } from "./words.js";

const DEVICES = [["printer", "F1"], ["line_display", "F2"], ["scale", "F3"]];
const $ = (id) => document.getElementById(id);
const page = { state: null, results: {}, message: "" };

await loadWords();
const link = new Link(document.querySelector('meta[name="till-token"]').content, {
  state: (state) => {
    page.state = state;
    page.message = "";
    draw();
  },
  status: (status) => {
    if (page.state) page.state.status = status;
    draw();
  },
  broken: () => {
    page.message = say("link.lost");
    draw();
  },
});
document.addEventListener("keydown", pressed, { capture: true });

function pressed(event) {
  const [device] = DEVICES.find(([, key]) => key === event.code) ?? [];
  const others = { F8: language, Escape: leave, Enter: noSale, NumpadEnter: noSale };
  const act = device ? () => check(device) : others[event.code];
  if (!act) return;
  event.preventDefault();
  if (!event.repeat) act();
}

async function check(device) {
  if (!page.state || !canTry(page.state, device)) return;
  const answer = await link.ask({ do: "check_health", device });
  if (answer === null) return; // the line broke, which has been said
  if (answer.ok) page.results[device] = answer.health;
  else page.message = say(`error.${answer.error.code}`, answer.error.values);
  draw();
}

async function language() {
  const answer = await link.ask({ do: "language", language: page.state?.language === "en" ? "zh_CN" : "en" });
  if (answer?.ok) page.state = answer.state;
  draw();
}

// Whoever scans here believes to be selling.
function noSale() {
  page.message = say("devices.no_sale");
  draw();
}

function leave() {
  location.assign("/");
}

function canTry(state, device) {
  return state.operator !== null && conditionOf(state.status, device).state !== "none";
}

function conditionOf({ printer, devices }, device) {
  if (device !== "printer") return devices[device] ?? { state: "none", detail: "" };
  if (!printer.configured) return { state: "none", detail: "" };
  if (printer.trouble) return { state: "trouble", detail: printer.trouble };
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
  $("ways").replaceChildren(button("F8", say("key.language"), language), button("Esc", say("devices.back"), leave));
  const hint = state.operator ? say("devices.hint") : say("devices.sign_in");
  $("message").textContent = page.message || hint;
  $("message").dataset.kind = page.message ? "error" : "hint";
  $("devices").replaceChildren(...DEVICES.map(([device, key]) => cardOf(state, device, key)));
}

function cardOf(state, device, key) {
  const { state: condition, detail } = conditionOf(state.status, device);
  const kind = { ready: "good", none: "wait" }[condition] ?? "bad";
  // A weight that was read before the scale went away is no longer true.
  if (condition !== "ready" && page.results[device]?.weight) delete page.results[device];
  const result = page.results[device];
  const test = button(key, say(`devices.test_${device}`), () => check(device));
  test.disabled = !canTry(state, device);
  return make(
    "section",
    "device",
    make("h2", "", say(`devices.${device}`)),
    make("span", `sign ${kind}`, say(`device.${condition}`)),
    make("p", "detail", detail),
    make("p", `result ${result?.weight ? "" : "plain"}`, result ? resultOf(result) : ""),
    test,
  );
}

function resultOf({ result, weight }) {
  return say(`health.${result}`, { weight: quantity(weight) });
}

function button(cap, label, act) {
  const made = make("button", "key", make("kbd", "", cap), make("span", "", label));
  made.type = "button";
  made.addEventListener("click", act);
  return made;
}
