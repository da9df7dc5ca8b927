// The chapters of kernel/README.md: its files in the order in which they are best read, each with the first sentence of
// its own header. The order is by hand; a file it does not know goes to the end of the last chapter of its folder.

import { sourcesUnder, summaryOf } from "./book-sources.mjs";

/**
 * Title, folder, files in reading order.
 * @type {readonly (readonly [title: string, folder: string, files: string])[]}
 */
export const CHAPTERS = [
  [
    "The machine",
    "",
    "machine spec spec-defaults spec-hosts task-spec traffic-spec era events trace costs index",
  ],
  ["Tasks that can stop anywhere", "sched", "task program scheduler current wait-queue timers"],
  [
    "Pages and zones",
    "mm",
    "page-frames page-list page-ring migratetype zone-layout zone buddy fallback per-cpu-pages zone-rig machine-zones",
  ],
  [
    "Who gets a page",
    "mm",
    "watermark marks gfp alloc-flags watermark-check attempt page-alloc refusal alloc-slow oom",
  ],
  ["Things smaller than a page", "mm", "kmalloc slab-geometry slab-cache slab-objects slab"],
  ["A program's pages", "mm", "address-space content page-life fault swap-space swap-readahead"],
  ["Reclaim", "mm", "lru lru-set scan-balance shrink evict direct-reclaim kswapd"],
  ["The page cache", "mm", "page-tree page-cache file-access readahead dirty-limits writeback"],
  ["Memory as a whole", "mm", "memory programs vmstat psi psi-tasks vector-file check-vectors"],
  [
    "The edge",
    "net",
    "edge link frame fifo byte-queue lazy-timer peer-stream peer-tcp peer-ack peer-answer",
  ],
  [
    "The card and its memory",
    "net",
    "drivers nic rx-buffers page-frag skb skb-memory coalesce gro",
  ],
  [
    "Whose packet it is",
    "net",
    "receive drop-reason proto-memory limits net-era neighbour ip-fragment udp",
  ],
  [
    "TCP",
    "net",
    "sock sock-table listen tcp-context tcp-input tcp-window tcp-prune tcp-read tcp-ack tcp-output tx-skb tcp-timer tcp-close",
  ],
  [
    "The stack as a whole",
    "net",
    "net-stack net-build net-context net-spec net-state skb-state sockets memory snmp costs",
  ],
  [
    "From a page to a request to the wire",
    "block",
    "submit bio-pool queue plug request wbt backing-store swap-store file-layout nbd-disk storage nbd-device nbd-tasks nbd-send nbd-receive",
  ],
  [
    "Programs",
    "task",
    "workload anon touch-pages service poll client swap-server page-store stats",
  ],
  ["Decisions", "policy", "decisions"],
  ["Who may dig below the marks", "policy/reserve", "policy"],
  ["What may be received", "policy/receive", "policy"],
  ["How much is scanned", "policy/reclaim", "policy"],
  ["Who has to wait", "policy/throttle", "policy"],
  ["Who passes the TCP limit", "policy/limits", "policy"],
  ["What is marked", "policy/criticality", "policy"],
  ["Whole systems", "policy/presets", ""],
];

/** A door has no header: it only names what is behind it. */
const DOOR = "The door: all that other folders may import.";

/** Paths named by the chapters, by hand, from kernel/ on. */
export function namedFiles() {
  return CHAPTERS.flatMap(([, folder, files]) => paths(folder, files));
}

/** All chapters, each file a line. */
export function chapters() {
  const named = new Set(namedFiles());
  const others = sourcesUnder("kernel")
    .map((path) => path.slice("kernel/".length))
    .filter((path) => !named.has(path));
  return CHAPTERS.map(([title, folder, files], nth) => {
    const isLast = !CHAPTERS.slice(nth + 1).some(([, other]) => other === folder);
    const rest = isLast ? others.filter((path) => folderOf(path) === folder) : [];
    const lines = [...paths(folder, files), ...rest].map(
      (path) => `- [${path}](${path}) · ${summaryOf(`kernel/${path}`) || DOOR}`,
    );
    return `### ${nth + 1}. ${title}\n${lines.join("\n")}`;
  }).join("\n\n");
}

/**
 * @param {string} folder
 * @param {string} files
 */
function paths(folder, files) {
  const names = files === "" ? [] : files.split(" ");
  return names.map((name) => `${folder === "" ? "" : `${folder}/`}${name}.ts`);
}

const folderOf = (/** @type {string} */ path) =>
  path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "";
