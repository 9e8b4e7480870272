// A page whose elements take whatever a script does to them, so that a name which the script does
// not define is an error. A selection is a list of one; a listener is called when it is added.
// DATA is the text of every element.
const element = new Proxy(function () {}, {
  get: (_, name) => {
    if (name === Symbol.iterator) return function* () { yield element; };
    if (name === Symbol.toPrimitive) return () => "0";
    if (name === "dataset") return { example: "0", reading: "1", word: "0" };
    if (name === "textContent") return DATA;
    if (name === "querySelectorAll") return () => [element];
    if (name === "createImageData") {
      return (width, height) => ({ data: new Uint8ClampedArray(4 * width * height) });
    }
    if (name === "addEventListener") {
      return (_, listener) => listener({ target: element, key: "End", preventDefault() {} });
    }
    return element;
  },
  set: () => true,
  apply: () => element,
});
globalThis.document = element;
