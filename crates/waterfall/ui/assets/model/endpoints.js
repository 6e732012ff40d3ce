// Addresses for commands that the page shows: where this server listens, as seen from the browser.

/** @typedef {{ hostname: string, port: string, protocol: string }} PageLocation the part of `location` that is read */

/**
 * @typedef {object} Endpoints
 * @property {string} otlpHttp URL
 * @property {string} otlpGrpc URL
 * @property {boolean} tokenRequired whether senders need a token
 * @property {string | null} exampleUrl a request that is traced, if the server knows one
 * @property {boolean} mayDiffer the page has another port than the server listens on: the others may be mapped, too
 */

const ANY_HOST = /^(0\.0\.0\.0|127(\.\d+){3}|localhost|\[::\]|\[::1\])$/;

/**
 * Reads the server's status. The server may listen on every interface, or be published by a container or a proxy: then
 * the browser's own host is the one that is known to work.
 * @param {unknown} status
 * @param {PageLocation} page
 * @returns {Endpoints | null} null if the status has no addresses
 */
export function readEndpoints(status, page) {
  const { endpoints, example_url: example } = /** @type {{ endpoints?: any, example_url?: unknown }} */ (status ?? {});
  const listening = [endpoints?.page, endpoints?.otlp_http, endpoints?.otlp_grpc].map(split);
  const [ownPage, otlpHttp, otlpGrpc] = listening;
  if (!ownPage || !otlpHttp || !otlpGrpc) return null;
  const url = (/** @type {{ host: string, port: string }} */ { host, port }) =>
    `http://${ANY_HOST.test(host) ? page.hostname : host}:${port}`;
  const pagePort = page.port || (page.protocol === "https:" ? "443" : "80");
  return {
    otlpHttp: url(otlpHttp),
    otlpGrpc: url(otlpGrpc),
    tokenRequired: endpoints.ingest_token_required === true,
    exampleUrl: typeof example === "string" ? fromBrowser(example, page) : null,
    mayDiffer: pagePort !== ownPage.port,
  };
}

/** @param {unknown} address `127.0.0.1:4318` or `[::]:4318` */
function split(address) {
  const found = typeof address === "string" ? /^(.+):(\d+)$/.exec(address) : null;
  return found ? { host: found[1], port: found[2] } : null;
}

/**
 * @param {string} example
 * @param {PageLocation} page
 */
function fromBrowser(example, page) {
  const found = /^(https?:\/\/)(\[[^\]]*\]|[^/:?#]+)(.*)$/.exec(example);
  if (found === null) return null;
  const [, scheme, host, rest] = found;
  return ANY_HOST.test(host) ? `${scheme}${page.hostname}${rest}` : example;
}

/**
 * One word of a POSIX shell.
 * @param {string} text
 */
export function shellWord(text) {
  return /^[\w./:@%+,=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
