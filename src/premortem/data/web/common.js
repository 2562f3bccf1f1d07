// What both pages share: words, elements, requests, light and dark, the alert.
const root = document.documentElement;
const words = JSON.parse(document.getElementById("words").textContent);
export const language = root.lang;
/** Of numbers and dates: Spanish as in Mexico, 1,000.5. */
export const locale = language === "es" ? "es-MX" : language;
const plural = new Intl.PluralRules(locale);

/** The text of a key with its places filled, in the plural form that `n` asks for.
 * @param {string} key @param {Record<string, any>} [values] */
export function say(key, values = {}) {
  const text = words[key] ?? words[`${key}.${plural.select(values.n)}`] ?? words[`${key}.other`] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
}

/** An element with attributes, texts and elements in it. Text is always text: nothing here reads HTML.
 * @param {string} tag @param {Record<string, any>} [attributes] @param {any[]} children @returns {any} */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value != null) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child != null));
  return made;
}

/** @param {string} id @returns {any} */
export const byId = (id) => document.getElementById(id);

/** A problem in one sentence: where, what, what was found and what is allowed. */
export const problem = (one) => {
  const more = [one.found && `${say("found")}: ${one.found}`, one.allowed && `${say("allowed")}: ${one.allowed}`].filter(Boolean).join("; ");
  return [one.key, one.message].filter(Boolean).join(": ") + (more && ` (${more})`);
};

/** What the server refused: its problems. `down` where it did not answer at all. */
export class Refused extends Error {
  constructor(problems, status) {
    super(problems.map(problem).join("; "));
    this.problems = problems;
    this.status = status;
    this.down = status === 0;
  }
}

async function answered(promise) {
  let response;
  try {
    response = await promise;
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refused([{ message: say("offline") }], 0);
  }
  if (response.ok) return response;
  const body = await response.json().catch(() => ({}));
  throw new Refused(body.problems ?? [{ message: `HTTP ${response.status}` }], response.status);
}

/** The server answers in the language of the page. */
const spoken = { "accept-language": language };
export const get = async (address, options = {}) => (await answered(fetch(address, { headers: spoken, ...options }))).json();
export const getBytes = async (address) => (await answered(fetch(address, { headers: spoken }))).arrayBuffer();
export const getText = async (address) => (await answered(fetch(address, { headers: spoken }))).text();
export const post = async (address, body, options = {}) =>
  (await answered(fetch(address, { method: "POST", headers: { "content-type": "application/json", ...spoken }, body: JSON.stringify(body), ...options }))).json();

/** Show what went wrong at the top of the page until something goes right. */
export function alarm(error) {
  const place = byId("alert");
  if (error?.name === "AbortError") return;
  if (error && !(error instanceof Refused)) console.error(error);
  place.hidden = !error;
  place.textContent = !error ? "" : error.problems && !error.down ? say("refused", { message: error.message }) : error.message;
}

/** Call a function when nothing has happened for a while. */
export function later(milliseconds, what) {
  let timer = 0;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => what(...values), milliseconds);
  };
}

/** Local storage, where a browser has it. */
export const kept = {
  get(key) {
    try { return localStorage.getItem(`premortem.${key}`); } catch { return null; }
  },
  set(key, value) {
    try { value == null ? localStorage.removeItem(`premortem.${key}`) : localStorage.setItem(`premortem.${key}`, value); } catch { /* it lives as long as the page */ }
  },
};

/** A text as it goes into an address. */
export const packed = async (text) => code(await new Response(new Blob([text]).stream().pipeThrough(new CompressionStream("deflate-raw"))).arrayBuffer());
const code = (buffer) => btoa(Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join("")).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
export const unpacked = (text) => {
  const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"))).text();
};

/** Hand a text to whoever reads the page, as a file: a plan unless another type is named. */
export function saved(text, name, type = "application/toml") {
  const link = element("a", { href: URL.createObjectURL(new Blob([text], { type })), download: name });
  link.click();
  URL.revokeObjectURL(link.href);
}

const theme = kept.get("theme");
if (theme) root.dataset.theme = theme;
byId("dark").addEventListener("click", () => {
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  kept.set("theme", root.dataset.theme);
});
for (const link of /** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll("[data-language]"))) {
  link.addEventListener("click", () => { // the other language of this very view
    const here = new URL(location.href);
    here.searchParams.set("lang", link.dataset.language);
    link.href = here.href;
  });
}
