// Minimal WebDriver client over fetch, without dependencies.

import { spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";

const ELEMENT = "element-6066-11e4-a52e-4f735466cecf";
const POLL_MILLIS = 25;
const MAX_CLICKS = 5;

/** WebDriver key codes. */
export const Key = {
  enter: "\uE007",
  escape: "\uE00C",
  left: "\uE012",
  up: "\uE013",
  right: "\uE014",
  down: "\uE015",
  home: "\uE011",
  end: "\uE010",
  pageDown: "\uE00F",
  space: " ",
  tab: "\uE004",
  backspace: "\uE003",
};

/**
 * @param {{ url?: string, binary?: string }} options URL of a running chromedriver, or the binary to start
 */
export async function startDriver(
  { url = process.env.CHROMEDRIVER_URL, binary = process.env.CHROMEDRIVER ?? "chromedriver" } = {},
) {
  if (url) return { url, stop: async () => {} };
  const child = spawn(binary, ["--port=0"], { stdio: ["ignore", "pipe", "inherit"] });
  const port = await new Promise((resolve, reject) => {
    let output = "";
    child.once("error", reject);
    child.once("exit", () => reject(new Error(`chromedriver stopped: ${output}`)));
    child.stdout.on("data", (chunk) => {
      output += chunk;
      const found = /successfully on port (\d+)/.exec(output);
      if (found) resolve(found[1]);
    });
  });
  return {
    url: `http://127.0.0.1:${port}`,
    stop: async () => {
      child.removeAllListeners("exit");
      child.kill();
    },
  };
}

export class Browser {
  /**
   * @param {string} driver
   * @param {{ width?: number, height?: number, dark?: boolean }} [window]
   */
  static async open(driver, { width = 1440, height = 900, dark = false } = {}) {
    const args = [
      "--headless=new",
      "--no-sandbox",
      "--disable-dev-shm-usage",
      "--hide-scrollbars",
      "--force-device-scale-factor=1",
      `--window-size=${width},${height}`,
    ];
    if (dark) args.push("--blink-settings=preferredColorScheme=0");
    const chrome = { args, ...(process.env.CHROMIUM ? { binary: process.env.CHROMIUM } : {}) };
    const answer = await ask(`${driver}/session`, {
      capabilities: {
        alwaysMatch: { browserName: "chrome", "goog:chromeOptions": chrome, "goog:loggingPrefs": { browser: "ALL" } },
      },
    });
    const browser = new Browser(`${driver}/session/${answer.sessionId}`);
    if (!dark) {
      await browser.command("Emulation.setEmulatedMedia", {
        features: [{ name: "prefers-color-scheme", value: "light" }],
      });
    }
    // The window size includes its frame; resize until the page has the requested size.
    await browser.command("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile: false });
    return browser;
  }

  /** @param {string} session */
  constructor(session) {
    this.session = session;
  }

  /** @param {string} url */
  async go(url) {
    await ask(`${this.session}/url`, { url });
  }

  /**
   * Runs the body of a function in the page.
   * @param {string} body
   * @param {...unknown} args
   */
  async run(body, ...args) {
    return ask(`${this.session}/execute/sync`, { script: body, args });
  }

  /**
   * Runs one that calls its last argument when it is done.
   * @param {string} body
   * @param {...unknown} args
   */
  async runAsync(body, ...args) {
    return ask(`${this.session}/execute/async`, { script: body, args });
  }

  /**
   * Waits until the body returns something true.
   * @param {string} what for the message
   * @param {string} body
   * @param {{ args?: unknown[], millis?: number }} [options]
   */
  async until(what, body, { args = [], millis = 10_000 } = {}) {
    const deadline = Date.now() + millis;
    for (;;) {
      const value = await this.run(body, ...args);
      if (value) return value;
      if (Date.now() > deadline) throw new Error(`not within ${millis} ms: ${what}`);
      await new Promise((resolve) => setTimeout(resolve, POLL_MILLIS));
    }
  }

  /**
   * An element that the page replaced before the click is looked up again.
   * @param {string} selector
   */
  async click(selector) {
    for (let tries = 1;; tries += 1) {
      const found = await ask(`${this.session}/element`, { using: "css selector", value: selector });
      try {
        await ask(`${this.session}/element/${found[ELEMENT]}/click`, {});
        return;
      } catch (error) {
        const isStale = error instanceof Error && error.message.startsWith("stale element reference");
        if (!isStale || tries === MAX_CLICKS) throw error;
      }
    }
  }

  /**
   * Chooses a file of this machine in a file field.
   * @param {string} selector
   * @param {string} path
   */
  async choose(selector, path) {
    const found = await ask(`${this.session}/element`, { using: "css selector", value: selector });
    await ask(`${this.session}/element/${found[ELEMENT]}/value`, { text: path });
  }

  /**
   * Presses keys, one after another, wherever the focus is.
   * @param {...string} keys
   */
  async press(...keys) {
    const actions = keys.flatMap((key) => [
      { type: "keyDown", value: key },
      { type: "keyUp", value: key },
    ]);
    await ask(`${this.session}/actions`, { actions: [{ type: "key", id: "keyboard", actions }] });
  }

  /**
   * Drags with the mouse, in pixels of the page.
   * @param {[number, number]} from
   * @param {[number, number]} to
   */
  async drag(from, to) {
    const move = ([x, y], duration) => ({ type: "pointerMove", duration, x: Math.round(x), y: Math.round(y) });
    const actions = [
      move(from, 0),
      { type: "pointerDown", button: 0 },
      move([(from[0] + to[0]) / 2, to[1]], 30),
      move(to, 30),
      { type: "pointerUp", button: 0 },
    ];
    await ask(`${this.session}/actions`, {
      actions: [{ type: "pointer", id: "mouse", parameters: { pointerType: "mouse" }, actions }],
    });
  }

  /**
   * Moves the mouse, in pixels of the window.
   * @param {number} x
   * @param {number} y
   */
  async point(x, y) {
    const actions = [{ type: "pointerMove", duration: 0, x: Math.round(x), y: Math.round(y) }];
    await ask(`${this.session}/actions`, {
      actions: [{ type: "pointer", id: "mouse", parameters: { pointerType: "mouse" }, actions }],
    });
  }

  /** Console messages since the last call, warnings and errors only. */
  async problems() {
    const entries = await ask(`${this.session}/se/log`, { type: "browser" });
    return entries.filter(({ level }) => level === "SEVERE" || level === "WARNING").map(({ message }) => message);
  }

  /** @param {string} file */
  async screenshot(file) {
    await writeFile(file, Buffer.from(await ask(`${this.session}/screenshot`), "base64"));
  }

  /**
   * A command of the Chrome DevTools protocol.
   * @param {string} cmd
   * @param {object} params
   */
  async command(cmd, params) {
    return ask(`${this.session}/goog/cdp/execute`, { cmd, params });
  }

  async close() {
    await ask(this.session, undefined, "DELETE");
  }
}

/**
 * @param {string} url
 * @param {unknown} [body]
 * @param {string} [method]
 */
async function ask(url, body, method = body === undefined ? "GET" : "POST") {
  const response = await fetch(url, {
    method,
    ...(body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
  });
  const { value } = await response.json();
  if (!response.ok) throw new Error(`${value?.error}: ${value?.message}`);
  return value;
}
