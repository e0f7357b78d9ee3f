// Goods that come back: the sale that was looked up for it, and what of it is in the basket already.
//
//   found                              Enter                        End
//   yes                                how many of the line         another receipt
//   no, or nobody could be asked       –                            without the receipt, by a manager

import { say, quantity } from "./words.js";

const RECEIPT = /^[^\s]+-\d+$/;

// The look-up as it is shown: what is left of each line, less what is in the basket, and the line that
// Enter means.
export function marked(lookup, basket) {
  if (!lookup?.returning || !lookup.ticket) return lookup;
  const { uuid } = lookup.ticket;
  const taken = (number) =>
    basket.lines
      .filter(({ voided, returned }) => !voided && returned?.ticket === uuid && returned.line === number)
      .reduce((sum, line) => sum - line.quantity, 0);
  const lines = lookup.ticket.lines.map((line) => ({ ...line, left: Math.max(0, line.left - taken(line.number)) }));
  const at = lookup.at ?? lines.find((line) => line.left > 0)?.number ?? lines[0]?.number;
  return { ...lookup, at, ticket: { ...lookup.ticket, lines } };
}

// The line `by` places away.
export function moved(lookup, basket, by) {
  const { at, ticket } = marked(lookup, basket);
  const place = ticket.lines.findIndex((line) => line.number === at);
  return ticket.lines[Math.min(Math.max(place + by, 0), ticket.lines.length - 1)]?.number;
}

// What the prompt for the chosen line has to know.
export function chosen(lookup, basket, own) {
  const { at, ticket, complete } = marked(lookup, basket);
  const line = ticket.lines.find((one) => one.number === at);
  return { line: at, name: line.name, left: quantity(line.left), own, checked: complete };
}

// The number of a receipt that nobody could look up goes with what is taken back on it.
export const unseen = (lookup) =>
  lookup && !lookup.ticket && !lookup.complete && RECEIPT.test(lookup.key) ? lookup.key : "";

const called = [
  { key: "operator", label: "prompt.authority", kind: "text" },
  { key: "pin", label: "prompt.authority_pin", kind: "secret" },
];
const why = { key: "reason", label: "prompt.return_reason", kind: "choice", of: "return_reason" };

export const RETURNS = {
  return: ({ own }) => ({
    steps: [{ key: "key", label: "prompt.return", hint: "prompt.return_hint", kind: "text", may_be_empty: true }],
    request: ({ key }) =>
      key ? { do: "lookup", key, returning: true } : { begin: "take_back", about: { own, receipt: "" } },
  }),
  give_back: ({ line, name, left, own, checked }) => ({
    steps: [
      {
        key: "quantity", label: "prompt.give_back", hint: "prompt.give_back_hint", kind: "amount",
        may_be_empty: true, values: () => ({ name, left }),
      },
      ...(checked ? [] : [why, ...(own ? [] : called)]),
    ],
    request: (given) => ({ do: "give_back", line, ...given }),
  }),
  take_back: ({ own, receipt }) => ({
    steps: [
      { key: "code", label: "prompt.take_back", hint: "prompt.take_back_hint", kind: "text" },
      { key: "price", label: "prompt.return_price", hint: "prompt.return_price_hint", kind: "amount", may_be_empty: true },
      why,
      ...(own ? [] : called),
    ],
    request: (given) => ({ do: "take_back", receipt, ...given }),
  }),
};

// What a line of the basket says of where it came from.
export function sourceOf({ receipt, checked }) {
  const source = receipt ? say("ui.returned_of", { receipt }) : say("ui.no_receipt");
  return checked ? source : `${source} · ${say("ui.not_checked")}`;
}
