"use strict";
// The pictures of the post, and a post as running text with its entities in colour.
(() => {
  const {byId, make} = service;
  let chosen = [];

  const asBase64 = async file => {
    const bytes = new Uint8Array(await file.arrayBuffer()), pieces = [];
    for (let start = 0; start < bytes.length; start += 0x8000) pieces.push(String.fromCharCode(...bytes.subarray(start, start + 0x8000)));
    return btoa(pieces.join(""));
  };

  function preview({url, name}, position) {
    const image = make("img", {src: url, alt: `Picture ${position + 1}: ${name}`});
    image.addEventListener("error", () => image.replaceWith(make("span", {class: "soft"}, "not shown by this browser")));
    const remove = make("button", {type: "button", "aria-label": `Remove ${name}`}, "Remove");
    remove.addEventListener("click", () => {
      URL.revokeObjectURL(url);
      chosen = chosen.filter(picture => picture.url !== url);
      draw();
      byId("files").focus();
    });
    return make("li", {}, image, make("span", {class: "name"}, name), remove);
  }

  const draw = () => byId("chosen").replaceChildren(...chosen.map(preview));

  // Names tell pictures apart in the answer, so that no two are the same.
  function nameOf(file) {
    let name = (file.name || "picture").slice(-200);
    for (let count = 2; chosen.some(picture => picture.name === name); count++) name = `${count} ${file.name}`.slice(-200);
    return name;
  }

  function addPictures(files) {
    for (const file of files) chosen.push({file, name: nameOf(file), url: URL.createObjectURL(file)});
    draw();
  }

  function clearPictures() {
    for (const {url} of chosen) URL.revokeObjectURL(url);
    chosen = [];
    draw();
  }

  // The pictures as they are now, each with what the service is sent of it.
  const pictures = () => Promise.all(chosen.map(async picture => ({
    name: picture.name,
    image: await shown(picture.file),
    sent: {picture: await asBase64(picture.file), picture_name: picture.name},
  })));

  // An address of its own, since the one of the form ends when the picture is removed there.
  const shown = file => new Promise(done => {
    const reader = new FileReader();
    reader.addEventListener("load", () => done(reader.result));
    reader.readAsDataURL(file);
  });

  function label(entity) {
    return make("span", {class: "label"}, `${entity.label} ${entity.probability.toFixed(2)}`);
  }

  // The pieces of a post: words, which may be buttons, and what stands between them. White space counts.
  function sentence(post, colours, {word, ...attributes}) {
    const characters = Array.from(post.text ?? post.tokens.join(" "));
    let place = 0;
    const offsets = post.offsets ?? post.tokens.map(token => {
      const start = place;
      place += Array.from(token).length + 1;
      return [start, place - 1];
    });
    const between = (start, end) => characters.slice(start, end).join("");
    const line = make("p", {class: "sentence", dir: "auto", ...attributes});
    let entity = null, position = 0;
    offsets.forEach(([start, end], number) => {
      const gap = between(position, start), inside = entity && number < entity.end;
      (inside ? line.lastChild : line).append(gap);
      if (!inside) entity = post.entities.find(found => found.start === number) ?? null;
      if (entity && entity.start === number) {
        const mark = make("span", {class: "entity", "data-label": entity.label});
        mark.style.setProperty("--tone", colours[entity.label]);
        line.append(mark);
      }
      const target = entity ? line.lastChild : line;
      target.append(word(between(start, end), number));
      if (entity && entity.end === number + 1) {
        target.append(label(entity));
        entity = null;
      }
      position = end;
    });
    line.append(between(position, characters.length));
    return line;
  }

  Object.assign(service, {addPictures, clearPictures, pictures, sentence});
})();
