// A result, from the first futures to the whole report. The page is the server's; this follows the run and brings what is there.
import { alarm, byId, element, get, getText, kept, language, post, saved, say } from "./common.js";

const run = byId("run"), id = run.dataset.run, status = byId("status");
let paired = Number(run.dataset.paired), state = run.dataset.state, source = null, quiet = 0;

function told(seen) {
  const waits = seen.stuck ? say("stuck") : seen.ahead ? say("waiting", { n: seen.ahead }) : say("next");
  const texts = {
    waiting: waits,
    running: seen.runs_done ? say("running", { done: seen.runs_done, all: seen.runs }) : say("preparing"),
    done: "", failed: "", cancelled: say("cancelled"),
  };
  const going = seen.state === "waiting" || seen.state === "running";
  const bar = going ? element("progress", { max: seen.runs || 1, value: seen.runs_done ? seen.runs_done : null, "aria-label": texts[seen.state] }) : null;
  status.replaceChildren(...[bar, texts[seen.state]].filter(Boolean));
  byId("cancel").hidden = !going;
  byId("actions").hidden = seen.state !== "done";
  if (seen.state === "failed") failed(seen.problems);
}

function failed(problems) {
  byId("problems").hidden = false;
  byId("problems").querySelector("ul").replaceChildren(...problems.map((one) => element("li", {}, [one.key, one.message].filter(Boolean).join(": "),
    ...[one.found && `${say("found")}: ${one.found}`, one.allowed && `${say("allowed")}: ${one.allowed}`].filter(Boolean).map((text) => element("small", {}, text)))));
  byId("problems").append(element("p", {}, element("a", { href: `/?from=${id}&lang=${language}` }, say("again"))));
}

async function seen(now) {
  alarm(null);
  told(now);
  if (now.paired !== paired && now.paired) {
    paired = now.paired;
    place(byId("answer-live"), await getText(`/runs/${id}/parts/answer?lang=${language}`));
    explainable(byId("answer-live"));
  }
  state = now.state;
  if (state === "done") await report();
}

/** Put markup of our own server, which escapes every value and which the policy of the page keeps from running anything, into a place. */
function place(where, markup) {
  const document_ = new DOMParser().parseFromString(markup, "text/html");
  where.replaceChildren(...document_.body.childNodes);
}

function follow() {
  source = new EventSource(`/api/runs/${id}/events?lang=${language}`);
  source.addEventListener("progress", (event) => {
    quiet = 0;
    const now = JSON.parse(event.data);
    if (["done", "failed", "cancelled"].includes(now.state)) source.close();
    seen(now).catch(alarm);
  });
  source.addEventListener("error", () => {
    if (source.readyState === EventSource.CLOSED && ["waiting", "running"].includes(state)) setTimeout(follow, 2000);
    if (++quiet > 1) alarm(Object.assign(new Error(say("offline")), { down: true })); // the browser tries again by itself
  });
}

// -- the report: the same sections as in the file that is handed on

async function report() {
  const coming = byId("coming"), rest = byId("rest");
  coming.hidden = false;
  rest.ariaBusy = "true";
  let page;
  try {
    const file = await getText(`/runs/${id}/report.html?lang=${language}`);
    page = new DOMParser().parseFromString(file.replace(/<style>[^]*?<\/style>/, ""), "text/html"); // its styles are here already
  } catch (error) {
    coming.textContent = say("report_failed", { message: error.message });
    rest.ariaBusy = null;
    return;
  }
  const [answer, ...sections] = page.querySelectorAll("#report > section");
  byId("answer-section").replaceWith(answer);
  rest.replaceChildren(...page.querySelectorAll("#report > .alert"), ...sections);
  byId("contents").replaceChildren(...page.querySelector("nav.contents").childNodes);
  coming.hidden = true;
  arrange();
  for (const one of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-needs-script]"))) one.hidden = false;
  explainable(document);
  for (const figure of rest.querySelectorAll("figure")) savable(figure);
  opens();
  await import(new URL("./report.js", import.meta.url).href); // of the report, beside this file on the server
  rest.ariaBusy = null;
  const view = location.hash || (run.dataset.view.startsWith("#") ? run.dataset.view : "");
  if (view) document.getElementById(view.slice(1))?.scrollIntoView();
}

/** A picture can be taken along: as it stands, with the colours and letters that it has here. */
function savable(figure) {
  const picture = figure.querySelector("svg");
  if (!picture) return;
  figure.append(element("button", { type: "button", class: "why", onclick: () => {
    const copy = picture.cloneNode(true), style = getComputedStyle(picture);
    copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
    copy.setAttribute("style", `font-family: ${style.fontFamily}; color: ${style.color}; background: ${getComputedStyle(document.body).backgroundColor}`);
    const name = (figure.closest("[id]")?.id ?? "figure").replaceAll(/\W+/g, "_");
    saved(new XMLSerializer().serializeToString(copy), `${name}.svg`, "image/svg+xml");
  } }, say("save_picture")));
}

