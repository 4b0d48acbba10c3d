// Plays the race: draws plane and loss curves up to a step. The page's state is one object.
(() => {
  const data = JSON.parse(document.getElementById("race-data").textContent);
  const { INFINITE, colours, colourOf, faded, dashOf, linearTicks, logTicks, tickText, valueText, theme, copying } = downhillCommon;
  const by = (id) => document.getElementById(id);
  const root = document.documentElement;
  const { steps, plane, runners } = data;
  const last = steps[steps.length - 1] ?? 0;
  const few = Math.max(0, ...runners.map((runner) => runner.traces.length)) <= 3;
  const state = { step: last, playing: false, hidden: new Set(), view: null, data };
  const whole = () => ({ x: [...plane.x], y: [...plane.y] });
  if (plane) state.view = whole();
  const FONT = "12px system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif";

  // ---- canvases in pixels of the page

  const charts = {};
  for (const name of ["plane", "losses"]) {
    const canvas = by(name);
    if (!canvas) continue;
    const readout = canvas.parentElement.querySelector(".readout");
    charts[name] = { canvas, readout, ctx: canvas.getContext("2d"), width: 0, height: 0, ground: document.createElement("canvas"), fresh: false };
  }
  function fit(chart) {
    const scale = devicePixelRatio || 1;
    const [width, height] = [chart.canvas.clientWidth, chart.canvas.clientHeight];
    if (chart.width === width && chart.height === height && chart.scale === scale) return;
    Object.assign(chart, { width, height, scale, fresh: false });
    for (const canvas of [chart.canvas, chart.ground]) {
      canvas.width = Math.round(width * scale);
      canvas.height = Math.round(height * scale);
    }
  }
  const textWidth = (ctx, text) => ((ctx.font = FONT), ctx.measureText(text).width);

  /** The plot inside a canvas, and its ticks. */
  function frame(chart, x, y, names) {
    const { ctx } = chart;
    const top = 10, below = names.x ? 44 : 26;
    const bottom = chart.height - below;
    const yTicks = (y.log ? logTicks : linearTicks)(y.low, y.high, Math.max(2, Math.floor((bottom - top) / 42)));
    const texts = (ticks) => ticks.map(tickText);
    const left = Math.ceil(Math.max(22, ...texts(yTicks).map((text) => textWidth(ctx, text))) + 10);
    const right = chart.width - 14;
    const xTicks = linearTicks(x.low, x.high, Math.max(2, Math.floor((right - left) / 78)));
    const place = (axis, value) => {
      const at = axis.log ? Math.log10(value) : value;
      const [low, high] = axis.log ? [Math.log10(axis.low), Math.log10(axis.high)] : [axis.low, axis.high];
      return (at - low) / (high - low);
    };
    return {
      left, right, top, bottom, xTicks, yTicks, names, x, y,
      px: (value) => left + (right - left) * place(x, value),
      py: (value) => bottom - (bottom - top) * place(y, value),
    };
  }

  function axes(ctx, f) {
    ctx.font = FONT;
    ctx.fillStyle = colours.muted;
    ctx.textBaseline = "middle";
    ctx.textAlign = "right";
    for (const tick of f.yTicks) ctx.fillText(tickText(tick), f.left - 8, f.py(tick));
    ctx.textBaseline = "top";
    for (const tick of f.xTicks) {
      const text = tickText(tick);
      const half = ctx.measureText(text).width / 2;
      ctx.textAlign = "center";
      ctx.fillText(text, Math.min(f.px(tick), f.right + 13 - half), f.bottom + 8);
    }
    if (f.names.x) ctx.fillText(shortened(ctx, f.names.x, f.right - f.left), (f.left + f.right) / 2, f.bottom + 26);
    if (f.names.y) {
      ctx.textAlign = "left";
      ctx.textBaseline = "top";
      ctx.lineWidth = 3;
      const text = shortened(ctx, f.names.y, f.right - f.left - 20);
      ctx.strokeStyle = colours.paper;
      ctx.strokeText(text, f.left + 7, f.top + 6);
      ctx.fillText(text, f.left + 7, f.top + 6);
    }
  }
  function shortened(ctx, text, room) {
    if (ctx.measureText(text).width <= room) return text;
    while (text && ctx.measureText(`${text}…`).width > room) text = text.slice(0, -1);
    return `${text}…`;
  }
  function line(ctx, from, to, colour, width = 1) {
    ctx.strokeStyle = colour;
    ctx.lineWidth = width;
    ctx.beginPath();
    ctx.moveTo(...from);
    ctx.lineTo(...to);
    ctx.stroke();
  }
  function within(ctx, f, draw, room = 0) {
    ctx.save();
    ctx.beginPath();
    ctx.rect(f.left - room, f.top - room, f.right - f.left + 2 * room, f.bottom - f.top + 2 * room);
    ctx.clip();
    draw();
    ctx.restore();
  }

  // ---- colours that are mixed

  const channels = (colour) => colour.match(/[\d.]+/g).slice(0, 3).map(Number);
  function mixed(ground, over, strength) {
    const [a, b] = [channels(ground), channels(over)];
    return `rgb(${a.map((one, c) => Math.round(one + strength * (b[c] - one))).join(", ")})`;
  }
  function stripes(ctx) {
    const tile = document.createElement("canvas");
    tile.width = tile.height = 8;
    const t = tile.getContext("2d");
    t.fillStyle = colours.paper;
    t.fillRect(0, 0, 8, 8);
    for (const shift of [-8, 0, 8]) line(t, [shift, 8], [shift + 8, 0], colours.axis, 1.6);
    return ctx.createPattern(tile, "repeat");
  }

  // ---- the plane

  const contours = plane?.rings.map((rings) => {
    const path = new Path2D();
    for (const ring of rings) {
      let [x, y] = [0, 0];
      for (let place = 0; place < ring.length; place += 2) {
        x += ring[place];
        y += ring[place + 1];
        if (place) path.lineTo(x, y);
        else path.moveTo(x, y);
      }
      path.closePath();
    }
    return path;
  });

  const planeFrame = (chart) => frame(chart,
    { low: state.view.x[0], high: state.view.x[1] }, { low: state.view.y[0], high: state.view.y[1] }, { x: plane.xl, y: plane.yl });

  function drawGround(chart, f) {
    const ctx = chart.ground.getContext("2d");
    ctx.setTransform(chart.scale, 0, 0, chart.scale, 0, 0);
    ctx.clearRect(0, 0, chart.width, chart.height);
    const unit = (range) => (range[1] - range[0]) / plane.places;
    const [ux, uy] = [unit(plane.x), unit(plane.y)];
    const matrix = new DOMMatrix([
      f.px(plane.x[0] + ux) - f.px(plane.x[0]), 0, 0, f.py(plane.y[0] + uy) - f.py(plane.y[0]), f.px(plane.x[0]), f.py(plane.y[0]),
    ]);
    within(ctx, f, () => {
      ctx.fillStyle = colours.paper;
      ctx.fillRect(f.left, f.top, f.right - f.left, f.bottom - f.top);
      ctx.lineWidth = 0.8;
      contours.forEach((path, level) => {
        const placed = new Path2D();
        placed.addPath(path, matrix);
        ctx.fillStyle = mixed(colours.paper, colours.axis, (0.55 * (level + 1)) / contours.length);
        ctx.strokeStyle = mixed(colours.paper, colours.axis, 0.8);
        ctx.fill(placed, "evenodd");
        ctx.stroke(placed);
      });
      if (plane.missing.length) {
        ctx.fillStyle = stripes(ctx);
        for (const [a, b, c, d] of plane.missing) {
          const [x0, x1] = [a, c].map((place) => f.px(plane.x[0] + ux * place));
          const [y0, y1] = [d, b].map((place) => f.py(plane.y[0] + uy * place));
          ctx.fillRect(x0, y0, x1 - x0, y1 - y0);
        }
      }
    });
    axes(ctx, f);
    ctx.strokeStyle = colours.axis;
    ctx.lineWidth = 1.2;
    ctx.strokeRect(f.left, f.top, f.right - f.left, f.bottom - f.top);
    chart.fresh = true;
  }

  /** The place in the kept steps of the last one at or before a step. */
  function placeOf(step) {
    let [low, high] = [0, steps.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (steps[middle] <= step) low = middle;
      else high = middle - 1;
    }
    return low;
  }
  const shown = () => runners.map((runner, o) => ({ runner, o })).filter(({ o }) => !state.hidden.has(o));
  const finite = (value) => value != null && Math.abs(value) < INFINITE;

  /** A stretch between two points of which one may be very far away. */
  function stretch(ctx, p, q, joined) {
    const FAR = 1e5;
    const [dx, dy] = [q[0] - p[0], q[1] - p[1]];
    const size = Math.max(Math.abs(dx), Math.abs(dy));
    const far = ([x, y]) => Math.abs(x) > FAR || Math.abs(y) > FAR;
    if (!far(p) && !far(q)) {
      if (!joined) ctx.moveTo(...p);
      ctx.lineTo(...q);
      return true;
    }
    if (far(p) && far(q)) return false;
    const part = FAR / size;
    if (far(q)) {
      if (!joined) ctx.moveTo(...p);
      ctx.lineTo(p[0] + part * dx, p[1] + part * dy);
      return false;
    }
    ctx.moveTo(q[0] - part * dx, q[1] - part * dy);
    ctx.lineTo(...q);
    return true;
  }

  function tracePath(ctx, f, trace, at) {
    ctx.beginPath();
    let before = null, joined = false;
    const end = Math.min(at, trace.n);
    for (let place = 0; place <= end; place++) {
      if (!finite(trace.x[place]) || !finite(trace.y[place])) {
        before = null;
        joined = false;
        continue;
      }
      const here = [f.px(trace.x[place]), f.py(trace.y[place])];
      if (before) joined = stretch(ctx, before, here, joined);
      before = here;
    }
  }

  /** Where a runner is: its last place that is one. */
  function headOf(trace, at) {
    for (let place = Math.min(at, trace.n); place >= 0; place--) {
      if (finite(trace.x[place]) && finite(trace.y[place])) return { place, x: trace.x[place], y: trace.y[place] };
    }
    return null;
  }

  function cross(ctx, [x, y], r, colour) {
    for (const [width, stroke] of [[4.4, colours.paper], [2.2, colour]]) {
      ctx.lineCap = "round";
      line(ctx, [x - r, y - r], [x + r, y + r], stroke, width);
      line(ctx, [x - r, y + r], [x + r, y - r], stroke, width);
    }
  }
  function polygon(ctx, points, fill) {
    ctx.beginPath();
    points.forEach((point, place) => (place ? ctx.lineTo(...point) : ctx.moveTo(...point)));
    ctx.closePath();
    ctx.fillStyle = fill;
    ctx.strokeStyle = colours.paper;
    ctx.lineWidth = 1.2;
    ctx.stroke();
    ctx.fill();
  }
  function disc(ctx, [x, y], r, fill, stroke, width = 1.4) {
    ctx.beginPath();
    ctx.arc(x, y, r, 0, 2 * Math.PI);
    ctx.fillStyle = fill;
    ctx.strokeStyle = stroke;
    ctx.lineWidth = width;
    ctx.fill();
    ctx.stroke();
  }
  function star(ctx, [x, y], r) {
    polygon(ctx, Array.from({ length: 10 }, (_, corner) => {
      const reach = r * (corner % 2 ? 0.43 : 1);
      return [x + reach * Math.sin((corner * Math.PI) / 5), y - reach * Math.cos((corner * Math.PI) / 5)];
    }), colours.ink);
  }

  /** Whether a path leaps out of the plane and back many times: then it is drawn thin and below the others. */
  function leaps(trace) {
    const MOST = 6;
    const side = (value, [low, high]) => (value < low ? -1 : value > high ? 1 : 0);
    let [before, count] = [0, 0];
    for (let place = 0; place <= trace.n && plane; place++) {
      const now = side(trace.x[place], plane.x) + 3 * side(trace.y[place], plane.y);
      if (now !== before) count++;
      before = now;
    }
    return count > MOST;
  }
  for (const runner of runners) for (const trace of runner.traces) trace.leaps = leaps(trace);

  function drawPlane() {
    const chart = charts.plane;
    if (!chart || !chart.width) return;
    const { ctx } = chart;
    const f = planeFrame(chart);
    chart.frame = f;
    if (!chart.fresh) drawGround(chart, f);
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    ctx.clearRect(0, 0, chart.canvas.width, chart.canvas.height);
    ctx.drawImage(chart.ground, 0, 0);
    ctx.setTransform(chart.scale, 0, 0, chart.scale, 0, 0);
    const at = placeOf(state.step);
    const visible = shown();
    const inside = ([x, y]) => x >= f.left && x <= f.right && y >= f.top && y <= f.bottom;
    within(ctx, f, () => {
      ctx.lineJoin = "round";
      const width = (o) => (few ? 1.8 + (visible.length <= 5 ? 0.35 * Math.max(0, visible.length - 1 - visible.findIndex((one) => one.o === o)) : 0) : 1);
      for (const layer of few ? ["leaping", "casing", "line"] : ["line"]) {
        const casing = layer === "casing";
        const thin = !few || layer === "leaping";
        for (const { runner, o } of visible) {
          ctx.strokeStyle = casing ? faded(colours.paper, 0.75) : faded(colourOf(o), thin ? 0.65 : 1);
          ctx.lineWidth = (thin ? 1 : width(o)) + (casing ? 1.8 : 0);
          ctx.setLineDash(casing ? [] : dashOf(o));
          for (const trace of runner.traces) {
            if (few && trace.leaps !== (layer === "leaping")) continue;
            tracePath(ctx, f, trace, at);
            ctx.stroke();
          }
        }
      }
      ctx.setLineDash([]);
      const seen = new Set();
      for (const { runner } of visible) {
        for (const trace of runner.traces) {
          if (!finite(trace.x[0]) || !finite(trace.y[0]) || seen.has(trace.start)) continue;
          seen.add(trace.start);
          disc(ctx, [f.px(trace.x[0]), f.py(trace.y[0])], few ? 4.4 : 2.2, colours.paper, few ? colours.ink : colours.muted);
        }
      }
      data.minima.forEach(([x, y], number) => {
        const place = [f.px(x), f.py(y)];
        if (!inside(place)) return;
        star(ctx, place, 9.5);
        if (data.minima.length > 1 && data.minima.length <= 26) {
          ctx.font = `600 ${FONT}`;
          ctx.textAlign = "left";
          ctx.textBaseline = "bottom";
          ctx.lineWidth = 3;
          ctx.strokeStyle = colours.paper;
          ctx.fillStyle = colours.ink;
          const letter = String.fromCharCode(65 + number);
          ctx.strokeText(letter, place[0] + 9, place[1] - 5);
          ctx.fillText(letter, place[0] + 9, place[1] - 5);
        }
      });
    });
    for (const { runner, o } of visible) {
      for (const trace of runner.traces) {
        const head = headOf(trace, at);
        if (!head) continue;
        const place = [f.px(head.x), f.py(head.y)];
        const over = trace.d && at >= trace.n;
        const size = few ? 5 : 3;
        if (inside(place)) {
          if (over) cross(ctx, place, size, colourOf(o));
          else disc(ctx, place, size, colourOf(o), colours.paper);
          continue;
        }
        const edge = [Math.min(Math.max(place[0], f.left + 7), f.right - 7), Math.min(Math.max(place[1], f.top + 7), f.bottom - 7)];
        if (over) cross(ctx, edge, size - 1, colourOf(o));
        else {
          const angle = Math.atan2(place[1] - edge[1], place[0] - edge[0]);
          polygon(ctx, [0, 2.3, -2.3].map((turn) => [edge[0] + 6 * Math.cos(angle + turn), edge[1] + 6 * Math.sin(angle + turn)]), colourOf(o));
        }
      }
    }
  }

  // ---- the loss curves

  function lossFrame(chart) {
    const room = 0.015 * Math.max(last, 1);
    return frame(chart, { low: -room, high: Math.max(last, 1) + room }, { low: data.losses[0], high: data.losses[1], log: data.log }, { x: "step" });
  }
  const lossAt = (trace, place) => (data.log && trace.l[place] != null && trace.l[place] <= 0 ? data.losses[0] / 1e9 : trace.l[place]);

  function drawLosses() {
    const chart = charts.losses;
    if (!chart.width) return;
    const { ctx } = chart;
    const f = lossFrame(chart);
    chart.frame = f;
    ctx.setTransform(chart.scale, 0, 0, chart.scale, 0, 0);
    ctx.clearRect(0, 0, chart.width, chart.height);
    for (const tick of f.yTicks) line(ctx, [f.left, f.py(tick)], [f.right, f.py(tick)], colours.grid);
    line(ctx, [f.left, f.bottom], [f.right, f.bottom], colours.axis);
    axes(ctx, f);
    const at = placeOf(state.step);
    const now = f.px(state.step);
    within(ctx, f, () => {
      line(ctx, [now, f.top], [now, f.bottom], colours.axis, 1.4);
      ctx.lineJoin = "round";
      for (const { runner, o } of shown()) {
        ctx.setLineDash(dashOf(o));
        for (const trace of runner.traces) {
          for (const [from, to, strength] of [[0, Math.min(at, trace.n), 1], [Math.min(at, trace.n), trace.n, 0.22]]) {
            if (from === to) continue;
            ctx.strokeStyle = faded(colourOf(o), strength * (few ? 1 : 0.6));
            ctx.lineWidth = few ? 2 : 1;
            ctx.beginPath();
            let down = false;
            for (let place = from; place <= to; place++) {
              const loss = lossAt(trace, place);
              if (loss == null) {
                down = false;
                continue;
              }
              const y = Math.min(Math.max(f.py(Math.abs(loss) > INFINITE ? Math.sign(loss) * 1e200 : loss), -1e4), 1e4);
              if (down) ctx.lineTo(f.px(steps[place]), y);
              else ctx.moveTo(f.px(steps[place]), y);
              down = true;
            }
            ctx.stroke();
          }
        }
      }
      ctx.setLineDash([]);
    }, 1.5);
    for (const { runner, o } of shown()) {
      for (const trace of runner.traces) {
        let place = Math.min(at, trace.n);
        const over = trace.d && at >= trace.n;
        if (over && trace.l[place] == null) {
          cross(ctx, [f.px(steps[place]), f.top + 5], 4, colourOf(o));
          continue;
        }
        const loss = lossAt(trace, place);
        if (loss == null) continue;
        const y = f.py(Math.min(loss, 1e200));
        const spot = [f.px(steps[place]), Math.min(Math.max(y, f.top + 5), f.bottom)];
        if (over) cross(ctx, spot, 4, colourOf(o));
        else if (few && y < f.top) polygon(ctx, [[spot[0], f.top - 2], [spot[0] + 5, f.top + 7], [spot[0] - 5, f.top + 7]], colourOf(o));
        else if (few && y <= f.bottom) disc(ctx, spot, 4, colourOf(o), colours.paper);
      }
    }
  }

  // ---- both, once a frame

  let asked = false;
  function draw() {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      Object.values(charts).forEach(fit);
      if (plane) drawPlane();
      drawLosses();
      slider.value = Math.round(state.step);
      by("at").textContent = `step ${Math.floor(state.step).toLocaleString("en")} of ${last.toLocaleString("en")}`;
    });
  }
  const redraw = () => {
    for (const chart of Object.values(charts)) chart.fresh = false;
    draw();
  };

  // ---- time

  const slider = by("step");
  const play = by("play");
  /** Seconds that a race takes at speed 1. */
  const length = Math.min(Math.max(last / 12, 3), 14);
  let clock = null;
  function go(step) {
    state.step = Math.min(Math.max(step, 0), last);
    draw();
  }
  function playing(on) {
    state.playing = on && last > 0;
    play.textContent = state.playing ? "Pause" : "Play";
    clock = null;
    if (!state.playing) {
      go(Math.floor(state.step));
      return;
    }
    if (state.step >= last) go(0);
    requestAnimationFrame(tick);
  }
  function tick(now) {
    if (!state.playing) return;
    if (clock != null) go(state.step + (Math.min(now - clock, 100) / 1000) * (last / length) * Number(by("speed").value));
    clock = now;
    if (state.step >= last) playing(false);
    else requestAnimationFrame(tick);
  }
  play.addEventListener("click", () => playing(!state.playing));
  slider.addEventListener("input", () => {
    playing(false);
    go(Number(slider.value));
  });
  document.addEventListener("keydown", (event) => {
    const { target, key } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || target.closest("select, input, pre, .scroll")) return;
    const stride = event.shiftKey ? Math.max(1, Math.round(last / 20)) : 1;
    if (key === " " && !target.closest("button, summary, a")) playing(!state.playing);
    else if (key === "ArrowRight" || key === "ArrowLeft") {
      const next = Math.floor(state.step) + (key === "ArrowRight" ? stride : -stride);
      playing(false);
      go(next);
    } else if (target === charts.plane?.canvas && ["+", "=", "-", "0", "Escape"].includes(key)) {
      if (key === "-") zoom(1.5);
      else if (key === "+" || key === "=") zoom(1 / 1.5);
      else look(whole());
    } else return;
    event.preventDefault();
  });

  // ---- looking closer

  /** Shows a part of the plane, at most all of it and not too little for numbers to tell apart. */
  function look(to) {
    for (const axis of ["x", "y"]) {
      const [low, high] = plane[axis];
      const least = Math.max(high - low, Math.abs(low), Math.abs(high)) * 1e-6;
      const size = Math.min(Math.max(to[axis][1] - to[axis][0], least), high - low);
      const from = Math.min(Math.max(to[axis][0], low), high - size);
      to[axis] = [from, from + size];
    }
    state.view = to;
    charts.plane.fresh = false;
    // A finger moves the page as long as there is nothing to move in it.
    charts.plane.canvas.style.touchAction = isWhole() ? "pan-y" : "none";
    charts.plane.readout.style.display = "none";
    draw();
  }
  const isWhole = () => state.view.x[1] - state.view.x[0] >= (plane.x[1] - plane.x[0]) * (1 - 1e-9);
  function zoom(factor, about = [0.5, 0.5]) {
    const part = (axis, share) => {
      const [low, high] = state.view[axis];
      const middle = low + share * (high - low);
      return [middle - factor * (middle - low), middle + factor * (high - middle)];
    };
    look({ x: part("x", about[0]), y: part("y", about[1]) });
  }
  if (plane) {
    const { canvas } = charts.plane;
    const share = (event) => {
      const f = charts.plane.frame;
      return [(event.offsetX - f.left) / (f.right - f.left), (f.bottom - event.offsetY) / (f.bottom - f.top)].map((one) => Math.min(Math.max(one, 0), 1));
    };
    canvas.addEventListener("wheel", (event) => {
      // The whole plane can't be further away: then the page moves.
      if (event.deltaY > 0 && isWhole()) return;
      event.preventDefault();
      zoom(Math.exp(Math.min(Math.max(event.deltaY, -200), 200) * 0.0022), share(event));
    }, { passive: false });
    let grip = null;
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || isWhole()) return;
      grip = { at: [event.clientX, event.clientY], view: state.view };
      canvas.setPointerCapture(event.pointerId);
      canvas.classList.add("moving");
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!grip) {
        readout(charts.plane, event, planePoints);
        return;
      }
      const f = charts.plane.frame;
      const move = (axis, pixels, size) => grip.view[axis].map((end) => end - (pixels / size) * (grip.view[axis][1] - grip.view[axis][0]));
      look({ x: move("x", event.clientX - grip.at[0], f.right - f.left), y: move("y", grip.at[1] - event.clientY, f.bottom - f.top) });
    });
    for (const name of ["pointerup", "pointercancel"]) {
      canvas.addEventListener(name, () => {
        grip = null;
        canvas.classList.remove("moving");
      });
    }
    canvas.addEventListener("dblclick", () => look(whole()));
    by("closer").addEventListener("click", () => zoom(1 / 1.5));
    by("further").addEventListener("click", () => zoom(1.5));
    by("reset").addEventListener("click", () => look(whole()));
  }

  // ---- what lies under the pointer, in words

  const planePoints = (f, trace, place) => (finite(trace.x[place]) && finite(trace.y[place]) ? [f.px(trace.x[place]), f.py(trace.y[place])] : null);
  const lossPoints = (f, trace, place) => (finite(trace.l[place]) ? [f.px(steps[place]), f.py(lossAt(trace, place))] : null);
  function readout(chart, event, pointOf) {
    const NEAR = 48;
    const at = placeOf(state.step);
    let best = null;
    for (const { runner, o } of shown()) {
      for (const trace of runner.traces) {
        const end = pointOf === lossPoints ? trace.n : Math.min(at, trace.n);
        for (let place = 0; place <= end; place++) {
          const point = pointOf(chart.frame, trace, place);
          if (!point) continue;
          const away = Math.hypot(point[0] - event.offsetX, point[1] - event.offsetY);
          // Of equally near ones the latest: where it is now.
          if (away <= NEAR && (!best || away <= best.away)) best = { away, runner, o, trace, place, point };
        }
      }
    }
    const words = chart.readout;
    words.style.display = best ? "block" : "none";
    if (!best) return;
    const { trace, place } = best;
    const name = document.createElement("div");
    const dot = document.createElement("span");
    dot.className = "dot";
    dot.style.background = colourOf(best.o);
    name.append(dot, best.runner.label + (best.runner.traces.length > 1 ? `, start ${trace.start + 1}` : ""));
    const lines = [`step ${steps[place].toLocaleString("en")}`];
    if (plane) lines.push(`${plane.xl} ${precise(trace.x[place])}, ${plane.yl} ${precise(trace.y[place])}`);
    const loss = trace.l[place];
    if (data.floor) lines.push(`loss ${valueText(loss == null ? null : loss + data.floor)}, above the best ${valueText(loss)}`);
    else lines.push(`loss ${valueText(loss)}`);
    lines.push(`gradient norm ${valueText(trace.g[place])}`);
    if (place === trace.n) lines.push(trace.e);
    words.replaceChildren(name, ...lines.map((text) => {
      const line = document.createElement("div");
      line.textContent = text;
      return line;
    }));
    const { offsetLeft, offsetTop, clientWidth, clientHeight } = chart.canvas;
    const right = event.offsetX < clientWidth / 2;
    const x = right ? event.offsetX + 16 : event.offsetX - words.offsetWidth - 16;
    words.style.left = `${offsetLeft + Math.max(0, Math.min(x, clientWidth - words.offsetWidth))}px`;
    words.style.top = `${offsetTop + Math.max(0, Math.min(event.offsetY + 14, clientHeight - words.offsetHeight))}px`;
  }
  const precise = (value) => (value == null ? "–" : Math.abs(value) > INFINITE ? valueText(value) : String(Number(value.toPrecision(6))));
  {
    const { canvas } = charts.losses;
    const scrub = (event) => {
      const f = charts.losses.frame;
      playing(false);
      go(Math.round(f.x.low + ((event.offsetX - f.left) / (f.right - f.left)) * (f.x.high - f.x.low)));
    };
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      if (event.pointerType === "mouse") canvas.setPointerCapture(event.pointerId);
      scrub(event);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (event.buttons & 1) scrub(event);
      readout(charts.losses, event, lossPoints);
    });
  }
  for (const chart of Object.values(charts)) {
    chart.canvas.addEventListener("pointerleave", () => (chart.readout.style.display = "none"));
  }

  // ---- basins: colours that no runner has, as far as there are some

  const minimumColour = (m) => colours[`c${(m + runners.length) % 10}`];
  function drawBasins() {
    for (const swatch of document.querySelectorAll(".swatch")) swatch.style.background = minimumColour(Number(swatch.dataset.m));
    for (const figure of document.querySelectorAll(".basin")) {
      const runs = data.basins.runners[Number(figure.dataset.o)];
      const canvas = figure.querySelector("canvas");
      const { grid } = data.basins;
      const size = Math.max(1, Math.ceil(360 / grid));
      canvas.width = canvas.height = grid * size;
      const ctx = canvas.getContext("2d");
      ctx.fillStyle = stripes(ctx);
      ctx.fillRect(0, 0, canvas.width, canvas.height);
      let cell = 0;
      for (let place = 0; place < runs.length; place += 2) {
        for (let count = runs[place]; count > 0; ) {
          const [column, row] = [cell % grid, Math.floor(cell / grid)];
          const wide = Math.min(count, grid - column);
          if (runs[place + 1] >= 0) {
            ctx.fillStyle = minimumColour(runs[place + 1]);
            ctx.fillRect(column * size, (grid - 1 - row) * size, wide * size, size);
          }
          cell += wide;
          count -= wide;
        }
      }
    }
  }

  // ---- the legend, the theme and the size

  for (const entry of document.querySelectorAll(".series")) {
    entry.addEventListener("click", () => {
      const o = Number(entry.dataset.o);
      if (!state.hidden.delete(o)) state.hidden.add(o);
      entry.setAttribute("aria-pressed", !state.hidden.has(o));
      draw();
    });
  }
  const watch = new ResizeObserver(redraw);
  Object.values(charts).forEach((chart) => watch.observe(chart.canvas));
  const themed = theme(() => {
    drawBasins();
    redraw();
  });
  let before = null;
  addEventListener("beforeprint", () => {
    before = root.dataset.theme ?? "";
    root.dataset.theme = "light";
    themed();
  });
  addEventListener("afterprint", () => {
    if (before) root.dataset.theme = before;
    else delete root.dataset.theme;
    themed();
  });
  copying();
  // For tests, and for readers who look under the bonnet.
  window.downhillRace = Object.assign(state, { charts, go, look, whole, redraw });
})();
