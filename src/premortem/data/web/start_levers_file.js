// The levers as a file from disk: what was fitted is in the page, packed; the second reading is unpacked when it is asked for.
import { alarm, byId, saved } from "./common.js";
import { levers } from "./levers.js";

const box = JSON.parse(byId("box").textContent);
const inflated = (text) => {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
};
levers({ box, load: (reading) => inflated(byId(`file-${reading}`).textContent), take: (text) => saved(text, `${box.name}.toml`) }).catch(alarm);
