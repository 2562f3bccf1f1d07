// Instant levers: a file that was fitted to runs (premortem/instant/file.py), evaluated. The same numbers as premortem/instant/answer.py.

/** @typedef {{ path: string, low: number, high: number, scale: "linear" | "log", words: string[], whole: boolean }} Input */
/** @typedef {{ offset: number, shape: number[], type: "<f4" | "|u1" | "|i1" }} Place */
/** @typedef {{ scale: number, floor: number, nothing: number, future_scale: number, jitter: number, rough_median: number, rough_edge: number }} Constants */
/** @typedef {{ version: number, constants: Constants, inputs: { plan: string, input: Input[] }, outcomes: string[], years: number, step_weeks: number,
 *   rests_on: Record<string, string>, measured: Record<string, any>, readings: string[], arrays: Record<string, Place>, digest: string }} Header */
/** @typedef {{ id: string, q05: number[], q25: number[], q50: number[], q75: number[], q95: number[],
 *   error_median: number[], error_edge: number[], rough: boolean[], refused: boolean }} Band */
/** @typedef {{ weights: Float64Array, lengths: Float64Array, luck: number, leaning: number, noise: number, factor: Float64Array }} Process */
/** @typedef {Record<string, number | string>} Values */

const MARK = "PMIA", VERSION = 5, PARTS = 5, MOST_MOVED = 10;

/** The place of a value between 0 and 1; of a word, its number. @param {Input} one @param {number | string} value @returns {number} */
export function unit(one, value) {
  if (typeof value === "string") return one.words.indexOf(value);
  return one.scale === "log" ? Math.log(value / one.low) / Math.log(one.high / one.low) : (value - one.low) / (one.high - one.low);
}

/** The value at a place between 0 and 1. @param {Input} one @param {number} part @returns {number} */
export function valueAt(one, part) {
  const found = one.scale === "log" ? one.low * (one.high / one.low) ** part : one.low + (one.high - one.low) * part;
  return one.whole ? Math.round(found) : found;
}

/** What one file answers under one reading. */
export class Surrogate {
  /** @param {ArrayBuffer} content @param {string} [reading] */
  constructor(content, reading) {
    const view = new DataView(content), said = (/** @type {number} */ from, /** @type {number} */ to) => new TextDecoder().decode(content.slice(from, to));
    if (said(0, 4) !== MARK) throw new Error("not a file of instant levers");
    const size = view.getUint32(4, true);
    /** @type {Header} */
    this.header = JSON.parse(said(8, 8 + size));
    if (this.header.version !== VERSION) throw new Error(`a file of version ${this.header.version}; this page reads ${VERSION}`);
    this.content = content;
    this.start = 8 + size;
    this.reading = reading ?? this.header.readings[0];
    const get = (/** @type {string} */ name) => this.array(`${this.reading}.${name}`);
    this.inputs = this.header.inputs.input;
    this.seen = get("seen");
    this.parts = get("parts");
    this.count = this.parts.length;
    this.table = get("table");
    this.mean = get("mean");
    this.scale = get("scale");
    this.bases = get("bases");
    this.owner = get("owner");
    this.kind = get("kind");
    this.centre = get("centre");
    this.band = get("band");
    this.errors = { median: get("error_median"), edge: get("error_edge") };
    this.least = get("least");
    this.components = this.mean.length;
    this.steps = this.header.arrays[`${this.reading}.band`].shape[1];
    this.refused = get("refused");
    this.mostLeft = get("most_left")[0];
    const [weights, lengths, luck, leaning, noise] = ["weights", "lengths", "luck", "leaning", "noise"].map(get), many = this.inputs.length;
    /** Of medians, and of distances. @type {Process[]} */
    this.processes = [0, 1].map((number) => {
      const [from, to] = [number * many, (number + 1) * many];
      const made = { weights: weights.slice(from, to), lengths: lengths.slice(from, to), luck: luck[number], leaning: leaning[number], noise: noise[number] };
      return { ...made, factor: cholesky(this.covariances(made), this.count) };
    });
    this.matters = get("matters");
    this.errorShare = get("error_share");
    /** @type {ReturnType<typeof this.kept> | null} */ this.single = null;
  }

