"use strict";
// How pages draw attention: colours over a picture, washes behind the words of a caption.
globalThis.attention = (() => {
  const DETAIL = 40; // canvas pixels per region: enough for a smooth map at the size of the page
  const RAMP = [[255, 205, 80, 0], [250, 150, 40, .4], [214, 20, 60, .75]];

  const percent = share => (100 * share).toFixed(share < .0995 ? 1 : 0) + "%";
  const mix = (a, b, share) => a + (b - a) * share;
  const ease = x => x * x * (3 - 2 * x);
  const css = ([red, green, blue, alpha]) => `rgb(${red} ${green} ${blue} / ${alpha})`;

  function colour(heat) {
    const position = heat * (RAMP.length - 1), low = Math.min(Math.floor(position), RAMP.length - 2);
    return RAMP[low].map((value, channel) => mix(value, RAMP[low + 1][channel], position - low));
  }

  // No colour up to an even share, so that even attention looks like none. The highest share of the post ends the scale, so that its words can be compared; the scale ends at thrice an even share or more.
  function scale(weights) {
    const even = 1 / weights[0].length, top = Math.min(Math.max(3 * even, ...weights.map(row => Math.max(...row))), 1);
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
      const span = Object.assign(document.createElement("span"), {textContent: word});
      span.style.setProperty("--weight", (.75 * heat(weights[position])).toFixed(3));
      span.append(Object.assign(document.createElement("small"), {textContent: ` ${percent(weights[position])}`}));
      return [span, " "];
    }));
  }

  const ramp = grid => grid ? `linear-gradient(to right, ${RAMP.map(css)})` : "linear-gradient(to right, transparent, var(--accent))";

  // The button of a row of words that an arrow key leads to; undefined for other keys.
  function step(event, buttons) {
    const here = buttons.indexOf(event.target);
    const target = {ArrowRight: here + 1, ArrowDown: here + 1, ArrowLeft: here - 1, ArrowUp: here - 1, Home: 0, End: buttons.length - 1}[event.key];
    return here < 0 || target === undefined ? undefined : buttons[Math.min(Math.max(target, 0), buttons.length - 1)];
  }

  return {percent, scale, drawMap, drawCaption, ramp, step};
})();
