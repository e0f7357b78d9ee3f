// A grid to edit and to paste into, made of a text field whose lines are rows and whose cells stand between tabs:
//
//   [data-grid="names of columns between tabs"]   around the field; data-labels says them to the person,
//                                                 data-row names a row ("row #"), data-caption all
//   paste          cells fall to the right and below, and rows are added as needed
//   Up, Down       the same column of the next row; Enter goes down too, and adds a row at the end
//   Ctrl+Delete    empties the row; an empty row is left out
//   what is typed  goes into the field as the form is sent, and #look, which told of other rows, goes
//
// Without this script the field is edited as text.

const EMPTY = 5;

for (const place of document.querySelectorAll("[data-grid]")) build(place);

function build(place) {
  const field = place.querySelector("textarea");
  const columns = place.dataset.grid.split("\t");
  const labels = place.dataset.labels.split("\t");
  let rows = read(field.value);
  if (rows.length && rows[0].every((cell) => columns.includes(cell.trim()))) {
    const header = rows.shift().map((cell) => cell.trim());
    rows = rows.map((row) => columns.map((name) => row[header.indexOf(name)] ?? ""));
  }
  const box = document.createElement("div");
  box.className = "table";
  const table = document.createElement("table");
  const caption = table.createCaption();
  caption.className = "unseen";
  caption.textContent = place.dataset.caption;
  const head = table.createTHead().insertRow();
  for (const name of ["#", ...labels]) {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.textContent = name;
    head.append(cell);
  }
  const body = table.createTBody();
  for (const row of rows) add(row);
  for (let number = 0; number < EMPTY; number += 1) add([]);
  box.append(table);
  field.closest(".field").hidden = true;
  place.append(box);

  function add(cells) {
    const row = body.insertRow();
    const name = place.dataset.row.replace("#", body.rows.length);
    const label = document.createElement("th");
    label.scope = "row";
    label.className = "number";
    label.textContent = body.rows.length;
    row.append(label);
    labels.forEach((column, index) => {
      const input = document.createElement("input");
      input.value = cells[index] ?? "";
      input.setAttribute("aria-label", `${column}, ${name}`);
      input.setAttribute("aria-describedby", "grid-hint");
      input.autocomplete = "off";
      input.spellcheck = false;
      row.insertCell().append(input);
    });
  }

  const at = (input) => [input.closest("tr").sectionRowIndex, input.closest("td").cellIndex - 1];
  const input = (row, column) => body.rows[row]?.cells[column + 1]?.firstChild;

  function go(row, column) {
    if (row < 0) return;
    if (row >= body.rows.length) add([]);
    input(row, column).focus();
    input(row, column).select();
  }

  body.addEventListener("keydown", (event) => {
    if (event.isComposing || event.altKey) return;
    const [row, column] = at(event.target);
    if (event.key === "ArrowDown" || (event.key === "Enter" && !event.ctrlKey)) go(row + 1, column);
    else if (event.key === "ArrowUp") go(row - 1, column);
    else if (event.key === "Delete" && event.ctrlKey) {
      for (const cell of body.rows[row].querySelectorAll("input")) cell.value = "";
      changed();
    } else return;
    event.preventDefault();
  });

  body.addEventListener("paste", (event) => {
    const text = event.clipboardData.getData("text/plain");
    if (!/[\t\n]/.test(text.trimEnd())) return;
    event.preventDefault();
    const [row, column] = at(event.target);
    read(text).forEach((cells, down) => {
      if (row + down >= body.rows.length) add([]);
      cells.forEach((cell, right) => {
        const one = input(row + down, column + right);
        if (one) one.value = cell.trim();
      });
    });
    changed();
  });

  body.addEventListener("input", changed);

  // What was looked at is no longer what stands here.
  function changed() {
    document.querySelector("#look")?.remove();
  }

  field.form.addEventListener("submit", () => {
    const typed = [...body.rows]
      .map((row) => [...row.querySelectorAll("input")].map((one) => one.value))
      .filter((cells) => cells.some((cell) => cell.trim()));
    field.value = [columns, ...typed].map((cells) => cells.map(quoted).join("\t")).join("\n");
  });
}

const quoted = (cell) => (/["\t\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);

// Cells as spreadsheet programs copy them: between tabs, in quotation marks where they hold such or a line break.
function read(text) {
  const rows = [];
  let row = [];
  const cell = /(?:"((?:[^"]|"")*)"|([^\t\r\n]*))(\t|\r?\n|\r|$)/gy;
  for (let found; (found = cell.exec(text)); ) {
    row.push(found[1] === undefined ? found[2] : found[1].replaceAll('""', '"').replace(/\s*\n\s*/g, " "));
    if (found[3] !== "\t") {
      if (row.some((one) => one.trim())) rows.push(row);
      row = [];
    }
    if (cell.lastIndex >= text.length && found[3] !== "\t") break;
  }
  return rows;
}
