"use strict";
// Line plots: drag to zoom, double click or Escape for the whole, arrow keys to read values off.
carrousel.lines = (figure, facts = carrousel.data(figure)) => {
  const { colours, number } = carrousel;
  const box = figure.querySelector(".plot");
  const read = figure.querySelector(".read");
  // A logarithmic axis is a linear one of logarithms: uPlot's own cannot span very many powers of ten.
  const upright = (value) => (!facts.log || value === null ? value : value > 0 ? Math.log10(value) : null);
  const data = [facts.data[0], ...facts.data.slice(1).map((column) => column.map(upright))];
  const whole = (values) => (values.every((v) => Number.isInteger(v)) ? [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 1e5, 1e6, 1e7] : undefined);
  let plot = null;
  let place = -1;

  const power = (exponent) =>
    Number.isInteger(exponent) ? "10" + carrousel.raised(exponent) : number(10 ** exponent);

  function draw() {
    plot?.destroy();
    const axis = { stroke: colours.ink(), grid: { stroke: colours.ink("--line"), width: 1 }, ticks: { show: false } };
    const side = { ...axis, label: facts.labels[1], size: 64, values: (_, splits) => splits.map(facts.log ? power : number) };
    plot = new uPlot({
      width: box.clientWidth || 640,
      height: 320,
      scales: { x: { time: false }, y: {} },
      axes: [{ ...axis, label: facts.labels[0], incrs: whole(data[0]) }, side],
      cursor: { drag: { x: true, y: false } },
      legend: { live: false },
      series: [{ label: facts.labels[0] },
        ...facts.names.map((label, k) => ({ label, stroke: colours.series(k), width: 2, spanGaps: false,
          dash: k >= 6 ? [6, 4] : [], points: { show: data[0].length < 40 } }))],
      hooks: { setCursor: [(u) => tell(u.cursor.idx)] },
    }, data, box);
  }

  function tell(at) {
    if (at === null || at === undefined || at === place) return;
    place = at;
    const values = facts.names.map((name, k) => `${name} ${number(facts.data[k + 1][at])}`);
    read.textContent = `${facts.labels[0] || "at"} ${number(data[0][at])}: ${values.join(", ")}`;
  }

  box.addEventListener("keydown", (event) => {
    const steps = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -Infinity, End: Infinity };
    if (event.key === "Escape") plot.setData(data, true);
    else if (event.key in steps) {
      const at = Math.min(Math.max(Math.max(place, 0) + steps[event.key], 0), data[0].length - 1);
      tell(at);
      plot.setCursor({ left: plot.valToPos(data[0][at], "x"), top: 20 }, false);
    } else return;
    event.preventDefault();
  });
  new ResizeObserver(() => {
    if (plot && box.clientWidth && box.clientWidth !== plot.width) plot.setSize({ width: box.clientWidth, height: 320 });
  }).observe(box);
  carrousel.themed(draw);
  return { get plot() { return plot; } };
};
