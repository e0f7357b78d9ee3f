// The keys of this lane, see `pos_frontend.keymap`: what a button prints, and what a key means.

// These are what they are at every lane: what is keyed ends with them, or goes by them.
export const FIXED = new Set(["Enter", "Escape", "ArrowUp", "ArrowDown"]);

let functions = {};

export async function loadKeys() {
  functions = await (await fetch("/keys")).json();
}

export const names = () => Object.keys(functions);
export const keysOf = (name) => functions[name].keys;
export const modesOf = (name) => functions[name].modes;

// What is printed on the button of a function.
export function capOf(name) {
  return functions[name]?.keys.join("  ") ?? "";
}

// The functions that a key may mean in a mode; two only if they are never possible at once.
export function meant(mode, key) {
  return names().filter((name) => functions[name].modes.includes(mode) && functions[name].keys.includes(key));
}

// The text with the key in each {key.function}.
export const withCaps = (text) => text.replaceAll(/\{key\.(\w+)\}/g, (_, name) => functions[name]?.keys[0] ?? "");
