// Keeps a board in step with its site by server-sent events, where a page has one:
//
//   data-live="address"         the board; a frame tells the cards that changed, and their cells
//   data-card, data-cell        a card by name, and within it a cell by name: its text, kind and address
//   data-age                    an age that runs, from the cell `state`'s instant
//   data-message, data-seen     who has seen a message
//   data-live-state             whether the page is in step
//
// Texts come in the reader's language and are put in as text. Where other cards or messages are there than
// the page has, it is loaded again. Without this module the page is read as it came.

const board = document.querySelector("[data-live]");
let ahead = 0; // how far the site's clock is ahead of the browser's, in milliseconds

if (board) {
  follow();
  setInterval(ages, 1000);
  ages();
}

function follow() {
  const source = new EventSource(board.dataset.live);
  source.addEventListener("frame", (event) => take(JSON.parse(event.data)));
  source.addEventListener("open", () => shown(true));
  source.addEventListener("error", () => {
    shown(false);
    // A browser comes back by itself unless it was refused: after a sign-out there is no way back in here.
    if (source.readyState === EventSource.CLOSED) setTimeout(() => location.reload(), 5000);
  });
}

function take(frame) {
  ahead = Date.parse(frame.now) - Date.now();
  if (differs("card", frame.lanes) || differs("message", Object.keys(frame.messages))) {
    if (!isWriting()) location.reload();
    return;
  }
  for (const [name, card] of Object.entries(frame.cards)) draw(find("card", name), card);
  for (const [name, seen] of Object.entries(frame.messages)) {
    find("message", name).querySelector("[data-seen]").textContent = seen;
  }
  ages();
}

const find = (what, name) => document.querySelector(`[data-${what}="${CSS.escape(name)}"]`);

function differs(what, names) {
  if (!names) return false;
  const present = [...document.querySelectorAll(`[data-${what}]`)].map((one) => one.dataset[what]);
  return present.length !== names.length || names.some((name) => !present.includes(name));
}

// What somebody is about to send must not be lost; the page is loaded again with the next frame.
const isWriting = () =>
  [...document.querySelectorAll("input[type=text], textarea")].some((one) => one.value !== one.defaultValue);

function draw(item, card) {
  if (!item) return;
  item.className = `lane ${card.kind}`;
  for (const [name, cell] of Object.entries(card.cells)) {
    const place = item.querySelector(`[data-cell="${name}"]`);
    if (place.textContent !== cell.text) place.textContent = cell.text;
    if (cell.kind) place.className = `chip ${cell.kind}`;
    if (cell.href) place.setAttribute("href", cell.href);
    if ("since" in cell) item.querySelector("[data-age]").setAttribute("datetime", cell.since);
  }
}

function ages() {
  const now = Date.now() + ahead;
  for (const age of board.querySelectorAll("[data-age]")) {
    const since = Date.parse(age.dateTime);
    age.textContent = Number.isNaN(since) ? "" : told(Math.max(0, Math.floor((now - since) / 1000)));
  }
}

function told(seconds) {
  const two = (value) => String(value).padStart(2, "0");
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  return hours ? `${hours}:${two(minutes % 60)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

function shown(on) {
  const state = document.querySelector("[data-live-state]");
  state.textContent = on ? state.dataset.on : state.dataset.off;
  state.classList.toggle("lost", !on);
  board.classList.toggle("lost", !on);
}
