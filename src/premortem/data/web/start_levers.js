// The levers on a server: files of answers by address, the exact run beside them, the plan into the editor.
import { alarm, get, getBytes, kept, language, packed, post, say } from "./common.js";
import { Exact } from "./exact.js";
import { levers } from "./levers.js";

try {
  const box = await get(`/api/instant?lang=${language}`);
  await levers({
    box,
    load: (reading) => getBytes(`/api/instant/${reading}.pmia`),
    exact: new Exact(box.name, box.years, alarm),
    lint: (text) => post("/api/lint", { text }),
    take: async (text) => {
      if (kept.get("draft") && !confirm(say("discard"))) return;
      location.href = `/?plan=&lang=${language}#t=${await packed(text)}`;
    },
  });
} catch (error) {
  alarm(error);
}
