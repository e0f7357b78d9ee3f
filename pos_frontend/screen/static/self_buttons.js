// The buttons of the self-checkout: what each is called and what it does, by how the checkout stands.

import { oldLabelOf, say } from "./words.js";

const button = (label, does, kind = "") => ({ label: say(label), kind, ...does });
const asked = (what) => ({ request: { do: what } });

export function buttonsOf(page) {
  const { shown } = page;
  const staff = (what) => button("self.staff", { begin: "staff", about: { what } }, "quiet");
  if (page.prompt) return [];
  if (shown.state === "closed") return [staff("open")];
  if (shown.state === "called") return [staff("attend")];
  if (shown.state === "attended") return attending(page);
  if (shown.waiting) return [button("self.stop", asked("cancel_payment"), "grave wide"), button("self.help", call("help"), "wide")];
  return page.step === "pay" ? paying(shown) : selling(shown, staff("attend"));
}

const call = (why) => ({ request: { do: "call", why } });

function selling({ basket, bags }, staff) {
  const some = basket.count > 0;
  return [
    button("self.key_code", { pad: true }, some ? "" : "wide"),
    ...(bags ? [button("self.bag", { request: { do: "bags", count: 1 } })] : []),
    ...(some ? [button("self.remove", call("remove")), button("self.cancel", call("cancel"))] : []),
    button("self.help", call("help"), "wanted"),
    staff,
    ...(some ? [button("self.pay", { step: "pay" }, "pay")] : []),
  ];
}

function paying({ basket, paid }) {
  const back = paid > 0 ? { request: { do: "back" }, step: "sell" } : { step: "sell" };
  const about = { basket: basket.uuid };
  return [
    button("self.card", { request: { do: "tender", kind: "card", basket: basket.uuid } }, "pay"),
    button("self.code", { begin: "qr", about }, "pay"),
    button("self.help", call("help"), "wanted"),
    button("key.back", back),
  ];
}

function attending({ shown, selected }) {
  const line = shown.basket.lines.find(({ number }) => number === selected);
  const { own } = shown.attendant;
  const label = oldLabelOf(line);
  const { waiting } = shown;
  const terminal = waiting && [
    button("key.ask_payment", asked("ask_payment")),
    button("key.cancel_payment", asked("cancel_payment"), "grave"),
    ...(waiting.state === "missing"
      ? [button("key.settle_payment", { begin: "settle", about: { reference: waiting.reference, own } }, "grave")]
      : []),
  ];
  return [
    ...(terminal ?? ofGoods(shown, line, label, own)),
    button("self.reprint", asked("reprint")),
    button("key.sign_out", asked("sign_out")),
    button("key.end_shift", { begin: "end_shift" }),
    button("self.go_on", asked("go_on"), "pay"),
  ];
}

function ofGoods({ basket, call }, line, label, own) {
  return [
    ...(line && !line.voided
      ? [
          button("key.void_line", { request: { do: "void_line", line: line.number } }),
          button("key.override", { begin: "override", about: { line: line.number, own } }),
        ]
      : []),
    ...(label
      ? [button(label === "stale" ? "key.reprice_label" : "key.keep_label", { request: { do: "reprice_label", line: line.number, repriced: label === "stale" } }, "wanted")]
      : []),
    button("key.unknown_item", { begin: "unknown_item", about: { code: call?.code } }),
    ...(basket.lines.length > 0 ? [button("key.cancel", { begin: "cancel" }, "grave")] : []),
  ];
}
