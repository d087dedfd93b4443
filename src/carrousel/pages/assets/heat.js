"use strict";
// Heat maps: a pixel for each value, stretched by the style sheet. Arrow keys move the mark, + and - zoom.
//
// map: rows and columns (names), at(row, column) -> number, share(number, row) -> -1…1, and, where the map is part of more,
// order (rows as they stand from above), picked(row, column).
carrousel.heat = (box, map) => {
  const { colours, element, number, themed } = carrousel;
  const ZOOMS = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32];
  const NAMED = 12; // pixels of a row or column from which its name has room
  let order = map.order ?? map.rows.map((_, k) => k);
  let wide = 0, high = 0;
  const mark = { row: 0, column: 0 };

  const canvas = element("canvas", { width: map.columns.length, height: map.rows.length });
  const cross = element("span", { className: "mark" });
  const left = element("div", { className: "left", "aria-hidden": "true" });
  const top = element("div", { className: "top", "aria-hidden": "true" });
  const sheet = element("div", { className: "sheet" }, canvas, cross, left, top);
  const view = element("div", { className: "view", tabIndex: 0, role: "application",
    "aria-label": `${map.title}: ${map.rows.length} rows by ${map.columns.length} columns. ` +
      "Arrow keys move, plus and minus zoom; the data follows as a table." }, sheet);
  const read = element("p", { className: "read", "aria-live": "polite" });
  const button = (text, label, act) =>
    element("button", { type: "button", "aria-label": label, title: label, onclick: act }, text);
  const tools = element("div", { className: "tools" }, button("−", "Zoom out", () => zoom(-1)),
    button("+", "Zoom in", () => zoom(1)), button("Fit", "Fit to the width", fit));
  box.append(tools, view, read);

  function draw() {
    const pixels = canvas.getContext("2d").createImageData(canvas.width, canvas.height);
    let place = 0;
    for (const row of order) {
      for (let column = 0; column < canvas.width; column += 1) {
        const [r, g, b] = colours.shade(map.share(map.at(row, column), row));
        pixels.data.set([r, g, b, 255], place);
        place += 4;
      }
    }
    canvas.getContext("2d").putImageData(pixels, 0, 0);
    lay();
  }

  function lay() {
    canvas.style.width = `${wide * canvas.width}px`;
    canvas.style.height = `${high * canvas.height}px`;
    const sized = (size) => (name) => element("span", { style: size }, name);
    left.replaceChildren(...(high >= NAMED ? order.map((row) => map.rows[row]) : []).map(sized(`height:${high}px`)));
    top.replaceChildren(...(wide >= NAMED ? map.columns : []).map(sized(`width:${wide}px`)));
    const at = order.indexOf(mark.row);
    cross.style.cssText = `left:${mark.column * wide - 1}px;top:${at * high - 1}px;width:${wide}px;height:${high}px`;
  }

  function fit() {
    high = Math.max(Math.min(360 / canvas.height, 24), 1);
    lay();
    wide = Math.max(Math.min((view.clientWidth - left.offsetWidth) / canvas.width, 32), 1);
    lay();
  }

  function zoom(step) {
    const next = (size) => (step > 0 ? ZOOMS.find((z) => z > size + 0.01) : ZOOMS.findLast((z) => z < size - 0.01)) ?? size;
    wide = next(wide);
    high = next(high);
    lay();
    cross.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  // Move the mark; `quiet` where who calls knows already.
  function select(row, column, quiet = false) {
    mark.row = row;
    mark.column = column;
    const value = map.at(row, column);
    read.textContent = `${map.rows[row]}, ${map.columns[column]}: ${number(value)}`;
    lay();
    if (!quiet) map.picked?.(row, column);
  }

  function locate(event) {
    const place = canvas.getBoundingClientRect();
    const column = Math.floor((event.clientX - place.left) / wide);
    const row = order[Math.floor((event.clientY - place.top) / high)];
    return row !== undefined && column >= 0 && column < canvas.width ? [row, column] : null;
  }

  canvas.addEventListener("click", (event) => {
    const found = locate(event);
    if (found) select(...found);
  });
  canvas.addEventListener("pointermove", (event) => {
    const found = locate(event);
    if (found) canvas.title = `${map.rows[found[0]]}, ${map.columns[found[1]]}: ${number(map.at(...found))}`;
  });
  view.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    zoom(event.deltaY < 0 ? 1 : -1);
  }, { passive: false });
  view.addEventListener("keydown", (event) => {
    const moves = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0],
      PageUp: [-10, 0], PageDown: [10, 0], Home: [0, -Infinity], End: [0, Infinity] };
    if (event.key === "+" || event.key === "=") zoom(1);
    else if (event.key === "-") zoom(-1);
    else if (event.key === "0") fit();
    else if (event.key in moves) {
      const clamp = (value, size) => Math.min(Math.max(value, 0), size - 1);
      const [down, across] = moves[event.key];
      const row = order[clamp(order.indexOf(mark.row) + down, order.length)];
      select(row, clamp(mark.column + across, canvas.width));
      cross.scrollIntoView({ block: "nearest", inline: "nearest" });
    } else return;
    event.preventDefault();
  });
  new ResizeObserver(() => { if (view.clientWidth && !wide) fit(); }).observe(view);
  themed(draw);
  return {
    draw, fit, zoom, select, tools,
    sort(rows) { order = rows; draw(); },
    // Other values in the same place.
    show(next) {
      Object.assign(map, next);
      if (canvas.height !== map.rows.length) order = map.rows.map((_, k) => k);
      mark.row = Math.min(mark.row, map.rows.length - 1);
      const resized = canvas.width !== map.columns.length || canvas.height !== map.rows.length;
      Object.assign(canvas, { width: map.columns.length, height: map.rows.length });
      draw();
      if (resized) fit();
    },
  };
};

// A figure that is a heat map and no more.
carrousel.heatFigure = (figure) => {
  const facts = carrousel.data(figure);
  const { at, low, high } = carrousel.array(facts);
  const value = (row, column) => at(row * facts.columns.length + column);
  const box = carrousel.element("div", { className: "map" });
  figure.querySelector("figcaption").after(box);
  carrousel.heat(box, { ...facts, at: value, share: carrousel.colours.scale(low, high, facts.signed ?? low < 0) });
  const rows = () => facts.rows.map((name, r) => [name, ...facts.columns.map((_, c) => carrousel.number(value(r, c)))]);
  figure.append(carrousel.folded("Data as a table", () => carrousel.table(["", ...facts.columns], rows(), facts.title)));
};
