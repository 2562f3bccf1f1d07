// Levers: sliders and words, and what each headline outcome does, from a surrogate in this page; where a server stands behind it, the exact
// run follows when the finger rests. The address holds where everything stands.
import { alarm, byId, element, language, later, locale, say } from "./common.js";
import { Fan } from "./fan.js";
import { Surrogate, apart, unit, valueAt } from "./surrogate.js";

/** @typedef {import("./surrogate.js").Input & { label: string, percent: boolean, open: boolean, start: number | string, names: string[] }} Shown */
/** @typedef {{ id: string, title: string, unit: string, factor: number, direction: string, group: string }} Outcome */
/** @typedef {{ name: string, plan: string, title: string, inputs: Shown[], outcomes: Outcome[], years: number, lines: [string, string][] }} Box */
/** @typedef {{ box: Box, load: (reading: string) => Promise<ArrayBuffer>, take: (text: string) => void,
 *   exact?: import("./exact.js").Exact, lint?: (text: string) => Promise<Linted> }} Source */
/** @typedef {{ code: string, severity: string, message: string }} Finding */
/** @typedef {{ findings: Finding[] }} Linted */

const PLACES = 1000, PAUSE = 120, RESTS = 900; // of a slider; milliseconds without a move after which futures are told, and the exact run starts
const LARGE = { width: 640, height: 300, left: 106, right: 14, top: 16, bottom: 26 }, SMALL = { width: 220, height: 76, left: 2, right: 2, top: 4, bottom: 4 };
const NOTHING = 0.01; // of what matters of an outcome: what is less is shown as 0, as in the report
const PROBES = 48; // variants whose answers set the axes, so that those stand still while a lever moves
const figures = (/** @type {number} */ digits) => new Intl.NumberFormat(locale, { maximumSignificantDigits: digits, notation: "compact", signDisplay: "exceptZero" });
const [short, plain] = [figures(2), new Intl.NumberFormat(locale, { maximumSignificantDigits: 3 })];
const per = (/** @type {number} */ share) => Math.round(100 * share);

