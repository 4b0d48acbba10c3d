"use strict";
// Draws the curves of the page, hides and shows optimizers, and switches the theme. The page's state is one object.
(() => {
  const data = JSON.parse(document.getElementById("curves-data").textContent);
  const root = document.documentElement;
  const { INFINITE, colours, colourOf, faded, dashOf, readColours, linearTicks, logTicks, tickText, valueText, theme, copying } = downhillCommon;
  const state = { hidden: new Set(), seeds: false, logX: false, logY: true, charts: [] };

  // ---- one chart

  const logarithmic = (chart) => state.logY && !chart.data.accuracy;
  const shown = (chart) => chart.data.series.filter((series) => !state.hidden.has(series.o));

  /** The first row that is drawn: a logarithmic axis has no step 0. */
  const firstRow = (chart) => (state.logX ? chart.steps.findIndex((step) => step > 0) : 0);

  /** The y range of what is visible: medians and, within reason, bands and seeds; an exploding run is cut. */
  function yRange(chart, from, to) {
    const log = logarithmic(chart);
    const rows = chart.steps.map((step, row) => row).filter((row) => chart.steps[row] >= from && chart.steps[row] <= to);
    let low = Infinity, high = -Infinity, start = -Infinity;
    const take = (values, most) => {
      for (const row of rows) {
        const value = values[row];
        if (value == null || Math.abs(value) > INFINITE || (log && value <= 0) || value > most) continue;
        if (value < low) low = value;
        if (value > high) high = value;
      }
    };
    const visible = shown(chart);
    for (const series of visible) start = Math.max(start, series.median[0] ?? -Infinity);
    const most = chart.data.accuracy || start <= 0 ? INFINITE : 10 * start;
    for (const series of visible) take(series.median, most);
    const reach = log ? high * 3 : high + (high - low);
    for (const series of visible) for (const values of [series.low, series.high]) take(values, Math.min(most, reach));
    if (state.seeds) for (const series of visible) for (const seed of series.seeds) take(seed, Math.min(most, reach));
    if (low > high) return log ? [0.1, 1] : [0, 1];
    if (low === high) return log ? [low / 2, high * 2] : [low - 0.5 * Math.abs(low || 1), high + 0.5 * Math.abs(high || 1)];
    if (log) {
      const room = (high / low) ** 0.05;
      return [low / room, high * room];
    }
    const room = 0.05 * (high - low);
    const ends = [low >= 0 && low < 0.15 * high ? 0 : low - room, high + room];
    return chart.data.accuracy ? [Math.max(ends[0], 0), Math.min(ends[1], 101)] : ends;
  }

  /** Columns for uPlot: steps, then median, low and high of each optimizer; what is infinite far outside. */
  function columns(chart) {
    const first = firstRow(chart);
    const log = logarithmic(chart);
    const column = (values) => chart.steps.slice(first).map((_, row) => {
      const value = values[row + first];
      if (value == null) return null;
      if (value > INFINITE) return 1e30;
      if (value < -INFINITE) return -1e6;
      return log && value <= 0 ? 1e-30 : value;
    });
    const all = [chart.steps.slice(first)];
    for (const series of chart.data.series) all.push(column(series.median), column(series.low), column(series.high));
    return all;
  }

  function drawSeeds(chart) {
    if (!state.seeds) return;
    const { plot } = chart;
    const { ctx, bbox } = plot;
    const log = logarithmic(chart);
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    const first = firstRow(chart);
    const xs = chart.steps.map((step, row) => (row < first ? 0 : plot.valToPos(step, "x", true)));
    for (const series of shown(chart)) {
      const alpha = Math.max(0.12, Math.min(0.45, 6 / series.seeds.length));
      ctx.strokeStyle = faded(colourOf(series.o), alpha);
      ctx.lineWidth = devicePixelRatio;
      for (const [number, seed] of series.seeds.entries()) {
        ctx.beginPath();
        let down = false, at = null;
        for (let row = first; row < seed.length; row++) {
          const value = seed[row];
          if (value == null || (log && value <= 0)) {
            down = false;
            continue;
          }
          at = [xs[row], plot.valToPos(Math.min(value, 1e30), "y", true)];
          if (down) ctx.lineTo(...at);
          else ctx.moveTo(...at);
          down = true;
        }
        ctx.stroke();
        if (series.diverged[number] && at) cross(ctx, at, colourOf(series.o));
      }
    }
    ctx.restore();
  }

  function cross(ctx, [x, y], colour) {
    const r = 3.5 * devicePixelRatio;
    ctx.save();
    ctx.strokeStyle = colour;
    ctx.lineWidth = 1.6 * devicePixelRatio;
    ctx.beginPath();
    ctx.moveTo(x - r, y - r);
    ctx.lineTo(x + r, y + r);
    ctx.moveTo(x - r, y + r);
    ctx.lineTo(x + r, y - r);
    ctx.stroke();
    ctx.restore();
  }

  function draw(chart) {
    const log = logarithmic(chart);
    const series = [{}];
    const bands = [];
    for (const [number, one] of chart.data.series.entries()) {
      const show = !state.hidden.has(one.o);
      const stroke = () => colourOf(one.o);
      const edge = { scale: "y", show, width: 0, spanGaps: true, points: { show: false } };
      series.push({ scale: "y", show, stroke, width: 2, dash: dashOf(one.o), spanGaps: true, points: { show: false } }, edge, { ...edge });
      bands.push({ series: [3 * number + 3, 3 * number + 2], fill: () => faded(colourOf(one.o), 0.16) });
    }
    const grid = { stroke: () => colours.grid, width: 1 };
    const axis = { stroke: () => colours.muted, grid, ticks: { show: false }, font: "12px system-ui, sans-serif", filter: (_, splits) => splits };
    const xLow = chart.steps[firstRow(chart)] ?? 0;
    const xHigh = chart.steps[chart.steps.length - 1] ?? 1;
    const options = {
      width: chart.box.clientWidth,
      height: chart.box.clientHeight,
      legend: { show: false },
      series,
      bands,
      scales: {
        x: { time: false, distr: state.logX ? 3 : 1, range: () => chart.zoom?.x ?? (xLow < xHigh ? [xLow, xHigh] : [xLow - 1, xHigh + 1]) },
        y: { distr: log ? 3 : 1, range: () => chart.zoom?.y ?? yRange(chart, ...(chart.zoom?.x ?? [xLow, xHigh])) },
      },
      axes: [
        {
          ...axis, size: 26, gap: 6, label: "step", labelSize: 18, labelGap: 0, labelFont: "12px system-ui, sans-serif",
          splits: (u, _, low, high) => (state.logX ? logTicks : linearTicks)(low, high, Math.max(2, Math.floor(u.bbox.width / devicePixelRatio / 75))),
          values: (_, splits) => splits.map(tickText),
        },
        {
          ...axis, gap: 6,
          size: (_, values) => 14 + 7 * Math.max(2, ...(values ?? []).map((text) => text.length)),
          splits: (u, _, low, high) => (log ? logTicks : linearTicks)(low, high, Math.max(3, Math.floor(u.bbox.height / devicePixelRatio / 38))),
          values: (_, splits) => splits.map(tickText),
        },
      ],
      cursor: {
        drag: { x: true, y: true, uni: 24, setScale: false },
        points: { size: 7, fill: (u, s) => (s % 3 === 1 ? series[s].stroke() : "transparent"), stroke: "transparent", width: 0 },
        bind: { dblclick: () => () => zoom(chart, null) },
      },
      hooks: {
        drawAxes: [() => drawSeeds(chart)],
        setSelect: [(u) => selected(chart, u)],
        setCursor: [(u) => readout(chart, u)],
      },
    };
    chart.plot?.destroy();
    chart.plot = null;
    // The hooks draw on the plot, which draws first on its own after this.
    chart.plot = new uPlot(options, columns(chart), chart.box);
  }

  function selected(chart, u) {
    const { left, top, width, height } = u.select;
    if (width < 4 && height < 4) return;
    const x = width >= 4 ? [u.posToVal(left, "x"), u.posToVal(left + width, "x")] : null;
    const whole = height < 4 || height >= u.over.clientHeight - 1;
    const y = whole ? null : [u.posToVal(top + height, "y"), u.posToVal(top, "y")];
    u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    zoom(chart, { x: width >= u.over.clientWidth - 1 ? null : x, y });
  }

  function zoom(chart, to) {
    chart.zoom = to && (to.x || to.y) ? { x: to.x ?? chart.zoom?.x ?? null, y: to.y } : null;
    chart.plot?.setData(chart.plot.data, true);
  }

  function keys(chart, event) {
    const { plot } = chart;
    if (!plot) return;
    const [low, high] = [plot.scales.x.min, plot.scales.x.max];
    const forth = state.logX ? Math.log : (x) => x;
    const back = state.logX ? Math.exp : (x) => x;
    const [a, b] = [forth(low), forth(high)];
    const [middle, half] = [(a + b) / 2, (b - a) / 2];
    const to = { "+": [middle - half / 2, middle + half / 2], "=": [middle - half / 2, middle + half / 2],
      "-": [middle - 2 * half, middle + 2 * half], ArrowLeft: [a - half / 2, b - half / 2], ArrowRight: [a + half / 2, b + half / 2] }[event.key];
    if (event.key === "Escape" || event.key === "0") zoom(chart, null);
    else if (to) {
      const ends = [chart.steps[firstRow(chart)], chart.steps[chart.steps.length - 1]].map(forth);
      const width = Math.min(to[1] - to[0], ends[1] - ends[0]);
      const from = Math.min(Math.max(to[0], ends[0]), ends[1] - width);
      zoom(chart, { x: [back(from), back(from + width)], y: null });
    } else return;
    event.preventDefault();
  }

  /** What lies under the pointer, in words. */
  function readout(chart, u) {
    const row = u.cursor.idx;
    if (row == null || u.cursor.left < 0) {
      chart.words.style.display = "none";
      return;
    }
    const at = row + firstRow(chart);
    const line = document.createElement("div");
    line.textContent = `step ${chart.steps[at]}`;
    const lines = shown(chart).slice(0, 12).map((series) => {
      const line = document.createElement("div");
      const dot = document.createElement("span");
      dot.className = "dot";
      dot.style.background = colourOf(series.o);
      const [median, low, high] = [series.median, series.low, series.high].map((values) => valueText(values[at]));
      line.append(dot, `${data.optimizers[series.o] ?? ""} ${median} [${low}, ${high}]`);
      return line;
    });
    chart.words.replaceChildren(line, ...lines);
    chart.words.style.display = "block";
    const room = chart.box.clientWidth - chart.words.offsetWidth;
    const left = u.over.offsetLeft + u.cursor.left;
    chart.words.style.left = `${Math.max(0, Math.min(room, left < chart.box.clientWidth / 2 ? left + 14 : left - chart.words.offsetWidth - 14))}px`;
    const above = u.cursor.top > u.over.clientHeight / 2;
    chart.words.style.top = `${chart.box.offsetTop + (above ? 8 : chart.box.clientHeight - chart.words.offsetHeight - 52)}px`;
  }

  // ---- the page

  for (const place of document.querySelectorAll(".charts")) {
    const task = data.tasks[Number(place.dataset.task)];
    for (const one of task?.charts ?? []) {
      const figure = document.createElement("div");
      figure.className = "chart";
      const title = document.createElement("p");
      title.className = "title";
      title.textContent = one.accuracy ? one.title : `${one.title}, ${task.loss}`;
      const box = document.createElement("div");
      box.className = "plot";
      box.tabIndex = 0;
      box.setAttribute("role", "img");
      box.setAttribute("aria-label", `${one.title} by step. ${ending(one)}`);
      const words = document.createElement("div");
      words.className = "readout";
      figure.append(title, box, words);
      place.append(figure);
      const chart = { data: one, steps: task.steps, box, words, zoom: null, plot: null };
      box.addEventListener("keydown", (event) => keys(chart, event));
      state.charts.push(chart);
    }
  }
  function ending(one) {
    const end = (series) => valueText(series.median.findLast((value) => value != null));
    return one.series.slice(0, 12).map((series) => `${data.optimizers[series.o]} ends at ${end(series)}`).join("; ");
  }

  const visible = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      const chart = state.charts.find((chart) => chart.box === target);
      if (isIntersecting && !chart.plot) draw(chart);
    }
  }, { rootMargin: "800px" });
  const drawn = () => state.charts.filter((chart) => chart.plot);
  const redraw = () => drawn().forEach(draw);
  const resized = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      const chart = state.charts.find((chart) => chart.box === target);
      if (chart.plot && (chart.plot.width !== target.clientWidth || chart.plot.height !== target.clientHeight)) {
        chart.plot.setSize({ width: target.clientWidth, height: target.clientHeight });
      }
    }
  });

  readColours();
  for (const chart of state.charts) {
    visible.observe(chart.box);
    resized.observe(chart.box);
  }

  const button = (id) => document.getElementById(id);
  function toggle(id, name, apply) {
    button(id)?.addEventListener("click", () => {
      state[name] = !state[name];
      button(id).setAttribute("aria-pressed", state[name]);
      apply();
    });
  }
  const fresh = () => {
    for (const chart of state.charts) chart.zoom = null;
    redraw();
  };
  toggle("seeds-toggle", "seeds", () => drawn().forEach((chart) => chart.plot.setData(chart.plot.data, true)));
  toggle("log-y", "logY", fresh);
  toggle("log-x", "logX", fresh);
  button("reset")?.addEventListener("click", () => state.charts.forEach((chart) => zoom(chart, null)));

  const entries = [...document.querySelectorAll(".series")];
  /** Hides and shows optimizers, in the charts, the figures and the legend. */
  function choose(hidden) {
    state.hidden = hidden;
    for (const entry of entries) {
      const o = Number(entry.dataset.o);
      entry.setAttribute("aria-pressed", !hidden.has(o));
      root.classList.toggle(`hide-${o}`, hidden.has(o));
    }
    for (const chart of drawn()) {
      chart.plot.batch(() => {
        chart.data.series.forEach((series, number) => {
          const show = !hidden.has(series.o);
          if (chart.plot.series[3 * number + 1].show === show) return;
          for (const part of [1, 2, 3]) chart.plot.setSeries(3 * number + part, { show });
        });
        chart.plot.setData(chart.plot.data, true);
      });
    }
  }
  for (const entry of entries) {
    entry.addEventListener("click", () => {
      const hidden = new Set(state.hidden);
      const o = Number(entry.dataset.o);
      if (!hidden.delete(o)) hidden.add(o);
      choose(hidden);
    });
  }
  for (const all of document.querySelectorAll(".all")) {
    all.addEventListener("click", () => choose(new Set(all.dataset.show ? [] : entries.map((entry) => Number(entry.dataset.o)))));
  }

  const themed = theme(() => drawn().forEach((chart) => chart.plot.redraw(false, true)));

  let before = null;
  addEventListener("beforeprint", () => {
    before = root.dataset.theme ?? "";
    root.dataset.theme = "light";
    readColours();
    for (const chart of state.charts) chart.plot ? chart.plot.redraw(false, true) : draw(chart);
  });
  addEventListener("afterprint", () => {
    if (before) root.dataset.theme = before;
    else delete root.dataset.theme;
    themed();
  });

  copying();

  // For tests, and for readers who look under the bonnet.
  window.downhillReport = state;
})();