/** On a narrow screen the answer comes before the contents. */
const narrow = matchMedia("(max-width: 70rem)");
const arrange = () => (narrow.matches ? byId("rest").before(byId("contents")) : run.prepend(byId("contents")));
narrow.addEventListener("change", arrange);

/** A link into something folded away opens it first: two clicks from a number to its source are two. */
function opens() {
  const show = () => {
    const target = location.hash ? document.getElementById(decodeURIComponent(location.hash.slice(1))) : null;
    for (let one = target; one; one = one.parentElement) if (one instanceof HTMLDetailsElement) one.open = true;
    if (target?.parentElement instanceof HTMLDetailsElement && target.tagName === "SUMMARY") target.parentElement.open = true;
    target?.scrollIntoView();
  };
  addEventListener("hashchange", show);
  show();
}

// -- why

function explainable(where) {
  for (const link of where.querySelectorAll('table.short a[href^="#outcome-"]')) {
    if (link.parentElement.querySelector(".why")) continue;
    link.after(" ", whyButton(link.getAttribute("href").slice("#outcome-".length), link.textContent, link.closest("table").dataset.plan));
  }
  for (const card of where.querySelectorAll(".card[id^=outcome-]")) {
    if (card.querySelector(".why")) continue;
    const title = card.querySelector("h3, h4");
    title.append(" ", whyButton(card.id.slice("outcome-".length), title.textContent, where.querySelector("table.short").dataset.plan));
  }
}

const whyButton = (outcome, title, plan) =>
  element("button", { type: "button", class: "why", "aria-label": say("why_of", { outcome: title }), onclick: () => why(outcome, title, plan) }, say("why"));

async function why(outcome, title, plan) {
  byId("why-title").textContent = title;
  for (const part of ["why-definition", "why-inputs", "why-value"]) byId(part).replaceChildren();
  byId("why").setAttribute("aria-busy", "true");
  byId("why").showModal();
  try {
    const found = await get(`/api/runs/${id}/explain/${outcome}?plan=${encodeURIComponent(plan)}`);
    byId("why-definition").textContent = `${found.definition}.`;
    byId("why-inputs").replaceChildren(...found.inputs.map(input));
    byId("why-value").textContent = found.inputs.length ? "" : found.why_no_inputs;
  } catch (error) {
    byId("why-value").textContent = error.message;
  }
  byId("why").removeAttribute("aria-busy");
}

/** A share as the report writes it: only none is 0 %, only all is 100 %. */
const perCent = (share) => (share > 0 && share < 0.01 ? "<1 %" : share > 0.99 && share < 1 ? ">99 %" : `${Math.round(100 * share)} %`);

function input(one) {
  const sources = one.sources.map((source) => element("li", {}, source.url ? element("a", { href: source.url, rel: "noreferrer", target: "_blank" }, source.title) : source.title));
  const [low, high] = one.share_range.map(perCent), doubt = one.clear ? null : element("i", {}, `${say("moves_chance")}. `);
  return element("li", {}, element("b", {}, `${perCent(one.share)} `), `(${say("moves_range", { low, high })}) `, doubt, one.meaning, " ", element("code", {}, one.id),
    element("small", {}, [one.grade && `${say("grade")}: ${one.grade}`, one.prior && `${one.prior} ${one.unit}`, one.through.length && `${say("chain")} ${one.through.join(" → ")}`].filter(Boolean).join(" · ")),
    sources.length ? element("ul", { "aria-label": say("sources") }, ...sources) : element("small", {}, say("no_source")));
}

byId("why-close").addEventListener("click", () => byId("why").close());
byId("cancel").addEventListener("click", () => post(`/api/runs/${id}/cancel`, {}).then(seen).catch(alarm));
byId("share").addEventListener("click", async () => {
  try {
    const made = await post(`/api/runs/${id}/share`, { view: location.hash });
    byId("shared").hidden = false;
    byId("shared-address").value = `${location.origin}${made.address}`;
    byId("shared-digest").textContent = made.digest.slice(0, 16);
    byId("shared-address").select();
  } catch (error) {
    alarm(error);
  }
});
byId("copy").addEventListener("click", async () => {
  await navigator.clipboard.writeText(byId("shared-address").value).catch(() => byId("shared-address").select());
  byId("copy").textContent = say("copied");
});

kept.set("last", id);
explainable(document);
if (state === "done") get(`/api/runs/${id}`).then(seen).catch(alarm);
else follow();
