"use strict";
// What the scripts of all pages share: colours, ticks, numbers in words, the theme and the button that copies.
const downhillCommon = (() => {
  const root = document.documentElement;
  const COLOURS = 10; // in the palette; after them they begin again, with dashes
  const INFINITE = 1e299; // and more stands for infinity

  // ---- colours: the variables of the style, as the canvas needs them

  const probe = document.createElement("span");
  probe.hidden = true;
  document.body.append(probe);
  const colours = {};
  function readColours() {
    const names = ["paper", "ink", "muted", "axis", "grid", ...Array.from({ length: COLOURS }, (_, c) => `c${c}`)];
    for (const name of names) {
      probe.style.color = `var(--${name})`;
      colours[name] = getComputedStyle(probe).color;
    }
  }
  const colourOf = (o) => colours[`c${o % COLOURS}`];
  const faded = (colour, alpha) => colour.replace(/^rgb\(([^)]+)\)$/, (_, rgb) => `rgba(${rgb}, ${alpha})`);
  const dashOf = (o) => [[], [8, 4], [2, 3], [10, 3, 2, 3]][Math.floor(o / COLOURS) % 4];

  // ---- ticks

  function linearTicks(low, high, most) {
    const least = (high - low) / Math.max(most, 1);
    const power = 10 ** Math.floor(Math.log10(least));
    const step = power * ([1, 2, 5].find((digit) => least <= digit * power * (1 + 1e-9)) ?? 10);
    const ticks = [];
    for (let count = Math.ceil(low / step - 1e-9); count * step <= high * (1 + 1e-12) + 1e-300 && ticks.length < 50; count++) {
      ticks.push(Number((count * step).toPrecision(12)));
    }
    return ticks;
  }
  function logTicks(low, high, most) {
    const all = [];
    for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
      for (const digit of [1, 2, 5]) {
        const tick = Number(`${digit}e${power}`);
        if (low <= tick && tick <= high) all.push(tick);
      }
    }
    if (all.length < 3) return linearTicks(low, high, Math.min(most, 5)).filter((tick) => tick > 0);
    if (all.length <= most + 2) return all;
    const powers = all.filter((tick) => /^1(e|0|$)|^0\.0*1$/.test(String(tick)));
    const stride = Math.ceil(powers.length / most);
    return powers.length < 2 ? all : powers.filter((_, place) => place % stride === 0);
  }
  function tickText(value) {
    const size = Math.abs(value);
    if (value === 0) return "0";
    if (size >= 1e4 && size < 1e6) return `${Number((value / 1e3).toPrecision(6))}k`;
    if (size >= 1e6 || size < 1e-4) return value.toExponential().replace("e+", "e");
    return String(Number(value.toPrecision(8)));
  }
  function valueText(value) {
    if (value == null) return "–";
    if (value > INFINITE) return "∞";
    if (value < -INFINITE) return "−∞";
    const size = Math.abs(value);
    return value === 0 || (size >= 1e-4 && size < 1e7) ? String(Number(value.toPrecision(4))) : value.toExponential(3);
  }

  // ---- the theme: the reader's choice stays, where the browser allows it

  /** Prepares the button; `apply` draws anew after every change. Gives the function that does both. */
  function theme(apply) {
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const button = document.getElementById("theme");
    const isDark = () => (root.dataset.theme ?? (dark.matches ? "dark" : "light")) === "dark";
    function themed() {
      readColours();
      button.textContent = isDark() ? "Light" : "Dark";
      apply();
    }
    button.addEventListener("click", () => {
      root.dataset.theme = isDark() ? "light" : "dark";
      try {
        localStorage.setItem("downhill-theme", root.dataset.theme);
      } catch {}
      themed();
    });
    dark.addEventListener("change", themed);
    themed();
    return themed;
  }

  function copying() {
    const button = document.getElementById("copy");
    button?.addEventListener("click", async () => {
      const code = document.querySelector(".command code");
      try {
        await navigator.clipboard.writeText(code.textContent);
        button.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(code);
        button.textContent = "Selected";
      }
    });
  }

  return { INFINITE, colours, colourOf, faded, dashOf, readColours, linearTicks, logTicks, tickText, valueText, theme, copying };
})();
