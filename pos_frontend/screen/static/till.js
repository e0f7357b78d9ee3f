// The cashier's page: takes keys, asks the till, shows what it answers. All rules are the till's.
//
//   mode     left by                 Enter means
//   sell     F10, a prompt's key     scan what was keyed
//   pay      Esc, the last tender    cash: what was keyed, or all that is due
//   prompt   its last step, Esc      the answer to the present step
//   lookup   Esc, any other act      as without it: a look-up stands over the sale, never before it
//   checking Esc, any other act      the price of what was keyed: nothing is entered
//   aside    Esc, a scan             the chosen suspended basket
//   help     Esc, any other act      as without it

import { actsOf, mayAllow, selectedLine } from "./acts.js";
import { askPrice } from "./checking.js";
import { functionOf, whyNot } from "./functions.js";
import { helpOf } from "./help.js";
import { Keyboard } from "./keyboard.js";
import { loadKeys } from "./keymap.js";
import { keysAbove, keysFor } from "./keys.js";
import { Link } from "./link.js";
import { nextOf } from "./members.js";
import { Pad } from "./pad.js";
import { asTender, chargedGift, gifts, reservedOf, reserveCoupons } from "./promoting.js";
import { Prompt } from "./prompts.js";
import { isAsked, keepAccount, redeemable, redeemedOf } from "./redeeming.js";
import { chosen, marked } from "./returning.js";
import { Scans } from "./scanned.js";
import { asideOf, outcomeOf } from "./suspending.js";
import { byEnter, isRefund, mayGoInCash, payHint } from "./tendering.js";
import { refundOf } from "./terminal.js";
import { PadSwitch } from "./touch.js";
import { View } from "./view.js";
import { loadWords, money, oldLabelOf, say, speak } from "./words.js";

const CODE = /^(?:\d{8,}|\d{16}.*|[(\]].*|[A-Za-z].*)$/; // in payment: a code was scanned, nobody pays that much
const RECEIPT = /^(?:[^\s(\]-][^\s-]*\.[^\s.-]+-\d{1,12}|[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})$/i; // the codes of a receipt: it is looked up, not sold
// What is said when something that was asked for is done.
const DONE = {
  begin_training: ["warn", "info.training_begun"],
  end_shift: ["good", "info.shift_ended"],
  give_back: ["good", "info.returned"],
  move_cash: ["good", "info.moved"],
  redeem: ["hint", "redeem.asking"],
  register_member: ["good", "info.member_made"],
  suspend: ["good", "info.suspended"],
  take_back: ["good", "info.returned"],
};
const TWICE = 300; // ms after a tender in which another Enter is the same press
const SHOWN_FOR = 6000; // ms

const page = {
  state: null,
  mode: "sell",
  prompt: null,
  lookup: null,
  checking: null,
  help: false,
  open: false,
  aside: null,
  account: null,
  selected: null,
  message: null,
  last: false,
  unknown: "",
  asking: false,
  refused: "",
  paid_at: 0,
  reserving: "",
};
let frame = 0;
let fading = 0;

await Promise.all([loadWords(), loadKeys()]);
const keyboard = new Keyboard({
  echo: (text) => view.echo(text, page.prompt),
  enter,
  key: (key, text) => page.state && pressed(functionOf(key, page), text),
});
const view = new View({
  press: (name) => pressed(name, keyboard.text),
  choose: pick,
  answer: enter,
  pad: new Pad(keyboard),
});
const padSwitch = new PadSwitch(document.getElementById("pad-toggle"), draw);
const acts = actsOf(page, {
  ask, tell, begin, spend, leaveLookup, beginCheck, scrollFound: (by) => view.scrollFound(by),
});
const scans = new Scans(page, { enter, tell, keyed: () => keyboard.text, clear: () => keyboard.clear() });
const link = new Link(document.querySelector('meta[name="till-token"]').content, {
  state: take,
  status: (status) => {
    if (!page.state) return;
    page.state.status = status;
    draw();
  },
  lookup: (lookup) => {
    if (page.lookup?.id !== lookup.id) return;
    page.lookup = { ...lookup, returning: page.lookup.returning };
    draw();
  },
  suspended: (told) => {
    if (page.aside?.id === told.id) page.aside = asideOf(page.aside, told);
    draw();
  },
  coupon: (told) => {
    if (page.reserving !== told.id) return;
    page.reserving = "";
    tell(...reservedOf(told));
    reserve();
  },
  resumed,
  account: (told) => (keepAccount(page, told), draw()),
  redeemed: (told) => {
    if (isAsked(page)) page.account = null;
    page.paid_at = performance.now();
    tell(...redeemedOf(told));
  },
  scanned: ({ code }) => scans.take(code),
  broken: (unanswered) => {
    page.asking = false;
    page.reserving = "";
    page.lookup = page.aside = page.account = null;
    tell("error", unanswered ? "link.check" : "link.lost", {}, true);
  },
});
setInterval(tick, 1000);
tick();

