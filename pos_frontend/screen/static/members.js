// Members at the till: who is not found by a phone's number may be made one.

const PHONE = /^\+?[\d\s-]{7,20}$/;

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
  const unknown = request.do === "member" && refused === "unknown_member" && PHONE.test(request.member);
  return unknown ? { phone: request.member } : null;
}
