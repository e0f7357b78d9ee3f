// Baskets that are set aside (挂单): the list over the empty sale, and what became of one that was wanted.
//
//   the list       ↑ ↓ choose · Enter goes on with the chosen one · its key asks again · Esc back
//   a basket was   the till tells it within 2 s; whoever scans meanwhile begins another, and the wanted
//   wanted         one stays for this lane, and in the list

import { make } from "./make.js";
import { money, say } from "./words.js";

export const SUSPENDING = {
  suspend: () => ({
    steps: [{ key: "name", label: "prompt.suspend", hint: "prompt.suspend_hint", kind: "text", may_be_empty: true }],
    request: (given) => ({ do: "suspend", ...given }),
  }),
};

// The list after what the till told of it: its baskets, or that one of them is being asked for.
export function asideOf(before, told) {
  if (!told.baskets) return before && { ...before, claim: told.id };
  const at = told.baskets.some(({ uuid }) => uuid === before?.at) ? before.at : told.baskets[0]?.uuid;
  return { ...told, at, claim: before?.claim };
}

// The basket `by` places away.
export function movedAside({ baskets, at }, by) {
  const place = baskets.findIndex(({ uuid }) => uuid === at);
  return baskets[Math.min(Math.max(place + by, 0), baskets.length - 1)]?.uuid;
}

// What is said when a basket was resumed, or was not: how it is shown, and its words; see `tell`.
export function outcomeOf({ ok, error, claimed, repriced, before, total, name }, training) {
  if (!ok) return ["error", `error.${error.code}`, error.values];
  const sure = claimed || training;
  const said = () => [
    say(repriced ? "info.resumed_current" : "info.resumed_kept", { name: name || say("suspended.unnamed") }),
    before === total ? "" : say("info.resumed_total", { before: money(before), total: money(total) }),
    sure ? "" : say("info.resumed_unsure"),
  ];
  return [sure ? "good" : "warn", () => said().filter(Boolean).join(" · ")];
}

export function asideShown({ baskets, at, pending, complete, claim }, lane) {
  const notes = { pending: "suspended.pending", claim: "suspended.claiming", some: "suspended.hint" };
  const how = claim ? "claim" : pending ? "pending" : "some";
  return {
    title: say("suspended.title"),
    note: !pending && !complete ? say("suspended.own_only") : say(notes[how]),
    unsure: !pending && !complete,
    none: !pending && baskets.length === 0 ? say("suspended.none") : "",
    rows: baskets.map((one) => ({
      selected: one.uuid === at,
      name: one.name || say("suspended.unnamed"),
      where: `${one.lane === lane ? say("suspended.here") : one.lane} · ${one.operator} · ${timeOf(one.at)}`,
      tag: one.given && say(one.given === lane ? "suspended.given_here" : "suspended.given", { lane: one.given }),
      lines: say("suspended.lines", { count: one.lines }),
      amount: money(one.amount),
    })),
  };
}

function timeOf(instant) {
  const at = new Date(instant);
  const today = at.toDateString() === new Date().toDateString();
  const date = today ? {} : { month: "2-digit", day: "2-digit" };
  return at.toLocaleString(document.documentElement.lang, { ...date, hour: "2-digit", minute: "2-digit", hour12: false });
}

export function asideBlock({ title, note, unsure, none, rows }) {
  const panel = make("section", `found ${unsure ? "unsure" : ""} aside`);
  panel.setAttribute("aria-live", "polite");
  const table = make("table", "lines", make("tbody", "", ...rows.map(rowOf)));
  const region = make("div", "found-lines", table);
  region.tabIndex = 0;
  region.setAttribute("role", "region");
  region.setAttribute("aria-label", title);
  panel.append(
    make("h3", "found-title", title),
    ...(none ? [make("p", "hint", none)] : [region]),
    make("p", "found-note", note),
  );
  return panel;
}

function rowOf({ selected, name, where, tag, lines, amount }) {
  const what = make("td", "item", make("span", "name", name));
  if (tag) what.append(make("span", "tag", tag));
  what.append(make("span", "code", where));
  const row = make("tr", selected ? "selected" : "", what, make("td", "quantity", lines), make("td", "amount", amount));
  if (selected) row.setAttribute("aria-current", "true");
  return row;
}
