// The words of both languages, and amounts and quantities as people read them.

import { withCaps } from "./keymap.js";

const words = {};

export async function loadWords() {
  for (const language of ["zh_CN", "en"]) {
    words[language] = await (await fetch(`/static/messages/${language}.json`)).json();
  }
}

let language = "zh_CN";
let decimals = 2;

export function speak(wanted, places) {
  language = wanted;
  if (places !== null) decimals = places;
  document.documentElement.lang = wanted.replace("_", "-");
}

export function say(key, values = {}) {
  let text = words[language][key] ?? key;
  for (const [name, value] of Object.entries(values)) text = text.replaceAll(`{${name}}`, value);
  return text.includes("{key.") ? withCaps(text) : text;
}

// Minor units as a decimal number. Integers all the way: no amount passes through a fraction.
export function money(amount, places = decimals) {
  const sign = amount < 0 ? "−" : "";
  const digits = String(Math.abs(amount)).padStart(places + 1, "0");
  const whole = digits.slice(0, digits.length - places).replace(/\B(?=(\d{3})+$)/g, ",");
  return places ? `${sign}${whole}.${digits.slice(-places)}` : `${sign}${whole}`;
}

// How a line with a label of an older price is charged: "stale" as printed, "repriced", or not at all.
export function oldLabelOf(line) {
  return line?.discounts.find((one) => one.kind === "label" && one.reason !== "printed")?.reason;
}

export function quantity(thousandths) {
  const sign = thousandths < 0 ? "−" : "";
  const digits = String(Math.abs(thousandths)).padStart(4, "0");
  const fraction = digits.slice(-3).replace(/0+$/, "");
  return sign + (fraction ? `${digits.slice(0, -3)}.${fraction}` : digits.slice(0, -3));
}
