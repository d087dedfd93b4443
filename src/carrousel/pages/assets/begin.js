"use strict";
// Draw the figures that stand on the page.
for (const figure of document.querySelectorAll("figure.lines")) carrousel.lines(figure);
for (const figure of document.querySelectorAll("figure.heat")) carrousel.heatFigure(figure);
document.documentElement.dataset.ready = "yes";
