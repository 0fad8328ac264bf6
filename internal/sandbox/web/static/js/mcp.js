// An assistant's side of MCP, protocol 2026-07-28: no session, each request says who asks and what it can do.
const version = "2026-07-28";
const meta = {
  "io.modelcontextprotocol/protocolVersion": version,
  "io.modelcontextprotocol/clientInfo": { name: "sandbox-page", title: "Sandbox page", version: "1.0.0" },
  "io.modelcontextprotocol/clientCapabilities": {},
};

let ids = 0;

/** call sends one request and gives {result | error, sent, took}: the answer, what was sent, and milliseconds. */
export async function call(method, params = {}, { name, signal } = {}) {
  const sent = { jsonrpc: "2.0", id: ++ids, method, params: { ...params, _meta: meta } };
  const headers = {
    "Content-Type": "application/json", Accept: "application/json, text/event-stream",
    "MCP-Protocol-Version": version, "Mcp-Method": method,
  };
  if (name) headers["Mcp-Name"] = name;
  const began = performance.now();
  const response = await fetch("/mcp", { method: "POST", headers, body: JSON.stringify(sent), signal });
  const text = await response.text();
  const took = Math.round(performance.now() - began);
  const answer = answerOf(response, text, sent.id);
  return { ...answer, sent, took, status: response.status };
}

function answerOf(response, text, id) {
  const streamed = (response.headers.get("Content-Type") ?? "").startsWith("text/event-stream");
  const pieces = streamed ? events(text) : [text];
  for (const piece of pieces) {
    let message;
    try { message = JSON.parse(piece); } catch { continue; }
    if (message.id === id || message.id === null || message.error) return shaped(message, response.status);
  }
  return { error: { message: text.trim().slice(0, 500) || `The MCP server answered ${response.status} with nothing.` } };
}

function shaped(message, status) {
  if (typeof message.error === "string") return { error: { message: message.error } };
  if (message.error || message.result) return { result: message.result, error: message.error };
  return { error: { message: `The MCP server answered ${status}, and not in JSON-RPC.` } };
}

const events = (text) => text.split(/\r?\n\r?\n/).map((event) =>
  event.split(/\r?\n/).filter((l) => l.startsWith("data:")).map((l) => l.slice(5).trimStart()).join("\n")).filter(Boolean);

/** listTools gives all tools, page by page. */
export async function listTools() {
  const tools = [];
  let cursor;
  for (let page = 0; page < 20; page++) {
    const { result, error } = await call("tools/list", cursor ? { cursor } : {});
    if (error) throw new Error(error.message);
    tools.push(...(result.tools ?? []));
    cursor = result.nextCursor;
    if (!cursor) break;
  }
  return tools;
}

/** callTool calls one tool. */
export const callTool = (name, args, signal) => call("tools/call", { name, arguments: args }, { name, signal });
