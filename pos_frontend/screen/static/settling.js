// The end of a shift: its cashier counts the till, or leaves that to the branch.
//
// Cash comes first: left empty, nothing is counted here. Of what else is counted, nothing keyed is nought.
// A star instead of an amount counts money by denomination: a step for each, with what they come to so far.

import { money, say } from "./words.js";

const BY_PIECE = "*";
const isCurrency = (key) => key === key.toUpperCase();
const named = (key) => (isCurrency(key) ? key : say(`key.${key}`));
const pieceKey = (key, face) => `${key} ${face}`;

function soFar(key, faces, given) {
  const sum = faces.reduce((all, [face]) => all + face * (Number(given[pieceKey(key, face)]) || 0), 0);
  return money(sum, faces[0][1].split(".")[1]?.length ?? 0);
}

const pieceSteps = (key, faces = []) =>
  faces.map(([face, text]) => ({
    key: pieceKey(key, face),
    label: "prompt.pieces",
    hint: "prompt.pieces_hint",
    values: (given) => ({ what: named(key), face: text, sum: soFar(key, faces, given) }),
    kind: "amount",
    may_be_empty: true,
    when: (given) => given[key] === BY_PIECE,
  }));

function requested(given, keys, faces) {
  if (!given.cash) return { do: "end_shift" };
  const count = {};
  const pieces = {};
  for (const key of keys) {
    if (given[key] === BY_PIECE && faces[key]) {
      const counted = faces[key].map(([face]) => [String(face), given[pieceKey(key, face)] ?? ""]);
      pieces[key] = Object.fromEntries(counted);
    } else {
      count[key] = given[key] ?? "";
    }
  }
  return { do: "end_shift", count, pieces };
}

export const SETTLING = {
  end_shift: ({ keys = [], faces = {} }) => ({
    steps: [
      { key: "sure", label: "prompt.end_shift", hint: "prompt.end_shift_hint", kind: "confirm" },
      {
        key: "cash",
        label: "prompt.count_cash",
        hint: faces.cash ? "prompt.count_cash_hint" : "prompt.count_cash_amount",
        kind: "amount",
        may_be_empty: true,
        when: () => keys.length > 0, // a self-checkout has no drawer
      },
      ...pieceSteps("cash", faces.cash),
      ...keys
        .filter((key) => key !== "cash")
        .flatMap((key) => [
          {
            key,
            label: "prompt.count",
            hint: faces[key] ? "prompt.count_hint_pieces" : "prompt.count_hint",
            values: () => ({ what: named(key) }),
            kind: "amount",
            may_be_empty: true,
            when: (given) => Boolean(given.cash),
          },
          ...pieceSteps(key, faces[key]),
        ]),
    ],
    request: (given) => requested(given, keys, faces),
  }),
};
