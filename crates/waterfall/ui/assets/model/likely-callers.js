// What likely waited for spans whose parent was lost, as the server found it. It is never certain.

export class LikelyCallers {
  constructor() {
    /**
     * By row whose parent was not received: the row that likely waited for it.
     * @type {Map<number, number>}
     */
    this.callerOf = new Map();
    /**
     * By row: those that it likely waited for, by start once they are sorted.
     * @type {Map<number, number[]>}
     */
    this.calleesOf = new Map();
    /**
     * Calls whose callee is likely missing: each of several can have led to the same spans.
     * @type {Set<number>}
     */
    this.mayMissCallee = new Set();
  }

  /**
   * @param {number} row
   * @param {unknown} caller the row that likely waited for it
   */
  add(row, caller) {
    // A caller stands above its callees, and waits for them.
    if (typeof caller !== "number" || !Number.isInteger(caller) || caller < 0 || caller >= row) return;
    this.callerOf.set(row, caller);
    const callees = this.calleesOf.get(caller);
    if (callees) callees.push(row);
    else this.calleesOf.set(caller, [row]);
  }
  /**
   * Sorts those that one row likely waited for.
   * @param {(row: number) => number} startOf
   */
  sort(startOf) {
    for (const callees of this.calleesOf.values()) callees.sort((one, other) => startOf(one) - startOf(other));
  }
}
