package fakeisc

import (
	"strings"
	"time"
)

// The sources' names.
const (
	CorporateAD   = "Corporate AD"
	Workday       = "Workday"
	FinanceLedger = "Finance Ledger"
	PayrollVault  = "Payroll Vault"
	Salesforce    = "Salesforce"
	LegacyHR      = "Legacy HR"
)

var seedTime = time.Date(2024, 3, 4, 8, 0, 0, 0, time.UTC)

// seedSources gives the six sources: direct ones with and without deletion, an authoritative one, and a delimited file.
func seedSources() []source {
	describe := func(name, kind, connection, owner, native, features string) source {
		return source{
			ID: identityID("source/" + name), Name: name, Description: name + " of the sandbox", Owner: *identityOf(owner), Type: kind,
			Connector: strings.ToLower(strings.ReplaceAll(kind, " ", "-")), ConnectorName: kind, ConnectionType: connection,
			Features: strings.Split(features, ", "), Healthy: true, Status: "SOURCE_STATE_HEALTHY", DeleteThreshold: 10,
			Created: seedTime, Modified: seedTime, NativeAttribute: native,
		}
	}
	workday := describe(Workday, "Workday", "direct", "ingrid.dahl", "employeeNumber", "PROVISIONING, DISCOVER_SCHEMA")
	workday.Authoritative = true
	return []source{
		describe(CorporateAD, "Active Directory - Direct", "direct", "sven.lindqvist", "distinguishedName",
			"AUTHENTICATE, ENABLE, UNLOCK, PASSWORD, DELETE, PROVISIONING, SYNC_PROVISIONING"),
		workday,
		describe(FinanceLedger, "DelimitedFile", "file", "mei.tanaka", "id", "DIRECT_PERMISSIONS, NO_RANDOM_ACCESS, DISCOVER_SCHEMA"),
		describe(PayrollVault, "JDBC", "direct", "ingrid.dahl", "login", "ENABLE, UNLOCK, PROVISIONING"),
		describe(Salesforce, "Salesforce", "direct", "lucia.moretti", "Id", "ENABLE, PASSWORD, DELETE, PROVISIONING"),
		describe(LegacyHR, "JDBC", "direct", "ingrid.dahl", "employeeKey", "ENABLE, DELETE, PROVISIONING"),
	}
}

// seedSettings say which sources are difficult: one refuses removal, one's owner rejects deletion requests.
func seedSettings() map[string]sourceSettings {
	return map[string]sourceSettings{PayrollVault: {RefuseRemove: true}, LegacyHR: {Deletion: "reject"}}
}

// right names an entitlement; a trailing ! makes it privileged.
func (s source) right(name string) entitlement {
	name, privileged := strings.CutSuffix(name, "!")
	attribute, value := "groups", name
	if s.Name == CorporateAD {
		attribute, value = "memberOf", "CN="+name+",OU=Groups,DC=corp,DC=example"
	}
	owner := s.Owner
	return entitlement{
		ID: identityID("entitlement/" + s.Name + "/" + name), Name: name, Attribute: attribute, Value: value, SourceSchemaObjectType: "group",
		Privileged: privileged, Requestable: true, Created: seedTime, Modified: seedTime, Owner: &owner,
		Source: ref{Type: "SOURCE", ID: s.ID, Name: s.Name}, Attributes: map[string]any{},
	}
}

// grant gives an account rights.
func (s source) grant(r record, names ...string) record {
	var values []any
	for _, name := range names {
		e := s.right(name)
		r.Entitlements, values = append(r.Entitlements, e), append(values, e.Value)
		r.Account.Attributes[e.Attribute] = values
	}
	r.Account.HasEntitlements = len(r.Entitlements) > 0
	return r
}
