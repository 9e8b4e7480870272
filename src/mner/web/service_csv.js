"use strict";
// Tables as text: read as `mner tag` reads CSV, and written as it writes a row for each entity.
(() => {
  const DELIMITERS = [",", ";", "\t"];
  const COLUMNS = ["id", "entity", "label", "probability", "start", "end", "start_char", "end_char", "text", "picture", "found_in"];

  // Returns the rows of cells; a cell in quotes may hold newlines, and two quotes stand for one.
  function cellsOf(text, delimiter) {
    const rows = [];
    let row = [], cell = "", quoted = false, wasQuoted = false;
    const endCell = () => { row.push(cell); cell = ""; wasQuoted = false; };
    const endRow = () => {
      const isBlank = !row.length && !cell.trim() && !wasQuoted;
      endCell();
      if (!isBlank) rows.push(row);
      row = [];
    };
    for (let place = 0; place < text.length; place++) {
      const character = text[place];
      if (quoted) {
        if (character !== '"') cell += character;
        else if (text[place + 1] === '"') cell += text[++place];
        else quoted = false;
      } else if (character === '"' && !cell && !wasQuoted) quoted = wasQuoted = true;
      else if (character === delimiter) endCell();
      else if (character === "\n" || character === "\r") {
        if (character === "\r" && text[place + 1] === "\n") place++;
        endRow();
      } else cell += character;
    }
    if (quoted) throw new Error(`Row ${rows.length + 1} of the table has a quote that is not closed.`);
    if (cell || row.length) endRow();
    return rows;
  }

  const plain = name => name.trim().toLowerCase().replaceAll(/[ -]/g, "_");

  // The column of a role, such as the text, by its usual names; -1 where there is none.
  function column(names, known) {
    const places = known.map(name => names.map(plain).indexOf(name)).filter(place => place >= 0);
    return places.length ? places[0] : -1;
  }

  const delimiterOf = text => {
    const first = text.split(/\r?\n|\r/, 1)[0];
    return DELIMITERS.reduce((best, each) => first.split(each).length > first.split(best).length ? each : best);
  };

  // Returns {names, rows, columns}: columns has the place of text, id and caption, or -1.
  service.readTable = (text, known) => {
    const bare = text.replace(/^\ufeff/, ""), delimiter = delimiterOf(bare);
    const [names, ...rows] = cellsOf(bare, delimiter);
    if (!names || !rows.length) throw new Error("The table has no rows: expected a row with the names of the columns, and a row for each post.");
    const wrong = rows.findIndex(row => row.length !== names.length);
    if (wrong >= 0) throw new Error(`Row ${wrong + 2} of the table has ${rows[wrong].length} cells: expected ${names.length}, as many as the first row.`);
    const columns = Object.fromEntries(Object.entries(known).map(([role, usual]) => [role, column(names, usual)]));
    return {names, rows, columns};
  };

  function line(cells) {
    return cells.map(cell => /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell).join(",") + "\n";
  }

  const number = value => Number.isInteger(value) ? value.toFixed(1) : String(value);

  // Returns the lines of tagged posts, each with the row of the table that it came from.
  service.writeTable = ({names, columns}, tagged) => {
    const kept = names.map((_, place) => place).filter(place => !Object.values(columns).includes(place));
    const header = [...COLUMNS];
    for (const place of kept) {
      let name = names[place];
      while (header.includes(name)) name += "_kept";
      header.push(name);
    }
    const lines = [line(header)];
    for (const {post, row} of tagged) {
      const picture = columns.picture >= 0 ? row[columns.picture] : "";
      const rest = kept.map(place => row[place]);
      for (const {text, label, probability, start, end, start_char: from, end_char: to} of post.entities) {
        lines.push(line([post.id, text, label, number(probability), ...[start, end, from, to].map(String), post.text, picture, "text", ...rest]));
      }
      if (!post.entities.length) lines.push(line([post.id, ...Array(7).fill(""), post.text, picture, "", ...rest]));
    }
    return lines.join("");
  };
})();
