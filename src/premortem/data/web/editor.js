// The plan as text and as form, with what the linter finds beside the line. Text and form are two views of one file: the server writes
// what the form sets into the text.
import { alarm, byId, element, later, post, say } from "./common.js";

const text = byId("text"), gutter = byId("gutter"), counts = byId("counts"), list = byId("findings"), inherited = byId("inherited");
const GRAVE = ["violation", "exposure", "needs-authority", "notice"];
let changed = (_text) => {}, checking = null, marks = new Map(), shown = [];

/** The text of the plan. */
export const current = () => text.value;

/** Show a text; `tell` is called whenever it changes. */
export function open(value, tell) {
  if (tell) changed = tell;
  text.value = value;
  updated();
}

function updated() {
  draw();
  counts.textContent = say("checking");
  check();
  changed(text.value);
}

function draw() {
  const lines = text.value.split("\n").length;
  gutter.replaceChildren(...Array.from({ length: lines }, (_, i) => {
    const mark = marks.get(i + 1);
    return element("span", { class: mark ?? "" }, `${i + 1}\n`);
  }));
  gutter.scrollTop = text.scrollTop;
}

const check = later(250, async () => {
  checking?.abort();
  checking = new AbortController();
  if (!text.value.trim()) return show({ valid: false, problems: [], findings: [] });
  try {
    const found = await post("/api/lint", { text: text.value }, { signal: checking.signal });
    show(found);
    if (!byId("form-view").hidden) await fillForm(found.valid);
    alarm(null);
  } catch (error) {
    alarm(error);
    if (error.name !== "AbortError") counts.textContent = error.message;
  }
});

function show(found) {
  const problems = found.problems.map((one) => ({ ...one, severity: one.warning ? "notice" : "unreadable", own: true }));
  const all = [...problems, ...found.findings].sort((a, b) => grave(a) - grave(b) || a.line - b.line);
  const own = all.filter((one) => one.own), more = all.filter((one) => !one.own);
  marks = new Map([...own].reverse().map((one) => [one.line, one.severity]));
  draw();
  counts.textContent = !found.valid ? say("unreadable", { n: problems.length }) : own.length ? say("finds", { n: own.length }) : say("finds_nothing");
  counts.className = found.valid ? "" : "broken";
  list.replaceChildren(...own.map(row));
  inherited.hidden = !more.length;
  inherited.querySelector("summary").textContent = say("finds_more", { n: more.length });
  inherited.querySelector("ol").replaceChildren(...more.map(row));
}

const grave = (one) => GRAVE.indexOf(one.severity);

function row(one) {
  const notes = [
    one.found && `${say("found")}: ${one.found}`, one.allowed && `${say("allowed")}: ${one.allowed}`,
    one.nearest && `${say("nearest")} ${one.nearest}?`, one.citation,
  ].filter(Boolean);
  const place = one.own && one.line ? element("button", { type: "button", class: "line", onclick: () => goTo(one.line, one.column) }, say("line", { n: one.line })) : null;
  return element("li", { class: one.severity }, element("span", { class: `badge ${one.severity}` }, one.code ?? say(`badge_${one.severity}`)), " ", place, " ",
    one.message, ...notes.map((note) => element("small", {}, note)));
}

function goTo(line, column) {
  const lines = text.value.split("\n");
  const start = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
  select("text");
  text.focus();
  text.setSelectionRange(start + Math.max(0, column - 1), start + (lines[line - 1]?.length ?? 0));
  text.scrollTop = (line - 4) * (text.scrollHeight / lines.length);
}

// -- the two views

const tabs = [byId("tab-text"), byId("tab-form")];
const panels = { text: byId("text-view"), form: byId("form-view") };

/** Show one of the two views. */
export function select(name) {
  for (const tab of tabs) {
    const on = tab.id === `tab-${name}`;
    tab.setAttribute("aria-selected", on);
    tab.tabIndex = on ? 0 : -1;
  }
  for (const [key, panel] of Object.entries(panels)) panel.hidden = key !== name;
  if (name === "form") fillForm(true);
}

for (const tab of tabs) {
  tab.addEventListener("click", () => select(tab.id.slice(4)));
  tab.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    const other = tabs[1 - tabs.indexOf(tab)];
    select(other.id.slice(4));
    other.focus();
  });
}

let formed = new Map(); // by path: what a field of the form was made of, and its row

async function fillForm(valid) {
  const place = byId("fields"), asked = text.value;
  place.toggleAttribute("inert", !valid);
  if (!valid) return void place.prepend(place.querySelector(".broken") ?? element("p", { class: "broken", lang: document.documentElement.lang }, say("form_broken")));
  let fields;
  try {
    fields = await post("/api/plans/fields", { text: asked });
  } catch (error) {
    if (error.down) alarm(error);
    else if (text.value === asked) fillForm(false);
    return;
  }
  if (text.value !== asked) return; // the text has changed meanwhile, and is being read
  place.querySelector(".broken")?.remove();
  const had = formed, focused = document.activeElement?.id;
  formed = new Map(fields.map((one) => {
    const made = JSON.stringify(one), before = had.get(one.path);
    return [one.path, before?.made === made ? before : { made, row: field(one) }]; // what somebody is typing in stays
  }));
  if ([...had.keys()].join() === [...formed.keys()].join()) {
    for (const [path, { row }] of had) if (row !== formed.get(path).row) row.replaceWith(formed.get(path).row);
  } else {
    const tables = Map.groupBy ? Map.groupBy(fields, (one) => one.table) : grouped(fields);
    place.replaceChildren(...[...tables].map(([table, members]) =>
      element("fieldset", {}, element("legend", {}, table || "plan"), ...members.map((one) => formed.get(one.path).row))));
  }
  if (focused && document.activeElement?.id !== focused) byId(focused)?.focus();
}

