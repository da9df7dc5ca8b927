// The generated tables of docs/reference: policies, metrics, faults, timers, drop reasons, kernel counters. Each from the one
// registry that defines them, with where in the sources a thing happens, so that what nobody does yet shows.

import { readFileSync } from "node:fs";
import { METRICS } from "#coordinator/scenario/index.ts";
import { faults, RECEIPT_COUNTERS } from "#faults/index.ts";
import {
  criticalityPolicies,
  dropReasons,
  limitsPolicies,
  presets,
  receivePolicies,
  reclaimPolicies,
  reservePolicies,
  Snmp,
  throttlePolicies,
  Vmstat,
} from "#kernel/index.ts";
import { TIMER } from "#kernel/sched/timers.ts";
import { headerOf, linkTo, sourcesUnder, table } from "./book-sources.mjs";

const UP = "../../";

/** Decision → what it decides, and its registry. */
const DECISIONS = {
  reserve: { about: "Who may take the last pages of a zone.", registry: reservePolicies },
  receive: { about: "What may be received when memory is short.", registry: receivePolicies },
  reclaim: { about: "How much of a list a round of reclaim looks at.", registry: reclaimPolicies },
  throttle: { about: "Who has to wait before it makes things worse.", registry: throttlePolicies },
  limits: { about: "Who is let past the third value of tcp_mem.", registry: limitsPolicies },
  criticality: { about: "What is marked as needed to free memory.", registry: criticalityPolicies },
};

export function policies() {
  return Object.entries(DECISIONS)
    .map(([decision, { about, registry }]) => {
      const rows = Object.entries(registry).map(([name, { summary }]) => [
        linkTo(`kernel/policy/${decision}/${name}.ts`, UP, `\`${name}\``),
        summary,
        presetsWith(decision, name),
      ]);
      const view = linkTo(`kernel/policy/${decision}/policy.ts`, UP, "What it sees");
      return `## ${decision}\n\n${about} ${view}.\n\n${table(["name", "what it does", "in presets"], rows)}`;
    })
    .join("\n\n");
}

/**
 * @param {string} decision
 * @param {string} name
 */
function presetsWith(decision, name) {
  const users = Object.values(presets).filter((preset) =>
    Object.entries(preset).some(([key, value]) => key === decision && value === name),
  );
  return users.map((preset) => `\`${preset.name}\``).join(", ") || "none";
}

export function presetTable() {
  const decisions = Object.keys(DECISIONS);
  const rows = Object.values(presets).map((preset) => {
    const values = new Map(Object.entries(preset));
    return [
      linkTo(`kernel/policy/presets/${fileName(preset.name)}.ts`, UP, `\`${preset.name}\``),
      preset.era,
      ...decisions.map((decision) => values.get(decision) ?? ""),
      values.has("minFreePercent") ? `${values.get("minFreePercent")} % of RAM` : "formula",
    ];
  });
  const sources = Object.values(presets).map((preset) => {
    const text = readFileSync(`kernel/policy/presets/${fileName(preset.name)}.ts`, "utf8");
    return `- \`${preset.name}\`: ${headerOf(text).join(" ")}`;
  });
  return `${table(["preset", "era", ...decisions, "min_free"], rows)}\n\n${sources.join("\n")}`;
}

const fileName = (/** @type {string} */ preset) => preset.replaceAll(".", "-");

