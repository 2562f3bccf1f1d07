// The exact run beside the levers: asked for when they rest, followed as it comes, left when they move.
import { get, post, problem } from "./common.js";

const FUTURES = 200;

/** @typedef {{ done: number, all: number, address: string, courses: Record<string, import("./surrogate.js").Band> | null }} Run */

export class Exact {
  /** @param {string} plan id of the plan that the levers write @param {number} years @param {(error: unknown) => void} failed */
  constructor(plan, years, failed) {
    this.plan = plan;
    this.years = years;
    this.failed = failed;
    this.turn = 0;
    /** @type {EventSource | null} */ this.source = null;
    this.id = "";
  }

  /** Leave the run that is under way: a new place is asked about soon, and this one is not wanted any more. */
  stop() {
    this.turn++;
    this.source?.close();
    this.source = null;
    if (this.id) post(`/api/runs/${this.id}/cancel`, {}).catch(() => { /* it has ended, or others wait for it too */ });
    this.id = "";
  }

  /** @param {string} text of the plan @param {string} reading @param {(run: Run) => void} tell */
  async start(text, reading, tell) {
    this.stop();
    const turn = this.turn, mine = () => turn === this.turn;
    try {
      const { id, address } = await post("/api/runs", { plans: [{ text }], futures: FUTURES, years: this.years, first: reading });
      if (!mine()) return void post(`/api/runs/${id}/cancel`, {}).catch(() => {});
      this.id = id;
      tell({ done: 0, all: FUTURES, address, courses: null });
      let paired = 0, told = 0;
      this.source = new EventSource(`/api/runs/${id}/events`);
      this.source.addEventListener("progress", async (event) => {
        const seen = JSON.parse(event.data);
        try {
          if (["done", "failed", "cancelled"].includes(seen.state)) {
            this.source?.close();
            this.id = "";
          }
          if (seen.state === "failed") throw new Error(seen.problems.map(problem).join("; "));
          if (seen.paired === paired) return;
          paired = seen.paired;
          const found = await get(`/api/runs/${id}/courses?plan=${this.plan}&reading=${reading}`);
          if (!mine() || found.futures < told) return; // an earlier reply that came late
          told = found.futures;
          tell({ done: found.futures, all: FUTURES, address, courses: found.outcomes });
        } catch (error) {
          if (mine()) this.failed(error);
        }
      });
    } catch (error) {
      if (mine()) this.failed(error);
    }
  }
}