function grouped(fields) {
  const found = new Map();
  for (const one of fields) found.set(one.table, [...(found.get(one.table) ?? []), one]);
  return found;
}

function field(one) {
  const id = `field-${one.path.replaceAll(".", "-")}`;
  const open = one.value === "unspecified";
  const number = one.type === "int" || one.type === "num";
  const options = one.type === "bool" ? { true: say("yes"), false: say("no"), ...one.words } : one.words;
  const set = (value) => change(one.path, value);
  let input;
  if (number || one.type === "date") {
    const plain = typeof one.value === "number" || (one.type === "date" && /^\d/.test(one.value ?? ""));
    input = element("input", { id, type: number ? "number" : "date", min: one.low, max: one.high, step: one.type === "int" ? 1 : "any", value: plain ? one.value : null,
      placeholder: plain || one.value == null ? null : word(one.value), onchange: (event) => event.target.value !== "" && set(number ? Number(event.target.value) : event.target.value) });
  } else {
    input = element("select", { id, onchange: (event) => set({ true: true, false: false }[event.target.value] ?? event.target.value) },
      one.value == null ? element("option", { value: "", selected: true }, say("not_set")) : null,
      ...Object.entries(options).map(([value, meaning]) => element("option", { value, selected: String(one.value) === value, title: meaning }, one.type === "bool" && meaning ? (value === "unspecified" ? word(value) : meaning) : word(value, one.names[value]))));
  }
  const state = open ? say("left_open", { law: one.law || "-" }) : one.stated ? say("stated") : say("left_out", { default: one.default || "-" });
  return element("div", { class: `field${one.stated ? " stated" : ""}` }, element("label", { for: id }, one.label), input,
    (number || one.type === "date") && "unspecified" in one.words && !open ? element("button", { type: "button", onclick: () => set("unspecified") }, say("leave_open")) : null,
    element("small", {}, `${one.meaning}. `, element("i", {}, state)));
}

const word = (value, name = String(value).replaceAll("_", " ")) => (value === "unspecified" ? say("leave_open") : name);

async function change(path, value) {
  const asked = text.value;
  try {
    const made = await post("/api/plans/set", { text: asked, changes: { [path]: value } });
    if (text.value !== asked) return change(path, value); // another field was set meanwhile, or the text typed in: none is lost
    text.value = made.text;
    alarm(null);
    updated();
  } catch (error) {
    alarm(error);
    if (formed.has(path)) formed.get(path).made = ""; // it shows what was asked for until the text is read again, which is as it was
  }
}

// -- completion: what fits at the caret, in a row under the text that the keyboard reaches

let known = null;
const fits = byId("fits");

async function complete() {
  known ??= (await (await fetch("/api/fields")).json());
  const before = text.value.slice(0, text.selectionStart), line = before.slice(before.lastIndexOf("\n") + 1);
  const table = [...before.matchAll(/^\s*\[{1,2}([\w.]+)\]{1,2}/gm)].pop(), array = table && table[0].includes("[[");
  const prefix = table ? table[1] + (array ? "[]." : ".") : "";
  const assigned = /^\s*([\w.]+)\s*=\s*"?([\w]*)$/.exec(line), key = /^\s*([\w.]*)$/.exec(line);
  if (assigned) shown = (known[prefix + assigned[1]]?.words ?? []).filter((one) => one.startsWith(assigned[2])).map((one) => [one, assigned[2]]);
  else if (key) shown = Object.keys(known).filter((path) => path.startsWith(prefix + key[1]) && !path.slice(prefix.length).includes("[]")).map((path) => [path.slice(prefix.length), key[1]]);
  else shown = [];
  fits.replaceChildren(...(shown.length ? [`${say("complete")}: `] : []), ...shown.slice(0, 12).map(([full, typed]) =>
    element("button", { type: "button", onclick: () => insert(full.slice(typed.length)) }, full)));
}

function insert(rest) {
  text.focus();
  text.setRangeText(rest, text.selectionStart, text.selectionEnd, "end");
  fits.replaceChildren();
  updated();
}

text.addEventListener("input", () => {
  fits.replaceChildren();
  updated();
});
text.addEventListener("scroll", () => (gutter.scrollTop = text.scrollTop));
text.addEventListener("keydown", (event) => {
  if (event.ctrlKey && event.key === " ") {
    event.preventDefault();
    complete().then(() => fits.querySelector("button")?.focus()).catch(alarm);
  }
});
fits.addEventListener("keydown", (event) => {
  if (event.key === "Escape") text.focus();
});
