// The official TypeScript clients against accountops: node clients.mjs URL COMMAND. Each of them, over stdio and HTTP, in each protocol
// that it speaks, lists the tools, looks an account up, is told what is wrong with an input, asks for a removal twice and withdraws it.
import assert from 'node:assert/strict';
import { Client as Older } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as OlderStdio } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport as OlderHTTP } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';

const [url, command] = process.argv.slice(2);
const info = { name: 'conformance', version: '1' };
const bridge = { command, args: ['mcp'], env: { ...process.env, ACCOUNTOPS_URL: url } };
const inProcess = { command, args: ['mcp'], env: { ...process.env } };
const newer = (mode) => new Client(info, { versionNegotiation: { mode } });
const modern = { pin: '2026-07-28' };

const ways = {
  'sdk over HTTP': () => [new Older(info), new OlderHTTP(new URL(url))],
  'sdk over stdio, bridge': () => [new Older(info), new OlderStdio(bridge)],
  'sdk over stdio, in process': () => [new Older(info), new OlderStdio(inProcess)],
  'client over HTTP, 2025-11-25': () => [newer('legacy'), new StreamableHTTPClientTransport(new URL(url))],
  'client over HTTP, 2026-07-28': () => [newer(modern), new StreamableHTTPClientTransport(new URL(url))],
  'client over stdio, bridge, 2025-11-25': () => [newer('legacy'), new StdioClientTransport(bridge)],
  'client over stdio, bridge, 2026-07-28': () => [newer(modern), new StdioClientTransport(bridge)],
  'client over stdio, in process, 2025-11-25': () => [newer('legacy'), new StdioClientTransport(inProcess)],
  'client over stdio, in process, 2026-07-28': () => [newer(modern), new StdioClientTransport(inProcess)],
};

async function journey(client) {
  const { tools } = await client.listTools();
  assert.ok(tools.length >= 12, 'the tools');
  const call = (name, args, options) => client.callTool({ name, arguments: args }, ...(client instanceof Older ? [undefined, options] : [options]));
  const found = await call('find_accounts', { account: 'jane.doe', source: 'Corporate AD' });
  assert.ok(!found.isError, JSON.stringify(found.content));
  const wrong = await call('remove_account', { account: 'jane.doe', source: 'Corporate AD', reason: 'left', approved: true });
  assert.ok(wrong.isError, 'a forged argument');
  assert.match(wrong.content[0].text, /wait_seconds/);
  const notes = [];
  const ask = () => call('remove_account', { account: 'jane.doe', source: 'Corporate AD', reason: 'left', wait_seconds: 1 }, { onprogress: (n) => notes.push(n) });
  const asked = await ask();
  assert.equal(asked.structuredContent.status, 'awaiting_approval', JSON.stringify(asked.content));
  assert.match(asked.content[0].text, /Nothing has been changed yet/);
  assert.equal((await ask()).structuredContent.request_id, asked.structuredContent.request_id, 'the same call');
  assert.ok(notes.length > 0, 'progress');
  const gone = await call('withdraw_request', { request_id: asked.structuredContent.request_id });
  assert.equal(gone.structuredContent.status, 'withdrawn');
}

let failed = 0;
for (const [name, make] of Object.entries(ways)) {
  const [client, transport] = make();
  try {
    await client.connect(transport);
    await journey(client);
    console.log(`✓ ${name}`);
  } catch (error) {
    failed++;
    console.log(`✗ ${name}: ${error.message}`);
  } finally {
    await client.close();
  }
}
console.log(`TypeScript clients: ${Object.keys(ways).length - failed} of ${Object.keys(ways).length} passed`);
process.exit(failed ? 1 : 0);
