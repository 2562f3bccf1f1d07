// Comfort only: everything the report says is there without it.
const root = document.documentElement;
for (const element of document.querySelectorAll("[data-needs-script]")) element.hidden = false;
document.getElementById("theme").addEventListener("click", () => {
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
});
document.getElementById("open-all").addEventListener("click", () => {
  const all = [...document.querySelectorAll("details")], open = !all.every((one) => one.open);
  for (const one of all) one.open = open;
});
const explorer = document.getElementById("explorer");
if (explorer) {
  const data = JSON.parse(document.getElementById("explorer-data").textContent);
  const outcome = document.getElementById("explore-outcome"), quarter = document.getElementById("explore-quarter"), told = document.getElementById("explore-told");
  const mix = (a, b, part) => a.map((x, i) => Math.round(x + (b[i] - x) * part));
  const less = [23, 113, 107], none = [244, 244, 242], more = [179, 77, 18];
  const draw = () => {
    const chosen = data.outcomes[outcome.value], values = chosen.values[quarter.value];
    const agreed = chosen.agreed[quarter.value];
    data.states.forEach((state, i) => {
      const part = Math.max(-1, Math.min(1, values[i] / chosen.limit));
      const colour = `rgb(${mix(none, part < 0 ? less : more, Math.abs(part)).join(",")})`;
      for (const path of explorer.querySelectorAll(`path[data-key="${state}"]`)) path.setAttribute("fill", colour);
      for (const [word, sign] of [["up", 1], ["down", -1]]) {
        for (const path of explorer.querySelectorAll(`path[data-key="${word}:${state}"]`)) {
          path.setAttribute("visibility", part * sign >= data.visible ? "visible" : "hidden");
          path.setAttribute("fill", agreed[i] ? "#1c2128" : "#ffffff");
        }
      }
    });
    explorer.querySelectorAll(".scale span").forEach((end, i) => (end.textContent = chosen.scale[i]));
    told.textContent = chosen.told[quarter.value];
    quarter.setAttribute("aria-valuetext", told.textContent);
  };
  outcome.addEventListener("change", () => {
    quarter.value = data.outcomes[outcome.value].first;
    draw();
  });
  quarter.addEventListener("input", draw);
  draw();
}
