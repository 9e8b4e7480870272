"use strict";
// Many posts: a table that is dropped or chosen, and its result as a table.
(() => {
  const {byId, make, showProblem, ask, sentence, readTable, writeTable} = service;
  const MOST_AT_ONCE = 64;
  const MOST_SHOWN = 50;
  let table = null, isStopped = false;

  const count = (number, noun) => `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;

  async function decoded(file) {
    try {
      return new TextDecoder("utf-8", {fatal: true}).decode(await file.arrayBuffer());
    } catch {
      throw new Error(`${file.name} is not UTF-8: save it as “CSV UTF-8”.`);
    }
  }

  service.openTable = async file => {
    byId("found").hidden = true;
    table = {...readTable(await decoded(file), service.usualNames), name: file.name};
    const chooser = byId("text-column");
    chooser.replaceChildren(...table.names.map((name, place) => make("option", {value: place}, name || `column ${place + 1}`)));
    chooser.value = Math.max(table.columns.text, 0);
    byId("table-options").hidden = false;
    byId("table-name").textContent = `${file.name}: ${count(table.rows.length, "post")}`;
    byId("tag-table").focus();
  };

  // Posts as the service takes them. An id that is left empty is the number of the row, as in `mner tag`.
  function postsOf({rows, columns}, model) {
    return rows.map((row, position) => {
      const id = columns.id >= 0 ? row[columns.id].trim() : "";
      const post = {id: id || String(position + 1), text: row[columns.text]};
      if (model.looks_at === "captions" && columns.caption >= 0) post.caption = row[columns.caption];
      return post;
    });
  }

  async function tagAll(asked, wishes, limits, onProgress) {
    const tagged = [], size = Math.min(limits.posts, MOST_AT_ONCE);
    for (let start = 0; start < asked.length && !isStopped; start += size) {
      try {
        const answer = await ask("/v1/tag/batch", {posts: asked.slice(start, start + size), ...wishes});
        answer.posts.forEach((post, place) => tagged.push({post, row: table.rows[start + place]}));
      } catch (error) {
        if (error.post !== undefined) error.message = `Row ${start + error.post + 2} of the table: ${error.detail.replace(/^post \d+: /, "")}.`;
        return {tagged, error};
      }
      onProgress(tagged.length);
    }
    return {tagged, error: null};
  }

  function summary(tagged, colours) {
    const counts = new Map();
    for (const {post} of tagged) for (const {label} of post.entities) counts.set(label, (counts.get(label) ?? 0) + 1);
    return [...counts].sort((a, b) => b[1] - a[1]).map(([label, number]) => {
      const item = make("li", {class: "key"}, `${label} ${number.toLocaleString("en")}`);
      item.style.setProperty("--tone", colours[label]);
      return item;
    });
  }

  const rowOf = ({post}, colours) => make("tr", {}, make("th", {scope: "row"}, post.id),
    make("td", {}, sentence(post, colours, {word: text => text})));

  function show(tagged, {colours}) {
    const whole = URL.createObjectURL(new Blob([writeTable(table, tagged)], {type: "text/csv"}));
    const link = byId("download");
    if (link.href) URL.revokeObjectURL(link.href);
    link.href = whole;
    link.download = `${table.name.replace(/\.[^.]*$/, "")}-entities.csv`;
    byId("labels").replaceChildren(...summary(tagged, colours));
    byId("rows").replaceChildren(...tagged.slice(0, MOST_SHOWN).map(item => rowOf(item, colours)));
    byId("shown").textContent = tagged.length > MOST_SHOWN ? `The first ${MOST_SHOWN} posts are shown; the CSV has all.` : "";
    byId("found").hidden = false;
  }

  // Tags the open table with what the form of the page says.
  service.tagTable = async (wishes, model, limits) => {
    table.columns = {...table.columns, text: Number(byId("text-column").value)};
    const posts = postsOf(table, model), progress = byId("progress"), state = byId("table-state");
    isStopped = false;
    Object.assign(progress, {max: posts.length, value: 0, hidden: false});
    byId("stop").hidden = false;
    const onProgress = done => { progress.value = done; };
    const {tagged, error} = await tagAll(posts, wishes, limits, onProgress);
    progress.hidden = byId("stop").hidden = true;
    const entities = tagged.reduce((sum, {post}) => sum + post.entities.length, 0);
    const done = tagged.length < posts.length ? `${tagged.length.toLocaleString("en")} of ` : "";
    state.textContent = `${done}${count(posts.length, "post")} tagged, ${entities.toLocaleString("en")} ${entities === 1 ? "entity" : "entities"} found.`;
    if (tagged.length) show(tagged, model);
    showProblem(error);
  };

  byId("stop").addEventListener("click", () => { isStopped = true; });
})();
