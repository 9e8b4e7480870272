"use strict";
// Search, filters, order and pages over the posts of a page. An item is
// {text, labels, least, effect, element}: what is searched, in lower case; the labels of its
// entities; the lowest probability of them; what the picture did; a function that gives the element.
// Text from posts is only ever set as text content.
globalThis.startPager = items => {
  const SIZE = 20;
  const tools = document.querySelector(".tools"), pager = document.querySelector(".pager");
  const list = document.getElementById("posts"), status = tools.querySelector("[role=status]");
  const search = tools.querySelector("[type=search]"), order = tools.querySelector("select");
  const [back, forward] = pager.querySelectorAll("button"), where = pager.querySelector("span");
  const filters = tools.querySelector(".filters"), pressed = new Set(), NONE = "";
  const ORDERS = {
    entities: (a, b) => (a.labels.size === 0) - (b.labels.size === 0),
    input: () => 0,
    probability: (a, b) => a.least - b.least,
    "picture-effect": (a, b) => b.effect - a.effect || (a.labels.size === 0) - (b.labels.size === 0),
  };
  let shown = [], page = 0;

  const number = count => count.toLocaleString("en");
  const isShown = item => (!pressed.size || (item.labels.size ? [...item.labels].some(label => pressed.has(label)) : pressed.has(NONE)))
    && item.text.includes(search.value.toLowerCase());

  function draw() {
    const pages = Math.max(Math.ceil(shown.length / SIZE), 1);
    list.replaceChildren(...shown.slice(page * SIZE, (page + 1) * SIZE).map(item => item.element()));
    where.textContent = `Page ${number(page + 1)} of ${number(pages)}`;
    back.disabled = page === 0;
    forward.disabled = page === pages - 1;
  }

  function choose() {
    shown = items.filter(isShown).sort(ORDERS[order.value]);
    const without = shown.filter(item => !item.labels.size).length;
    status.textContent = `${number(shown.length)} of ${number(items.length)} posts`
      + (without ? `; ${number(without)} of them without entities, folded` : "");
    page = 0;
    draw();
  }

  function turn(step) {
    page += step;
    draw();
    list.scrollIntoView();
    list.focus({preventScroll: true});
  }

  function addFilter(label, text, count, tone) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = tone;
    button.textContent = `${text} ${number(count)}`;
    button.setAttribute("aria-pressed", "false");
    button.addEventListener("click", () => {
      if (!pressed.delete(label)) pressed.add(label);
      button.setAttribute("aria-pressed", String(pressed.has(label)));
      choose();
    });
    filters.append(button);
  }

  const counts = new Map(), tones = new Map();
  let without = 0;
  for (const item of items) {
    if (!item.labels.size) without += 1;
    for (const [label, tone] of item.labels) {
      counts.set(label, (counts.get(label) || 0) + 1);
      tones.set(label, tone);
    }
    item.labels = new Set(item.labels.keys());
  }
  for (const [label, count] of [...counts].sort((a, b) => b[1] - a[1])) addFilter(label, label, count, tones.get(label));
  if (without && counts.size) addFilter(NONE, "no entities", without, "");

  tools.addEventListener("submit", event => event.preventDefault());
  search.addEventListener("input", choose);
  order.addEventListener("change", choose);
  back.addEventListener("click", () => turn(-1));
  forward.addEventListener("click", () => turn(1));
  tools.hidden = pager.hidden = false;
  choose();
};
