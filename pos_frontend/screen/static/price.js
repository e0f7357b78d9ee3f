// The price check for customers: whatever is scanned or keyed is asked for, nothing else can be done.

import { checkingBlock, checkingOf } from "./checking.js";
import { Keyboard } from "./keyboard.js";
import { Link } from "./link.js";
import { make } from "./make.js";
import { Pad } from "./pad.js";
import { loadWords, say, speak } from "./words.js";

const SHOWN_FOR = 30_000; // ms: the next customer finds an empty page, in the shop's language
const LANGUAGES = [["zh_CN", "中文"], ["en", "English"]];
const $ = (id) => document.getElementById(id);
const page = { shop: null, language: "", price: null, message: null, asked: 0 };
let leaving = 0;

await loadWords();
const keyboard = new Keyboard({ echo: (text) => ($("echo").textContent = text), enter: ask, key: () => {} });
const pad = new Pad(keyboard);
const link = new Link(
  document.querySelector('meta[name="till-token"]').content,
  {
    shop: (shop) => {
      page.shop = shop;
      draw();
    },
    broken: () => {
      page.price = null;
      page.message = { words: "check.away" };
      draw();
    },
  },
  { socket: "/price/live", page: "/price" },
);

async function ask(code) {
  clearTimeout(leaving);
  if (!code || !page.shop) return;
  page.asked += 1;
  const asked = page.asked;
  const answer = await link.ask({ code });
  if (asked !== page.asked) return; // something else was scanned meanwhile
  page.price = answer?.ok ? answer.price : null;
  page.message = answer?.ok ? null : { words: wordsOf(answer) };
  leaving = setTimeout(leave, SHOWN_FOR);
  draw();
}

function wordsOf(answer) {
  if (answer === null) return "check.away";
  return ["unknown_item", "no_price"].includes(answer.error.code) ? "check.unknown" : "check.ask_staff";
}

function leave() {
  Object.assign(page, { language: "", price: null, message: null });
  keyboard.clear();
  draw();
}

function draw() {
  if (!page.shop) return;
  const language = page.language || page.shop.language;
  speak(language, page.shop.decimals);
  document.title = `${page.shop.name ?? ""} · ${say("check.title")}`;
  $("shop").textContent = page.shop.name ?? "";
  $("stage").replaceChildren(checkingBlock(checkingOf(page.price)));
  $("message").textContent = page.message ? say(page.message.words) : "";
  $("message").dataset.kind = page.message ? "error" : "none";
  $("entry-label").textContent = say("check.input");
  $("pad").replaceChildren(pad.block());
  $("ways").replaceChildren(...LANGUAGES.map(([name, label]) => languageButton(name, label, name === language)));
}

function languageButton(name, label, chosen) {
  const button = make("button", "key", label);
  button.type = "button";
  button.lang = name.replace("_", "-");
  button.setAttribute("aria-pressed", String(chosen));
  button.addEventListener("mousedown", (event) => event.preventDefault());
  button.addEventListener("click", () => {
    page.language = name;
    draw();
  });
  return button;
}
