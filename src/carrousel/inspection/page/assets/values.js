"use strict";
// The values of one model on the page, read from its 8 bit.
carrousel.valuesOf = (facts) => {
  const value = (known, one) => {
    const base = { ...one, name: one.label };
    if (one.of) {
      const now = known.get(one.of);
      return { ...now, ...base, kind: "state before", units: now.units,
        at: (step, unit) => (step ? now.at(step - 1, unit) : one.first[unit]) };
    }
    const { at, low, high } = carrousel.array(one);
    const signed = one.kind !== "gate" && low.some((v) => v < 0);
    const size = one.kind === "gate" ? 1 : one.usual || Math.max(...low.map(Math.abs), ...high.map(Math.abs));
    return { ...base, signed, size, at: (step, unit) => at((one.every ? 0 : step) * one.units + unit),
      share: (v) => (size ? v / size : 0) };
  };
  return facts.layers.map((layer) => {
    const known = new Map();
    for (const one of layer.values.filter((v) => !v.of)) known.set(one.key, value(known, one));
    for (const one of layer.values.filter((v) => v.of)) known.set(one.key, value(known, one));
    return { cell: layer.cell, known, order: layer.values.map((v) => known.get(v.key)) };
  });
};

// Figures of a value over units or steps.
carrousel.figures = {
  // The mean over the units at a step; of values that are below zero too, of their sizes.
  mean(value, step) {
    let sum = 0;
    for (let unit = 0; unit < value.units; unit += 1) {
      const v = value.at(step, unit);
      sum += value.signed ? Math.abs(v) : v;
    }
    return sum / value.units;
  },
  row: (value, unit, steps) => Array.from({ length: steps }, (_, step) => value.at(step, unit)),
  average: (row) => row.reduce((a, b) => a + b, 0) / row.length,
  spread(row) {
    const middle = carrousel.figures.average(row);
    return Math.sqrt(carrousel.figures.average(row.map((v) => (v - middle) ** 2)));
  },
  // The correlation of two rows; 0 where one does not change.
  likeness(a, b) {
    const [x, y] = [carrousel.figures.average(a), carrousel.figures.average(b)];
    const both = a.reduce((sum, v, k) => sum + (v - x) * (b[k] - y), 0) / a.length;
    const size = carrousel.figures.spread(a) * carrousel.figures.spread(b);
    return size ? both / size : 0;
  },
};
