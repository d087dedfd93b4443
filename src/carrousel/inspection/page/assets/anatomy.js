"use strict";
// The numbers of one step put into a cell's equations and its drawing.
carrousel.anatomy = (block, { layer, step, unit, chosen, pick }) => {
  const { colours, element, figures } = carrousel;
  const shown = (value) => {
    if (Number.isNaN(value)) return "–";
    const text = Math.abs(value) >= 1000 ? value.toExponential(1) : value.toFixed(2);
    return text.replace("-", "−");
  };
  const numberOf = (key) => {
    const value = layer.known.get(key);
    if (!value || value.matrix || (value.units !== 1 && unit >= value.units)) return null;
    return value.at(step, value.units === 1 ? 0 : unit);
  };

  // A formula with numbers in the place of letters; below zero in brackets where something stands before.
  function filled(math, whole) {
    const copy = math.cloneNode(true);
    const left = copy.querySelector("[data-key]");
    for (const letter of copy.querySelectorAll("[data-key]")) {
      const value = whole || letter === left ? numberOf(letter.dataset.key) : null;
      if (value === null) continue;
      const text = shown(value);
      const number = document.createElementNS(math.namespaceURI, "mn");
      const after = letter.previousElementSibling?.textContent ?? "";
      number.textContent = value < 0 && /^[+−·⊙/]$/.test(after) ? `(${text})` : text;
      letter.replaceWith(number);
    }
    if (whole) for (const sign of copy.querySelectorAll("mo")) if (sign.textContent === "⊙") sign.textContent = "·";
    if (!whole) { // what is left of the equality sign is all that is known of one unit
      const parts = [...(copy.querySelector("mrow")?.children ?? [])];
      const equals = parts.findIndex((part) => part.textContent === "=");
      parts.slice(equals).forEach((part) => part.remove());
    }
    return copy;
  }

  function strip(value) {
    const canvas = element("canvas", { width: value.units, height: 1, role: "img",
      "aria-label": `${value.name}: ${value.units} units at this step` });
    const sizes = Array.from({ length: value.units }, (_, k) => Math.abs(value.at(step, k)));
    const full = value.kind === "gate" ? 1 : Math.max(...sizes.filter((v) => !Number.isNaN(v))) || 1;
    const pixels = canvas.getContext("2d").createImageData(value.units, 1);
    for (let k = 0; k < value.units; k += 1) {
      pixels.data.set([...colours.shade(value.at(step, k) / full), 255], 4 * k);
    }
    canvas.getContext("2d").putImageData(pixels, 0, 0);
    canvas.addEventListener("click", (event) => pick(Math.floor((event.offsetX / canvas.clientWidth) * value.units)));
    const mark = element("i", {});
    mark.style.left = `calc(${(100 * (Math.min(unit, value.units - 1) + 0.5)) / value.units}% - 1px)`;
    return element("div", {}, canvas, mark);
  }

  for (const row of block.querySelectorAll("tr[data-key]")) {
    const value = layer.known.get(row.dataset.key);
    const [, numbers, units, mean] = row.children;
    row.classList.toggle("chosen", row.dataset.key === chosen);
    if (!value) continue;
    const known = numberOf(row.dataset.key) !== null;
    numbers.replaceChildren(...(known ? [filled(row.querySelector("math"), row.dataset.units === "yes")] : []));
    units.replaceChildren(...(value.units > 1 ? [strip(value)] : []));
    mean.textContent = shown(figures.mean(value, step));
    mean.title = value.signed ? "mean of the sizes of all units" : "mean of all units";
  }
  const byLabel = new Map(layer.order.map((value) => [value.name, value.key]));
  for (const room of block.querySelectorAll("svg [data-value]")) {
    const value = byLabel.has(room.dataset.value) ? numberOf(byLabel.get(room.dataset.value)) : null;
    room.textContent = value === null ? "" : shown(value);
  }
};