// --- what the till says ---

function take(state) {
  const before = page.state;
  page.state = state;
  speak(state.language, state.lane.decimals);
  const lines = state.basket.lines;
  if (before?.basket.uuid !== state.basket.uuid) {
    page.last = before !== null && state.last?.uuid === before.basket.uuid;
    page.mode = "sell";
    page.selected = page.account = null;
    if (page.lookup?.returning) page.lookup = null; // what may be returned is asked for each basket
  }
  if (before && before.training !== state.training) page.prompt = page.lookup = page.aside = page.checking = null;
  if (lines.length > 0) page.last = false;
  if (lines.length !== before?.basket.lines.length || !lines.some((l) => l.number === page.selected)) {
    page.selected = lines.findLast((line) => !line.voided)?.number ?? null;
  }
  if (lines.length > 0 || state.state !== "selling") page.aside = null;
  if (["tendering", "paying"].includes(state.state)) page.mode = "pay";
  if (state.state === "paying" && page.prompt?.name !== "settle") page.prompt = null;
  if (state.terminal.open.length === 0) page.open = false;
  follow();
  if (page.message?.lasting) page.message = null;
  const { refused } = state.terminal;
  if (refused && refused.reference !== before?.terminal.refused?.reference) {
    tell("error", `refused.${refundOf(refused)}${refused.why}`);
  }
  if (lines.length === (before?.basket.lines.length ?? 0) + 1) tellOldLabel(lines.at(-1));
  const charged = chargedGift(before, state);
  if (charged) tell(...charged);
  reserve();
  draw();
}

// The printed amount is taken unless the cashier says otherwise: a queue does not wait for an answer.
function tellOldLabel(line) {
  if (oldLabelOf(line) !== "stale") return;
  const off = line.discounts.find((one) => one.kind === "label").amount;
  const values = { name: line.name, printed: money(line.amount), now: money(line.amount + off) };
  tell("warn", "info.label_stale", values);
}

// Keeps what is asked for in step with the till: who is not signed in is asked to, and so on.
function follow() {
  const wanted = { signed_out: "sign_in", opening: "open_shift" }[page.state.state];
  if (wanted && page.prompt?.name !== wanted) page.prompt = new Prompt(wanted, { drawer: page.state.drawer });
  if (!wanted && page.prompt?.stays) page.prompt = null;
  if (wanted) {
    page.mode = "sell";
    page.lookup = page.checking = page.aside = null;
  }
}

// Not by `ask`: it is told beside whatever the cashier does meanwhile.
function reserve() {
  reserveCoupons(page, async () => {
    const answer = await link.ask({ do: "reserve_coupon" });
    if (answer?.ok) page.state = answer.state;
    draw();
    return answer;
  });
}

async function ask(request) {
  page.asking = true;
  const answer = await link.ask(request);
  page.asking = false;
  if (answer === null) {
    tell("error", "link.check", {}, true);
    return false;
  }
  if (!answer.ok) {
    page.unknown = ["unknown_item", "no_price"].includes(answer.error.code) ? request.code : "";
    page.refused = answer.error.code;
    tell("error", `error.${answer.error.code}`, answer.error.values);
    return false;
  }
  if (request.do !== "language") {
    page.unknown = "";
    clearMessage();
  }
  if (answer.suspended) page.aside = asideOf(page.aside, answer.suspended);
  if (answer.account && page.account) page.account.id = answer.account.id;
  if (answer.lookup) page.lookup = { ...answer.lookup, pending: true, returning: request.returning };
  take(answer.state);
  return true;
}

