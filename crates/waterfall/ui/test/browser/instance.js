// A waterfall of the test's own, on random ports.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/**
 * @param {string} program the launcher's binary
 * @param {Record<string, string>} [settings] environment variables
 * @returns {Promise<{ http: string, otlp_http: string, otlp_grpc: string, stop(): void }>}
 */
export async function startInstance(program, settings = {}) {
  const child = spawn(program, ["waterfall", "--random-ports", "--json"], {
    env: { ...process.env, ...settings },
    stdio: ["ignore", "pipe", "ignore"],
  });
  const line = await new Promise((resolve, reject) => {
    createInterface(child.stdout).once("line", resolve);
    child.once("exit", (code) => reject(new Error(`the waterfall ended with ${code}`)));
    child.once("error", reject);
  });
  return { ...JSON.parse(line), stop: () => child.kill() };
}
