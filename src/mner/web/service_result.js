"use strict";
// What the service has found in one post, with and without its pictures.
(() => {
  const {byId, make, sentence, lookSide} = service;

  const plain = text => make("span", {class: "word"}, text);

  // Words to hover over, to tap, and to go through by the arrow keys: one of them is in the order of the TAB key.
  function wordsToLookAt(post, colours, show) {
    const choose = (button, isKept) => {
      if (isKept) for (const other of buttons) {
        other.setAttribute("aria-pressed", String(other === button));
        other.tabIndex = other === button ? 0 : -1;
      }
      show({text: button.textContent, number: Number(button.dataset.word)});
    };
    const word = (text, number) => make("button", {type: "button", class: "word", "data-word": number, "aria-pressed": "false", tabindex: "-1"}, text);
    const line = sentence(post, colours, {word, role: "toolbar", "aria-label": "Words: choose one to see where the model looked"});
    const buttons = [...line.querySelectorAll("button.word")];
    const buttonOf = event => event.target.closest("button.word");
    line.addEventListener("mouseover", event => buttonOf(event) && choose(buttonOf(event), false));
    line.addEventListener("mouseleave", () => choose(line.querySelector("[aria-pressed=true]"), false));
    line.addEventListener("focusin", event => choose(buttonOf(event), true));
    line.addEventListener("click", event => buttonOf(event) && choose(buttonOf(event), true));
    line.addEventListener("keydown", event => {
      const next = attention.step(event, buttons);
      if (!next) return;
      event.preventDefault();
      next.focus();
    });
    choose(line.querySelector(".entity button.word") ?? buttons[0], true);
    return line;
  }

  function view(title, line, note) {
    return make("article", {class: "view"}, make("h3", {}, title), line, ...(note ? [make("p", {class: "soft"}, note)] : []));
  }

  const textOf = (post, entity) => entity.text ?? post.tokens.slice(entity.start, entity.end).join(" ");
  const shown = probability => probability === undefined ? "" : probability.toFixed(2);
  const keyOf = (text, entity) => `${entity.start} ${entity.end} ${entity.label} ${text}`;

  // A row for each entity of either reading, and for each name in a picture.
  function rowsOf(post, bare, seen) {
    const reasons = new Map((post.explanation?.entities ?? []).map(reason => [keyOf("", reason), reason]));
    const rows = post.entities.map(entity => {
      const reason = reasons.get(keyOf("", entity));
      return {entity, text: textOf(post, entity), place: "text", cells: [entity.probability, reason?.without_picture, reason?.without_masked]};
    });
    const known = new Set(post.entities.map(entity => keyOf("", entity)));
    for (const entity of bare?.entities ?? []) {
      if (!known.has(keyOf("", entity))) rows.push({entity, text: textOf(bare, entity), place: `text, only without the ${seen}`, cells: [undefined, entity.probability, undefined]});
    }
    for (const name of post.picture_entities ?? []) rows.push({entity: name, text: name.text, place: "picture", cells: [name.probability]});
    return rows;
  }

  function table(rows, seen, colours) {
    const heads = ["Entity", "Type", "Found in", ...(seen ? [`With the ${seen}`, `Without the ${seen}`, "Without what was looked at most"] : ["Probability"])];
    const body = rows.map(({entity, text, place, cells}) => {
      const type = make("span", {class: "key"}, entity.label);
      type.style.setProperty("--tone", colours[entity.label]);
      const numbers = Array.from({length: seen ? 3 : 1}, (_, position) => make("td", {class: "number"}, shown(cells[position])));
      return make("tr", {}, make("th", {scope: "row", dir: "auto"}, text), make("td", {}, type), make("td", {}, place), ...numbers);
    });
    const head = make("thead", {}, make("tr", {}, ...heads.map(name => make("th", {scope: "col"}, name))));
    const whole = make("table", {}, make("caption", {class: "hidden"}, "Entities"), head, make("tbody", {}, ...body));
    return make("div", {class: "scroll", tabindex: "0", role: "region", "aria-label": "Table of entities"}, whole);
  }

  async function copy(button, text) {
    const details = byId("json");
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch {
      details.open = true;
      getSelection().selectAllChildren(details.querySelector("pre"));
      button.textContent = "Selected below: copy it";
    }
    setTimeout(() => { button.textContent = "Copy as JSON"; }, 3000);
  }

  function json(post) {
    const text = JSON.stringify(post, null, 2);
    const button = make("button", {type: "button"}, "Copy as JSON");
    button.addEventListener("click", () => copy(button, text));
    const details = make("details", {id: "json"}, make("summary", {}, "The answer as JSON"), make("pre", {tabindex: "0"}, text));
    return make("div", {class: "json"}, button, details);
  }

  function summary(found, seen, model, pictures) {
    const count = found === 0 ? "No entity was found" : found === 1 ? "One entity was found" : `${found} entities were found`;
    const note = seen || !pictures.length ? "" : model.looks_at === null ? `, since ${model.name} reads text only` : `, since ${model.name} looks at captions`;
    return `${count}.${note ? ` The picture changes none of those in the text${note}.` : ""}`;
  }

  // Shows the answer for a post, and for the same post without its pictures or its caption; `bare` is null where there was none.
  service.showResult = (post, bare, {model, pictures}) => {
    const {colours} = model, {side, show} = lookSide(post, pictures, colours);
    const seen = bare && (model.looks_at === "captions" ? "caption" : "picture");
    const rows = rowsOf(post, bare, seen), found = post.entities.length + (post.picture_entities ?? []).length;
    const first = show && post.tokens.length ? wordsToLookAt(post, colours, show) : sentence(post, colours, {word: plain});
    const hint = show ? "Point at a word, tap it, or go by the arrow keys, to see where the model looked." : "";
    const views = [view(seen ? `With the ${seen}` : "The post", first, hint)];
    if (bare) views.push(view(`Without the ${seen}`, sentence(bare, colours, {word: plain}), ""));
    const result = byId("result");
    result.querySelector("[role=status]").textContent = summary(found, seen, model, pictures);
    const parts = [make("div", {class: "readings"}, ...views)];
    if (side.children.length) parts.push(side);
    if (rows.length) parts.push(table(rows, seen, colours));
    const whole = make("div", {class: side.children.length ? "found with-side" : "found"}, ...parts);
    result.querySelector(".parts").replaceChildren(whole, json(post));
    result.hidden = false;
    result.scrollIntoView({block: "nearest"});
  };
})();
