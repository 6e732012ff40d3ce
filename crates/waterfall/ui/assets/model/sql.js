// Breaks a one-line SQL statement before its main clauses. Only whitespace between tokens changes.

/** Longer statements are shown as they are. */
const MAX_CHARS = 20_000;
const INDENT = "  ";
/** Words that begin a clause, in the order of matching. */
const CLAUSES = [
  "WITH",
  "SELECT",
  "FROM",
  "WHERE",
  "GROUP BY",
  "HAVING",
  "WINDOW",
  "ORDER BY",
  "LIMIT",
  "OFFSET",
  "FETCH FIRST",
  "FOR UPDATE",
  "UNION ALL",
  "UNION",
  "INTERSECT",
  "EXCEPT",
  "INSERT INTO",
  "VALUES",
  "ON CONFLICT",
  "ON DUPLICATE",
  "UPDATE",
  "SET",
  "DELETE FROM",
  "RETURNING",
  "LEFT OUTER JOIN",
  "RIGHT OUTER JOIN",
  "FULL OUTER JOIN",
  "LEFT JOIN",
  "RIGHT JOIN",
  "INNER JOIN",
  "CROSS JOIN",
  "FULL JOIN",
  "JOIN",
].map((clause) => clause.split(" "));
const STATEMENT = /^\s*(with|select|insert|update|delete|merge|replace)\b/i;
/** Quoted text, a comment, a word or number, whitespace, or any other character. */
const TOKEN =
  /'(?:[^']|'')*'?|"(?:[^"]|"")*"?|`[^`]*`?|\$(\w*)\$[\s\S]*?\$\1\$|--[^\n]*|\/\*[\s\S]*?\*\/|[\w$.:@?]+|\s+|[\s\S]/g;

/**
 * @param {string} text
 * @returns {string} unchanged unless it is a statement on one line
 */
export function formatSql(text) {
  if (text.length > MAX_CHARS || text.trim().includes("\n") || !STATEMENT.test(text)) return text;
  const tokens = text.trim().match(TOKEN) ?? [];
  const words = tokens.map((token) => token.toUpperCase());
  /** For each open bracket: the indent of its line if it holds a subquery, else null. */
  const brackets = /** @type {(string | null)[]} */ ([]);
  let formatted = "";
  let isBetween = false;
  let inClause = 0;
  let indent = "";
  const newLine = (/** @type {string} */ next) => {
    if (formatted === "") return;
    indent = next;
    formatted = `${formatted.trimEnd()}\n${indent}`;
  };
  tokens.forEach((token, at) => {
    const word = words[at];
    if (token === "(") {
      const next = nextWord(words, at);
      brackets.push(next === "SELECT" || next === "WITH" ? indent : null);
    } else if (token === ")") {
      const outer = brackets.pop() ?? null;
      if (outer !== null) newLine(outer);
    }
    const outer = brackets.length === 0 ? "" : brackets.at(-1) ?? null;
    if (inClause > 0) inClause -= 1;
    else if (outer !== null) {
      const own = brackets.length === 0 ? "" : outer + INDENT;
      const length = clauseAt(words, at);
      if (length > 0) {
        newLine(own);
        inClause = length - 1;
        isBetween = false;
      } else if (word === "BETWEEN") isBetween = true;
      else if (word === "OR" || (word === "AND" && !isBetween)) newLine(own + INDENT);
      else if (word === "AND") isBetween = false;
    }
    formatted += /^\s/.test(token) ? " " : token;
  });
  return formatted;
}

/**
 * @param {string[]} words
 * @param {number} at
 */
function nextWord(words, at) {
  return words[at + 1]?.trim() === "" ? words[at + 2] : words[at + 1];
}

/**
 * @param {string[]} words with single whitespace tokens between them
 * @param {number} at
 * @returns {number} tokens of the clause that begins here; 0 if none does
 */
function clauseAt(words, at) {
  for (const clause of CLAUSES) {
    if (clause.every((word, n) => words[at + 2 * n] === word)) return 2 * clause.length - 1;
  }
  return 0;
}
