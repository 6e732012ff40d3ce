// Generated traces with everything that makes views of a trace disagree, as OTLP/JSON. A seed gives the same traces.

const KINDS = [1, 2, 3, 4, 5];
const [SERVER, CLIENT, PRODUCER, CONSUMER] = [2, 3, 4, 5];
const MS = 1_000_000n;
const ERROR = 2;
const REMOTE_PARENT = 0x300;
const LOCAL_PARENT = 0x100;

/**
 * @typedef {object} WireSpan
 * @property {string} traceId
 * @property {string} spanId
 * @property {string} [parentSpanId]
 * @property {string} name
 * @property {number} kind
 * @property {number} [flags]
 * @property {string} startTimeUnixNano
 * @property {string} endTimeUnixNano
 * @property {{ code?: number, message?: string }} status
 * @property {object[]} attributes
 */
/**
 * @typedef {object} Process one service on one host
 * @property {string} service
 * @property {string} host
 * @property {bigint} ahead nanoseconds that its clock is ahead
 * @property {boolean} isCoarse its clock has whole milliseconds
 * @property {WireSpan[]} spans
 */
/** @typedef {{ id: string, process: Process, kind: number, from: bigint, to: bigint }} Made a span by the true clock */

export class Random {
  /** @param {number} seed */
  constructor(seed) {
    this.state = seed >>> 0;
  }

