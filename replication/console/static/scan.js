// A form that a scanner types into: `<form data-scan="#part">` with a text field, a field `scan` that names
// the entry, and `#part`, the part of the page that an answer replaces.
//
//   Enter                     the field is empty again in the same moment; what was in it waits its turn
//   an answer comes           it replaces the part, and the next one is sent
//   a refusal                 the answer says why; it was read, so the next one is sent
//   no answer, or no entry    the entry is kept and sent again, under the same name: it counts once
//   leaving with some unsent  the browser asks
//
// Without this script the form is an ordinary one.

const AGAIN = 2000;

for (const form of document.querySelectorAll("form[data-scan]")) {
  const field = form.querySelector("input[type=text]");
  const waiting = [];
  let sending = false;

  async function send() {
    if (sending || !waiting.length) return;
    sending = true;
    form.dataset.waiting = waiting.length;
    try {
      const answer = await fetch(form.action, {
        method: "POST",
        body: waiting[0],
        headers: { "HX-Request": "true", "HX-Request-Type": "partial" },
      });
      if (answer.ok || answer.status === 422) {
        waiting.shift();
        document.querySelector(form.dataset.scan).outerHTML = await answer.text();
      } else if (answer.status >= 500) {
        throw new Error(answer.statusText);
      } else {
        // Signed out, or no such sheet: the page as a whole has to say so.
        waiting.length = 0;
        window.location.reload();
      }
      form.dataset.waiting = waiting.length;
      sending = false;
      send();
    } catch {
      form.dataset.waiting = waiting.length;
      setTimeout(() => { sending = false; send(); }, AGAIN);
    }
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!field.value.trim()) return;
    const entry = new FormData(form);
    entry.set("scan", crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`);
    waiting.push(new URLSearchParams(entry));
    field.value = "";
    field.focus();
    send();
  });

  window.addEventListener("beforeunload", (event) => { if (waiting.length) event.preventDefault(); });
}
