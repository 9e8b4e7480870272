"use strict";
(() => {
  const make = (tag, attributes, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  };

  function entity([text, label, tone, probability]) {
    const parts = [text, make("span", {class: "label"}, label)];
    if (probability === undefined) return make("span", {class: `entity tone${tone}`}, ...parts);
    const tip = make("span", {class: "probability", role: "tooltip"}, `probability ${probability}`);
    return make("span", {class: `entity tone${tone}`, tabindex: "0"}, ...parts, tip);
  }

  function picture(post, figure) {
    const boxes = figure.boxes.map(box => {
      const frame = make("span", {class: `box tone${box.tone}`, title: box.name});
      for (const [side, value] of Object.entries(box.place)) frame.style[side] = value;
      return frame;
    });
    const alt = `${figure.name || "The picture"} of post ${post.id}`;
    const framed = make("figure", {class: "picture"}, make("img", {src: figure.thumbnail, alt}), ...boxes);
    return make("div", {}, framed, ...(figure.name ? [make("p", {class: "note", dir: "auto"}, figure.name)] : []));
  }

  function article(post) {
    const sentence = make("p", {class: "sentence", dir: "auto"}, ...post.pieces.map(piece => typeof piece === "string" ? piece : entity(piece)));
    const notes = post.notes.map(note => make("p", {class: "note", dir: "auto"}, note));
    const pictures = (post.figures || []).map(figure => picture(post, figure));
    const side = pictures.length ? [make("div", {class: pictures.length > 1 ? "pictures several" : "pictures"}, ...pictures)] : [];
    if (post.pieces.some(piece => typeof piece !== "string") || post.written) {
      return make("article", {}, ...side, make("div", {class: "words"}, make("h2", {}, post.id), sentence, ...notes));
    }
    const text = make("span", {class: "sentence", dir: "auto"}, ...post.pieces);
    const summary = make("summary", {}, make("span", {class: "id"}, post.id), " ", text);
    return make("article", {class: "folded"}, make("details", {}, summary, ...side, ...notes));
  }

  const items = [];
  for (const block of document.querySelectorAll("script.posts")) {
    for (const post of JSON.parse(block.textContent)) {
      const entities = post.pieces.filter(piece => typeof piece !== "string");
      const found = [...entities.map(([, label, tone]) => [label, tone]), ...(post.written || [])];
      items.push({
        text: [post.id, ...post.notes].concat(post.pieces.map(piece => typeof piece === "string" ? piece : piece[0]).join("")).join("\n").toLowerCase(),
        labels: new Map(found.map(([label, tone]) => [label, `tone${tone}`])),
        least: Math.min(...entities.map(piece => Number(piece[3] ?? 1)), 2),
        effect: 0,
        element: () => article(post),
      });
    }
  }
  startPager(items);
})();
