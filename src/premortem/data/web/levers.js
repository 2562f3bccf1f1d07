// Instant levers: while a lever moves the server answers from what was fitted to runs; here are the levers and the picture.
import { Refused, alarm, byId, element, get, language, post, say } from "./common.js";

const SIZE = { width: 560, height: 260, left: 64, right: 12, top: 14, bottom: 28 };
const NAMESPACE = "http://www.w3.org/2000/svg";
const numbers = new Intl.NumberFormat(language, { maximumSignificantDigits: 2, notation: "compact", signDisplay: "exceptZero" });
const per = (share) => Math.round(100 * share);
let box = null, answer = null, asking = null, waiting = false;

/** Show the levers, where the server has something fitted; `take` gets the text of the plan that was made. */
export async function levers(take) {
  if (byId("levers").dataset.fitted !== "True") return;
  try {
    box = await get(`/api/instant?lang=${language}`);
  } catch (error) {
    if (error instanceof Refused && !error.down) return; // nothing is fitted here, or to another version
    throw error;
  }
  byId("levers").hidden = false;
  byId("levers-inputs").replaceChildren(...box.inputs.map(lever));
  byId("levers-outcome").replaceChildren(...Object.entries(box.outcomes).map(([id, title]) => new Option(title, id)));
  if (box.outcomes.homicides_mx) byId("levers-outcome").value = "homicides_mx";
  byId("levers-outcome").addEventListener("change", draw);
  byId("levers-reading").addEventListener("change", ask);
  byId("levers-take").addEventListener("click", () => post("/api/instant/point", { ...question(), with_text: true }).then((made) => take(made.text)).catch(alarm));
  await ask();
}

const name = (path) => path.replace(/^lever\./, "").replaceAll(/[._*]+/g, " ");

function lever(one, number) {
  const id = `lever-${number}`;
  if (one.words.length) {
    return element("p", {}, element("label", { for: id }, name(one.path)),
      element("select", { id, onchange: ask }, ...one.words.map((word) => new Option(word.replaceAll("_", " "), word))));
  }
  const shown = element("output", { for: id }, "");
  const input = element("input", { id, type: "range", min: 0, max: 1000, value: 500, oninput: () => { tell(); ask(); } });
  const tell = () => {
    shown.textContent = new Intl.NumberFormat(language, { maximumSignificantDigits: 3 }).format(value(one, input));
    input.setAttribute("aria-valuetext", shown.textContent);
  };
  tell();
  return element("p", {}, element("label", { for: id }, name(one.path)), input, shown);
}

function value(one, input) {
  if (one.words.length) return input.value;
  const part = Number(input.value) / 1000;
  const found = one.scale === "log" ? one.low * (one.high / one.low) ** part : one.low + (one.high - one.low) * part;
  return one.whole ? Math.round(found) : found;
}

const question = () => ({
  values: Object.fromEntries(box.inputs.map((one, number) => [one.path, value(one, byId(`lever-${number}`))])),
  reading: byId("levers-reading").value,
});

/** Ask for where the levers are; one question at a time, the newest last. */
async function ask() {
  if (asking) return void (waiting = true);
  asking = post("/api/instant/point", question());
  try {
    answer = await asking;
    draw();
    alarm(null);
  } catch (error) {
    answer = null;
    byId("levers-figure").replaceChildren();
    byId("levers-error").textContent = "";
    byId("levers-said").textContent = error.message; // too far from what was run: it says to run the plan
  }
  asking = null;
  if (waiting) {
    waiting = false;
    ask();
  }
}

const shape = (tag, attributes, ...children) => {
  const made = document.createElementNS(NAMESPACE, tag);
  for (const [key, given] of Object.entries(attributes)) made.setAttribute(key, given);
  made.append(...children);
  return made;
};

function draw() {
  if (!answer) return;
  const one = answer.outcomes.find((found) => found.id === byId("levers-outcome").value), steps = one.q50.length;
  const low = Math.min(0, ...one.q05), high = Math.max(0, ...one.q95), span = high - low || 1;
  const x = (step) => SIZE.left + ((step + 1) / steps) * (SIZE.width - SIZE.left - SIZE.right);
  const y = (amount) => SIZE.top + ((high - amount) / span) * (SIZE.height - SIZE.top - SIZE.bottom);
  const points = (values) => [[SIZE.left, y(0)], ...values.map((amount, step) => [x(step), y(amount)])];
  const line = (found) => found.map((point) => point.map((part) => part.toFixed(1)).join(",")).join(" ");
  const band = (from, to, name) => shape("polygon", { class: name, points: line([...points(from), ...points(to).reverse()]) });
  const text = (content, at, attributes) => shape("text", { x: at[0], y: at[1], ...attributes }, content);
  const years = Array.from({ length: answer.years }, (_, year) => year + 1);
  const rough = one.rough.map((is, step) => is && shape("rect", { x: x(step - 1), y: SIZE.top, width: x(0) - SIZE.left, height: SIZE.height - SIZE.top - SIZE.bottom, fill: "url(#hatched)" }));
  const pattern = shape("pattern", { id: "hatched", width: 7, height: 7, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" }, shape("line", { x1: 0, y1: 0, x2: 0, y2: 7, class: "hatch" }));
  const last = steps - 1, [median, least, most] = [one.q50, one.q05, one.q95].map((values) => numbers.format(values[last]));
  const said = say("levers_said", { n: answer.years, median, low: least, high: most });
  byId("levers-figure").replaceChildren(shape("svg", { viewBox: `0 0 ${SIZE.width} ${SIZE.height}`, role: "img", "aria-label": `${say("levers_figure")}. ${said}` },
    shape("defs", {}, pattern), band(one.q05, one.q95, "wide-band"), band(one.q25, one.q75, "half-band"), ...rough.filter(Boolean),
    shape("line", { class: "zero", x1: SIZE.left, x2: SIZE.width - SIZE.right, y1: y(0), y2: y(0) }),
    shape("polyline", { class: "median", points: line(points(one.q50)) }),
    ...[high, 0, low].filter((amount, at, all) => all.indexOf(amount) === at).map((amount) => text(numbers.format(amount), [SIZE.left - 8, y(amount) + 4], { "text-anchor": "end" })),
    ...years.map((year) => text(String(year), [x((year / answer.years) * steps - 1), SIZE.height - 8], { "text-anchor": "middle" }))));
  byId("levers-said").textContent = said;
  byId("levers-error").textContent = `${say("levers_error", { median: per(one.error_median[last]), edge: per(one.error_edge[last]) })} ${one.rough.some(Boolean) ? say("levers_rough") : ""}`;
}
