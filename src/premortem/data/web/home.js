// Where a plan is chosen or written and asked about. The address holds the choice; what is typed is kept in this browser.
import { alarm, byId, element, get, kept, language, later, locale, packed, post, saved, say, unpacked } from "./common.js";
import { current, open, select } from "./editor.js";

const plan = byId("plan"), against = byId("against"), others = byId("others"), chosen = byId("chosen"), editor = byId("editor");
const years = byId("years"), futures = byId("futures"), seed = byId("seed"), go = byId("go"), note = byId("address-note");
const LONGEST = 2048, MOST = Number(byId("main").dataset.mostPlans);
let judged = []; // further plans, by name

// -- the address

function remember() {
  const query = new URLSearchParams({ plan: plan.value, against: against.value, years: years.value, futures: futures.value, seed: seed.value, lang: language });
  if (judged.length) query.set("with", judged.join("."));
  const address = `/?${query}`;
  note.textContent = "";
  // at once, and without a text that is older than what is kept: a page that is loaded again shows what was typed last
  if (location.pathname + location.search + location.hash !== address) history.replaceState(null, "", address);
  if (!plan.value) rememberText(address);
}

const rememberText = later(300, async (address) => {
  const whole = `${address}#t=${await packed(current())}`;
  if (plan.value || location.pathname + location.search !== address) return; // something else was chosen meanwhile
  if (location.origin.length + whole.length <= LONGEST) history.replaceState(null, "", whole);
  else note.textContent = say("address_full");
});

async function restore() {
  const query = new URLSearchParams(location.search), from = query.get("from");
  let text = kept.get("draft");
  if (from) return restoreRun(await get(`/api/runs/${encodeURIComponent(from)}`));
  const written = new URLSearchParams(location.hash.slice(1)).get("t");
  if (written) text = await unpacked(written).catch(() => text);
  choose(against, query.get("against") ?? "status_quo");
  choose(plan, query.get("plan") ?? (text ? "" : "border_task_forces"));
  for (const [input, key] of [[years, "years"], [futures, "futures"], [seed, "seed"]]) if (query.get(key)) size(input, query.get(key));
  judged = (query.get("with") ?? "").split(".").filter((name) => name && [...others.options].some((one) => one.value === name));
  if (!plan.value) write(text ?? "");
}

function restoreRun(run) {
  const question = run.question, own = question.plans.find((one) => one.text);
  choose(against, question.against.name || "status_quo");
  choose(plan, own ? "" : question.plans[0].name);
  judged = question.plans.filter((one) => one.name && one.name !== plan.value).map((one) => one.name);
  size(years, question.years);
  size(futures, question.futures);
  size(seed, question.seed);
  if (own) write(own.text);
}

function choose(list, value) {
  list.value = [...list.options].some((one) => one.value === value) ? value : list.options[0].value;
}

function size(input, value) {
  if (input.tagName === "SELECT" && ![...input.options].some((one) => one.value === String(value))) input.add(new Option(value, value));
  input.value = value;
}

// -- the choice

function shown() {
  const option = plan.selectedOptions[0];
  byId("summary").textContent = option.dataset.summary ?? "";
  editor.hidden = plan.value !== "";
  byId("write").hidden = plan.value === "";
  chosen.replaceChildren(...judged.map((name) => {
    const title = [...others.options].find((one) => one.value === name).text;
    return element("li", {}, title, " ", element("button", { type: "button", "aria-label": say("remove", { name: title }), onclick: () => leave(name) }, "×"));
  }));
  others.disabled = judged.length >= MOST - 1;
  remember();
}

function leave(name) {
  judged = judged.filter((one) => one !== name);
  shown();
  others.focus();
}

function write(text) {
  choose(plan, "");
  open(text, (value) => {
    kept.set("draft", value || null);
    remember();
  });
  shown();
}

const variant = (parent, title) => `schema = 1
id = "my_${parent}"
extends = "${parent}"
title = "${say("my_version", { title: title.replaceAll(/["\\]/g, "'").slice(0, 90) })}"
source = ["project"]
summary = ""

# ${say("my_version_help")}
`;

byId("write").addEventListener("click", () => {
  const draft = kept.get("draft"), parent = plan.value;
  if (draft && !draft.includes(`extends = "${parent}"`) && !confirm(say("discard"))) return write(draft);
  write(draft?.includes(`extends = "${parent}"`) ? draft : variant(parent, plan.selectedOptions[0].text));
  select("text");
  byId("text").focus();
});
byId("whole").addEventListener("click", async () => {
  const parent = /^\s*extends\s*=\s*"(\w+)"/m.exec(current())?.[1] ?? "border_task_forces";
  try {
    const { text } = await get(`/api/plans/${parent}`);
    write(text.replace(/^id\s*=.*$/m, "").replace(/^schema.*$/m, (line) => `${line}\nid = "my_${parent}"`));
  } catch (error) {
    alarm(error);
  }
});
byId("discard").addEventListener("click", () => {
  if (!confirm(say("discard"))) return;
  kept.set("draft", null);
  choose(plan, "border_task_forces");
  shown();
});
byId("save").addEventListener("click", () => {
  const name = /^\s*id\s*=\s*"(\w+)"/m.exec(current())?.[1] ?? "plan";
  saved(current(), `${name}.toml`);
});
byId("upload").addEventListener("change", async (event) => {
  const file = event.target.files[0];
  if (file) write(await file.slice(0, 1_000_000).text());
  event.target.value = "";
});
plan.addEventListener("change", () => (plan.value ? shown() : write(kept.get("draft") ?? variant("border_task_forces", [...plan.options].find((one) => one.value === "border_task_forces").text))));
others.addEventListener("change", () => {
  if (others.value && !judged.includes(others.value) && others.value !== plan.value) judged.push(others.value);
  others.value = "";
  shown();
});
for (const input of [against, years, futures, seed]) input.addEventListener("change", shown);

// -- asking

byId("ask").addEventListener("submit", async (event) => {
  event.preventDefault();
  if (!event.target.reportValidity()) return;
  go.disabled = true;
  const mine = plan.value ? { name: plan.value } : { text: current() };
  const question = {
    plans: [mine, ...judged.map((name) => ({ name }))], against: { name: against.value },
    futures: Number(futures.value), years: Number(years.value), seed: Number(seed.value),
  };
  try {
    const { address } = await post("/api/runs", question);
    location.href = `${address}?lang=${language}`;
  } catch (error) {
    alarm(error);
    byId("alert").scrollIntoView({ block: "center" });
  } finally {
    go.disabled = false;
  }
});

// -- history

const dates = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });

function listed(run) {
  const states = { waiting: run.ahead ? say("waiting", { n: run.ahead }) : say("next"), running: say("running", { done: run.runs_done, all: run.runs }), done: say("done"), failed: say("failed"), cancelled: say("cancelled") };
  const { futures: n, years: far, seed: luck } = run.question;
  return element("li", {}, element("a", { href: `${run.address}?lang=${language}` }, run.titles.slice(1).join("; ")),
    element("small", {}, `${run.titles[0]} · ${say("futures")}: ${n} · ${say("years")}: ${far} · ${say("seed")}: ${luck} · ${dates.format(1000 * run.submitted)} · ${states[run.state]}`));
}

async function list() {
  const runs = await get("/api/runs");
  byId("no-history").hidden = runs.length > 0;
  byId("runs").replaceChildren(...runs.map(listed));
  if (runs.some((run) => run.state === "waiting" || run.state === "running")) setTimeout(() => list().catch(alarm), 3000);
}

await restore().catch(alarm);
shown();
list().catch(alarm);
