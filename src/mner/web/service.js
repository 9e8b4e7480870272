"use strict";
// The page of the service: its form, what is dropped on it, and its models.
(() => {
  const {byId, make, showProblem, ask, onToken, addPictures, clearPictures, pictures, showResult, openTable, tagTable} = service;
  const setting = JSON.parse(byId("setting").textContent);
  service.usualNames = setting.names;
  let listed = null;

  const model = () => listed.models.find(each => each.name === byId("model").value);

  // What the form says beside the post. The field is empty or holds a number from 0 to 1.
  function wishes() {
    const least = byId("least");
    if (!least.checkValidity()) {
      least.focus();
      throw new Error("The least probability must be a number from 0 to 1.");
    }
    return {model: byId("model").value, min_probability: Number(least.value || 0)};
  }

  function onModel() {
    const sees = {pictures: "It looks at text and pictures.", captions: "It looks at text and a caption, not at pixels."};
    byId("about-model").textContent = sees[model().looks_at] ?? "It reads text only.";
    byId("caption-field").hidden = model().looks_at !== "captions";
  }

  async function loadModels() {
    listed = await ask("/v1/models");
    byId("model").replaceChildren(...listed.models.map(({name}) => make("option", {value: name}, name)));
    byId("ocr").disabled = !listed.ocr;
    byId("ocr").checked = listed.ocr;
    byId("about-ocr").hidden = listed.ocr;
    onModel();
  }

  // Refused here, since a service that does not read on ends the connection before its answer is seen.
  function requireSmall(asked) {
    const megabytes = bytes => `${(bytes / 1e6).toFixed(1)} MB`, size = JSON.stringify(asked).length;
    if (size > listed.limits.body_bytes) throw new Error(`The pictures are too large: they make a request of ${megabytes(size)}, and the service takes ${megabytes(listed.limits.body_bytes)}.`);
  }

  // A post, and the same without what the model sees of it, in one request.
  async function tagPost() {
    const chosen = await pictures(), current = model();
    const text = byId("text").value, caption = byId("caption").value.trim();
    if (!text.trim() && !chosen.length) {
      byId("text").focus();
      throw new Error("There is nothing to look at yet: type a post, or take an example.");
    }
    const seen = chosen.length > 1 ? {pictures: chosen.map(({sent}) => sent)} : chosen.length ? chosen[0].sent : {};
    const hasCaption = current.looks_at === "captions" && caption;
    const posts = [{text, ...seen, ...(hasCaption ? {caption} : {})}];
    if (hasCaption || (current.looks_at === "pictures" && chosen.length)) posts.push({text});
    const reads = byId("ocr").checked && chosen.length > 0;
    const asked = {posts, ...wishes(), explain: posts.length > 1, ocr: reads};
    requireSmall(asked);
    const [post, bare] = (await ask("/v1/tag/batch", asked)).posts;
    showResult(post, bare ?? null, {model: current, pictures: chosen});
  }

  // Runs something that the user asked for, and shows in words what went wrong.
  async function run(action) {
    showProblem(null);
    document.body.setAttribute("aria-busy", "true");
    const buttons = [byId("tag"), byId("tag-table")];
    for (const button of buttons) button.disabled = true;
    try {
      if (!listed) await loadModels();
      await action();
    } catch (error) {
      showProblem(error);
    } finally {
      document.body.removeAttribute("aria-busy");
      for (const button of buttons) button.disabled = false;
    }
  }

  async function take(files) {
    const tables = files.filter(file => /\.(csv|tsv|txt)$/i.test(file.name) || file.type === "text/csv");
    const rest = files.filter(file => !tables.includes(file));
    if (tables.length > 1) throw new Error("Several tables were given: expected one.");
    if (rest.length) addPictures(rest);
    if (tables.length) await openTable(tables[0]);
  }

  async function takeExample(example) {
    const bytes = Uint8Array.from(atob(example.picture), character => character.charCodeAt(0));
    clearPictures();
    addPictures([new File([bytes], example.name, {type: "image/jpeg"})]);
    byId("text").value = example.text;
    byId("caption").value = example.caption;
    await tagPost();
  }

  function startDropping() {
    const zone = document.documentElement;
    const hasFiles = event => event.dataTransfer.types.includes("Files");
    zone.addEventListener("dragover", event => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      zone.classList.add("dragging");
    });
    zone.addEventListener("dragleave", event => event.relatedTarget || zone.classList.remove("dragging"));
    zone.addEventListener("drop", event => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      zone.classList.remove("dragging");
      run(() => take([...event.dataTransfer.files]));
    });
    document.addEventListener("paste", event => {
      const files = [...event.clipboardData.files];
      if (files.length && !event.clipboardData.types.includes("text/plain")) run(() => take(files));
    });
  }

  function onChosen(id) {
    byId(id).addEventListener("change", event => {
      const files = [...event.target.files];
      event.target.value = "";
      run(() => take(files));
    });
  }

  byId("post").addEventListener("submit", event => { event.preventDefault(); run(tagPost); });
  byId("text").addEventListener("keydown", event => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) run(tagPost);
  });
  byId("many").addEventListener("submit", event => { event.preventDefault(); run(() => tagTable(wishes(), model(), listed.limits)); });
  byId("model").addEventListener("change", onModel);
  document.querySelectorAll(".example").forEach((button, place) => {
    button.addEventListener("click", () => run(() => takeExample(setting.examples[place])));
  });
  onChosen("files");
  onChosen("file");
  startDropping();
  onToken(() => run(async () => {}));
  run(async () => {});
})();
