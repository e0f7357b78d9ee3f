// Members at the till: who is not found by a phone's number may be made one.

const PHONE = /^\+?[\d\s-]{7,20}$/;
const GTIN = /^(?:\d{8}|\d{12,14})$/;

export const MEMBERS = {
  member: () => ({
    steps: [
      { key: "member", label: "prompt.member", hint: "prompt.member_hint", kind: "text", may_be_empty: true },
    ],
    request: (given) => ({ do: "member", ...given }),
  }),
  register_member: ({ phone }) => ({
    steps: [
      { key: "name", label: "prompt.member_name", values: () => ({ phone }), hint: "prompt.member_name_hint", kind: "text", may_be_empty: true },
    ],
    request: (given) => ({ do: "register_member", phone, ...given }),
  }),
};

// What is asked next when a member was not found: their name, if it was a phone's number.
export function nextOf(request, refused) {
  const { do: act, member } = request;
  const unknown = act === "member" && refused === "unknown_member" && PHONE.test(member) && !isGoods(member);
  return unknown ? { phone: member } : null;
}

// Whether it is the barcode of goods, scanned where a member is asked for: nobody is registered by it, and
// the next one scanned is not their name.
function isGoods(text) {
  const digits = [...text].reverse().map(Number);
  return GTIN.test(text) && digits.reduce((sum, digit, place) => sum + digit * (place % 2 ? 3 : 1), 0) % 10 === 0;
}
