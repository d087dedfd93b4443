"use strict";
// The page of a trace: one model, or two side by side; a step of a text, and a unit of a value, are chosen everywhere.
{
  const { anatomy, colours, data, element, figures, folded, heat, number, table, themed, valuesOf } = carrousel;
  const looks = [];

  function makeLook(place) {
    const facts = data(document.querySelector(`[data-facts="${place}"]`));
    const layers = valuesOf(facts);
    const part = (name) => document.querySelector(`[data-part="${name}"][data-look="${place}"]`);
    const steps = facts.tokens.length;
    const now = { layer: layers.length - 1, key: null, unit: 0, whole: false, step: Math.min(1, steps - 1) };
    const layer = () => layers[now.layer];
    const value = () => layer().known.get(now.key);
    const coloured = () => layer().order.filter((v) => v.kind !== "state before" && v.kind !== "constant");
    const plain = (token) => token.replaceAll("\n", "↵").replace(/^ +$/, (spaces) => "␣".repeat(spaces.length));
    const called = (token) => `“${plain(token)}”`;

    // What the text is coloured by.
    const options = (entries) => entries.map(([key, text]) => element("option", { value: key }, text));
    const layerBox = element("select", {}, ...options(layers.map((_, k) => [k, String(k + 1)])));
    const valueBox = element("select", {});
    const unitBox = element("input", { type: "number", min: 0, step: 1 });
    const wholeBox = element("input", { type: "checkbox" });
    const ramp = element("i", {});
    const [low, high] = [element("span", {}), element("span", {})];
    const labelled = (text, box) => element("label", {}, text, box);
    part("controls").append(
      ...(layers.length > 1 ? [labelled("layer", layerBox)] : []), labelled("value", valueBox), labelled("unit", unitBox),
      element("label", {}, wholeBox, "mean of all units"), element("span", { className: "scale" }, low, ramp, high));

    const tokens = facts.pieces.map((piece, step) => {
      const text = piece === "" ? `${plain(facts.tokens[step])} ` : piece.replaceAll("\n", "↵\n");
      return element("span", { role: "option", id: `token-${place}-${step}`, "aria-selected": "false" }, text);
    });
    const list = part("tokens");
    list.append(...tokens);
    const said = part("said");

    function choose(next) {
      const before = { ...now };
      Object.assign(now, next);
      if (!layer().known.has(now.key) || value().kind === "state before") now.key = preferred();
      now.unit = Math.min(Math.max(Math.round(now.unit) || 0, 0), value().units - 1);
      now.step = Math.min(Math.max(now.step, 0), steps - 1);
      const other = now.layer !== before.layer || now.key !== before.key;
      controls(other);
      paintTokens();
      paintStep();
      if (other || !map) paintMap();
      else map.select(now.unit, now.step, true);
      if (now.step !== before.step) follow();
    }

    // The state that is carried, where a cell has one; its last state else.
    function preferred() {
      const states = coloured().filter((v) => v.kind === "state");
      return (states.find((v) => v.key === "c") ?? states.at(-1) ?? coloured()[0]).key;
    }

    // The unit that changes most from step to step, for its size.
    function liveliest() {
      const changes = Array.from({ length: value().units }, (_, unit) => {
        const row = figures.row(value(), unit, steps);
        const moved = row.slice(1).reduce((sum, v, k) => sum + Math.abs(v - row[k]), 0);
        return moved / (Math.max(...row.map(Math.abs)) || 1);
      });
      return changes.indexOf(Math.max(...changes));
    }

    // The size that has the fullest colour in the text: 1 for a gate, a unit's own largest, the usual one of all.
    function fullest() {
      if (value().kind === "gate" || now.whole) return value().size;
      return Math.max(...figures.row(value(), now.unit, steps).map(Math.abs)) || 1;
    }

    function controls(other) {
      if (other || !valueBox.length) {
        const kinds = { gate: "gate", state: "state", input: "input", intermediate: "" };
        valueBox.replaceChildren(...options(coloured().map((v) => [v.key, [v.name, kinds[v.kind]].filter(Boolean).join(" · ")])));
      }
      layerBox.value = now.layer;
      valueBox.value = now.key;
      unitBox.max = value().units - 1;
      unitBox.value = now.unit;
      unitBox.disabled = now.whole;
      wholeBox.checked = now.whole;
      const { signed } = value();
      const shades = (signed && !now.whole ? [-1, 0, 1] : [0, 1]).map(colours.css);
      ramp.style.background = `linear-gradient(to right, ${shades.join(",")})`;
      low.textContent = signed && !now.whole ? number(-fullest()) : "0";
      high.textContent = number(fullest());
    }

    const reading = (step) => (now.whole ? figures.mean(value(), step) : value().at(step, now.unit));

    function paintTokens() {
      const full = fullest();
      tokens.forEach((token, step) => {
        token.style.backgroundColor = colours.css(reading(step) / full);
        token.setAttribute("aria-selected", String(step === now.step));
      });
      list.setAttribute("aria-activedescendant", tokens[now.step].id);
      const whose = now.whole ? (value().signed ? "mean size of all units" : "mean of all units") : `unit ${now.unit}`;
      const came = facts.came[now.step] === null ? "" :
        ` Then came ${called(facts.came[now.step])}, to which the model had given ${percent(facts.chance[now.step])}.`;
      said.textContent = `Step ${now.step}, ${called(facts.tokens[now.step])}: ${value().name} of layer ` +
        `${now.layer + 1}, ${whose}, is ${number(reading(now.step))}.${came}`;
    }

    const percent = (share) => (share >= 0.001 ? `${Number((100 * share).toPrecision(3))}%` : number(share));

    function paintStep() {
      for (const block of part("anatomy").querySelectorAll(".cell")) block.hidden = Number(block.dataset.cell) !== layer().cell;
      anatomy(part("anatomy").querySelector(".cell:not([hidden])"),
        { layer: layer(), step: now.step, unit: now.unit, chosen: now.key, pick: (unit) => choose({ unit }) });
      const came = facts.came[now.step];
      const bars = facts.next[now.step].map(([token, share]) => {
        const bar = element("span", {});
        bar.style.width = `${100 * share}%`;
        return element("tr", { className: token === came ? "came" : "" },
          element("th", { scope: "row" }, plain(token) + (token === came ? " ← came" : "")),
          element("td", { className: "bar" }, bar), element("td", { className: "number" }, percent(share)));
      });
      part("next").querySelector("tbody").replaceChildren(...bars);
      const lines = facts.said[now.step][now.layer].flatMap((answer, k) =>
        [element("dt", {}, facts.asked[now.layer][k]), element("dd", {}, answer)]);
      part("next").querySelector("dl").replaceChildren(...lines);
      part("next").querySelector("caption").textContent = `Expected after ${called(facts.tokens[now.step])}`;
    }

    // Units by time.
    let map = null;
    const orders = {
      number: () => null,
      mean: (row) => figures.average(row),
      spread: (row) => figures.spread(row),
      "value at the step": (row) => row[now.step],
      "likeness to the unit": (row, chosen) => figures.likeness(row, chosen),
    };
    const ownBox = element("input", { type: "checkbox" });
    const orderBox = element("select", {}, ...options(Object.keys(orders).map((name) => [name, name])));

    function sorted() {
      const rows = Array.from({ length: value().units }, (_, unit) => figures.row(value(), unit, steps));
      const key = orderBox.value === "number" ? rows.map((_, k) => -k) : rows.map((row) => orders[orderBox.value](row, rows[now.unit]));
      return rows.map((_, k) => k).sort((a, b) => key[b] - key[a] || a - b);
    }

    function paintMap() {
      const shown = value();
      const own = Array.from({ length: shown.units }, (_, unit) =>
        Math.max(...figures.row(shown, unit, steps).map(Math.abs)) || 1);
      const next = {
        title: `${shown.name} of layer ${now.layer + 1}`,
        rows: Array.from({ length: shown.units }, (_, unit) => `unit ${unit}`),
        columns: facts.tokens.map(plain),
        at: (row, column) => shown.at(column, row),
        share: (v, unit) => (ownBox.checked ? v / own[unit] : shown.share(v)),
        picked: (unit, step) => choose({ unit, step, whole: false }),
      };
      if (map) map.show(next);
      else {
        map = heat(part("map"), next);
        map.tools.append(labelled("order by", orderBox),
          element("label", {}, ownBox, "each unit by its own size"));
        part("map").append(folded("Data as a table", () => table(["unit", ...facts.tokens],
          sorted().map((unit) => [unit, ...figures.row(value(), unit, steps).map((v) => number(Number(v.toPrecision(3))))]),
          `${value().name} of layer ${now.layer + 1}, ${value().units} units by ${steps} steps, at 8 bit`)));
      }
      map.sort(sorted());
      map.select(now.unit, now.step, true);
      part("map-title").textContent = `${value().name} of layer ${now.layer + 1}: ${value().units} units by ${steps} steps`;
    }

    // Another model that reads the same tokens goes to the same step.
    function follow() {
      for (const look of looks) {
        if (look.place !== place && look.now.step !== now.step && look.facts.tokens.join("\0") === facts.tokens.join("\0")) {
          look.choose({ step: now.step });
        }
      }
    }

    layerBox.addEventListener("change", () => choose({ layer: Number(layerBox.value) }));
    valueBox.addEventListener("change", () => choose({ key: valueBox.value }));
    unitBox.addEventListener("change", () => choose({ unit: Number(unitBox.value) }));
    wholeBox.addEventListener("change", () => choose({ whole: wholeBox.checked }));
    orderBox.addEventListener("change", () => map.sort(sorted()));
    ownBox.addEventListener("change", () => map.draw());
    list.addEventListener("click", (event) => {
      const step = tokens.indexOf(event.target.closest("[role=option]"));
      if (step >= 0) choose({ step });
    });
    list.addEventListener("keydown", (event) => {
      const moves = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -Infinity, End: Infinity };
      if (event.key in moves) choose({ step: now.step + moves[event.key] });
      else if (event.key === "ArrowUp" || event.key === "ArrowDown") {
        choose({ unit: now.unit + (event.key === "ArrowUp" ? 1 : -1), whole: false });
      } else return;
      event.preventDefault();
      tokens[now.step].scrollIntoView({ block: "nearest" });
    });

    const look = { place, facts, now, choose };
    looks.push(look);
    now.key = preferred();
    choose({ unit: liveliest() });
    themed(() => choose({}));
    return look;
  }

  document.querySelectorAll("[data-facts]").forEach((_, place) => makeLook(place));
  carrousel.looks = looks;
}
