"use strict";
// What all parts of the page of the service use: elements, requests, and problems in words.
globalThis.service = (() => {
  const MOST_TRIES = 5;
  let token = null;

  const byId = id => document.getElementById(id);

  // Text of posts, models and problems is only ever set as text content.
  function make(tag, attributes, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  }

  function showProblem(error) {
    const problem = byId("problem");
    problem.hidden = !error;
    problem.textContent = error ? error.message : "";
    if (error) problem.scrollIntoView({block: "nearest"});
  }

  const pause = seconds => new Promise(done => setTimeout(done, 1000 * seconds));

  // An error that has the words of the service, and the position of the post that is wrong.
  async function failure(answer) {
    let problem = {};
    try {
      problem = await answer.json();
    } catch {
      // Something between the page and the service has answered.
    }
    const detail = problem.detail || `the answer was ${answer.status} ${answer.statusText}`;
    const error = new Error(`The service says: ${detail}.`);
    return Object.assign(error, {status: answer.status, post: problem.post, detail});
  }

  async function fetched(path, content) {
    const headers = token ? {Authorization: `Bearer ${token}`} : {};
    const options = {headers};
    if (content !== undefined) {
      Object.assign(options, {method: "POST", body: JSON.stringify(content)});
      headers["Content-Type"] = "application/json";
    }
    try {
      return await fetch(path, options);
    } catch {
      throw new Error("The service does not answer: is mner serve still running?");
    }
  }

  // Returns the answer as an object. A service with too much to do is asked again; one that wants a token gets the one of the page's field.
  async function ask(path, content) {
    for (let tries = 1; ; tries++) {
      const answer = await fetched(path, content);
      if (answer.ok) return answer.json();
      if (answer.status === 503 && tries < MOST_TRIES && answer.headers.has("Retry-After")) {
        await pause(Number(answer.headers.get("Retry-After")) || 1);
        continue;
      }
      if (answer.status === 401) byId("door").hidden = false;
      throw await failure(answer);
    }
  }

  // Calls a function with the token of the page's field, whenever it is given.
  function onToken(use) {
    byId("door").addEventListener("submit", event => {
      event.preventDefault();
      token = byId("token").value.trim();
      byId("door").hidden = true;
      use();
    });
  }

  return {byId, make, showProblem, ask, onToken};
})();