  /** The next 32 bits (mulberry32). */
  bits() {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = this.state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  /** A whole number below `limit`. @param {number} limit */
  below(limit) {
    return this.bits() % limit;
  }

  /** True with a chance of one in `times`. @param {number} times */
  oneIn(times) {
    return this.below(times) === 0;
  }

  /**
   * @template T
   * @param {readonly T[]} values
   * @returns {T}
   */
  pick(values) {
    return values[this.below(values.length)];
  }

  /** @param {number} bytes */
  id(bytes) {
    let hex = "";
    while (hex.length < bytes * 2) hex += (this.bits() | 1).toString(16).replace("-", "").padStart(8, "0");
    return hex.slice(0, bytes * 2);
  }
}

/**
 * @param {Random} random
 * @param {bigint} start nanoseconds since 1970
 */
export function hostileTrace(random, start) {
  const traceId = random.id(16);
  const processes = makeProcesses(random);
  const made = [firstSpan(random, processes)];
  const count = random.oneIn(8) ? 1 : 1 + random.below(random.oneIn(5) ? 400 : 40);
  send(random, traceId, start, made[0], random.oneIn(3) ? random.id(8) : undefined);
  while (made.length < count) {
    // Recent spans are likelier parents: so trees are deep as well as wide.
    const parent = random.oneIn(2) ? made[made.length - 1] : random.pick(made);
    const span = childSpan(random, processes, parent);
    send(random, traceId, start, span, parentId(random, parent, made));
    // A retry: the same call once more, after the first.
    if (random.oneIn(12)) {
      const pause = BigInt(random.below(3_000_000));
      const length = span.to - span.from;
      const retry = { ...span, id: random.id(8), from: span.to + pause, to: span.to + pause + length };
      send(random, traceId, start, retry, parent.id);
      made.push(retry);
    }
    made.push(span);
  }
  if (random.oneIn(6)) closeCycle(random, processes);
  return { traceId, resourceSpans: processes.filter(({ spans }) => spans.length > 0).map(resourceSpans) };
}

/** @param {Random} random @returns {Process[]} */
function makeProcesses(random) {
  const count = 1 + random.below(15);
  const hosts = 1 + random.below(3);
  const ahead = Array.from({ length: hosts }, () => random.oneIn(3) ? BigInt(random.below(4_000) - 2_000) * MS : 0n);
  return Array.from({ length: count }, (_, index) => {
    const host = random.below(hosts);
    return { service: `s${index}`, host: `h${host}`, ahead: ahead[host], isCoarse: random.oneIn(3), spans: [] };
  });
}

/** @param {Random} random @param {Process[]} processes @returns {Made} */
function firstSpan(random, processes) {
  const to = random.oneIn(20) ? 0n : BigInt(1 + random.below(500)) * MS + BigInt(random.below(1_000_000));
  return { id: random.id(8), process: processes[0], kind: random.pick([1, SERVER, SERVER, CLIENT]), from: 0n, to };
}

/** @param {Random} random @param {Process[]} processes @param {Made} parent @returns {Made} */
function childSpan(random, processes, parent) {
  const length = parent.to - parent.from;
  const part = () => (length * BigInt(random.below(1_000))) / 1_000n;
  let from = parent.from + part();
  let to = random.oneIn(15) ? from : from + ((parent.to - from) * BigInt(random.below(1_001))) / 1_000n;
  if (random.oneIn(10)) to = parent.to + part() + BigInt(random.below(2_000_000));
  let process = parent.process;
  let kind = random.pick(KINDS);
  if (parent.kind === CLIENT) {
    process = random.pick(processes);
    kind = SERVER;
  } else if (parent.kind === PRODUCER) {
    process = random.pick(processes);
    kind = CONSUMER;
    const wait = BigInt(random.below(5_000)) * MS;
    from = parent.to + wait;
    to = from + part();
  } else if (random.oneIn(20)) {
    from = parent.to + BigInt(random.below(50)) * MS;
    to = from + part();
  }
  return { id: random.oneIn(40) ? parent.id : random.id(8), process, kind, from, to };
}

/**
 * Usually the parent's, otherwise one that is never sent, or that of any span.
 * @param {Random} random
 * @param {Made} parent
 * @param {Made[]} made
 */
function parentId(random, parent, made) {
  if (random.oneIn(30)) return random.id(8);
  return random.oneIn(60) ? random.pick(made).id : parent.id;
}

/**
 * @param {Random} random
 * @param {string} traceId
 * @param {bigint} start
 * @param {Made} span
 * @param {string} [parent]
 */
function send(random, traceId, start, { id, process, kind, from, to }, parent) {
  const clock = (/** @type {bigint} */ at) => {
    const read = start + at + process.ahead;
    return String(process.isCoarse ? read - (read % MS) : read);
  };
  const status = random.pick([{}, {}, {}, {}, { code: 1 }, { code: ERROR, message: "refused" }]);
  const http = kind === SERVER && random.oneIn(3)
    ? [{
      key: "http.response.status_code",
      value: { intValue: random.pick(status.code === ERROR ? ["500", "503"] : ["200", "404", "500"]) },
    }]
    : [];
  process.spans.push({
    traceId,
    spanId: id,
    ...(parent === undefined ? {} : { parentSpanId: parent }),
    ...(random.oneIn(3) ? { flags: kind === SERVER || kind === CONSUMER ? REMOTE_PARENT : LOCAL_PARENT } : {}),
    name: `op ${random.below(6)}`,
    kind,
    ...oddTimes(random, clock(from), clock(to)),
    status,
    attributes: http,
  });
}

/**
 * Now and then a span without a start or an end, or one that ends before it starts.
 * @param {Random} random
 * @param {string} from
 * @param {string} to
 */
function oddTimes(random, from, to) {
  const odd = random.below(200);
  if (odd === 0) return { startTimeUnixNano: "0", endTimeUnixNano: to };
  if (odd === 1) return { startTimeUnixNano: from, endTimeUnixNano: "0" };
  return odd === 2
    ? { startTimeUnixNano: to, endTimeUnixNano: from }
    : { startTimeUnixNano: from, endTimeUnixNano: to };
}

/**
 * Makes a span the parent of another, which may be its own ancestor.
 * @param {Random} random
 * @param {Process[]} processes
 */
function closeCycle(random, processes) {
  const spans = processes.flatMap((process) => process.spans);
  random.pick(spans).parentSpanId = random.pick(spans).spanId;
}

/** @param {Process} process */
function resourceSpans({ service, host, spans }) {
  const attribute = (/** @type {string} */ key, /** @type {string} */ value) => ({
    key,
    value: { stringValue: value },
  });
  return {
    resource: { attributes: [attribute("service.name", service), attribute("host.name", host)] },
    scopeSpans: [{ scope: { name: "agreement" }, spans }],
  };
}
