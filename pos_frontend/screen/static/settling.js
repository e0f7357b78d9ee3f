// The end of a shift: its cashier counts the till, or leaves that to the branch.
//
// Cash comes first: left empty, nothing is counted here. Of what else is counted, nothing keyed is nought.

import { say } from "./words.js";

const isCurrency = (key) => key === key.toUpperCase();
const named = (key) => (isCurrency(key) ? key : say(`key.${key}`));

export const SETTLING = {
  end_shift: ({ keys = [] }) => ({
    steps: [
      { key: "sure", label: "prompt.end_shift", hint: "prompt.end_shift_hint", kind: "confirm" },
      {
        key: "cash",
        label: "prompt.count_cash",
        hint: "prompt.count_cash_hint",
        kind: "amount",
        may_be_empty: true,
        when: () => keys.length > 0, // a self-checkout has no drawer
      },
      ...keys
        .filter((key) => key !== "cash")
        .map((key) => ({
          key,
          label: "prompt.count",
          hint: "prompt.count_hint",
          values: () => ({ what: named(key) }),
          kind: "amount",
          may_be_empty: true,
          when: (given) => Boolean(given.cash),
        })),
    ],
    request: (count) => ({ do: "end_shift", ...(count.cash ? { count } : {}) }),
  }),
};
