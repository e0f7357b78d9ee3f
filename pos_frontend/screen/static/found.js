// A look-up over the sale: being made, what was found, or how certain it is that there is nothing.
//
//   who answered, why not further            what is said
//   everybody who could know was asked       found, or headquarters has none
//   branch or lane, line down or too late    as far as the branch, or this lane, knows: ask again

import { make } from "./make.js";
import { nameOf } from "./tendering.js";
import { money, quantity, say } from "./words.js";

const WHYS = ["line_down", "late", "busy", "not_understood", "not_admitted"];

export const pendingOf = ({ key }) => ({ title: say("lookup.pending", { key }), note: say("lookup.pending_hint") });

export function foundOf({ key, ticket, complete, by, answered_by, why, through, outcome, returning, at }) {
  const site = answered_by;
  if (ticket && returning) {
    const note = say(complete ? "lookup.may_return" : "lookup.not_checked");
    return { ...ticketOf(ticket, at), note, kind: complete ? "found" : "found unsure" };
  }
  if (ticket) return { ...ticketOf(ticket), note: say(`lookup.from_${by}`, { site }) };
  const reason = say(`lookup.why_${WHYS.includes(why) ? why : "other"}`);
  const held = through ? say("lookup.through", { receipt: through }) : "";
  if (complete) {
    return { title: say(outcome === "refused" ? "lookup.refused" : "lookup.nowhere", { key }), note: held, kind: "none" };
  }
  const known = say(by === "lane" ? "lookup.lane_only" : "lookup.branch_only", { key, site });
  return { title: known, note: [reason, say("lookup.again"), held].filter(Boolean).join(" "), kind: "partial" };
}

function ticketOf(ticket, at) {
  const amount = (value) => money(value, ticket.decimals ?? undefined);
  const sums = [
    ticket.rounding && [say("receipt.rounding"), amount(ticket.rounding)],
    ...ticket.tenders.map((one) => [nameOf(one) + (one.reference ? ` ${one.reference}` : ""), amount(one.amount)]),
    ticket.change && [say("receipt.change"), amount(ticket.change)],
  ].filter(Boolean);
  return {
    title: `${say("lookup.title")} ${ticket.receipt}`,
    shop: ticket.shop,
    kind: "found",
    facts: [
      [say("receipt.time"), ticket.time],
      [say("ui.day"), ticket.business_date],
      [say("ui.cashier"), ticket.operator],
      ticket.member && [say("ui.member"), ticket.member],
    ].filter(Boolean),
    lines: ticket.lines.map((line) => ({
      number: line.number,
      name: line.name,
      item: line.item,
      voided: line.voided,
      quantity: quantity(line.quantity),
      price: amount(line.list_price),
      amount: amount(line.voided ? 0 : line.amount),
      tag: line.voided ? say("ui.voided") : line.returned ? say("ui.returned") : "",
      left: line.left === undefined ? "" : `${say("ui.left")} ${quantity(line.left)}`,
      selected: line.number === at,
    })),
    total: [`${say("ui.total")} ${ticket.currency}`.trim(), amount(ticket.total)],
    sums,
  };
}

export function lookupBlock(shown) {
  const panel = make("section", `found ${shown.kind ?? "pending"}`);
  panel.setAttribute("aria-live", "polite");
  panel.append(
    make("div", "found-top", make("h3", "found-title", shown.title), make("span", "found-shop", shown.shop ?? "")),
    ...(shown.facts ? [pairs("found-facts", shown.facts)] : []),
    ...(shown.lines ? [lines(shown.lines), pairs("found-sums", [shown.total, ...shown.sums])] : []),
    make("p", "found-note", shown.note),
  );
  return panel;
}

const pairs = (classes, rows) =>
  make("dl", classes, ...rows.map(([name, value]) => make("div", "", make("dt", "", name), make("dd", "", value))));

function lines(rows) {
  const table = make("table", "lines", make("tbody", "", ...rows.map(rowOf)));
  const region = make("div", "found-lines", table);
  region.tabIndex = 0;
  region.setAttribute("role", "region");
  region.setAttribute("aria-label", say("lookup.lines"));
  return region;
}

function rowOf(line) {
  const name = make("td", "item", make("span", "name", line.name));
  if (line.tag) name.append(make("span", "tag", line.tag));
  name.append(make("span", "code", line.item));
  if (line.left) name.append(make("span", "why", line.left));
  const row = make(
    "tr",
    `${line.voided ? "voided" : ""} ${line.selected ? "selected" : ""}`.trim(),
    name,
    make("td", "quantity", line.quantity),
    make("td", "price", line.price),
    make("td", "amount", line.amount),
  );
  row.dataset.number = line.number;
  if (line.selected) row.setAttribute("aria-current", "true");
  return row;
}
