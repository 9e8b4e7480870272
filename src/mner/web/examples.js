"use strict";
(() => {
  const DETAIL = 40; // canvas pixels per region: enough for a smooth map at the size of the page
  const UNIT = 1e4; // shares come in ten-thousandths
  const RAMP = [[255, 205, 80, 0], [250, 150, 40, .4], [214, 20, 60, .75]];

  const percent = share => (100 * share).toFixed(share < .0995 ? 1 : 0) + "%";
  const mix = (a, b, share) => a + (b - a) * share;
  const ease = x => x * x * (3 - 2 * x);
  const make = (tag, text) => Object.assign(document.createElement(tag), {textContent: text});

  function colour(heat) {
    const position = heat * (RAMP.length - 1), low = Math.min(Math.floor(position), RAMP.length - 2);
    return RAMP[low].map((value, channel) => mix(value, RAMP[low + 1][channel], position - low));
  }

  const css = ([red, green, blue, alpha]) => `rgb(${red} ${green} ${blue} / ${alpha})`;

  // No colour up to an even share, so that even attention looks like none. The highest share of the post ends the scale, so that its words can be compared; the scale ends at thrice an even share or more.
  function scale(weights) {
    const even = 1 / weights[0].length, top = Math.min(Math.max(3 * even, ...weights.flat()), 1);
    return {even, top, heat: share => top > even ? Math.min(Math.max((share - even) / (top - even), 0), 1) : 0};
  }

  function drawMap(canvas, weights, [rows, columns], heat) {
    canvas.width = columns * DETAIL;
    canvas.height = rows * DETAIL;
    const context = canvas.getContext("2d");
    const image = context.createImageData(canvas.width, canvas.height);
    const at = (row, column) => weights[Math.min(Math.max(row, 0), rows - 1) * columns + Math.min(Math.max(column, 0), columns - 1)];
    for (let y = 0; y < canvas.height; y++) {
      const up = (y + .5) / DETAIL - .5, row = Math.floor(up), down = ease(up - row);
      for (let x = 0; x < canvas.width; x++) {
        const left = (x + .5) / DETAIL - .5, column = Math.floor(left), right = ease(left - column);
        const weight = mix(mix(at(row, column), at(row, column + 1), right), mix(at(row + 1, column), at(row + 1, column + 1), right), down);
        const [red, green, blue, alpha] = colour(heat(weight));
        image.data.set([red, green, blue, 255 * alpha], 4 * (y * canvas.width + x));
      }
    }
    context.putImageData(image, 0, 0);
  }

  function drawCaption(target, words, weights, heat) {
    target.replaceChildren(...words.flatMap((word, position) => {
      const span = make("span", word);
      span.style.setProperty("--weight", (.75 * heat(weights[position])).toFixed(3));
      span.append(make("small", ` ${percent(weights[position])}`));
      return [span, " "];
    }));
  }

  const sizeOf = ([rows, columns]) => rows * columns;

  function placeOf({grid, pictures}, peak) {
    const inside = peak % sizeOf(grid);
    return `row ${Math.floor(inside / grid[1]) + 1}, column ${inside % grid[1] + 1} of ${pictures[Math.floor(peak / sizeOf(grid))] || "the picture"}`;
  }

  function describe(reading, word, text, even) {
    const weights = reading.weights[word], highest = Math.max(...weights), peak = weights.indexOf(highest);
    const looked = reading.perWord ? `“${text}”, read by ${reading.system}, looked` : `Not per word: ${reading.system} looks once for the whole post,`;
    if (highest < 1.2 * even) return `${looked} everywhere alike: no ${reading.grid ? "region" : "word"} stands out.`;
    const place = reading.grid ? placeOf(reading, peak) : `“${reading.captionWords[peak]}” in the caption`;
    return `${looked} most at ${place}, with ${percent(highest)} of its attention.`;
  }

  function show(article, reading, word, text) {
    const find = name => article.querySelector(name);
    const weights = reading.weights[word], {even, top, heat} = scale(reading.weights), canvases = [...article.querySelectorAll("canvas")], toggle = find(".toggle");
    const hasMap = Boolean(canvases.length && reading.grid);
    for (const canvas of canvases) {
      canvas.hidden = !hasMap || !toggle.querySelector("input").checked;
      if (!hasMap) continue;
      const first = canvas.dataset.part * sizeOf(reading.grid);
      drawMap(canvas, weights.slice(first, first + sizeOf(reading.grid)), reading.grid, heat);
    }
    if (toggle) toggle.hidden = !hasMap;
    find(".caption").hidden = !reading.captionWords.length;
    drawCaption(find(".caption"), reading.captionWords, weights, heat);
    find(".view").hidden = find(".legend").hidden = find(".gate").hidden = false;
    find(".status").textContent = describe(reading, word, text, even);
    find(".legend .title").textContent = reading.grid ? "Attention per region of the picture" : "Attention per word of the caption (no pixel is seen)";
    find(".legend .ramp").style.background = reading.grid ? `linear-gradient(to right, ${RAMP.map(css)})` : "linear-gradient(to right, transparent, var(--accent))";
    find(".legend .even").textContent = `an even share or less: ${percent(even)}`;
    find(".legend .top").textContent = percent(top);
    find(".gate i").style.width = percent(reading.gate[word]);
    find(".gate .share").textContent = `Gate: ${percent(reading.gate[word])} of the fused vector comes from ${reading.grid ? "the picture" : "the caption"}`;
  }

  function choose(article, readings, button) {
    const line = button.closest("[data-reading]");
    for (const other of article.querySelectorAll("button.word")) other.setAttribute("aria-pressed", String(other === button));
    for (const other of line.querySelectorAll("button.word")) other.tabIndex = other === button ? 0 : -1;
    show(article, readings[line.dataset.reading], Number(button.dataset.word), button.textContent);
  }

  function step(event, buttons) {
    const here = buttons.indexOf(event.target);
    const target = {ArrowRight: here + 1, ArrowDown: here + 1, ArrowLeft: here - 1, ArrowUp: here - 1, Home: 0, End: buttons.length - 1}[event.key];
    return here < 0 || target === undefined ? undefined : buttons[Math.min(Math.max(target, 0), buttons.length - 1)];
  }

  function parsed(article) {
    return JSON.parse(article.querySelector("script").textContent).map(reading => reading && {
      ...reading, weights: reading.weights.map(row => row.map(share => share / UNIT)), gate: reading.gate.map(share => share / UNIT),
    });
  }

  // Makes the words of a post choosable, and shows the first entity's attention.
  function start(article) {
    const lines = [...article.querySelectorAll("[data-reading]")];
    if (!lines.length) return;
    const readings = parsed(article);
    for (const line of lines) {
      const buttons = [...line.querySelectorAll("button.word")];
      buttons[0].tabIndex = 0;
      line.addEventListener("click", event => {
        const button = event.target.closest("button.word");
        if (button) choose(article, readings, button);
      });
      line.addEventListener("keydown", event => {
        const button = step(event, buttons);
        if (!button) return;
        event.preventDefault();
        button.focus();
        choose(article, readings, button);
      });
    }
    const toggle = article.querySelector(".toggle input");
    if (toggle) toggle.addEventListener("change", () => {
      for (const canvas of article.querySelectorAll("canvas")) canvas.hidden = !toggle.checked;
    });
    choose(article, readings, lines[0].querySelector(".entity button.word") || lines[0].querySelector("button.word"));
  }

  function item(article) {
    const entities = [...article.querySelectorAll("[data-label]")];
    const words = [...article.querySelectorAll(".sentence, h3, .note, summary")].map(part => part.textContent);
    let isStarted = false;
    return {
      text: words.join("\n").toLowerCase(),
      labels: new Map(entities.map(entity => [entity.dataset.label, entity.className.match(/tone\d+/)[0]])),
      least: Number(article.dataset.least),
      effect: Number(article.dataset.effect),
      element: () => {
        if (!isStarted) start(article);
        isStarted = true;
        return article;
      },
    };
  }

  // A post beyond the first page is data until it is shown: its element is parsed from what the template has escaped.
  function laterItem({html, labels, ...record}) {
    const parsed = () => Object.assign(document.createElement("template"), {innerHTML: html}).content.firstElementChild;
    let article;
    return {
      ...record,
      labels: new Map(labels),
      element: () => {
        if (!article) start(article = parsed());
        return article;
      },
    };
  }

  const posts = [...document.querySelectorAll("#posts > .example")];
  if (document.querySelector(".tools")) startPager(posts.map(post => post.matches("script") ? laterItem(JSON.parse(post.textContent)) : item(post)));
  else posts.forEach(start);
})();
