// What can be said after a slash command, learnt from the tools the server offers, so that it never lags behind.
import { listTools } from "./mcp.js";

// The tools whose slash word is not simply the verb in front of their name.
const words = { list_deletion_requests: "deletions", get_account: "show", get_request: "status", list_requests: "requests" };

/** wordOf gives the slash word of a tool. */
export const wordOf = (tool) => tool._meta?.["accountops/word"] ?? words[tool.name] ?? tool.name.split("_")[0];

// For a world without its own accountops in it.
const known = [["remove", "Remove account"], ["disable", "Disable account"], ["enable", "Enable account"], ["unlock", "Unlock account"],
  ["create", "Create account"], ["delete", "Delete account"],
  ["find", "Find accounts"], ["show", "Show an account"], ["deletions", "List deletion requests"]];

let verbs = null;

/** loadVerbs gives [{word, about, fields}]. */
export async function loadVerbs() {
  if (verbs) return verbs;
  try {
    const tools = await listTools();
    verbs = tools.map((t) => ({ word: wordOf(t), about: t.title ?? t.annotations?.title ?? t.name,
      fields: Object.entries(t.inputSchema?.properties ?? {}).filter(([name]) => name !== "wait_seconds")
        .map(([name, p]) => ({ name, about: p.description ?? "", enum: p.enum })) }));
    verbs.push({ word: "help", about: "What can be asked", fields: [] });
    return verbs;
  } catch {
    return [...known, ["help", "What can be asked"]].map(([word, about]) => ({ word, about, fields: [] }));
  }
}

/** complete gives the completions of a text up to the caret: [{insert, label, about}], each replacing the text from `from`. */
export async function complete(text, commands) {
  if (!text.startsWith("/") || text.includes("\n")) return { from: 0, items: [] };
  const command = /^(\/\S*)$/.exec(text);
  if (command) {
    return { from: 0, items: commands.filter((c) => c.name.startsWith(command[1])).map((c) => ({ insert: c.name + " ", label: c.name, about: c.description })) };
  }
  const list = await loadVerbs();
  const verb = /^\/\S+\s+(\S*)$/.exec(text);
  if (verb) {
    const items = list.filter((v) => v.word.startsWith(verb[1])).map((v) => ({ insert: v.word + (v.fields.length ? " " : ""), label: v.word, about: v.about }));
    return { from: text.length - verb[1].length, items };
  }
  return fieldItems(text, list);
}

function fieldItems(text, list) {
  const [, word] = /^\/\S+\s+(\S+)/.exec(text);
  const fields = list.find((v) => v.word === word)?.fields ?? [];
  const tail = /(?:^|\s)([a-z_]*)$/.exec(text);
  const quotes = (text.match(/["“”]/g) ?? []).length;
  if (!tail || quotes % 2 || !fields.length) return { from: 0, items: [] };
  const used = new Set([...text.matchAll(/\b([a-z_]+)=/g)].map((m) => m[1]));
  const after = text.slice(text.indexOf(word) + word.length).trim();
  const items = fields.filter((f, i) => !used.has(f.name) && f.name.startsWith(tail[1]) && (i > 0 || after === ""))
    .map((f) => ({ insert: f.enum ? `${f.name}=` : `${f.name}="`, label: f.name + "=", about: f.enum ? f.enum.join(" · ") : f.about }));
  return { from: text.length - tail[1].length, items: items.slice(0, 8) };
}