  /** What single futures need, made when they are first asked for: by part and penalty the factor, and which variants and components it is of. */
  kept() {
    const get = (/** @type {string} */ name) => this.array(`${this.reading}.future_${name}`), many = this.inputs.length;
    const by = this.processes[get("kernel")[0]], [scale, mean, penalty, bases, owner, centre, spread, table] = ["scale", "mean", "penalty", "bases", "owner", "centre", "spread", "table"].map(get);
    const numbers = [...new Set(this.parts)].sort((a, b) => a - b), futures = this.header.arrays[`${this.reading}.future_table`].shape[1];
    const solvers = numbers.map((part) => {
      const mine = Array.from(this.parts.keys()).filter((i) => this.parts[i] === part), n = mine.length;
      return [...new Set(penalty)].map((strength) => {
        const own = new Float64Array(n * n);
        mine.forEach((i, a) => mine.forEach((j, b) => { own[a * n + b] = this.between(by, this.seen, i * many, this.seen, j * many) + (a === b ? strength : 0); }));
        return { mine, factor: cholesky(own, n), components: Array.from(penalty.keys()).filter((c) => penalty[c] === strength) };
      });
    });
    return { by, scale, mean, bases, owner, centre, spread, table, futures, solvers, components: scale.length };
  }

  /** The difference of every future at a place: [outcome, step, future]. @param {Values} values */
  differences(values) {
    this.single ??= this.kept();
    const { by, scale, mean, bases, owner, centre, spread, table, futures, solvers, components } = this.single, steps = this.steps, many = this.inputs.length;
    const at = this.inputs.map((one) => unit(one, values[one.path])), all = futures * solvers.length, found = new Float64Array(this.header.outcomes.length * steps * all);
    for (let cell = 0; cell < centre.length; cell++) found.fill(centre[cell], cell * all, cell * all + all);
    solvers.forEach((part, number) => {
      for (const { mine, factor, components: chosen } of part) {
        const weights = solved(factor, Float64Array.from(mine, (i) => this.between(by, at, 0, this.seen, i * many)), mine.length);
        for (const c of chosen) {
          for (let f = 0; f < futures; f++) {
            let sum = 0;
            for (let a = 0; a < mine.length; a++) sum += weights[a] * table[(mine[a] * futures + f) * components + c];
            const value = sum * scale[c] + mean[c];
            for (let step = 0; step < steps; step++) found[(owner[c] * steps + step) * all + number * futures + f] += value * bases[c * steps + step];
          }
        }
      }
    });
    const width = this.header.constants.future_scale;
    for (let cell = 0; cell < spread.length; cell++) for (let f = 0; f < all; f++) found[cell * all + f] = Math.sinh(found[cell * all + f]) * width * spread[cell];
    return found;
  }

  /** The differences of an outcome at the end, of one place, or of one less those of another in the same futures. @param {number} outcome @param {Float64Array} here @param {Float64Array | null} [there] */
  atEnd(outcome, here, there = null) {
    const all = here.length / (this.header.outcomes.length * this.steps), from = ((outcome + 1) * this.steps - 1) * all;
    return here.slice(from, from + all).map((value, f) => value - (there ? there[from + f] : 0));
  }

  /** The shares of futures that are lower, and higher, by what matters. @param {number} outcome @param {Float64Array} ends */
  shares(outcome, ends) {
    const least = this.matters[outcome], share = (/** @type {(value: number) => boolean} */ is) => ends.filter(is).length / ends.length;
    return { lower: share((value) => value < -least), higher: share((value) => value > least) };
  }

  /** @param {string} name @returns {Float64Array} */
  array(name) {
    const place = this.header.arrays[name], count = place.shape.reduce((all, one) => all * one, 1);
    return Float64Array.from(new { "|u1": Uint8Array, "|i1": Int8Array, "<f4": Float32Array }[place.type](this.content, this.start + place.offset, count));
  }

