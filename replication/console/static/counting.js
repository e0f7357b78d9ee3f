// A count by denomination adds up while it is typed. What counts is what the server adds up.
//
//   fieldset[data-pieces][data-decimals]   input[data-face] per face value, in minor units; .sum output

function sumOf(pieces) {
  return [...pieces.querySelectorAll("[data-face]")].reduce(
    (sum, { value, dataset }) => sum + (/^\d+$/.test(value.trim()) ? Number(value) * Number(dataset.face) : 0),
    0,
  );
}

// Minor units as the amount field takes them, with separators of thousands.
function shown(minor, decimals) {
  const digits = String(minor).padStart(decimals + 1, "0");
  const whole = digits.slice(0, digits.length - decimals).replace(/\B(?=(\d{3})+$)/g, ",");
  return decimals ? `${whole}.${digits.slice(-decimals)}` : whole;
}

function addUp(pieces) {
  const typed = [...pieces.querySelectorAll("[data-face]")].some(({ value }) => value.trim());
  pieces.querySelector(".sum").hidden = !typed;
  pieces.querySelector(".sum output").textContent = shown(sumOf(pieces), Number(pieces.dataset.decimals));
}

for (const pieces of document.querySelectorAll("[data-pieces]")) {
  pieces.addEventListener("input", () => addUp(pieces));
  addUp(pieces);
}
