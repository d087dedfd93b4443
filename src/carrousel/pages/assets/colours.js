"use strict";
// Colours of values: blue is more, orange is below zero, the page's own colour is zero. Text stays readable on all.
{
  const PALETTES = {
    light: { zero: [255, 255, 255], more: [96, 159, 245], less: [246, 158, 84], none: [229, 229, 229] },
    dark: { zero: [17, 24, 39], more: [38, 92, 190], less: [158, 78, 12], none: [64, 64, 64] },
  };
  const dark = window.matchMedia("(prefers-color-scheme: dark)");

  carrousel.colours = {
    // Red, green and blue of a share from -1 to 1; NaN is grey.
    shade(share) {
      const { zero, more, less, none } = PALETTES[dark.matches ? "dark" : "light"];
      if (Number.isNaN(share)) return none;
      const size = Math.min(Math.abs(share), 1);
      const end = share < 0 ? less : more;
      return zero.map((z, k) => Math.round(z + size * (end[k] - z)));
    },
    css(share) {
      return `rgb(${carrousel.colours.shade(share).join(",")})`;
    },
    // How a value becomes a share: zero in the middle where values are signed, the least at zero elsewhere.
    scale(low, high, signed = low < 0) {
      const size = signed ? Math.max(Math.abs(low), Math.abs(high)) : high - low;
      return (value) => (size ? (signed ? value : value - low) / size : 0);
    },
    // The colour that the style sheet gives the k-th series.
    series(k) {
      return getComputedStyle(document.documentElement).getPropertyValue(`--s${k % 6}`).trim();
    },
    ink(name = "--ink") {
      return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
    },
  };
}