  /** Whether the numbers are those that were written; true where a page may not know. @returns {Promise<boolean>} */
  async whole() {
    if (!globalThis.crypto?.subtle) return true; // no secure context: a server on the network without TLS
    const found = new Uint8Array(await crypto.subtle.digest("SHA-256", this.content.slice(this.start)));
    return Array.from(found, (byte) => byte.toString(16).padStart(2, "0")).join("") === this.header.digest;
  }

  /** A product over the inputs of one plus a weight times the likeness in it: Matern 5/2, or whether a word is the same. @param {{ weights: Float64Array, lengths: Float64Array }} by
   * @param {ArrayLike<number>} a @param {number} i @param {ArrayLike<number>} b @param {number} j */
  between(by, a, i, b, j) {
    let found = 1;
    for (let k = 0; k < this.inputs.length; k++) {
      const x = a[i + k], y = b[j + k], weight = by.weights[k], far = (Math.sqrt(5) / by.lengths[k]) * Math.abs(x - y);
      const like = this.inputs[k].words.length ? Number(x === y) : (1 + far + (far * far) / 3) * Math.exp(-far);
      found *= (1 + weight * like) / (1 + weight);
    }
    return found;
  }

  /** @param {{ weights: Float64Array, lengths: Float64Array, luck: number, leaning: number, noise: number }} by */
  covariances(by) {
    const n = this.count, many = this.inputs.length, found = new Float64Array(n * n);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j <= i; j++) {
        const together = Number(this.parts[i] === this.parts[j]);
        let value = this.between(by, this.seen, i * many, this.seen, j * many) * (1 + by.leaning * together) + by.luck * together;
        if (i === j) value += by.noise + this.header.constants.jitter;
        found[i * n + j] = found[j * n + i] = value;
      }
    }
    return found;
  }

  /** The weights of the points seen under a process, and the share of variance left. @param {Process} by @param {Values} values */
  weights(by, values) {
    const at = this.inputs.map((one) => unit(one, values[one.path])), many = this.inputs.length;
    const cross = Float64Array.from({ length: this.count }, (_, i) => this.between(by, at, 0, this.seen, i * many));
    const weights = solved(by.factor, cross, this.count);
    let told = 0;
    for (let i = 0; i < this.count; i++) told += cross[i] * weights[i];
    return { weights, left: Math.min(1, Math.max(0, 1 - told)) };
  }

  /** Medians of every outcome at the end, at a place; null where it lies too far from all that was run. @param {Values} values @returns {Float64Array | null} */
  ends(values) {
    const { weights, left } = this.weights(this.processes[0], values), last = this.steps - 1, found = new Float64Array(this.header.outcomes.length);
    if (left > this.mostLeft) return null;
    for (let c = 0; c < this.components; c++) {
      if (this.kind[c]) continue;
      let part = 0;
      for (let i = 0; i < this.count; i++) part += weights[i] * this.table[i * this.components + c];
      found[this.owner[c]] += (part * this.scale[c] + this.mean[c]) * this.bases[(c * this.steps + last) * PARTS];
    }
    return found.map((code, outcome) => Math.sinh(code + this.centre[(outcome * this.steps + last) * PARTS]) * this.header.constants.scale * this.band[outcome * this.steps + last]);
  }

  /** What each input adds that stands elsewhere than at a start, to the median of every outcome at the end (premortem/instant/reasons.py); null where a place between
   * is too far from all that was run, or too many are moved. @param {Values} start @param {Values} values */
  reasons(start, values) {
    const moved = this.inputs.map((one) => one.path).filter((path) => values[path] !== start[path]), many = moved.length;
    if (many > MOST_MOVED) return null;
    const medians = Array.from({ length: 2 ** many }, (_, place) => this.ends({ ...start, ...Object.fromEntries(moved.filter((_, k) => (place >> k) & 1).map((path) => [path, values[path]])) }));
    if (medians.includes(null)) return null;
    const ordered = [1], orders = (/** @type {number} */ n) => (ordered[n] ??= n * orders(n - 1));
    const parts = moved.map((path, k) => {
      const found = new Float64Array(medians[0].length);
      for (let place = 0; place < medians.length; place++) {
        if ((place >> k) & 1) continue;
        const before = moved.filter((_, j) => (place >> j) & 1).length, share = (orders(before) * orders(many - before - 1)) / orders(many);
        for (let outcome = 0; outcome < found.length; outcome++) found[outcome] += share * (medians[place | (1 << k)][outcome] - medians[place][outcome]);
      }
      return { path, adds: found };
    });
    return { start: medians[0], parts };
  }

  /** Bands of every outcome at a place; none where it lies too far from all that was run. @param {Values} values @returns {{ left: number, trusted: boolean, bands: Band[] }} */
  at(values) {
    const { scale, floor, nothing, rough_median, rough_edge } = this.header.constants, [medians, distances] = this.processes.map((by) => this.weights(by, values)), { left } = medians;
    if (left > this.mostLeft) return { left, trusted: false, bands: [] };
    const parts = new Float64Array(this.components), steps = this.steps;
    for (let i = 0; i < this.count; i++) for (let c = 0; c < this.components; c++) parts[c] += (this.kind[c] ? distances : medians).weights[i] * this.table[i * this.components + c];
    const codes = Float64Array.from(this.centre);
    for (let c = 0; c < this.components; c++) {
      const value = parts[c] * this.scale[c] + this.mean[c], from = this.owner[c] * steps * PARTS;
      for (let k = 0; k < steps * PARTS; k++) codes[from + k] += value * this.bases[c * steps * PARTS + k];
    }
    const bands = this.header.outcomes.map((id, outcome) => {
      /** @type {Band} */
      const found = { id, q05: [], q25: [], q50: [], q75: [], q95: [], error_median: [], error_edge: [], rough: [], refused: Boolean(this.refused[outcome]) };
      for (let step = 0; step < steps; step++) {
        const cell = outcome * steps + step, width = this.band[cell], code = codes.subarray(cell * PARTS, cell * PARTS + PARTS);
        const [far, near, nearLow, farLow] = Array.from(code.subarray(1), (log) => Math.exp(log) - floor * width).map((one) => (one > nothing * width ? one : 0));
        const middle = Math.sinh(code[0]) * scale * width, [median, edge] = [this.errors.median[cell], this.errors.edge[cell]];
        found.q05.push(middle - Math.max(farLow, nearLow));
        found.q25.push(middle - nearLow);
        found.q50.push(middle);
        found.q75.push(middle + near);
        found.q95.push(middle + Math.max(far, near));
        found.error_median.push(median);
        found.error_edge.push(edge);
        found.rough.push(median > rough_median || edge > rough_edge);
      }
      return found;
    });
    return { left, trusted: true, bands };
  }
}

