// What the functions of the till do, by where the page stands. Their keys are the lane's, see `keymap`; which
// are possible, `functions` knows.
//
//   looking   a look-up stands over the page     a found receipt is read, copied, returned from
//   now       the page itself                    selling, payment, the terminal, open payments, suspended baskets
//
// The page lends what they do it with: ask, tell, begin (a prompt), spend, leaveLookup, beginCheck, scrollFound.

import { promotingActs } from "./promoting.js";
import { again } from "./reprinting.js";
import { moved, unseen } from "./returning.js";
import { movedAside } from "./suspending.js";
import { payingActs } from "./tendering.js";
import { paymentOf } from "./terminal.js";
import { oldLabelOf } from "./words.js";

export const mayAllow = ({ state }) => state.operator.role === "branch_manager";
export const selectedLine = ({ state, selected }) => state.basket.lines.find(({ number }) => number === selected);

export function actsOf(page, act) {
  const own = () => mayAllow(page);
  const settle = () => act.begin("settle", "", { reference: paymentOf(page.state).reference, own: own() });
  const selling = sellingActs(page, act, own);
  const paying = payingActs(page, { ...act, own });
  const promoting = promotingActs(page, act);
  const waiting = {
    ask_payment: () => act.ask({ do: "ask_payment" }),
    settle_payment: settle,
  };
  const open = {
    void_payment: () => act.ask({ do: "void_payment", reference: paymentOf(page.state).reference }),
    settle_open: settle,
  };
  const aside = {
    suspended: () => act.ask({ do: "suspended" }),
    ArrowUp: () => (page.aside.at = movedAside(page.aside, -1)),
    ArrowDown: () => (page.aside.at = movedAside(page.aside, 1)),
  };
  const looking = lookingActs(page, act, own);
  const returning = returningActs(page, act, own);
  return {
    looking: () => (page.lookup.returning ? returning : looking),
    now: () => {
      if (page.state.state === "paying") return waiting;
      if (page.open) return open;
      if (page.aside) return aside;
      return { ...promoting, ...(page.mode === "pay" ? paying() : selling) };
    },
  };
}

function sellingActs(page, { ask, tell, begin, beginCheck }, own) {
  return {
    member: (text) => begin("member", text),
    unknown_item: (text) => begin("unknown_item", "", { code: text || page.unknown }),
    void_line: () => ask({ do: "void_line", line: page.selected }),
    override: (text) => begin("override", text, { line: page.selected, own: own() }),
    discount: (text) => begin("discount", text, { own: own() }),
    sign_out: () => ask({ do: "sign_out" }),
    cancel: () => begin("cancel", ""),
    open_payments: () => (page.open = true),
    reprint: async () => (await ask(again(page.state))) && tell("good", "info.reprinted"),
    end_shift: () => begin("end_shift", "", { keys: page.state.shift.count, faces: page.state.shift.faces }),
    x_report: async () => (await ask({ do: "x_report" })) && tell("good", "info.x_report"),
    pay: () => (page.mode = "pay"),
    lookup: (text) => begin("lookup", text),
    return: (text) => begin("return", text, { own: own() }),
    reprice_label: () => {
      const repriced = oldLabelOf(selectedLine(page)) === "stale";
      ask({ do: "reprice_label", line: page.selected, repriced });
    },
    drawer: () => begin("drawer", "", { own: own() }),
    devices: () => location.assign("/devices"),
    price_check: beginCheck,
    suspend: (text) => begin("suspend", text),
    suspended: () => ask({ do: "suspended" }),
    training: () => begin("training", "", { own: own() }),
    ArrowUp: () => select(page, -1),
    ArrowDown: () => select(page, 1),
  };
}

function lookingActs(page, { ask, tell, begin, leaveLookup, scrollFound }, own) {
  return {
    print_found: async () => (await ask({ do: "print_found" })) && tell("good", "info.reprinted"),
    return: () => {
      const receipt = page.lookup.ticket?.receipt ?? "";
      leaveLookup();
      begin("return", receipt, { own: own() });
    },
    ArrowUp: () => scrollFound(-1),
    ArrowDown: () => scrollFound(1),
  };
}

function returningActs(page, { begin, leaveLookup }, own) {
  const choose = (by) => {
    if (page.lookup.ticket) page.lookup.at = moved(page.lookup, page.state.basket, by);
  };
  return {
    ArrowUp: () => choose(-1),
    ArrowDown: () => choose(1),
    return: () => {
      const about = { own: own(), receipt: unseen(page.lookup) };
      const without = !page.lookup.pending && !page.lookup.ticket;
      leaveLookup();
      begin(without ? "take_back" : "return", "", about);
    },
  };
}

function select(page, by) {
  const lines = page.state.basket.lines.filter((line) => !line.voided);
  const at = lines.findIndex((line) => line.number === page.selected);
  page.selected = lines[Math.min(Math.max(at + by, 0), lines.length - 1)]?.number ?? null;
}
