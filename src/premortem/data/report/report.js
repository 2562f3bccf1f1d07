// Comfort only: everything the report says is there without it.
const root = document.documentElement;
for (const element of document.querySelectorAll("[data-needs-script]")) element.hidden = false;
document.getElementById("theme")?.addEventListener("click", () => {
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
});
document.getElementById("open-all")?.addEventListener("click", () => {
  const all = [...document.querySelectorAll("details")], open = !all.every((one) => one.open);
  for (const one of all) one.open = open;
});
// A figure as it is drawn, and the numbers that it draws, as files.
for (const button of document.querySelectorAll("[data-save]")) {
  button.addEventListener("click", () => {
    const figure = button.closest("figure"), kind = button.dataset.save;
    const shown = [...figure.querySelectorAll("svg")].find((one) => one.getClientRects().length);
    const text = kind === "csv" ? button.dataset.rows : new XMLSerializer().serializeToString(shown);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: kind === "csv" ? "text/csv" : "image/svg+xml" }));
    link.download = `${figure.id.replace(/^figure-/, "")}.${kind}`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  });
}
// A link opens what it points to, and closes the card that it stands in.
const reveal = () => {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  for (let above = target.closest("details"); above; above = above.parentElement.closest("details")) above.open = true;
  target.scrollIntoView();
};
addEventListener("hashchange", reveal);
reveal();
for (const link of document.querySelectorAll("[popover] a[href^='#']")) link.addEventListener("click", () => link.closest("[popover]").hidePopover());
const explorer = document.getElementById("explorer");
if (explorer) {
  const data = JSON.parse(document.getElementById("explorer-data").textContent);
  const [outcome, slider, play, when, told] = ["outcome", "step", "play", "when", "told"].map((name) => document.getElementById(`explore-${name}`));
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const dates = new Intl.DateTimeFormat(root.lang, { dateStyle: "long", timeZone: "UTC" });
  // One byte each: six bits and a sign of colour, and one bit for whether futures agree.
  const unpacked = data.outcomes.map((one) => Int8Array.from(atob(one.values), (letter) => letter.charCodeAt(0)));
  const mix = (a, b, part) => a.map((x, i) => Math.round(x + (b[i] - x) * part));
  const less = [23, 113, 107], none = [244, 244, 242], more = [179, 77, 18];
  const paths = data.states.map((state) => ["", "up:", "down:"].map((word) => [...explorer.querySelectorAll(`path[data-key="${word}${state}"]`)]));
  const draw = () => {
    const chosen = data.outcomes[outcome.value], step = Number(slider.value);
    data.states.forEach((_, i) => {
      const byte = unpacked[outcome.value][step * data.states.length + i], agreed = byte & 1, part = (byte - agreed) / 126;
      const [shapes, ...triangles] = paths[i];
      for (const shape of shapes) shape.setAttribute("fill", `rgb(${mix(none, part < 0 ? less : more, Math.abs(part)).join(",")})`);
      triangles.forEach((found, down) => {
        for (const triangle of found) {
          triangle.setAttribute("visibility", (down ? -part : part) >= data.visible ? "visible" : "hidden");
          triangle.setAttribute("fill", agreed ? "#1c2128" : "#ffffff");
        }
      });
    });
    explorer.querySelectorAll(".scale span").forEach((end, i) => (end.textContent = chosen.scale[i]));
    const [country, up, down, most] = chosen.steps[step];
    const date = data.begins && dates.format(Date.parse(data.begins) + step * data.weeks * 6048e5);
    when.textContent = fill(data.when, { n: step + 1, first: 3 * step + 1, last: 3 * step + 3, date });
    told.textContent = fill(data.sentence, { country, more: up, less: down, states: most.map(([i, amount]) => `${data.names[i]} ${amount}`).join("; ") || data.none });
    slider.setAttribute("aria-valuetext", when.textContent);
  };
  const go = (step) => {
    slider.value = step;
    draw();
  };
  let playing = 0;
  const stop = () => {
    clearInterval(playing);
    playing = 0;
    play.textContent = data.play[0];
    told.setAttribute("aria-live", "polite");
  };
  play.hidden = matchMedia("(prefers-reduced-motion: reduce)").matches;
  play.addEventListener("click", () => {
    if (playing) return stop();
    if (slider.value === slider.max) go(0);
    play.textContent = data.play[1];
    told.setAttribute("aria-live", "off"); // hundreds of sentences in a row help nobody
    playing = setInterval(() => (slider.value === slider.max ? stop() : go(Number(slider.value) + 1)), 120 * data.weeks ** 0.6);
  });
  outcome.addEventListener("change", () => go(data.outcomes[outcome.value].first));
  slider.addEventListener("input", () => {
    stop();
    draw();
  });
  slider.addEventListener("keydown", (event) => {
    const pages = { PageUp: 1, PageDown: -1 }[event.key];
    if (!pages) return;
    event.preventDefault();
    stop();
    go(Number(slider.value) + pages * data.page);
  });
  draw();
}