// --- what the cashier does ---

function enter(text) {
  if (!page.state) return;
  if (page.help && !text) {
    page.help = false;
    draw();
    return;
  }
  page.help = false;
  if (page.checking) {
    if (text) askPrice(page, text, link, { tell, draw });
    return;
  }
  if (text && !page.prompt) {
    leaveLookup();
    page.open = false;
    page.aside = null;
  }
  if (page.prompt) {
    answer(text);
  } else if (page.lookup?.returning && page.lookup.ticket) {
    begin("give_back", "", chosen(page.lookup, page.state.basket, mayAllow(page)));
  } else if (page.aside) {
    if (page.aside.at) ask({ do: "resume", suspended: page.aside.at });
  } else if (page.state.state === "paying") {
    tell("error", "error.not_while_paying");
  } else if (page.mode === "sell" && RECEIPT.test(text)) {
    ask({ do: "lookup", key: text });
  } else if (page.mode === "pay") {
    payCash(text);
  } else if (text) {
    ask({ do: "scan", code: text });
  } else {
    draw();
  }
}

function answer(text) {
  const { prompt } = page;
  if (!prompt.take(text)) {
    tell("error", "prompt.required");
    return;
  }
  if (prompt.done) finish(prompt);
  draw();
}

async function finish(prompt) {
  const request = prompt.request(prompt.given);
  page.prompt = null;
  if (request.begin) {
    begin(request.begin, "", request.about);
    return;
  }
  const done = await ask(request);
  if (!done && request.do === "redeem") page.account = null;
  if (!done && prompt.stays) {
    page.prompt = null;
    follow();
    draw();
  }
  const phone = !done && nextOf(request, page.refused);
  if (phone) begin("register_member", "", phone);
  const coupon = !done && asTender(request, page.refused, page.state);
  if (coupon) begin("coupon_amount", "", coupon);
  if (done && request.do === "sign_in") {
    const back = page.state.basket.lines.length > 0 ? "info.basket_back" : "info.signed_in";
    tell("good", back, { name: page.state.operator.name });
  } else if (done && DONE[request.do]) {
    tell(...DONE[request.do]);
  }
}

function payCash(text) {
  if (CODE.test(text)) {
    page.mode = page.state.state === "tendering" ? "pay" : "sell";
    ask({ do: "scan", code: text });
    return;
  }
  if (!text && (isAsked(page) || performance.now() - page.paid_at < TWICE)) return;
  pay(byEnter(page.state), text);
}

async function pay(kind, text) {
  const request = { do: "tender", kind, basket: page.state.basket.uuid };
  if (text) request.amount = text;
  await ask(request);
  page.paid_at = performance.now();
}

// `name` is a function's, or a key that is the same at every lane.
function pressed(name, text) {
  if (!page.state || !name) return;
  if (name === "Enter") {
    keyboard.clear();
    enter(text);
    return;
  }
  if (name === "language") {
    ask({ do: "language", language: page.state.language === "en" ? "zh_CN" : "en" });
    return;
  }
  if (name === "end_training" && page.state.training) {
    endTraining();
    return;
  }
  if (name === "Escape") {
    escape(text);
    return;
  }
  page.help = name === "help" && !page.help;
  const why = whyNot(name, page);
  if (why) {
    if (!page.prompt) tell("error", why);
  } else if (name === "acknowledge") {
    ask({ do: "acknowledge", message: page.state.status.messages[0].message });
  } else if (name !== "help") {
    perform(name, text);
  }
  draw();
}

function perform(name, text) {
  if (page.prompt) {
    if (name === "sign_out") ask({ do: "sign_out" });
    return;
  }
  if (page.checking) {
    page.checking = null;
    if (name === "price_check") return;
  }
  if (page.lookup) {
    const looking = acts.looking()[name];
    if (looking) {
      looking();
      return;
    }
    leaveLookup();
  }
  acts.now()[name]?.(text);
}

