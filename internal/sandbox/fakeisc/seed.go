package fakeisc

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// seedRecords gives every account of a new tenant, always the same.
func seedRecords() []record {
	var all []record
	for _, s := range seedSources() {
		for _, p := range people {
			if strings.Contains(p.on, letters[s.Name]) {
				all = append(all, seedAccount(s, p))
			}
		}
	}
	all = append(all, seedService()...)
	all = append(all, seedHostile()...)
	for i := range all {
		a := &all[i].Account
		a.ID = identityID("account/" + a.SourceName + "/" + a.NativeIdentity)
		a.Created = seedTime.Add(time.Duration(i) * time.Hour)
		a.Modified = a.Created
	}
	return all
}

// letters say which letter of person.on means a source.
var letters = map[string]string{CorporateAD: "A", Workday: "W", FinanceLedger: "F", PayrollVault: "P", Salesforce: "S", LegacyHR: "L"}

// seedAccount is a person's account on a source.
func seedAccount(s source, p person) record {
	first, last := p.names()
	native, values := p.native(s.Name)
	r := record{Account: s.account(native, seedTime)}
	a := &r.Account
	a.Name, a.Identity, a.Uncorrelated, a.Origin = new(p.login), identityOf(p.login), false, new("AGGREGATED")
	a.IdentityID = &a.Identity.ID
	for key, v := range map[string]any{
		"displayName": p.display, "firstName": first, "lastName": last, "email": p.mail(), "department": p.department, "title": p.title,
		"employeeNumber": p.number,
	} {
		a.Attributes[key] = v
	}
	if m := identityOf(p.manager); m != nil {
		a.Attributes["manager"] = m.Name
	}
	for key, v := range values {
		a.Attributes[key] = v
	}
	switch s.Name {
	case CorporateAD:
		a.Disabled, a.Locked = strings.Contains(p.state, "d"), strings.Contains(p.state, "l")
		a.UUID = new("{" + identityID("guid/"+p.login) + "}")
	case Salesforce:
		a.Name = new(p.mail())
	}
	return s.grant(r, p.rights(s.Name)...)
}

// native gives the person's account id on a source, and the attributes that only this source has.
func (p person) native(sourceName string) (string, map[string]any) {
	switch sourceName {
	case CorporateAD:
		cn := p.display
		if p.login == "john.smith2" {
			cn += " (2)"
		}
		dn := fmt.Sprintf("CN=%s,OU=%s,OU=People,DC=corp,DC=example", cn, p.department)
		return dn, map[string]any{"sAMAccountName": p.login, "mail": p.mail(), "userPrincipalName": p.login + "@corp.example"}
	case Workday:
		return p.number, map[string]any{"userName": p.login}
	case FinanceLedger:
		return "FL-" + p.number, map[string]any{"login": p.login, "costCenter": "CC-" + p.number[3:]}
	case Salesforce:
		id := "005" + identityID("salesforce/" + p.login)[:15]
		return id, map[string]any{"Username": p.mail(), "ProfileName": "Standard User"}
	case LegacyHR:
		return "EMEA/HR/" + p.number, map[string]any{"login": p.login}
	}
	return p.login, nil
}

// rights gives what the person may do on a source.
func (p person) rights(sourceName string) []string {
	switch sourceName {
	case CorporateAD:
		rights := []string{"Domain Users", p.department + " Share", "VPN Users"}
		switch {
		case p.login == "jane.doe":
			rights = append(rights, "Finance Approvers!")
		case slices.Contains([]string{"sven.lindqvist", "victor.lima"}, p.login):
			rights = append(rights, "Domain Admins!", "Server Operators!")
		case p.department == "IT":
			rights = append(rights, "Account Operators!")
		case p.department == "Contractors":
			rights = rights[:1]
		}
		return rights
	case FinanceLedger:
		return []string{"Ledger Read", "Journal Entry"}
	case PayrollVault:
		return []string{"Payroll Clerk", "Payroll Release!"}
	case Salesforce:
		return []string{"CRM User"}
	}
	return nil
}

// seedService gives the accounts that belong to no person.
func seedService() []record {
	sources := seedSources()
	ad, legacy := sources[0], sources[5]
	backup := record{Account: ad.account("CN=svc-backup,OU=Service Accounts,DC=corp,DC=example", seedTime)}
	backup.Account.Name, backup.Account.IsMachine = new("svc-backup"), true
	backup.Account.Description = new("Nightly backups of all file servers. Owner: Platform.")
	backup.Account.OwnerIdentity = identityOf("sven.lindqvist")
	for key, v := range map[string]any{"sAMAccountName": "svc-backup", "displayName": "Backup Service", "department": "IT"} {
		backup.Account.Attributes[key] = v
	}
	scanner := record{Account: ad.account("CN=svc-scanner,OU=Service Accounts,DC=corp,DC=example", seedTime)}
	scanner.Account.Name, scanner.Account.IsMachine = new("svc-scanner"), true
	orphan := record{Account: legacy.account("EMEA/HR/legacy 100%/0007", seedTime)}
	orphan.Account.Attributes["displayName"] = "Old Payroll Import"
	orphan.Account.Features, orphan.Account.ConnectionType, orphan.Account.SourceOwner = nil, nil, nil
	return []record{ad.grant(backup, "Domain Admins!", "Backup Operators!", "Domain Users"), ad.grant(scanner, "Domain Users"), orphan}
}
