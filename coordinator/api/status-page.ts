// The page at /status: nodes, the run that goes on and those before it, links to the API. Plain on purpose: no script, made
// anew every two seconds, readable with lynx, there also where the page itself could not be built.

import type { FastifyInstance } from "fastify";
import type { FleetNode } from "../fleet/fleet.ts";
import type { RunRecord } from "../runs/record.ts";
import type { Services } from "./services.ts";

const RUNS_SHOWN = 12;
const SHOWN = [
  "mem.total",
  "mem.free",
  "mem.min",
  "swap.inflight",
  "swap.used",
  "tcp.mem",
  "throttled",
];
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

export function addStatusPage(api: FastifyInstance, { fleet, history, missing }: Services): void {
  api.get("/status", { schema: { hide: true } }, (_, reply) =>
    reply
      .type("text/html; charset=utf-8")
      .header("content-security-policy", POLICY)
      .header("x-content-type-options", "nosniff")
      .header("cache-control", "no-store")
      .send(
        page({
          nodes: fleet.nodes(),
          runs: history.list().slice(0, RUNS_SHOWN),
          missing: missing(),
        }),
      ),
  );
}

interface Shown {
  readonly nodes: readonly FleetNode[];
  readonly runs: readonly RunRecord[];
  readonly missing: readonly string[];
}

const page = ({ nodes, runs, missing }: Shown): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="2"><title>Unwedge</title>
<style>body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;color-scheme:light dark}
table{border-collapse:collapse}td,th{padding:.2rem .8rem .2rem 0;text-align:left;vertical-align:top}td.n{text-align:right;font-variant-numeric:tabular-nums}</style>
</head><body><main><h1>Unwedge</h1>
<p>${missing.length === 0 ? "Ready." : `Not ready: ${text(missing.join("; "))}.`} Shown as of now, anew every two seconds.</p>
<h2>Nodes</h2>${table(["node", "role", "state", ...SHOWN], nodes.map(nodeRow))}
<h2>Runs</h2>${table(["run", "scenario", "variant", "seed", "state", "verdict", "as expected", "why"], runs.map(runRow))}
<h2>For programs</h2><ul>${links(["/api/v1/scenarios", "/api/v1/runs", "/api/v1/nodes", "/api/v1/faults", "/metrics", "/readyz", "/openapi.json"])}</ul>
</main></body></html>
`;

const nodeRow = ({ name, role, state, values }: FleetNode): string[] => [
  cell(name),
  cell(role),
  cell(state),
  ...SHOWN.map((metric) => `<td class="n">${text(String(values[metric] ?? ""))}</td>`),
];

const runRow = (run: RunRecord): string[] => [
  `<td><a href="/api/v1/runs/${encodeURIComponent(run.id)}">${text(run.id)}</a></td>`,
  cell(run.request.scenario),
  cell(run.variant ?? ""),
  cell(String(run.seed ?? "")),
  cell(run.state === "running" && run.phase !== null ? `running, ${run.phase}` : run.state),
  cell([run.verdict ?? "", run.certainty === null ? "" : `(${run.certainty})`].join(" ")),
  cell(run.status ?? ""),
  cell(run.why[0] ?? ""),
];

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return "<p>None yet.</p>";
  const head = heads.map((name) => `<th scope="col">${text(name)}</th>`).join("");
  return `<table><thead><tr>${head}</tr></thead><tbody>${rows.map((row) => `<tr>${row.join("")}</tr>`).join("")}</tbody></table>`;
}

const cell = (of: string): string => `<td>${text(of)}</td>`;
const links = (paths: readonly string[]): string =>
  paths.map((path) => `<li><a href="${path}">${path}</a></li>`).join("");

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
const text = (of: string): string => of.replace(/[&<>"']/g, (char) => ESCAPES[char] ?? char);
