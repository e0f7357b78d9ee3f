// The self-checkout: a customer scans and pays, a person of the shop is called and lets them go on. What
// may be done, and by whom, is decided behind it, see `pos_frontend.attendance`.
//
//   closed                 a person opens it
//   serving   sell, pay    scans are sold, whatever is shown; pay: by card or by a code
//   waiting                the terminal is asked
//   called                 a person is awaited: nothing is sold
//   attended               what a person may do beside it

import { Keyboard } from "./keyboard.js";
import { Link } from "./link.js";
import { Pad } from "./pad.js";
import { newsFor } from "./promoting.js";
import { Prompt } from "./prompts.js";
import { buttonsOf } from "./self_buttons.js";
import { SelfView } from "./self_view.js";
import { loadWords, say, speak } from "./words.js";

const THANKS = 8000; // ms
const SHOWN_FOR = 8000; // ms
const page = { shown: null, step: "sell", prompt: null, selected: null, message: null, pad: false, done: null };
let fading = 0;
let leaving = 0;

await loadWords();
const keyboard = new Keyboard({ echo: (text) => view.echo(text, page.prompt), enter, key: (key) => key === "Escape" && back() });
const view = new SelfView({ pad: new Pad(keyboard), press, choose, answer: enter, back });
const link = new Link(
  document.querySelector('meta[name="till-token"]').content,
  { self: take, scanned: ({ code }) => scanned(code), broken: () => tell("error", "self.away") },
  { socket: "/self/live", page: "/self" },
);

function take(shown) {
  const before = page.shown;
  page.shown = shown;
  speak(shown.language, shown.decimals);
  const { uuid, lines } = shown.basket;
  if (before && before.basket.uuid !== uuid) {
    if (shown.last?.uuid === before.basket.uuid) thank(shown.last);
    Object.assign(page, { step: "sell", selected: null, pad: false });
  }
  if (lines.length > 0 || shown.state === "closed") page.done = null;
  if (shown.paid > 0) page.step = "pay";
  // Who attends is shown the line that it is about.
  if (shown.state !== "attended") page.selected = null;
  else page.selected ??= shown.call?.line || (lines.findLast((line) => !line.voided)?.number ?? null);
  if (before && before.state !== shown.state) page.prompt = null;
  if (shown.refused && shown.refused !== before?.refused) tell("error", `refused.${shown.refused}`);
  const news = before && newsFor(before, shown);
  if (news) tell(...news);
  draw();
}

function thank(last) {
  page.done = last;
  clearTimeout(leaving);
  leaving = setTimeout(async () => {
    page.done = null;
    const { language, usual, basket } = page.shown;
    if (language !== usual && basket.lines.length === 0) await ask({ do: "language", language: usual });
    draw();
  }, THANKS);
}

async function ask(request) {
  const answer = await link.ask(request);
  if (answer === null) {
    tell("error", "self.away");
    return false;
  }
  if (!answer.ok) {
    tell("error", wordsOf(answer.error.code), answer.error.values);
    return false;
  }
  if (request.do !== "language") tell("none", "");
  take(answer.self);
  return true;
}

// A customer is told what they can do; who attends, what the till says.
function wordsOf(code) {
  if (code.startsWith("self_") || code.startsWith("pin")) return `error.${code}`;
  if (page.shown.state === "attended" || page.shown.state === "closed") return `error.${code}`;
  return code.startsWith("scale_") ? "self.scale" : "self.not_now";
}

function enter(text) {
  const { shown, prompt } = page;
  if (!shown) return;
  if (prompt) answer(text);
  else if (!text) draw();
  else if (shown.state === "closed") tell("error", "error.self_closed");
  else if (shown.state === "called") tell("error", "error.self_attended");
  else if (shown.waiting) tell("error", "self.paying");
  else sell(text);
}

async function sell(code) {
  if (page.shown.paid === 0) page.step = "sell";
  page.pad = false;
  await ask({ do: "scan", code });
}

// A serial scanner's code never answers a question that is open.
function scanned(code) {
  if (page.prompt) tell("error", "self.not_now");
  else enter(code);
}

function answer(text) {
  const { prompt } = page;
  if (!prompt.take(text)) tell("error", "prompt.required");
  else if (prompt.done) {
    page.prompt = null;
    ask(prompt.request(prompt.given));
  }
  draw();
}

// Opens a prompt, or does what a button says.
function press({ begin, about, request, step, pad }) {
  keyboard.clear();
  tell("none", "");
  if (begin) page.prompt = new Prompt(begin, about);
  if (request) ask(request);
  if (step) page.step = step;
  if (pad) page.pad = !page.pad;
  draw();
}

function back() {
  keyboard.clear();
  page.prompt = null;
  page.pad = false;
  draw();
}

function choose(number) {
  if (page.shown.state === "attended") page.selected = number;
  draw();
}

function tell(kind, words, values = {}) {
  clearTimeout(fading);
  page.message = words ? { kind, words, values } : null;
  if (words) fading = setTimeout(() => tell("none", ""), SHOWN_FOR);
  draw();
}

function draw() {
  if (!page.shown) return;
  const message = page.message && { kind: page.message.kind, text: say(page.message.words, page.message.values) };
  view.draw({ ...page, message, buttons: buttonsOf(page) });
}