/** @param {Source} source */
export async function levers(source) {
  const { box, exact } = source, surrogates = new Map();
  const reading = byId("levers-reading"), said = byId("levers-said"), status = byId("levers-exact");
  const written = (/** @type {Outcome} */ one) => (/** @type {number} */ amount) =>
    short.format(Math.abs(amount) < NOTHING * surrogate.matters[box.outcomes.indexOf(one)] ? 0 : amount * one.factor);
  let surrogate = null, ranges = null, outcome = box.outcomes.find((one) => one.id === "homicides_mx") ?? box.outcomes[0], shown = null, frame = 0, paired = null, held = null;

  // -- the levers

  const controls = box.inputs.map((one, number) => {
    const id = `lever-${number}`, label = element("label", { for: id }, one.label, " ", one.open ? element("small", {}, say("levers_left_open")) : null);
    if (one.words.length) {
      const list = element("select", { id, onchange: moved }, ...one.words.map((word, at) => new Option(one.names[at], word)));
      list.value = one.start;
      return { row: element("p", {}, label, list), value: () => list.value, place: () => list.selectedIndex, set: (at) => { list.selectedIndex = at; } };
    }
    const output = element("output", { for: id });
    const slider = element("input", { id, type: "range", min: 0, max: PLACES, oninput: () => { tell(); moved(); } });
    const value = () => valueAt(one, Number(slider.value) / PLACES);
    const tell = () => {
      output.textContent = one.percent ? `${plain.format(100 * value())} %` : plain.format(value());
      slider.setAttribute("aria-valuetext", output.textContent);
    };
    const set = (at) => { slider.value = at; tell(); };
    set(Math.round(PLACES * unit(one, one.start)));
    return { row: element("p", {}, label, slider, output), value, place: () => Number(slider.value), set };
  });
  const start = controls.map((one) => one.place()), begun = Object.fromEntries(box.inputs.map((one, number) => [one.path, controls[number].value()]));
  const values = () => Object.fromEntries(box.inputs.map((one, number) => [one.path, controls[number].value()]));
  const text = (now = values()) => {
    const toml = (value) => (typeof value === "string" ? JSON.stringify(value) : String(Number(value.toPrecision(6))));
    return `${box.lines.map(([begin, path]) => begin + (path ? toml(now[path]) : "")).join("\n")}\n`;
  };

  // -- the pictures

  const large = new Fan(LARGE, box.years, (amount) => written(outcome)(amount), (n) => say("levers_year", { n }));
  const cards = box.outcomes.map((one) => {
    const fan = new Fan(SMALL, box.years, written(one), null), number = element("b", {}), range = element("small", {}), word = element("i", {});
    fan.svg.setAttribute("aria-hidden", "true");
    const button = element("button", { type: "button", class: "fan", "aria-pressed": "false", "data-outcome": one.id, onclick: () => choose(one) }, element("span", {}, one.title), fan.svg, number, " ", word, range);
    return { one, fan, number, range, word, button };
  });

  function choose(one) {
    outcome = one;
    draw();
    remember();
    if (matchMedia("(max-width: 50rem)").matches) byId("levers-title").scrollIntoView();
  }

  function draw() {
    for (const card of cards) card.button.setAttribute("aria-pressed", String(card.one === outcome));
    byId("levers-title").textContent = outcome.title;
    byId("levers-unit").textContent = outcome.unit;
    byId("levers-large").hidden = byId("levers-more").hidden = byId("levers-cards").hidden = !shown;
    if (!shown) return;
    for (const [at, { one, fan, number, range, word, button }] of cards.entries()) {
      const band = shown.bands[at], last = band.q50.length - 1, write = written(one);
      button.classList.toggle("refused", band.refused);
      if (band.refused) {
        number.textContent = range.textContent = "";
        word.textContent = say("levers_refused_short");
        word.className = "";
        continue;
      }
      fan.draw(band, ranges[at], "");
      number.textContent = say("levers_median", { median: write(band.q50[last]) });
      range.textContent = say("levers_range", { low: write(band.q05[last]), high: write(band.q95[last]) });
      const verdict = judged(one, band);
      word.textContent = verdict && say(`levers_${verdict}`);
      word.className = verdict;
    }
    const at = box.outcomes.indexOf(outcome), band = shown.bands[at], last = band.q50.length - 1, write = written(outcome);
    const [median, low, high] = [band.q50, band.q05, band.q95].map((found) => write(found[last]));
    byId("levers-figure").hidden = band.refused;
    said.textContent = band.refused ? say("levers_refused") : [say("levers_said", { n: box.years, median, low, high }), shown.ran && say("levers_from_exact", shown.ran)].filter(Boolean).join(" ");
    share();
    if (band.refused) return void (byId("levers-error").textContent = exact ? say("levers_refused_wait") : `${say("levers_run")} premortem run ${box.name}.toml`);
    large.draw(band, ranges[at], `${say("levers_figure")}. ${said.textContent}`, shown.before && !shown.before[at].refused ? shown.before[at].q50 : null);
    byId("levers-error").textContent = shown.before ? missed(at) : `${say("levers_error", { median: per(band.error_median[last]), edge: per(band.error_edge[last]) })} ${band.rough.some(Boolean) ? say("levers_rough") : ""}`;
  }

  /** How far the instant answer was from the exact run so far: this outcome, and the worst of all. */
  function missed(outcome) {
    const { before, bands, ran } = shown;
    if (before[outcome].refused) return "";
    const off = (part) => before.map((one, at) => (one.refused ? 0 : apart(surrogate, at, one, bands[at], part)));
    const [medians, lows, highs] = [off("q50"), off("q05"), off("q95")], edges = lows.map((one, at) => Math.max(one, highs[at]));
    const [most, edge] = [Math.max(...medians), Math.max(...edges)], title = (errors, worst) => box.outcomes[errors.indexOf(worst)].title;
    return say("levers_off", { ...ran, median: per(medians[outcome]), low: per(lows[outcome]), high: per(highs[outcome]), most: per(most), where: title(medians, most), edge: per(edge), edge_where: title(edges, edge) });
  }

  /** Better or worse only where the whole band, widened by what an edge may be off, lies on one side; the same where all of it is less than
   * what matters; nothing of what has no better side. */
  function judged(one, band) {
    if (one.direction === "none") return "";
    const last = band.q50.length - 1, slack = band.error_edge[last] * (band.q95[last] - band.q05[last]);
    if (Math.max(band.q95[last], -band.q05[last]) + slack < surrogate.matters[box.outcomes.indexOf(one)]) return "same";
    const side = band.q05[last] - slack > 0 ? 1 : band.q95[last] + slack < 0 ? -1 : 0;
    return !side ? "either" : (side > 0) === (one.direction === "up") ? "better" : "worse";
  }

  // -- moving

  const remember = later(250, () => {
    const hash = new URLSearchParams({ v: controls.map((one) => one.place()).join("."), r: reading.value, o: outcome.id });
    history.replaceState(null, "", `#${hash}`);
  });
  const rests = later(RESTS, () => {
    if (shown) exact?.start(text(), reading.value, follow);
    law();
  });

  // -- single futures, when the finger rests: shares, and two places in the same futures

  const pair = () => ({ here: surrogate.differences(values()), reasons: surrogate.reasons(begun, values()), reading: surrogate.reading });
  const pairs = later(PAUSE, () => {
    if (!shown) return;
    paired = pair();
    share();
  });

  function share() {
    const place = byId("levers-share"), at = box.outcomes.indexOf(outcome);
    place.replaceChildren();
    byId("levers-why").replaceChildren();
    if (!shown || surrogate.refused[at] || paired?.reading !== surrogate.reading) return;
    const told = (key, ends) => {
      const { lower, higher } = surrogate.shares(at, ends), off = Math.ceil(100 * surrogate.errorShare[at]);
      const [low, median, high] = [0.05, 0.5, 0.95].map((part) => written(outcome)(quantile(ends, part)));
      return element("span", {}, say(key, { lower: per(lower), higher: per(higher), off, low, median, high }));
    };
    if (shown.before) place.append(element("b", {}, say("levers_of_fit")), " ");
    place.append(told("levers_share", surrogate.atEnd(at, paired.here)));
    byId("levers-why").replaceChildren(...reasons(at));
    if (held?.reading === surrogate.reading) place.append(" ", told("levers_against_kept", surrogate.atEnd(at, paired.here, held.here)));
  }

  /** What each lever that was moved adds to the median. */
  function reasons(at) {
    const found = paired.reasons, write = written(outcome);
    if (!found) return [element("p", {}, say("levers_why_far"))];
    if (!found.parts.length) return [];
    const rows = found.parts.map(({ path, adds }) => ({ label: box.inputs.find((one) => one.path === path).label, amount: adds[at] })).sort((a, b) => Math.abs(b.amount) - Math.abs(a.amount));
    const most = Math.max(...rows.map((one) => Math.abs(one.amount)), Number.MIN_VALUE);
    const bar = (amount) => {
      const made = element("i"), part = (50 * Math.abs(amount)) / most;
      Object.assign(made.style, { width: `${part}%`, marginLeft: `${amount < 0 ? 50 - part : 50}%` }); // a style in the markup would be refused by the page's policy
      return element("span", { class: "adds", "aria-hidden": "true" }, made);
    };
    return [element("h3", {}, shown.before ? `${say("levers_of_fit")} ` : "", say("levers_why", { start: write(found.start[at]) })),
      element("ul", {}, ...rows.map(({ label, amount }) => element("li", {}, element("b", {}, write(amount)), bar(amount), " ", label))), element("p", { class: "note" }, say("levers_why_note"))];
  }

  const quantile = (ends, part) => Float64Array.from(ends).sort()[Math.round(part * (ends.length - 1))];

  // -- the law, where a server lints: what of it has changed since the start

  let first = null, linted = 0;
  const unlike = (/** @type {Finding[]} */ some, /** @type {Finding[]} */ others) => some.filter((one) => !others.some((other) => other.code === one.code));

  async function law() {
    if (!source.lint) return;
    const turn = ++linted, now = values();
    try {
      first ??= source.lint(text(begun));
      const [before, here] = (await Promise.all([first, source.lint(text(now))])).map((found) => found.findings.filter((one) => one.severity !== "notice"));
      if (turn !== linted) return;
      const count = (severity) => here.filter((one) => one.severity === severity).length, [fresh, gone] = [unlike(here, before), unlike(before, here)];
      const row = (key) => (one) => element("li", {}, element("b", {}, say(key)), " ", element("span", { class: `badge ${one.severity}` }, one.code), " ", one.message);
      byId("levers-law").replaceChildren(
        element("summary", {}, say("levers_law", { violations: count("violation"), risks: count("exposure"), authorities: count("needs-authority"), fresh: fresh.length, gone: gone.length })),
        element("ul", {}, ...fresh.map(row("levers_law_fresh")), ...gone.map(row("levers_law_gone"))), element("p", { class: "note" }, say("levers_law_note")));
      byId("levers-law").hidden = false;
    } catch (error) {
      alarm(error);
    }
  }

  function moved() {
    exact?.stop();
    status.replaceChildren();
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(answer);
    remember();
    paired = null;
    share();
    pairs();
    if (exact) rests();
  }

  function answer() {
    const found = surrogate.at(values());
    shown = found.trusted ? { bands: found.bands, before: null, ran: null } : null;
    byId("levers-far").hidden = found.trusted;
    if (!found.trusted) byId("levers-left").textContent = say("levers_far", { left: per(found.left), most: per(surrogate.mostLeft) });
    draw();
  }

  /** The exact run, as far as it is: it replaces the instant answer, whose distance is then said. */
  function follow(run) {
    const { done, all, address, courses } = run;
    status.replaceChildren(...(done < all ? [element("progress", { max: all, value: done || null, "aria-label": say("levers_exact") }), " "] : []),
      done ? say(done < all ? "levers_coming" : "levers_ran", { done, all }) : say("levers_exact"), " ", element("a", { href: `${address}?lang=${language}` }, say("levers_open")));
    if (!courses || !shown) return;
    const instant = shown.before ?? shown.bands, no = instant[0].q50.map(() => 0);
    const bands = instant.map((one) => ({ ...one, ...courses[one.id], error_median: no, error_edge: no, rough: no.map(() => false), refused: false }));
    shown = { bands, before: instant, ran: { done, all } };
    draw();
  }

  // -- readings: the second file is loaded when it is asked for

  async function read() {
    const loading = byId("levers-loading"), told = document.querySelector(".told");
    loading.hidden = false;
    told.ariaBusy = "true"; // no number of one reading is seen under the name of the other
    try {
      let wanted;
      do {
        wanted = reading.value;
        if (!surrogates.has(wanted)) {
          const made = new Surrogate(await source.load(wanted), wanted);
          if (!(await made.whole())) throw new Error(say("levers_damaged"));
          surrogates.set(wanted, { made, ranges: spread(made) });
        }
      } while (reading.value !== wanted);
      ({ made: surrogate, ranges } = surrogates.get(wanted));
    } finally {
      loading.hidden = true;
      told.ariaBusy = null;
    }
  }

  function spread(made) {
    const many = box.inputs.length, every = Math.max(1, Math.floor(made.count / PROBES)), found = box.outcomes.map(() => [0, 0]);
    for (let i = 0; i < made.count; i += every) {
      const point = Object.fromEntries(box.inputs.map((one, k) => [one.path, one.words.length ? one.words[made.seen[i * many + k]] : valueAt(one, made.seen[i * many + k])]));
      made.at(point).bands.forEach((band, at) => { found[at] = [Math.min(found[at][0], ...band.q05), Math.max(found[at][1], ...band.q95)]; });
    }
    return found;
  }

  // -- where everything stood

  const stood = new URLSearchParams(location.hash.slice(1)), places = (stood.get("v") ?? "").split(".").map(Number);
  if (places.length === controls.length && places.every(Number.isInteger)) controls.forEach((one, number) => one.set(places[number]));
  if ([...reading.options].some((one) => one.value === stood.get("r"))) reading.value = stood.get("r");
  outcome = box.outcomes.find((one) => one.id === stood.get("o")) ?? outcome;
  byId("levers-figure").replaceChildren(large.svg);
  byId("levers-cards").replaceChildren(...cards.map((one) => one.button));
  await read();
  answer();
  // from here on there is something that answers whoever moves
  byId("levers-inputs").replaceChildren(...controls.map((one) => one.row));
  reading.disabled = false;
  reading.addEventListener("change", () => read().then(() => { alarm(null); moved(); }, (error) => {
    reading.value = surrogate.reading; // whose numbers are shown
    alarm(error);
  }));
  byId("levers-back").addEventListener("click", () => { controls.forEach((one, number) => one.set(start[number])); moved(); });
  byId("levers-keep").addEventListener("click", () => {
    if (!shown) return;
    held = paired ??= pair(); // also at once after a move
    share();
  });
  byId("levers-take").addEventListener("click", () => source.take(text()));
  pairs();
  await law();
}
