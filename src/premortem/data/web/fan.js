// A picture of bands over time: half and nine in ten of the futures, the median, hatched where rough. Built once, then only moved.

/** @typedef {import("./surrogate.js").Band} Band */
/** @typedef {{ width: number, height: number, left: number, right: number, top: number, bottom: number }} Size */

const NAMESPACE = "http://www.w3.org/2000/svg";
let patterns = 0;

/** @param {string} tag @param {Record<string, string | number>} attributes @param {(Node | string)[]} children @returns {SVGElement} */
const shape = (tag, attributes, ...children) => {
  const made = document.createElementNS(NAMESPACE, tag);
  for (const [key, given] of Object.entries(attributes)) made.setAttribute(key, String(given));
  made.append(...children);
  return made;
};

export class Fan {
  /** @param {Size} size @param {number} years @param {(amount: number) => string} written @param {((year: number) => string) | null} axes words under the last year; the others are numbers */
  constructor(size, years, written, axes) {
    this.written = written;
    this.axes = axes;
    /** @type {Size} */ this.size = size;
    this.range = [0, 0];
    const hatched = `hatched-${patterns++}`, { width, height, left, right, top, bottom } = size;
    this.parts = Object.fromEntries([["wide", "polygon", "wide-band"], ["half", "polygon", "half-band"], ["rough", "path", "rough-band"], ["zero", "line", "zero"], ["before", "polyline", "before"], ["median", "polyline", "median"]]
      .map(([name, tag, kind]) => [name, shape(tag, { class: kind })]));
    this.parts.rough.setAttribute("fill", `url(#${hatched})`);
    this.labels = shape("g", {});
    const pattern = shape("pattern", { id: hatched, width: 7, height: 7, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" }, shape("line", { x1: 0, y1: 0, x2: 0, y2: 7, class: "hatch" }));
    const ticks = axes ? Array.from({ length: years }, (_, year) => shape("text", { x: left + ((year + 1) / years) * (width - left - right), y: height - 6, "text-anchor": year + 1 === years ? "end" : "middle" }, year + 1 === years ? axes(years) : String(year + 1))) : [];
    this.svg = shape("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", preserveAspectRatio: axes ? "xMinYMid" : "none" }, shape("defs", {}, pattern), ...Object.values(this.parts), this.labels, ...ticks);
    for (const [name, at] of [["x1", left], ["x2", width - right]]) this.parts.zero.setAttribute(String(name), String(at));
    this.inner = { width: width - left - right, height: height - top - bottom };
  }

  /** Draw bands; `before`: a median that they replaced. @param {Band} band @param {number[]} range of the axis @param {string} said @param {number[] | null} before */
  draw(band, range, said, before = null) {
    const { left, top } = this.size, steps = band.q50.length;
    const low = Math.min(range[0], ...band.q05, 0), high = Math.max(range[1], ...band.q95, 0), span = high - low || 1;
    const x = (/** @type {number} */ step) => left + ((step + 1) / steps) * this.inner.width;
    const y = (/** @type {number} */ amount) => top + ((high - amount) / span) * this.inner.height;
    const line = (/** @type {number[]} */ values) => [[left, y(0)], ...values.map((amount, step) => [x(step), y(amount)])];
    const points = (/** @type {number[][]} */ found) => found.map(([a, b]) => `${a.toFixed(1)},${b.toFixed(1)}`).join(" ");
    const { wide, half, rough, zero, median, before: earlier } = this.parts;
    wide.setAttribute("points", points([...line(band.q05), ...line(band.q95).reverse()]));
    half.setAttribute("points", points([...line(band.q25), ...line(band.q75).reverse()]));
    median.setAttribute("points", points(line(band.q50)));
    earlier.setAttribute("points", before ? points(line(before)) : "");
    const wideAt = this.inner.width / steps;
    rough.setAttribute("d", band.rough.map((is, step) => (is ? `M${x(step - 1).toFixed(1)} ${top}h${wideAt.toFixed(1)}v${this.inner.height}h${(-wideAt).toFixed(1)}z` : "")).join(""));
    for (const end of ["y1", "y2"]) zero.setAttribute(end, y(0).toFixed(1));
    this.svg.setAttribute("aria-label", said);
    if (this.axes) {
      const shown = [high, 0, low].filter((amount, at, all) => all.findIndex((other) => Math.abs(y(other) - y(amount)) < 14) === at || amount === 0);
      this.labels.replaceChildren(...shown.map((amount) => shape("text", { x: left - 8, y: (y(amount) + 4).toFixed(1), "text-anchor": "end" }, this.written(amount))));
    }
  }
}