/** How far a quantile at the end is from that of a run, as a share of the run's band. @param {Surrogate} by @param {number} outcome @param {Band} instant @param {Band} ran @param {"q05" | "q50" | "q95"} part */
export function apart(by, outcome, instant, ran, part) {
  const last = by.steps - 1, width = Math.max(ran.q95[last] - ran.q05[last], by.least[outcome * by.steps + last]);
  return Math.abs(instant[part][last] - ran[part][last]) / width;
}

/** The lower factor of a matrix [n, n]. @param {Float64Array} matrix @param {number} n */
function cholesky(matrix, n) {
  const found = matrix.slice();
  for (let j = 0; j < n; j++) {
    for (let i = j; i < n; i++) {
      let sum = found[i * n + j];
      for (let k = 0; k < j; k++) sum -= found[i * n + k] * found[j * n + k];
      found[i * n + j] = i === j ? Math.sqrt(sum) : sum / found[j * n + j];
    }
  }
  return found;
}

/** What solves L L' x = b. @param {Float64Array} factor @param {Float64Array} right @param {number} n */
function solved(factor, right, n) {
  const x = right.slice();
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) x[i] -= factor[i * n + k] * x[k];
    x[i] /= factor[i * n + i];
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) x[i] -= factor[k * n + i] * x[k];
    x[i] /= factor[i * n + i];
  }
  return x;
}