function escape(text) {
  if (page.help) {
    page.help = false;
  } else if (text) {
    keyboard.clear();
  } else if (page.checking) {
    page.checking = null;
  } else if (page.state.state === "paying" && !page.prompt) {
    ask({ do: "cancel_payment" });
  } else if (page.open && !page.prompt) {
    page.open = false;
  } else if (page.prompt && !page.prompt.stays) {
    page.prompt = null;
  } else if (page.aside) {
    page.aside = null;
  } else if (page.lookup) {
    leaveLookup();
  } else if (page.prompt?.stays) {
    page.prompt.restart();
  } else if (page.state.state === "tendering") {
    page.mode = "sell";
    ask({ do: "back" });
  } else {
    page.mode = "sell";
  }
  clearMessage();
  draw();
}

// What became of a basket that was wanted; the till's state is told by itself.
function resumed(told) {
  if (page.aside?.claim === told.id) page.aside = { ...page.aside, claim: undefined };
  tell(...outcomeOf(told, page.state.training));
}

async function endTraining() {
  keyboard.clear();
  if (await ask({ do: "end_training" })) tell("good", "info.training_ended");
}

function beginCheck(text) {
  keyboard.clear();
  page.checking = { price: null };
  if (text) askPrice(page, text, link, { tell, draw });
}

// Nobody looks any longer: what is still under way is cancelled, all the way up.
function leaveLookup() {
  if (!page.lookup) return;
  page.lookup = null;
  link.ask({ do: "end_lookup" });
  draw();
}

function spend(kind, text) {
  keyboard.clear();
  pay(kind, text);
}

// Opens a prompt; what was keyed before its key is the answer to its first step.
function begin(name, text, about = {}) {
  keyboard.clear();
  clearMessage();
  page.prompt = new Prompt(name, about);
  if (text) page.prompt.take(text);
  if (page.prompt.done) finish(page.prompt);
}

// A line that was touched.
function pick(number) {
  if (page.lookup?.returning) page.lookup.at = number;
  else if (page.state.basket.lines.some((line) => line.number === number && !line.voided)) page.selected = number;
  draw();
}

// --- what the page shows ---

// Draws at the next frame, once, whatever came until then; the input is shown in the same update.
function draw() {
  scans.later();
  if (!page.state || frame) return;
  frame = requestAnimationFrame(() => {
    frame = 0;
    const { state, prompt } = page;
    const lookup = marked(page.lookup, state.basket);
    view.draw({
      state,
      mode: page.mode,
      prompt,
      lookup,
      open: page.open,
      aside: page.aside,
      checking: page.checking,
      help: page.help ? helpOf(page) : null,
      above: keysAbove(),
      pad: padSwitch.shown(prompt),
      selected: page.selected,
      message: messageNow(),
      keys: keysFor(
        state.state, page.mode, prompt, lookup, state.basket.lines.length > 0, oldLabelOf(selectedLine(page)),
        {
          paying: state.state === "paying" ? state.terminal.waiting.state : "",
          open: state.terminal.open.length,
          opened: page.open,
          checking: page.checking !== null,
          aside: page.aside,
          training: state.training,
          foreign: state.payment.foreign.length > 0,
          refund: isRefund(state),
          redeemable: redeemable(state),
          in_cash: mayGoInCash(state),
          gifts: gifts(state).length,
        },
      ),
      visible: { lines: state.basket.lines.length > 0, last: page.last && !prompt && !lookup && !page.checking },
    });
    keyboard.settle();
  });
}

function messageNow() {
  const { message } = page;
  if (message) {
    const { kind, words, values } = message;
    return { kind, text: typeof words === "function" ? words() : say(words, values) };
  }
  if (page.mode === "pay" && !page.prompt && page.state.state !== "paying") {
    return { kind: "hint", text: payHint(page.state) };
  }
  return null;
}

// The words, or what puts them together, are looked up when they are drawn, in the language of that moment.
function tell(kind, words, values = {}, lasting = false) {
  page.message = { kind, words, values, lasting };
  clearTimeout(fading);
  if (!lasting) fading = setTimeout(clearMessage, SHOWN_FOR);
  draw();
}

function clearMessage() {
  clearTimeout(fading);
  page.message = null;
  draw();
}

function tick() {
  const now = new Date();
  const clock = document.getElementById("clock");
  clock.dateTime = now.toISOString();
  clock.textContent = now.toTimeString().slice(0, 5);
}
