"use strict";
// The pictures of a result: where the model looked, and the boxes of names that are written there.
(() => {
  const {make} = service;

  function box(name, colours) {
    const [left, top, right, bottom] = name.box;
    const sure = `${name.label} ${name.probability.toFixed(2)}`;
    const frame = make("span", {class: "box", title: `${name.text} (${sure})`}, make("span", {class: "tag"}, sure));
    const sides = {left, top, width: right - left, height: bottom - top};
    for (const [side, share] of Object.entries(sides)) frame.style[side] = `${100 * share}%`;
    frame.style.setProperty("--tone", colours[name.label]);
    return frame;
  }

  function figure(picture, names, colours) {
    const image = make("img", {src: picture.image, alt: `Picture of the post: ${picture.name}`});
    const canvas = make("canvas", {"aria-hidden": "true"});
    canvas.hidden = true;
    const element = make("figure", {class: "picture"}, image, canvas, ...names.map(name => box(name, colours)));
    image.addEventListener("error", () => image.replaceWith(make("span", {class: "missing"}, "This browser cannot show the picture; the service has read it.")));
    return {element, canvas};
  }

  // The regions of each picture in the weights of a word: where they begin, and their rows and columns.
  function partsOf(explanation, count) {
    const {grid} = explanation.where;
    if (!grid) return [];
    const size = grid[0] * grid[1];
    const sizes = explanation.pictures ? explanation.pictures.map(seen => seen.regions) : Array(count).fill(size);
    let start = 0;
    return sizes.map(length => {
      start += length;
      return {start: start - length, end: start};
    });
  }

  function describe(explanation, word, pictures, parts) {
    const {grid, words} = explanation.where, weights = words[word.number], highest = Math.max(...weights), peak = weights.indexOf(highest);
    const looked = explanation.attention === "per word" ? `For “${word.text}” the model looked` : "This model looks once for the whole post:";
    if (highest < 1.2 / weights.length) return `${looked} everywhere alike; no ${grid ? "region" : "word"} stands out.`;
    if (!grid) return `${looked} most at “${explanation.regions[peak]}” in the caption, with ${attention.percent(highest)} of its attention.`;
    const which = parts.findIndex(({start, end}) => start <= peak && peak < end), inside = peak - parts[which].start;
    const name = pictures.length > 1 ? pictures[which].name : "the picture";
    return `${looked} most at row ${Math.floor(inside / grid[1]) + 1}, column ${inside % grid[1] + 1} of ${name}, with ${attention.percent(highest)} of its attention.`;
  }

  function legend(grid) {
    const ramp = make("span", {class: "ramp"});
    ramp.style.background = attention.ramp(grid);
    const even = make("span", {}), top = make("span", {});
    const title = grid ? "Attention per region of the picture" : "Attention per word of the caption (no pixel is seen)";
    return {element: make("div", {class: "legend"}, make("span", {}, title), ramp, make("span", {class: "ends"}, even, top)), even, top};
  }

  // Returns the side of a result with its pictures, and a function that shows where a word looked; null where the model saw nothing.
  service.lookSide = (post, pictures, colours) => {
    const names = picture => (post.picture_entities ?? []).filter(name => !name.picture || name.picture === picture.name);
    const figures = pictures.map(picture => figure(picture, names(picture), colours));
    const side = make("div", {class: "side"}, ...figures.map(({element}) => element));
    const {explanation} = post;
    if (!explanation || !explanation.where.words.length) return {side, show: null};
    const {grid, words, gate} = explanation.where, parts = partsOf(explanation, figures.length);
    const {even, top, heat} = attention.scale(words);
    const caption = make("p", {class: "caption"}), status = make("p", {class: "status", role: "status"});
    const scale = legend(grid), share = make("p", {class: "soft"});
    scale.even.textContent = `an even share or less: ${attention.percent(even)}`;
    scale.top.textContent = attention.percent(top);
    side.append(caption, status, scale.element, share);
    if (figures.length && grid) side.append(toggle(figures));

    function show(word) {
      parts.forEach(({start, end}, position) => {
        if (end > start) attention.drawMap(figures[position].canvas, words[word.number].slice(start, end), grid, heat);
      });
      if (!grid) attention.drawCaption(caption, explanation.regions, words[word.number], heat);
      status.textContent = describe(explanation, word, pictures, parts);
      share.textContent = `Gate: ${attention.percent(gate[word.number])} of what the model made of this word comes from ${grid ? "the picture" : "the caption"}.`;
    }
    return {side, show};
  };

  function toggle(figures) {
    const box = make("input", {type: "checkbox"});
    const draw = () => { for (const {canvas} of figures) canvas.hidden = !box.checked; };
    box.checked = true;
    box.addEventListener("change", draw);
    draw();
    return make("label", {class: "check"}, box, " Heat map over the picture");
  }
})();
