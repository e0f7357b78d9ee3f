// Members at the till: who is not found by a phone's number may be made one.

const PHONE = /^\+?[\d\s-]{7,20}$/;
const GOODS = /^(?:\d{8}|\d{12,14})$/; // as long as a barcode of goods

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

// What is asked next when a member was not found: their name, if it was a phone's number. What is as long as
// a barcode of goods was scanned: nobody is registered by it, and the next one scanned is not their name. A
// number of that length is keyed with its country, or with a space.
export function nextOf({ do: act, member }, refused) {
  const phone = act === "member" && refused === "unknown_member" && PHONE.test(member) && !GOODS.test(member);
  return phone ? { phone: member } : null;
}
