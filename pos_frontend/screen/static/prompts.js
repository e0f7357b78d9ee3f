// What the till asks for step by step: each prompt is a list of steps and the request it ends in.
//
//   {key, label, values?, kind: "text" | "secret" | "amount" | "choice" | "confirm", may_be_empty?,
//    of?: the choices' name, or options?: the choices themselves, when?: (given) => whether it is asked at all}
//
// A step that is answered on beforehand (what stood in the input when its key was pressed) is passed.

import { MEMBERS } from "./members.js";
import { PROMOTING } from "./promoting.js";
import { REDEEMING } from "./redeeming.js";
import { RETURNS } from "./returning.js";
import { SETTLING } from "./settling.js";
import { SUSPENDING } from "./suspending.js";
import { TENDERS } from "./tendering.js";
import { TRAINING } from "./training.js";
import { money, say } from "./words.js";

const CHOICES = ["1", "2", "3", "4", "5"];
const MOVEMENTS = ["pickup", "loan", "paid_in", "paid_out", "no_sale"];
// What a step's choice means to the till: a movement by its name, a reason by its words.
const MEANING = { movement: (n) => MOVEMENTS[n - 1] };
const BY_MANAGERS = ["paid_out", "no_sale"];

// Whoever is called to allow something, when somebody has to be.
const called = (when) => [
  { key: "operator", label: "prompt.authority", kind: "text", when },
  { key: "pin", label: "prompt.authority_pin", kind: "secret", when },
];
// Why a price is lowered, and who allows it if that is not who is at the till.
const byAuthority = (own) => [
  { key: "reason", label: "prompt.override_reason", kind: "choice", of: "reason" },
  ...called(() => !own),
];

// The float of a shift: keyed, or the drawer of the shift before, see `hand_over`.
function floatOf(drawer) {
  if (drawer && drawer.left === null) {
    return { key: "float", label: "prompt.goes_on", hint: "prompt.goes_on_hint", values: () => drawer, kind: "confirm" };
  }
  if (drawer) {
    const values = () => ({ operator: drawer.operator, left: money(drawer.left) });
    return { key: "float", label: "ui.float", hint: "prompt.taken_over", values, kind: "amount", may_be_empty: true };
  }
  return { key: "float", label: "ui.float", kind: "amount", hint: "ui.float_hint" };
}

export const PROMPTS = {
  ...RETURNS,
  ...SUSPENDING,
  ...TRAINING,
  ...MEMBERS,
  ...TENDERS,
  ...SETTLING,
  ...PROMOTING,
  ...REDEEMING,
  sign_in: () => ({
    steps: [
      { key: "operator", label: "ui.operator", kind: "text" },
      { key: "pin", label: "ui.pin", kind: "secret" },
    ],
    request: (given) => ({ do: "sign_in", ...given }),
    stays: true,
  }),
  // Somebody of the shop at a self-checkout: to open it, or to see to a customer.
  staff: ({ what }) => ({
    steps: [
      { key: "operator", label: "ui.operator", kind: "text" },
      { key: "pin", label: "ui.pin", kind: "secret" },
    ],
    request: (given) => ({ do: what, ...given }),
  }),
  open_shift: ({ drawer }) => ({
    steps: [floatOf(drawer)],
    request: ({ float = "" }) => ({ do: "open_shift", float }),
    stays: true,
  }),
  unknown_item: ({ code }) => ({
    steps: [
      { key: "code", label: "prompt.unknown_code", kind: "text", given: code },
      { key: "price", label: "prompt.unknown_price", kind: "amount", values: (given) => ({ code: given.code }) },
    ],
    request: (given) => ({ do: "unknown_item", ...given }),
  }),
  override: ({ line, own }) => ({
    steps: [
      { key: "amount", label: "prompt.override_amount", hint: "prompt.override_hint", kind: "amount", values: () => ({ line }) },
      ...byAuthority(own),
    ],
    request: (given) => ({ do: "override", line, ...given }),
  }),
  discount: ({ own }) => ({
    steps: [{ key: "off", label: "prompt.discount_off", hint: "prompt.discount_hint", kind: "amount" }, ...byAuthority(own)],
    request: (given) => ({ do: "discount", ...given }),
  }),
  drawer: ({ own }) => {
    return {
      steps: [
        { key: "movement", label: "prompt.movement", kind: "choice", of: "movement" },
        { key: "amount", label: "prompt.movement_amount", kind: "amount", when: (given) => given.movement !== "no_sale" },
        { key: "reason", label: "prompt.movement_reason", kind: "choice", of: "drawer_reason" },
        ...called((given) => !own && BY_MANAGERS.includes(given.movement)),
      ],
      request: (given) => ({ do: "move_cash", ...given }),
    };
  },
  qr: ({ basket, amount }) => ({
    steps: [{ key: "reference", label: "prompt.payment_code", kind: "text" }],
    request: (given) => ({ do: "tender", kind: "qr", basket, ...(amount ? { amount } : {}), ...given }),
  }),
  settle: ({ reference, own }) => ({
    steps: [
      { key: "reason", label: "prompt.payment_reason", kind: "choice", of: "payment_reason" },
      ...called(() => !own),
    ],
    request: (given) => ({ do: "settle_payment", reference, ...given }),
  }),
  lookup: () => ({
    steps: [{ key: "key", label: "prompt.lookup", hint: "prompt.lookup_hint", kind: "text" }],
    request: (given) => ({ do: "lookup", ...given }),
  }),
  cancel: () => ({
    steps: [{ key: "sure", label: "prompt.cancel", hint: "prompt.cancel_hint", kind: "confirm" }],
    request: () => ({ do: "cancel" }),
  }),
};

export class Prompt {
  constructor(name, about = {}) {
    this.name = name;
    const { steps, request, stays = false } = PROMPTS[name](about);
    this.steps = steps;
    this.request = request;
    this.stays = stays;
    this.given = {};
    this.at = 0;
    while (this.at < steps.length && steps[this.at].given) this.take(steps[this.at].given);
  }

  get step() {
    return this.steps[this.at];
  }

  // "2 / 3": the present step among those that are asked, as far as can be told by now.
  get place() {
    const asked = (steps) => steps.filter((step) => step.when?.(this.given) !== false).length;
    const all = asked(this.steps);
    return all > 1 ? `${asked(this.steps.slice(0, this.at + 1))} / ${all}` : "";
  }

  get done() {
    return this.at >= this.steps.length;
  }

  get choices() {
    const { kind, of, options } = this.step;
    if (kind !== "choice") return [];
    return options?.map((name, n) => [String(n + 1), name]) ?? CHOICES.map((n) => [n, say(`${of}.${n}`)]);
  }

  // Takes the answer to the present step; false when it is none.
  take(text) {
    const step = this.step;
    if (step.kind === "confirm") {
      this.#next();
      return true;
    }
    if (step.kind === "choice" && !this.choices.some(([n]) => n === text)) return false;
    if (!text && !step.may_be_empty) return false;
    this.given[step.key] = step.kind === "choice" ? meant(step, text) : text;
    this.#next();
    return true;
  }

  #next() {
    do this.at += 1;
    while (!this.done && this.step.when?.(this.given) === false);
  }

  restart() {
    this.given = {};
    this.at = 0;
  }
}

function meant({ of, options }, choice) {
  return options?.[choice - 1] ?? MEANING[of]?.(choice) ?? say(`${of}.${choice}`);
}