export function metrics() {
  const subjects = [...new Set(METRICS.map(({ of }) => of))];
  return subjects
    .map((subject) => {
      // Counters of the kernel have pages of their own.
      const own = METRICS.filter(
        ({ of, name }) => of === subject && !/^(vmstat|netstat|drops)\./.test(name),
      );
      const rows = own.map(({ name, kind, unit, perServer, about }) => [
        `\`${name}\`${perServer ? `, \`${name.replace(".", "[C].")}\`` : ""}`,
        kind,
        unit,
        about,
      ]);
      return `## ${subject}\n\n${table(["metric", "is a", "unit", "what it says"], rows)}`;
    })
    .join("\n\n");
}

export function faultTable() {
  const rows = Object.values(faults).map(({ name, summary, target, args, receipt }) => [
    linkTo(`faults/${name.replace(".", "-")}.ts`, UP, `\`${name}\``),
    target,
    argsText(args),
    summary,
    `${RECEIPT_COUNTERS[receipt.counter]}: ${receipt.means}`,
  ]);
  return table(["fault", "on", "with", "what it does", "its receipt"], rows);
}

/** Names alone, for the language reference. */
export function faultNames() {
  const rows = Object.values(faults).map(({ name, target, args }) => [
    `\`${name}\``,
    TARGETS[target],
    Object.keys(args)
      .map((arg) => `\`${arg}\``)
      .join(", "),
  ]);
  return table(["fault", "on", "with"], rows);
}

/** How a timeline names what a fault strikes. */
const TARGETS = {
  link: "a link: `A->C`, `A<->C`",
  group: "nodes, against all others: `A, B`",
  "swap-server": "a swap server",
  host: "a node",
  load: "a traffic's id, `A/task`",
  traffic: "a traffic's id",
};

/** @param {Readonly<Record<string, import("#faults/index.ts").ArgSpec>>} args */
function argsText(args) {
  const texts = Object.entries(args).map(
    ([name, { dimension, about, default: value }]) =>
      `\`${name}\` (${dimension}${value === null ? "" : `, ${value} unless said`}): ${about}`,
  );
  return texts.join("; ") || "nothing";
}

export function timers() {
  const sources = kernelSources();
  const rows = Object.entries(TIMER).map(([name, number]) => [
    String(number),
    `\`${name}\``,
    linksOf(sources, new RegExp(`\\.on\\(\\s*TIMER\\.${name}\\b`), "nobody yet"),
    linksOf(sources, new RegExp(`(?<!\\.on\\(\\s*)TIMER\\.${name}\\b`), "nobody yet"),
  ]);
  return table(["number", "kind", "handled in", "set in"], rows);
}

export function drops() {
  const sources = kernelSources().filter(({ path }) => path !== "kernel/net/drop-reason.ts");
  const comments = commentsOf("kernel/net/drop-reason.ts");
  const rows = dropReasons.map((reason) => [
    `\`${reason}\``,
    `\`drops.${reason}\``,
    comments.get(reason) ?? WHEN[reason] ?? "",
    linksOf(sources, new RegExp(`"${reason}"`), "nobody yet"),
  ]);
  return table(["reason", "metric", "when", "counted in"], rows);
}

/**
 * When a packet is dropped for a reason whose own comment does not say.
 * @type {Readonly<Partial<Record<import("#kernel/index.ts").DropReason, string>>>}
 */
const WHEN = {
  "proto-mem":
    "Over the third value of tcp_mem or udp_mem, and the limits policy lets nobody past.",
  "socket-rcvbuff": "Over the socket's own receive buffer.",
  "socket-backlog": "Over the backlog of a socket that its owner holds.",
  "tcp-zerowindow": "Data for a window that is closed.",
  "tcp-overwindow": "Data beyond the window.",
  "tcp-old-data": "Data that has been received before.",
  "tcp-ofomerge": "Data behind a hole that lies there already.",
  "tcp-ofo-queue-prune": "Thrown away behind a hole, for room.",
  "tcp-close": "For a connection that is closed, or not yet one.",
  "listen-overflow":
    "A SYN, or the end of a handshake, while too many connections wait to be accepted.",
  "listen-nomem": "The same, without memory for a request or a socket.",
  "frag-nomem": "A fragment, without memory for its queue.",
  "frag-limit": "A fragment of a new datagram while reassembly is full.",
  "frag-timeout": "Fragments whose rest did not come in 30 s.",
  "frag-evicted": "Fragments of the oldest datagrams, for room (up to 3.x).",
  "frag-duplicate": "A fragment that is there already.",
  "neigh-queuefull": "The oldest packet that waits for its neighbour, for room.",
  "neigh-failed": "Waiting for a neighbour that never answered.",
  "route-nomem": "No memory for the route to the peer (2.6.12).",
};

/** The doc comment above each quoted word of a file. */
function commentsOf(/** @type {string} */ path) {
  const found = readFileSync(path, "utf8").matchAll(/\/\*\* (.+?) \*\/\s*"([^"]+)"/g);
  return new Map([...found].map(([, comment, word]) => [`${word}`, `${comment}`]));
}

export function vmstat() {
  const names = Object.keys(new Vmstat().counts);
  return counterTable(
    names.map((name) => ({ name, metric: `vmstat.${name}`, owner: "kernel/mm/vmstat.ts" })),
  );
}

export function netstat() {
  const names = new Snmp().entries().map(([name]) => name);
  const owner = "kernel/net/snmp.ts";
  return counterTable(
    names.map((full) => ({
      name: full,
      metric: `netstat.${full.slice(full.indexOf(".") + 1)}`,
      owner,
    })),
  );
}

/** @param {readonly { readonly name: string, readonly metric: string, readonly owner: string }[]} counters */
function counterTable(counters) {
  const sources = kernelSources();
  const rows = counters.map(({ name, metric, owner }) => {
    const short = name.slice(name.indexOf(".") + 1);
    const others = sources.filter(({ path }) => path !== owner);
    return [
      `\`${name}\``,
      `\`${metric}\``,
      linksOf(others, new RegExp(`\\b${short}\\b`), "nothing yet: it stays 0"),
    ];
  });
  return table(["counter", "metric", "counted in"], rows);
}

const kernelSources = () =>
  sourcesUnder("kernel").map((path) => ({ path, text: code(readFileSync(path, "utf8")) }));

/** Without whole lines of comment: what is only talked about does not happen. */
const code = (/** @type {string} */ text) => text.replace(/^\s*(\/\/|\*|\/\*\*).*$/gm, "");

/**
 * @param {readonly { readonly path: string, readonly text: string }[]} sources
 * @param {RegExp} sign
 * @param {string} none
 */
function linksOf(sources, sign, none) {
  const links = sources
    .filter(({ text }) => sign.test(text))
    .map(({ path }) => linkTo(path, UP, path.slice("kernel/".length)));
  return links.join(", ") || none;
}
