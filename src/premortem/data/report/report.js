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
    data.states.forEach((state, i) => {
      const part = Math.max(-1, Math.min(1, values[i] / chosen.limit));
      const colour = `rgb(${mix(none, part < 0 ? less : more, Math.abs(part)).join(",")})`;
      for (const path of explorer.querySelectorAll(`path[data-key="${state}"]`)) {
        path.setAttribute("fill", colour);
        path.innerHTML = `<title>${data.names[i]}: ${values[i].toLocaleString(root.lang)} ${chosen.unit}</title>`;
      }
    });
    const order = values.map((value, i) => [Math.abs(value), i]).sort((a, b) => b[0] - a[0]).slice(0, 3);
    told.textContent = `${quarter.dataset.word} ${Number(quarter.value) + 1}: ` + order.map(([, i]) => `${data.names[i]} ${values[i] > 0 ? "+" : ""}${values[i].toLocaleString(root.lang)}`).join("; ") + ` (${chosen.unit})`;
  };
  outcome.addEventListener("change", draw);
  quarter.addEventListener("input", draw);
  draw();
}
