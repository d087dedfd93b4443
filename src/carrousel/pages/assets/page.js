"use strict";
// What the scripts of a page share: making elements, reading data, writing numbers, following light and dark.
window.carrousel = {
  // An element with properties and children; text is text. `aria-…`, `role` and `class` are attributes.
  element(tag, properties = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(properties)) {
      if (name in made && name !== "role") made[name] = value;
      else made.setAttribute(name, value);
    }
    made.append(...children);
    return made;
  },

  // The JSON inside an element.
  data(element) {
    return JSON.parse(element.querySelector('script[type="application/json"]').textContent);
  },

  // An array at 8 bit; level 0 is none. Where each column has a range of its own, low and high are lists.
  array({ low, high, bytes }) {
    const levels = Uint8Array.from(atob(bytes), (character) => character.charCodeAt(0));
    const columns = Array.isArray(low) ? low.length : 0;
    const at = (place) => {
      const level = levels[place];
      const [from, to] = columns ? [low[place % columns], high[place % columns]] : [low, high];
      return level ? from + ((level - 1) * (to - from)) / 254 : NaN;
    };
    return { at, low, high, length: levels.length };
  },

  // A number as readers like it.
  number(value) {
    if (value === null || value === undefined || Number.isNaN(value)) return "–";
    if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
    const size = Math.abs(value);
    const text =
      size && (size < 1e-3 || size >= 1e7) ? value.toExponential(2).replace("e", "·10^").replace("^+", "^") :
      Number.isInteger(value) ? value.toLocaleString("en") : String(Number(value.toPrecision(size < 1 ? 3 : 4)));
    return text.replace(/\^(-?\d+)/, (_, power) => carrousel.raised(power)).replace(/^-/, "−");
  },

  // A whole number as a power stands.
  raised: (power) => [...String(power)].map((c) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[c] ?? "⁻").join(""),

  // Call now and whenever the reader's page turns light or dark.
  themed(draw) {
    window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
    draw();
  },

  // A table of rows under columns; the first cell of a row names it.
  table(columns, rows, caption) {
    const { element } = carrousel;
    const head = element("tr", {}, ...columns.map((c) => element("th", { scope: "col" }, c)));
    const body = rows.map((row) =>
      element("tr", {}, ...row.map((v, k) => (k ? element("td", { className: "number" }, String(v)) :
        element("th", { scope: "row" }, String(v))))));
    const made = element("table", {}, element("caption", {}, caption), element("thead", {}, head),
      element("tbody", {}, ...body));
    return element("div", { className: "wide", tabIndex: 0, role: "region", "aria-label": caption }, made);
  },

  // A part that is made when it is opened, anew each time.
  folded(summary, make) {
    const { element } = carrousel;
    const made = element("details", {}, element("summary", {}, summary));
    made.addEventListener("toggle", () => {
      while (made.children.length > 1) made.lastChild.remove();
      if (made.open) made.append(make());
    });
    return made;
  },
};
