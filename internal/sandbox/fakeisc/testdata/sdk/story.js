// Everything that SailPoint's own client for Node.js, unmodified, can do with accounts, against the fake: what comes back is written to stdout,
// a JSON line each, and the Go test beside it judges. A line on stdin means that time has passed. Where the client is, NODE_PATH says.
"use strict";
console.log = console.error; // the client talks while it pages
const { AccountsV2024Api, Configuration, Paginator, SourcesV2024Api, TaskManagementV2024Api } = require("sailpoint-api-client");
const lines = require("node:readline").createInterface({ input: process.stdin })[Symbol.asyncIterator]();

const { BASE } = process.env;
const config = new Configuration({ baseurl: BASE, tokenUrl: `${BASE}/oauth/token`, clientId: "sandbox-client", clientSecret: "sandbox-secret" });
config.experimental = true;
config.retriesConfig = { retries: 0 };
const accounts = new AccountsV2024Api(config);
const sources = new SourcesV2024Api(config);
const tasks = new TaskManagementV2024Api(config);

const tell = (what, value) => process.stdout.write(`${JSON.stringify({ what, value })}\n`);
const only = async (filters) => {
  const { data } = await accounts.listAccounts({ filters });
  if (data.length !== 1) throw new Error(`${data.length} accounts with ${filters}`);
  return data[0];
};

// ends waits for the task that a call queued and tells its end.
const ends = async (what, { status, data }) => {
  if (status !== 202) throw new Error(`${what}: ${status}`);
  const before = (await tasks.getTaskStatus({ id: data.id })).data.completionStatus;
  tell("later");
  await lines.next();
  const [{ completionStatus }] = (await tasks.getTaskStatusList({ filters: `id in ("${data.id}")` })).data;
  tell(what, [before, completionStatus]);
};
const refused = async (what, call) => {
  try {
    await call;
    tell(what, "taken");
  } catch ({ response }) {
    tell(what, [response.status, response.data.detailCode, response.data.messages?.[0].text]);
  }
};

(async () => {
  const ad = (await sources.listSources({ filters: `name eq "Corporate AD"` })).data[0];
  const ledger = (await sources.listSources({ filters: `name eq "Finance Ledger"` })).data[0];
  tell("source", (await sources.getSource({ id: ad.id })).data.features.includes("DELETE"));

  const counted = await accounts.listAccounts({ limit: 1, count: true, sorters: "id" });
  const all = await Paginator.paginate(accounts, accounts.listAccounts, { sorters: "id", limit: 1000 }, 7);
  tell("pages", [Number(counted.headers["x-total-count"]) === all.data.length, new Set(all.data.map((a) => a.id)).size === all.data.length]);

  const jane = await only(`name eq "jane.doe" and sourceId eq "${ad.id}"`);
  const again = (await accounts.getAccount({ id: jane.id })).data;
  tell("account", [again.name, again.nativeIdentity, again.disabled, again.sourceName]);
  tell("entitlements", (await accounts.getAccountEntitlements({ id: jane.id })).data.map((e) => e.name).sort());

  const toggle = { id: jane.id, accountToggleRequestV2024: {} };
  await ends("disable", await accounts.disableAccount(toggle));
  tell("disabled", (await accounts.getAccount({ id: jane.id })).data.disabled);
  await ends("enable", await accounts.enableAccount(toggle));
  await ends("unlock", await accounts.unlockAccount({ id: jane.id, accountUnlockRequestV2024: { unlockIDNAccount: false } }));
  const patched = await accounts.updateAccount({ id: (await only(`name eq "svc-backup" and sourceId eq "${ad.id}"`)).id,
    requestBody: [{ op: "replace", path: "/identityId", value: jane.identityId }] });
  tell("patch", patched.status);

  await ends("create", await accounts.createAccount({ accountAttributesCreateV2024: { attributes: { sourceId: ledger.id, id: "FL-999001", name: "new.hire" } } }));
  const hired = await only(`nativeIdentity eq "FL-999001"`);
  await ends("delete", await accounts.deleteAccount({ id: hired.id }));
  await refused("deleted", accounts.getAccount({ id: hired.id }));

  await ends("remove", await accounts.deleteAccountAsync({ id: jane.id }));
  await refused("removed", accounts.getAccount({ id: jane.id }));
  await refused("bad filter", accounts.listAccounts({ filters: "disabled eq true" }));
  process.exit(0);
})().catch((err) => { process.stderr.write(`FAILED: ${err.response ? JSON.stringify(err.response.data) : ""} ${err.stack ?? err}\n`); process.exit(1); });
